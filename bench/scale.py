"""Measure how the frontier grows with the watch-list, and what saving it costs per day: `python -m bench.scale`."""

from __future__ import annotations

import resource
import string
import sys
import time
from random import Random
from typing import TYPE_CHECKING

from bench.rows import print_rows
from functions.extract.frontier.document import empty, requests_per_save
from functions.extract.raw.store import packed, unpacked

if TYPE_CHECKING:
    from functions.extract.frontier.document import Document, Listing

ALBUMS_PER_ARTIST = 11  # on the first day, as `bench.extract` has it
RELEASES_A_YEAR = 4  # per artist: a guess
REQUESTS_PER_ARTIST = 2.9  # on a steady day, as `bench.extract` measures it
LISTS = (400, 2_300, 5_000)
DAYS = (1, 30, 365)
HEADS = ("artists", "day", "albums", "size", "write", "read", "requests", "saves", "writing per request", "memory")
LETTERS = string.digits + string.ascii_letters
DATE = "2026-01-01"  # each is as long


def document(artists: int, days: int) -> Document:
    """Return a frontier of so many artists after so many days, with ids and ETags that do not compress."""
    random, found = Random(0), empty()  # noqa: S311  # no secrets: ids of a generated frontier

    def text(length: int) -> str:
        return "".join(random.choices(LETTERS, k=length))

    def listing() -> Listing:
        return {"at": DATE, "etag": text(34), "full": DATE, "walked": DATE, "complete": DATE}

    names = [text(22) for _ in range(artists)]
    for name in names:
        found["artists"][name] = {"first_seen": DATE, "at": DATE, "full": DATE, "etag": text(34)}
        found["artists"][name]["listings"] = {"album": listing(), "single": listing()}
    for at in range(artists * ALBUMS_PER_ARTIST + artists * RELEASES_A_YEAR * days // 365):
        found["albums"][text(22)] = {"first_seen": DATE, "at": DATE, "full": DATE, "etag": text(34)}
        found["albums"][next(reversed(found["albums"]))] |= {
            "via": [names[at % artists]],
            "listed": DATE,
            "baseline": True,
        }
    return found


def row(artists: int, days: int) -> str:
    """Return a row of the table: what a frontier is, and what a steady day writes of it."""
    known = document(artists, days)
    began = time.process_time()
    body = packed(known)
    write_s = time.process_time() - began
    began = time.process_time()
    unpacked(body)
    read_s = time.process_time() - began
    requests = int(artists * REQUESTS_PER_ARTIST)
    saves = requests // requests_per_save(known) + 1
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # in kilobytes on Linux: getrusage(2)
    cells = [f"{artists:,}", str(days), f"{len(known['albums']):,}", f"{len(body) / 1e6:.2f} MB", f"{write_s:.2f} s"]
    cells += [f"{read_s:.2f} s", f"{requests:,}", str(saves), f"{saves * write_s / requests * 1000:.1f} ms"]
    return f"| {' | '.join([*cells, f'{memory:.0f} MB'])} |"


if __name__ == "__main__":
    sys.exit(print_rows("bench.scale", HEADS, row, LISTS, DAYS))
