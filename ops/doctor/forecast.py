"""Forecast the cost of a watch-list with these budgets, for `ops doctor` and `ops watch`, without a request."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from functions.extract.api.config import LISTINGS, OCCASIONAL, RELEASE_GROUPS
from functions.extract.frontier.turns import FAILING_TURN, FIRST_LISTINGS_TURN
from functions.extract.frontier.worklist import WorkList

if TYPE_CHECKING:
    from functions.extract.api.config import Config, Group
    from functions.extract.frontier.document import Document
    from functions.shared.watchlist import WatchList


@dataclass(frozen=True)
class ListingDates:
    """The date when an artist's listings were last requested (None: never), and the days until they are next."""

    artist: str
    name: str | None
    last_looked: str | None
    next_in_days: int | None


USUAL_ROUNDS = RELEASE_GROUPS["compilation"]


@dataclass(frozen=True)
class GroupCost:
    """The cost of a kind of listing, requested in every n-th round (None: never): requests per day, and days.

    A kind that is off has the costs that it would have in every seventh round. `fits` is true if a listing is requested
    again before the data from the last time expires.
    """

    name: str
    every: int | None
    calls_a_day: float
    days: int | None
    fits: bool


@dataclass(frozen=True)
class Forecast:
    """A steady day's requests by quota group, the requests waiting, and how many days a round of the watch-list takes.

    `calls_a_day` is the number of requests without budgets; `round_days` is None if a budget is 0. `fresh_after_days`
    is the age at which an album is requested again.
    """

    calls_a_day: dict[Group, int]
    waiting: dict[Group, int]
    budgets: dict[Group, int]
    round_days: int | None
    fresh_after_days: int | None
    visits: tuple[ListingDates, ...]
    release_groups: tuple[GroupCost, ...] = ()

    @property
    def over_budget(self) -> list[Group]:
        """Return the groups whose steady day needs more requests than their budget: such days end partial."""
        return [group for group, calls in self.calls_a_day.items() if calls > self.budgets[group] and group != "tracks"]


def forecast(watchlist: WatchList, frontier: Document, config: Config, today: str) -> Forecast:
    """Return the cost of following a watch-list, as far as the frontier knows; a new frontier knows no albums."""
    worklist = WorkList(watchlist, config, today)
    artists, pages = len(watchlist.artists), config.pages
    albums = len(worklist.albums_followed(frontier))
    long = sum("next" in album for album in frontier["albums"].values())
    incremental_listings, per_round = _listings(artists, config.release_groups), _per_round(worklist, frontier)
    steady: dict[Group, int] = {
        "artists": ceil(artists / config.refresh_days / pages.artists),
        "artist_albums": incremental_listings,
        "albums": ceil(albums / config.refresh_days / pages.albums),
        "album_tracks": ceil(long / config.refresh_days),
        "tracks": ceil(min(len(frontier["tracks"]), config.lookups_kept) / config.refresh_days / pages.lookups),
        "search": len(worklist.searches_followed),
    }
    return Forecast(
        calls_a_day=steady,
        waiting=worklist.left(frontier),
        budgets=config.budgets,
        round_days=_days(incremental_listings, per_round),
        fresh_after_days=_fresh_after(ceil(albums / pages.albums), config),
        visits=_visits(worklist, frontier, config.budgets["artist_albums"]),
        release_groups=tuple(_cost(name, artists, per_round, config) for name in LISTINGS + OCCASIONAL),
    )


def _listings(artists: int, release_groups: dict[str, int]) -> int:
    """Return the listings of a round."""
    return ceil(artists * sum(1 / every for every in release_groups.values()))


def _cost(name: str, artists: int, per_round: int, config: Config) -> GroupCost:
    """Return the cost of a kind of listing; a kind that is off is added to the round."""
    every = config.release_groups.get(name)
    groups = {name: USUAL_ROUNDS, **config.release_groups}
    round_days = _days(_listings(artists, groups), per_round)
    days = None if round_days is None else round_days * groups[name]
    calls = artists / groups[name] / (round_days or 1)
    return GroupCost(name, every, round(calls, 1), days, days is not None and days <= config.retention_days)


def _fresh_after(calls: int, config: Config) -> int | None:
    """Return after how many days albums are requested again: `refresh_days`, or longer if the budget is small."""
    days = _days(calls, config.budgets["albums"])
    return None if days is None else max(days, config.refresh_days)


def _per_round(worklist: WorkList, frontier: Document) -> int:
    """Return how many requests of a day go to the round: first full listings, and what fails, take their shares."""
    budget, turns = worklist.config.budgets["artist_albums"], worklist.turns(frontier)
    failing = {f"artist_albums/{artist}.{name}" for artist, name, _ in turns} & frontier["failing"].keys()
    sound = [listing for artist, name, listing in turns if f"artist_albums/{artist}.{name}" not in failing]
    left = int(budget * (1 - 1 / FAILING_TURN)) if failing else budget
    if any("walked" not in listing and "gone" not in listing for listing in sound):
        left -= 2 * ((budget + FIRST_LISTINGS_TURN) // (2 * FIRST_LISTINGS_TURN))  # two pages at a time
    return max(left, 1) if budget else 0


def _days(calls: int, budget: int) -> int | None:
    return max(ceil(calls / budget), 1) if budget else None


def _visits(worklist: WorkList, frontier: Document, budget: int) -> tuple[ListingDates, ...]:
    """Return the dates of each artist's last and next listing, in the order of their turns."""
    order = [artist for artist, name, _ in worklist.turns(frontier) if name in LISTINGS]
    turn = {artist: number for number, artist in enumerate(order, start=1)}
    names = {artist.id: artist.name for artist in worklist.watchlist.artists}
    found = []
    for artist in sorted(names, key=lambda artist: turn.get(artist, len(order) + 1)):
        listings = frontier["artists"].get(artist, {}).get("listings", {})
        last = min((listings.get(name, {}).get("at", "") for name in LISTINGS), default="") or None
        days = ceil(turn[artist] / budget) - 1 if budget and artist in turn else None
        found.append(ListingDates(artist, names[artist], last, days))
    return tuple(found)
