"""Measure the growth of the frontier with the watch-list, and the cost of a day: `python -m bench.scale [ARTISTS DAY]`.

A generated frontier of the configuration that is deployed by default, without budgets: what the work list finds due in
it are the day's requests, besides those of releases that the listings bring.
"""

from __future__ import annotations

import resource
import string
import sys
import time
from datetime import date, timedelta
from math import ceil
from random import Random
from typing import TYPE_CHECKING

from bench.rows import print_rows
from functions.extract.api.config import GROUPS, Config
from functions.extract.frontier.document import empty, requests_per_save
from functions.extract.frontier.schedule import spread
from functions.extract.frontier.worklist import WorkList
from functions.extract.raw.store import packed, unpacked
from functions.shared.watchlist import Artist, WatchList
from infra.settings import Settings
from local.streams import prepare

if TYPE_CHECKING:
    from functions.extract.api.config import Profile
    from functions.extract.frontier.document import Document, Listing

ALBUMS_PER_ARTIST = 11  # on the first day, as `bench.extract` has it
RELEASES_A_YEAR = 4  # per artist: a guess
PROFILES: dict[int, Profile] = {400: "development", 2_300: "development", 5_000: "extended"}
LISTS = tuple(PROFILES)
DAYS = (1, 30, 365)
HEADS = (
    "artists", "profile", "day", "albums", "size", "write", "read", "work list", "requests", "saves",
    "writing and listing per request", "memory",
)  # fmt: skip
LETTERS = string.digits + string.ascii_letters
TODAY = date(2026, 1, 1)
DEPLOYED = Settings(stack="dev")


def document(artists: int, days: int) -> Document:
    """Return a frontier of so many artists on the morning after so many days, with ids and ETags that do not compress.

    Each listing was requested on the last day of its round, and each entity on its own day of `refresh_days`.
    """
    random, found = Random(0), empty()  # noqa: S311  # no secrets: ids of a generated frontier
    old = str(TODAY - timedelta(days=days))

    def text(length: int) -> str:
        return "".join(random.choices(LETTERS, k=length))

    def identifier() -> str:
        return random.choice("0123456") + text(21)  # 22 of base 62 hold more than the 128 bits of an id

    def last(name: str, every: int) -> str:
        """Return the last day before today that is a name's own in a cycle of so many days."""
        ago = (TODAY.toordinal() - spread(name)) % every or every
        return str(TODAY - timedelta(days=min(ago, days)))

    def listing(artist: str, group: str, every: int) -> Listing:
        full = last(artist + group, DEPLOYED.refresh_days)
        return {"at": last(artist + group, every), "etag": text(34), "full": full, "walked": full, "complete": old}

    names = [identifier() for _ in range(artists)]
    for name in names:
        at = last(name, DEPLOYED.refresh_days)
        found["artists"][name] = {"first_seen": old, "at": at, "full": at, "etag": text(34)}
        found["artists"][name]["listings"] = {
            group: listing(name, group, every) for group, every in DEPLOYED.release_groups.items()
        }
    for number in range(artists * ALBUMS_PER_ARTIST + artists * RELEASES_A_YEAR * days // 365):
        album = identifier()
        at = last(album, DEPLOYED.refresh_days)
        found["albums"][album] = {
            "first_seen": old, "at": at, "full": at, "etag": text(34), "via": [names[number % artists]],
            "listed": at, "baseline": True, "groups": ["album"], "tracks": text(4),
        }  # fmt: skip
    return found


def due(known: Document, profile: Profile) -> int:
    """Return the requests of the next day: what is due, and each release of the day now and three days later."""
    config = Config(
        DEPLOYED.market,
        profile,
        dict.fromkeys(GROUPS, 1_000_000),
        DEPLOYED.refresh_days,
        DEPLOYED.retention_days,
        DEPLOYED.max_wait_minutes,
        release_groups=DEPLOYED.release_groups,
    )
    followed = WatchList(tuple(Artist(each) for each in known["artists"]))
    releases = ceil(len(known["artists"]) * RELEASES_A_YEAR / 365 * 2 / config.pages.albums)
    return sum(WorkList(followed, config, str(TODAY)).left(known).values()) + releases


def row(artists: int, days: int) -> str:
    """Return a row of the table: the size of a frontier, and the requests and writes of a steady day."""
    profile = PROFILES.get(artists, "development")
    known = document(artists, days)
    began = time.process_time()
    body = packed(known)
    write_s = time.process_time() - began
    began = time.process_time()
    unpacked(body)
    read_s = time.process_time() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # in kilobytes on Linux: getrusage(2)
    began = time.process_time()
    requests = due(known, profile)
    list_s = time.process_time() - began
    saves = requests // requests_per_save(known) + 1
    cells = [f"{artists:,}", profile, str(days), f"{len(known['albums']):,}", f"{len(body) / 1e6:.2f} MB"]
    cells += [f"{each:.2f} s" for each in (write_s, read_s, list_s)] + [f"{requests:,}", str(saves)]
    return f"| {' | '.join([*cells, f'{(saves * write_s + list_s) / requests * 1000:.1f} ms', f'{memory:.0f} MB'])} |"


if __name__ == "__main__":
    prepare()
    sys.exit(print_rows("bench.scale", HEADS, row, LISTS, DAYS))
