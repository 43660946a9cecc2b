"""The configuration of the extraction: plain values, validated once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, cast, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Profile = Literal["development", "extended"]
Group = Literal["artists", "artist_albums", "albums", "album_tracks", "tracks", "search"]
GROUPS: tuple[Group, ...] = get_args(Group)

LISTINGS = ("album", "single")
"""The listings of every round, requested one by one: Spotify orders newest first only inside a group."""
OCCASIONAL = ("compilation", "appears_on")
"""The listings of every n-th round, if they are configured at all."""
RELEASE_GROUPS = {"album": 1, "single": 1, "compilation": 7}
"""The default of `releaseGroups`: for each kind of listing, the n of "requested in every n-th round"."""


@dataclass(frozen=True)
class Pages:
    """The number of items per request, by profile. Source: the Web API reference, as of February 2026."""

    listing: int
    search: int
    tracks: int
    artists: int
    albums: int
    lookups: int
    artist_news: int = 5


PAGES: dict[Profile, Pages] = {
    "development": Pages(listing=10, search=10, tracks=50, artists=1, albums=1, lookups=1),
    "extended": Pages(listing=50, search=50, tracks=50, artists=50, albums=20, lookups=50),
}


@dataclass(frozen=True)
class Config:
    """The part of a stack's configuration that extraction uses; the names state days or minutes."""

    market: str
    profile: Profile
    budgets: dict[Group, int]
    refresh_days: int
    retention_days: int
    max_wait_minutes: int
    requests_per_window: int = 100
    concurrency: int = 4
    release_groups: dict[str, int] = field(default_factory=RELEASE_GROUPS.copy)

    @property
    def pages(self) -> Pages:
        """Return what one request brings under this profile."""
        return PAGES[self.profile]

    @property
    def lookups_kept(self) -> int:
        """Return the number of tracks that the ISRC budget can refresh in time; only the newest tracks are chosen."""
        return self.budgets["tracks"] * self.pages.lookups * self.refresh_days

    @classmethod
    def of(cls, environment: Mapping[str, str], concurrency: int = 4) -> Config:
        """Return the configuration in the function's environment; it accepts the environment of an earlier release too.

        Raises:
            ValueError: a value is not one that infra sets.
        """
        environment = {"RELEASE_GROUPS": "{}", **environment}  # the command line may be newer than the stack
        return cls(
            market=environment["MARKET"],
            profile=profile_of(environment["PROFILE"]),
            budgets=budgets_of(json.loads(environment["BUDGETS"])),
            refresh_days=int(environment["REFRESH_DAYS"]),
            retention_days=int(environment["RETENTION_DAYS"]),
            max_wait_minutes=int(environment["MAX_WAIT_MINUTES"]),
            requests_per_window=int(environment["CALLS_PER_30_SECONDS"]),
            concurrency=concurrency,
            release_groups=release_groups_of(json.loads(environment["RELEASE_GROUPS"])),
        )

    def corrected(self, profile: Profile) -> Config:
        """Return the same configuration under the profile that the app turned out to have."""
        return replace(self, profile=profile)


def profile_of(text: str) -> Profile:
    """Return the profile that a configuration value names.

    Raises:
        ValueError: it names none.
    """
    if text not in get_args(Profile):
        raise ValueError(f"PROFILE is {text!r}; expected one of {', '.join(get_args(Profile))}.")
    return cast("Profile", text)


def release_groups_of(values: object) -> dict[str, int]:
    """Return in every how many rounds each kind of listing is requested: albums and singles in each.

    Raises:
        ValueError: a kind is unknown, or its number is not a whole number above 0.
    """
    if not isinstance(values, dict) or not set(values) <= {*LISTINGS, *OCCASIONAL}:
        raise ValueError(f"RELEASE_GROUPS is {values!r}; expected some of {', '.join(LISTINGS + OCCASIONAL)}.")
    for name, every in values.items():
        if every != int(every) or every < 1:
            raise ValueError(f"RELEASE_GROUPS[{name!r}] is {every!r}; expected a whole number of rounds.")
    return {name: int(every) for name, every in values.items()} | dict.fromkeys(LISTINGS, 1)


def budgets_of(values: object) -> dict[Group, int]:
    """Return the budget of each quota group: requests per day.

    Raises:
        ValueError: a group is missing or unknown, or its budget is not a whole number of requests.
    """
    if not isinstance(values, dict) or set(values) != set(GROUPS):
        raise ValueError(f"BUDGETS is {values!r}; expected a number of calls for each of {', '.join(GROUPS)}.")
    for group, calls in values.items():
        if not isinstance(calls, int | float) or calls != int(calls) or calls < 0:
            raise ValueError(f"BUDGETS[{group!r}] is {calls!r}; expected a whole number of requests per day.")
    return {group: int(values[group]) for group in GROUPS}
