"""The configuration of a simulation: plain values that travel as JSON to its process."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Literal, TypeVar

T = TypeVar("T")
Profile = Literal["development", "extended"]
Shape = Literal["new", "old"]
Oddities = Literal["none", "recorded", "harsh"]

GROUPS = ("artists", "artist_albums", "albums", "album_tracks", "tracks", "search")
QUOTAS = {
    "artists": 600,
    "artist_albums": 100,
    "albums": 600,
    "album_tracks": 600,
    "tracks": 600,
    "search": 900,
}
CONTROL_HEADER = "x-sim-control"
CLIENT_ID = "51eeb11dcafe4f00ba5e000000000001"
CLIENT_SECRET = "not-a-secret-only-the-simulated-spotify-knows-it"  # noqa: S105  # it opens nothing but this simulation


class ConfigInvalid(ValueError):
    """The configuration has an unknown field."""


@dataclass(frozen=True)
class CatalogueSize:
    """The catalog's size. `albums_per_artist` is a mean; `new_ratio` of all albums appear each day, at least one.

    A `back_catalogue` share of the new albums carry a release date of years ago, so they do not lead their listing.
    `oddities`: none; what recorded answers show; or also what none has shown yet and a parser must survive.
    """

    seed: int = 2026
    artists: int = 12
    albums_per_artist: int = 11
    new_ratio: float = 0.015
    back_catalogue: float = 0.0
    oddities: Oddities = "recorded"


@dataclass(frozen=True)
class Limits:
    """The two limits that answer 429; the real numbers are unpublished, these are near the measured ones.

    `quotas` and `ban_s` (seconds) are by quota group; `ban_penalty_s` is added by each call during a ban.
    """

    calls_per_30_s: int = 300
    quotas: dict[str, int] = field(default_factory=lambda: dict(QUOTAS))
    quota_period_s: int = 86_400
    ban_s: int = 86_207
    ban_penalty_s: int = 60
    ban_retry_after: bool = True
    not_modified_counts: bool = True

    @classmethod
    def none(cls) -> Limits:
        """Return limits that are never reached."""
        return cls(calls_per_30_s=1_000_000_000, quotas={})


@dataclass(frozen=True)
class FaultSchedule:
    """Seeded faults: a `rate` share of the attempts at each URL meet one of `kinds`, whatever the order of calls.

    At most `in_a_row` attempts at one URL fail one after the other, so that bounded retries get through.
    """

    seed: int = 0
    rate: float = 0.0
    kinds: tuple[str, ...] = ()
    in_a_row: int = 2


@dataclass(frozen=True)
class Config:
    """A simulation: one developer account with its apps' credentials.

    `date` pins the catalogue to a day (YYYY-MM-DD); else it is the clock's, in UTC. `now` (ISO 8601) stands the clock
    still there; else it runs with the machine's. `shape` is `old` for older development apps, `new` for newer ones.
    """

    size: CatalogueSize = field(default_factory=CatalogueSize)
    limits: Limits = field(default_factory=Limits)
    schedule: FaultSchedule = field(default_factory=FaultSchedule)
    profile: Profile = "development"
    shape: Shape | None = None
    date: str | None = None
    now: str | None = None
    premium: bool = True
    token_lifetime_s: int = 3600
    clients: dict[str, str] = field(default_factory=lambda: {CLIENT_ID: CLIENT_SECRET})

    @property
    def old_shape(self) -> bool:
        """True if responses have the fields that newer apps in development mode do not get."""
        return self.shape == "old" or (self.shape is None and self.profile == "extended")

    def to_json(self) -> str:
        """Return the JSON that `from_json` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Config:
        """Return the simulation that a JSON object describes; what it leaves out has its default.

        Raises:
            ConfigInvalid: it names a field that does not exist.
        """
        given = json.loads(text)
        schedule = dict(given.pop("schedule", {}))
        if "kinds" in schedule:
            schedule["kinds"] = tuple(schedule["kinds"])
        parts = {
            "size": _build(CatalogueSize, given.pop("size", {})),
            "limits": _build(Limits, given.pop("limits", {})),
            "schedule": _build(FaultSchedule, schedule),
        }
        return _build(cls, parts | given)


def _build(kind: type[T], given: dict[str, object]) -> T:
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]  # every caller passes a dataclass
    if unknown := sorted(given.keys() - known):
        raise ConfigInvalid(f"{kind.__name__} has no {', '.join(unknown)}; it has {', '.join(sorted(known))}.")
    return kind(**given)
