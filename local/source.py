"""The Spotify that a local stack reads: the simulated one, or the real one where its credentials are set."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from local.aws.process import kept_port
from local.files import replace as replace_file
from local.loopback import ask

if TYPE_CHECKING:
    from local.spotify.config import Config

API_URL = "https://api.spotify.com/v1"
TOKEN_URL = "https://accounts.spotify.com/api/token"  # noqa: S105  # a public address, no secret


class SourceError(Exception):
    """The environment names a Spotify that cannot be used; the message says what to set."""


@dataclass(frozen=True)
class Source:
    """A running Spotify. `control` is the simulated one's control address, and empty for the real one."""

    api_url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    control: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def simulated(self) -> bool:
        """True if its catalog is generated."""
        return bool(self.control)

    def show(self, date: str) -> None:
        """Set the simulated Spotify's catalog to a date; the real one only has today's.

        Its quotas are reset with another date, as they would have done by then: they last for 24 hours.
        """
        if self.simulated and self.ask("state")["date"] != date:
            self.ask("set_date", day=date)
            self.ask("lift_bans")

    def ask(self, action: str, **arguments: Any) -> Any:  # any JSON
        """Call a control of the simulated Spotify and return its result."""
        return ask(self.control["url"], {self.control["header"]: self.control["key"]}, action, arguments)


Start = Callable[[str | None, Path | None], tuple[Source, Callable[[], None]]]
"""Start a Spotify that shows a date, with a folder for what it keeps; return it, and how to stop it."""


@dataclass(frozen=True)
class Choice:
    """The Spotify to read, simulated or real, before it is started."""

    simulated: bool
    start: Start


def from_environment(environment: Mapping[str, str] = os.environ) -> Choice:
    """Return the real Spotify if SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET are set, else the simulated one.

    Raises:
        SourceError: one of them is set without the other, or an address without both.
    """
    names = ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET")
    addresses = ("SPOTIFY_API_URL", "SPOTIFY_TOKEN_URL")
    given = [name for name in (*names, *addresses) if environment.get(name)]
    missing = [name for name in names if not environment.get(name)]
    if not given:
        return Choice(simulated=True, start=simulated)
    if missing:
        raise SourceError(
            f"{', '.join(given)} is set but {' and '.join(missing)} is not. "
            "Set both credentials to read the real Spotify, or none of these for the simulated one."
        )
    source = Source(
        environment.get("SPOTIFY_API_URL") or API_URL,
        environment.get("SPOTIFY_TOKEN_URL") or TOKEN_URL,
        environment["SPOTIFY_CLIENT_ID"],
        environment["SPOTIFY_CLIENT_SECRET"],
    )
    return Choice(simulated=False, start=lambda _date, _folder: (source, lambda: None))


def simulated(
    date: str | None, folder: Path | None = None, config: Config | None = None
) -> tuple[Source, Callable[[], None]]:
    """Start the simulated Spotify on a date; return it, and how to stop it.

    With a folder, it listens where it listened the last time, if that port is free: then a stack that was deployed to
    read it need not be deployed again.
    """
    from local.spotify.config import CONTROL_HEADER, Config
    from local.spotify.process import SimulatedSpotify

    memory = folder / "spotify-port" if folder else None
    spotify = SimulatedSpotify.start(replace(config or Config(), date=date), kept_port(memory) if memory else 0)
    if memory:
        memory.parent.mkdir(parents=True, exist_ok=True)
        replace_file(memory, str(urlsplit(spotify.api_url).port))
    control = {"url": spotify.address["control_url"], "key": spotify.address["control_key"], "header": CONTROL_HEADER}
    source = Source(spotify.api_url, spotify.token_url, spotify.client_id, spotify.client_secret, control)
    return source, spotify.stop
