"""Generate a day of album responses, as the extraction writes them, with bad records of ten kinds."""

from __future__ import annotations

import gzip
import json
import random
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ALBUMS_A_PART = 1000
LETTERS = string.digits + string.ascii_letters
WORDS = ("glass", "river", "north", "über", "quiet", "engine", "Mädchen", "salt", "orbit", "夜", "signal", "winter")

Json = dict[str, Any]


@dataclass(frozen=True)
class Day:
    """The shape of a generated day of album responses.

    Attributes:
        albums: how many responses.
        tracks: of each album.
        bad: the share of damaged lines.
        words: the fewest and the most words of a name.
        huge: the tracks of the first album, if it has more than the others; else 0.
    """

    albums: int
    tracks: int = 12
    bad: float = 0.01
    words: tuple[int, int] = (1, 4)
    huge: int = 0

    @property
    def most_tracks(self) -> int:
        """Return the tracks of the day if no line were damaged."""
        return self.albums * self.tracks + (self.huge and self.huge - self.tracks)


DAYS = {
    "usual": Day(20_000),
    "deep": Day(5_000, tracks=50),
    "long-names": Day(20_000, words=(30, 60)),
    "damaged": Day(20_000, bad=0.05),
    "clean": Day(20_000, bad=0),
    "huge-album": Day(18_000, huge=20_000),
}


def write_day(folder: Path, day: Day) -> list[Path]:
    """Write a day's parts into `folder`, unless they are there, and return them; equal arguments, equal bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = [folder / f"{number:05d}.ndjson.gz" for number in range(-(-day.albums // ALBUMS_A_PART))]
    for number, path in enumerate(parts):
        first = number * ALBUMS_A_PART
        if not path.exists():
            sizes = [day.tracks] * min(ALBUMS_A_PART, day.albums - first)
            if day.huge and number == 0:
                sizes[0] = day.huge
            body = b"".join(_lines(random.Random(number), day, sizes))  # noqa: S311  # a seeded day, no secret
            partial = path.with_suffix(".partial")
            partial.write_bytes(gzip.compress(body, compresslevel=6, mtime=0))
            partial.rename(path)
    return parts


def _lines(seeded: random.Random, day: Day, sizes: list[int]) -> Iterator[bytes]:
    for tracks in sizes:
        answer = _envelope(seeded, tracks, day.words)
        is_bad = seeded.random() < day.bad and tracks != day.huge
        yield _damaged(seeded, answer) if is_bad else _line(answer)


def _line(answer: Json) -> bytes:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _damaged(seeded: random.Random, answer: Json) -> bytes:
    """Return a response with one of ten kinds of damage."""
    track = answer["body"]["tracks"]["items"][3]
    match seeded.randrange(10):
        case 0:
            return _line(answer)[:-200] + b"\n"
        case 1:
            return b"<html>502 Bad Gateway</html>\n"
        case 2:
            answer["body"] = None
        case 3:
            track["artists"] = [{"id": 17}]
        case 4:
            track["duration_ms"] = 1000.5
        case 5:
            answer["body"]["release_date"] = "2023-02-30"
        case 6:
            track["name"] = ""
        case 7:
            track["duration_ms"] = 0
        case 8:
            return _line(answer).replace(b'"label":"', b'"label":"\\ud800', 1)
        case _:
            track["track_number"] = float("nan")
    return _line(answer)


def _id(seeded: random.Random) -> str:
    return "".join(seeded.choices(LETTERS, k=22))


def _name(seeded: random.Random, words: tuple[int, int]) -> str:
    return " ".join(seeded.choices(WORDS, k=seeded.randint(*words)))


def _entity(kind: str, identifier: str, name: str) -> Json:
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{identifier}"},
        "href": f"https://api.spotify.com/v1/{kind}s/{identifier}",
        "id": identifier,
        "name": name,
        "type": kind,
        "uri": f"spotify:{kind}:{identifier}",
    }


def _track(seeded: random.Random, number: int, artists: list[Json], words: tuple[int, int]) -> Json:
    return {
        "artists": artists,
        "disc_number": 1,
        "duration_ms": seeded.randint(30_000, 600_000),
        "explicit": seeded.random() < 0.1,
        "is_local": False,
        "is_playable": True,
        "preview_url": None,
        "track_number": number + 1,
    } | _entity("track", _id(seeded), _name(seeded, words))


def _envelope(seeded: random.Random, tracks: int, words: tuple[int, int]) -> Json:
    """Return one album's response in the extended profile, about ten kilobytes of JSON with twelve tracks."""
    artists = [_entity("artist", _id(seeded), _name(seeded, words)) for _ in range(seeded.choice((1, 1, 1, 2)))]
    identifier = _id(seeded)
    items = [_track(seeded, number, artists, words) for number in range(tracks)]
    page = f"https://api.spotify.com/v1/albums/{identifier}/tracks?offset=0&limit=50"
    body = _entity("album", identifier, _name(seeded, words)) | {
        "album_type": seeded.choice(("album", "album", "single", "compilation")),
        "artists": artists,
        "copyrights": [{"text": f"2026 {_name(seeded, words)}", "type": "C"}],
        "external_ids": {"upc": "".join(seeded.choices(string.digits, k=13))},
        "genres": [],
        "images": [
            {"height": size, "url": f"https://i.scdn.co/image/{_id(seeded)}{_id(seeded)}", "width": size}
            for size in (640, 300, 64)
        ],
        "label": _name(seeded, words),
        "popularity": seeded.randint(0, 100),
        "release_date": f"{seeded.randint(1960, 2026)}-{seeded.randint(1, 12):02d}-{seeded.randint(1, 28):02d}",
        "release_date_precision": "day",
        "total_tracks": tracks,
        "tracks": {
            "href": page,
            "items": items,
            "limit": 50,
            "next": None,
            "offset": 0,
            "previous": None,
            "total": tracks,
        },
    }
    minute, second = seeded.randint(0, 59), seeded.randint(0, 59)
    return {
        "fetched_at": f"2026-11-23T06:{minute:02d}:{second:02d}.{seeded.randint(0, 999_999):06d}Z",
        "first_seen": "2026-11-01",
        "url": body["href"],
        "status": 200,
        "etag": f'"{_id(seeded)}"',
        "body": body,
    }
