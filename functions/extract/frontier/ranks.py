"""The order in which artists, albums and tracks are requested: each has a rank, and the lowest is first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from functions.extract.frontier.schedule import due, ordinal, spread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from functions.extract.frontier.document import AlbumSeen, Document, Listing, Seen

Rank = tuple[int, int, int, int, str]
"""The class, the deciding number, two numbers that decide between equals, and the ID."""
NEWS, RELEASED, NEVER_ASKED, ASKED_BEFORE, GONE = range(5)
GONE_DAILY_DAYS, GONE_LATER_DAYS = 7, 7
"""A gone entity is requested daily for the first number of days, since even two 404s can be wrong. After that, it is
requested once in the second number of days."""


def by_age(entity: str, seen: Seen, refresh_days: int) -> Rank:
    """Return an entity's rank: never requested first (newest before older), then those due, longest due first.

    Gone entities come last.
    """
    if "gone" in seen:
        at = ordinal(seen["at"])
        daily = at - ordinal(seen["gone"]) < GONE_DAILY_DAYS
        return GONE, at + (1 if daily else GONE_LATER_DAYS), 0, spread(entity), entity
    if "at" not in seen:
        newest = -ordinal(seen["first_seen"]) if "first_seen" in seen else 0
        return NEVER_ASKED, newest, 0, spread(entity), entity
    return ASKED_BEFORE, due(entity, seen["at"], refresh_days), 0, spread(entity), entity


def by_release(album: str, seen: AlbumSeen, today: str, refresh_days: int) -> Rank:
    """Return the rank of an album that was requested before; a few days after its release it comes early once."""
    if "again" not in seen or seen["again"] > today:
        return by_age(album, seen, refresh_days)
    return RELEASED, ordinal(seen["again"]), 0, spread(album), album


def newest_of_each(albums: list[str], never: list[str], seen: Mapping[str, AlbumSeen]) -> list[tuple[Rank, str]]:
    """Return the ranks of albums never requested: each artist's newest, then each one's second newest, and so on.

    News comes before the baseline; an album that is back counts as the newest. All albums are counted, so that the
    order of the remaining ones stays the same while others are requested.
    """
    places: Counter[tuple[int, str]] = Counter()
    ranked, wanted = [], set(never)
    for album in sorted(albums, key=lambda each: (-ordinal(seen[each]["first_seen"]), spread(each), each)):
        newest, kind = -ordinal(seen[album]["first_seen"]), NEVER_ASKED if seen[album].get("baseline") else NEWS
        counted = kind, seen[album]["via"][0]
        if is_back(seen[album]):
            ranked.append(((NEWS, -1, 0, spread(album), album), album))
        elif album in wanted:
            ranked.append(((kind, places[counted], newest, spread(album), album), album))
        places[counted] += 1
    return ranked


def as_tomorrow(entity: str, seen: Seen) -> Rank:
    """Return the rank of an entity that is due the day after its last response."""
    return ASKED_BEFORE, ordinal(seen["at"]) + 1, 0, spread(entity), entity


def is_back(seen: AlbumSeen) -> bool:
    """Return whether a listing names a gone album again that was not requested since it went."""
    return "gone" in seen and seen.get("at") == seen["gone"] and seen.get("listed", "") > seen["gone"]


def in_time(rank: Rank, seen: Seen, today: str, retention_days: int) -> Rank:
    """Return the rank of an entity, earlier if its last full response expires before its turn.

    That happens after `retention_days` was lowered: until the next response, no view has a row of the entity.
    """
    if rank[0] != ASKED_BEFORE or "full" not in seen or seen["at"] >= today:
        return rank
    return ASKED_BEFORE, min(rank[1], ordinal(seen["full"]) + retention_days), *rank[2:]


def latest(seen: Mapping[str, Seen | Listing], prefix: str, frontier: Document) -> list[str]:
    """Return entities or listings by their last response, newest first, without those gone, failing or missing."""
    bad = frontier["failing"].keys() | frontier["missing"].keys()
    there = [
        (each["at"], name)
        for name, each in seen.items()
        if "at" in each and "gone" not in each and prefix + name not in bad
    ]
    return [name for _, name in sorted(there, reverse=True)]
