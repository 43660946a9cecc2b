"""Look up artists: by ID, whether Spotify has it; by name, the candidates to choose from, never a guess."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from functions.extract.api.endpoint import Endpoint
from functions.extract.api.json_access import Body, a_text, an_object, id_of, items_of
from functions.extract.api.request import Request, entities
from functions.shared.errors import PipelineError, SpotifyRefused
from ops.errors import OpsError, WrongUsage
from ops.spotify.extraction import Deployed, stack_spotify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ops.spotify.extraction import StackSpotify
    from ops.stack import Stack

SHOWN = 10
UNKNOWN = "Spotify does not know this artist"


@dataclass(frozen=True)
class Candidate:
    """An artist that Spotify found for a name."""

    id: str
    name: str | None
    genres: list[str]
    spotify_url: str | None


@dataclass
class LookedUp:
    """Spotify's results so far: candidates by name or ID. `stopped` is why no further request was sent."""

    found: dict[str, list[Candidate]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    stopped: str = ""
    requests: int = 0


def candidates(stack: Stack, name: str) -> list[Candidate]:
    """Return the artists that Spotify finds for a name, in its order: one request of the search budget.

    Raises:
        WrongUsage: the name is empty, or holds characters that nobody's name has.
    """
    if not name.strip() or not name.isprintable():
        raise WrongUsage("Give the artist's name, or part of it.")
    deployed = Deployed.of(stack)
    with stack_spotify(stack, deployed) as spotify:
        return _named(spotify, deployed, name.strip())


def named(stack: Stack, names: Iterable[str]) -> LookedUp:
    """Return the candidates for each name: one request of the search budget per name, until that is spent."""

    def look(spotify: StackSpotify, deployed: Deployed, name: str, looked: LookedUp) -> None:
        looked.found[name] = _named(spotify, deployed, name)

    return _looked_up(stack, names, look)


def identified(stack: Stack, ids: Iterable[str]) -> LookedUp:
    """Return Spotify's candidate for each ID: one request of the artists' budget per ID, until that is spent."""
    return _looked_up(stack, ids, _identify)


def _looked_up(
    stack: Stack, wanted: Iterable[str], look: Callable[[StackSpotify, Deployed, str, LookedUp], None]
) -> LookedUp:
    """Return the result of looking up, with the requests that were sent, and with the error that stopped them."""
    looked = LookedUp()
    try:
        deployed = Deployed.of(stack)
        with stack_spotify(stack, deployed) as spotify:
            try:
                for each in wanted:
                    look(spotify, deployed, each, looked)
            finally:
                looked.requests = spotify.requests
    except (OpsError, PipelineError) as exc:
        looked.stopped = str(exc)
    return looked


def _identify(spotify: StackSpotify, deployed: Deployed, artist: str, looked: LookedUp) -> None:
    try:
        response = spotify.fetch(entities("artists", [artist], None, deployed.config))
    except SpotifyRefused as exc:
        looked.refused[artist] = str(exc)
        return
    found = _candidate(response.body) if response.body else None
    if found:
        looked.found[artist] = [found]
    else:
        looked.refused[artist] = UNKNOWN


def _named(spotify: StackSpotify, deployed: Deployed, name: str) -> list[Candidate]:
    query = {"q": name, "type": "artist", "limit": str(SHOWN), "offset": "0", "market": deployed.config.market}
    response = spotify.fetch(Request(Endpoint("search", query=tuple(query.items()))))
    found = items_of(an_object(an_object(response.body).get("artists"))) or []
    return [each for each in map(_candidate, found) if each]


def _candidate(item: Body) -> Candidate | None:
    artist, genres = id_of(item), item.get("genres")
    if artist is None:
        return None
    return Candidate(
        artist,
        a_text(item.get("name")),
        [genre for genre in genres if isinstance(genre, str)] if isinstance(genres, list) else [],
        a_text(an_object(item.get("external_urls")).get("spotify")),
    )
