"""Measure the memory and time that an inbox object takes, by size and shape: `python -m bench.inbox [MB …] [SHAPE …]`.

Each shape is read in a process of its own, at 64 and 256 MB unpacked by default: memory must stay below 1 GB, and the
time at most five times as long at the larger size.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from functions.transform.lines import Source
from functions.transform.transform import Limits, transform

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = date(2026, 1, 1)
SIZES = (64, 256)
ID = "{:022d}"


def _album(number: int) -> dict[str, object]:
    tracks = [
        {"id": ID.format(20 * number + each), "name": f"Track {each}", "type": "track", "track_number": each + 1}
        | {"disc_number": 1, "duration_ms": 180_000, "explicit": False, "artists": [_artist(number)]}
        for each in range(12)
    ]
    return {"id": ID.format(number), "name": f"Album {number}", "type": "album", "artists": [_artist(number)]} | {
        "album_type": "album",
        "release_date": "2020-01-01",
        "release_date_precision": "day",
        "total_tracks": 12,
        "tracks": {"href": "https://api.spotify.com/v1/", "items": tracks},
    }


def _artist(number: int) -> dict[str, object]:
    return {"id": ID.format(number), "name": f"Artist {number}", "type": "artist", "uri": f"spotify:artist:{number}"}


def _albums(indent: int | None, between: str) -> str:
    return between.join(json.dumps(_album(number), indent=indent) for number in range(300)) + between


Shape = tuple[str, "Callable[[], str]", str]
SHAPES: dict[str, Shape] = {
    "albums, one per line": ("", lambda: _albums(None, "\n"), "utf-8"),
    "albums, pretty-printed, one after another": ("", lambda: _albums(2, "\n"), "utf-8"),
    "albums in one list on one line": ("[", lambda: _albums(None, ", "), "utf-8"),
    "albums in one pretty-printed page in an envelope": (
        '{"fetched_at": "2026-01-01T05:00:00Z", "status": 200, "body": {"href": "https://x.example", "items": [',
        lambda: _albums(2, ",\n"),
        "utf-8",
    ),
    "albums, one per line, UTF-16": ("", lambda: _albums(None, "\n"), "utf-16-le"),
    "small artists, one per line": ("", lambda: "".join(f"{json.dumps(_artist(n))}\n" for n in range(9_000)), "utf-8"),
    "albums, each line cut": ("", lambda: _albums(None, "\n").replace("]}}\n", "\n"), "utf-8"),
    "numbers, one per line": ("", lambda: "1\n" * 30_000, "utf-8"),
    "numbers in one list": ("[", lambda: "1," * 30_000, "utf-8"),
    "nulls in a page": ('{"items": [', lambda: "null," * 30_000, "utf-8"),
    "empty objects": ("", lambda: "{}\n" * 30_000, "utf-8"),
    "opening brackets": ("", lambda: "[" * 60_000, "utf-8"),
    "opening braces": ("", lambda: "{" * 60_000, "utf-8"),
    "objects in each other": ("", lambda: '{"a":' * 30_000, "utf-8"),
    "empty lists": ("", lambda: "[]" * 30_000, "utf-8"),
    "broken objects": ("", lambda: "{1}" * 30_000, "utf-8"),
    "one string": ('"', lambda: "x" * 60_000, "utf-8"),
    "quotes": ("", lambda: '"a' * 30_000, "utf-8"),
    "escaped quotes": ('"', lambda: '\\"' * 30_000, "utf-8"),
    "zeros": ("", lambda: "\0" * 60_000, "utf-8"),
    "blank lines": ("", lambda: "\n" * 60_000, "utf-8"),
}


class _Repeated:
    """An object that is a text again and again, up to a size."""

    def __init__(self, shape: Shape, size: int) -> None:
        before, text, encoding = shape
        self._next = (before + text()).encode(encoding)
        self._text = text().encode(encoding)
        self._left = size

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes; none at the end."""
        found, self._next = self._next[: min(size, self._left)], self._next[size:] or self._text
        self._left -= len(found)
        return found


def read(name: str, megabytes: int) -> dict[str, float]:
    """Read an object of a shape; return the seconds, the processor's seconds, and this process's largest memory."""
    source = Source("inbox/snapshot_date=2026-01-01/a.json", "inbox", datetime(2026, 1, 1, tzinfo=UTC))
    began, cpu = time.perf_counter(), time.process_time()
    transform([(source, _Repeated(SHAPES[name], megabytes << 20))], Limits(DAY, "extended", 1.0), lambda *_: None)
    wall = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # in kilobytes on Linux: getrusage(2)
    return {"s": wall, "cpu_s": time.process_time() - cpu, "mb": memory}


def measured(name: str, megabytes: int) -> dict[str, float]:
    """Return what `read` does in a process of its own."""
    command = [sys.executable, "-m", "bench.inbox", "--one", name, str(megabytes)]
    found: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def main(arguments: list[str]) -> int:
    """Print a row per shape."""
    if arguments[:1] == ["--one"]:
        print(json.dumps(read(arguments[1], int(arguments[2]))))
        return 0
    sizes = [int(each) for each in arguments if each.isdecimal()] or list(SIZES)
    names = [each for each in arguments if not each.isdecimal()] or list(SHAPES)
    print("| shape | " + " | ".join(f"{size} MB: s, MB of memory" for size in sizes) + " | ratio |")
    print("|---" * (len(sizes) + 2) + "|")
    for name in names:
        found = [measured(name, size) for size in sizes]
        cells = " | ".join(f"{each['cpu_s']:.1f}, {each['mb']:.0f}" for each in found)
        print(f"| {name} | {cells} | {found[-1]['cpu_s'] / found[0]['cpu_s']:.1f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
