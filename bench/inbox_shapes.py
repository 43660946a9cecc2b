"""The shapes of inbox objects that are measured: layouts, encodings, and damage, each written to any size."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from itertools import count, repeat
from random import Random
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ID = "{:022d}"
PIECE = 1 << 16
LONG = 4_000_000  # characters: a little less than the longest record


@dataclass(frozen=True)
class Shape:
    """An object's text without an end, as pieces; `gzips` are the layers around it."""

    pieces: Callable[[], Iterator[str | bytes]]
    before: str = ""
    encoding: str = "utf-8"
    gzips: int = 0

    def write(self, file: IO[bytes], size: int) -> None:
        """Write so many bytes of the text, or what they are packed."""
        layers = [zlib.compressobj(9, wbits=31) for _ in range(self.gzips)]
        left = size
        for piece in self._encoded():
            octets, left = piece[: max(left, 0)], left - len(piece)
            for layer in layers:
                octets = layer.compress(octets)
            file.write(octets)
            if left <= 0:
                break
        while layers:  # each layer's end is given to those around it
            octets = layers.pop(0).flush()
            for layer in layers:
                octets = layer.compress(octets)
            file.write(octets)

    def _encoded(self) -> Iterator[bytes]:
        yield self.before.encode(self.encoding)
        for piece in self.pieces():
            yield piece if isinstance(piece, bytes) else piece.encode(self.encoding)


def _artist(number: int) -> dict[str, object]:
    return {"id": ID.format(number), "name": f"Artist {number}", "type": "artist", "uri": f"spotify:artist:{number}"}


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


def _same(text: str) -> Callable[[], Iterator[str]]:
    """Return a text again and again."""
    return lambda: repeat(text * max(1, PIECE // len(text)))


def _each(made: Callable[[int], Any], between: str = "\n", indent: int | None = None) -> Callable[[], Iterator[str]]:
    """Return different values, each followed by what stands between them."""
    return lambda: (json.dumps(made(number), indent=indent) + between for number in count(1))


def _named(text: str) -> Callable[[], Iterator[str]]:
    """Return a text with a number in it that is different each time."""
    return lambda: ("".join(text.replace("#", str(at)) for at in range(n, n + 999)) for n in count(10**9, 999))


def _long(before: str, text: str, after: str) -> Callable[[], Iterator[str]]:
    """Return values that are nearly as long as a record may be."""
    return _same(before + text * ((LONG - len(before + after)) // len(text)) + after)


def _long_each() -> Iterator[str]:
    """Yield artists with another ID each, and with as many genres as a record may have."""
    genres = '"",' * (LONG // 3 - 99) + '""'
    for number in count(1):
        yield f'{{"type":"artist","id":"{ID.format(number)}","name":"a","genres":[{genres}]}}\n'


def _dropping(pieces: Iterator[str]) -> Iterator[str]:
    """Yield pieces without some of their characters, one in five hundred."""
    random = Random(17)  # noqa: S311  the same damage each time
    for piece in pieces:
        places = sorted(random.sample(range(len(piece)), len(piece) // 500))
        yield "".join(piece[start + 1 : end] for start, end in zip([-1, *places], [*places, len(piece)], strict=True))


def _rubbish(letters: bytes) -> Callable[[], Iterator[bytes]]:
    random = Random(17)  # noqa: S311  the same damage each time
    return lambda: (bytes(random.choices(letters, k=PIECE)) for _ in repeat(None))


_ENVELOPE = '{"fetched_at": "2026-01-01T05:00:00Z", "status": 200, "body": {"href": "https://x.example", "items": ['
_LONG_TIMES = f'"fetched_at":"{"x" * 900}","first_seen":"{"y" * 900}"'
_ONE = f'"type":"artist","id":"{ID.format(1)}","name":"a"'
_TRACK, _ALBUM = _ONE.replace("artist", "track"), _ONE.replace("artist", "album")
_MENTION = json.dumps(_artist(1)) + ", "
_PAGE = f'{{"items":[{json.dumps([_album(number) for number in range(20)])[1:-1]}]}}, '

SHAPES: dict[str, Shape] = {
    # layouts
    "albums, one per line": Shape(_each(_album)),
    "albums, pretty-printed, one after another": Shape(_each(_album, indent=2)),
    "albums, concatenated": Shape(_each(_album, "")),
    "albums in one list on one line": Shape(_each(_album, ", "), "["),
    "albums in one pretty-printed page in an envelope": Shape(_each(_album, ",\n", 2), _ENVELOPE),
    "a page of pages of albums": Shape(_same(_PAGE), '{"items":['),
    "small artists, one per line": Shape(_each(_artist)),
    "smallest artists, one per line": Shape(_named(f'{{"type":"artist","id":"{"0" * 12}#","name":"a"}}\n')),
    "smallest artists in one group": Shape(_named(f'{{"id":"{"0" * 12}#","name":"a"}},'), '{"artists":['),
    "smallest tracks on an album's page": Shape(
        _named(f'{{"id":"{"0" * 12}#","name":"a"}},'),
        f'{{"href":"https://api.spotify.com/v1/albums/{ID.format(1)}/tracks","items":[',
    ),
    "smallest artists in an envelope with long wrong times": Shape(
        _named(f'{{"id":"{"0" * 12}#","name":"a"}},'), f'{{{_LONG_TIMES},"status":200,"body":{{"artists":['
    ),
    "the same artist, one per line": Shape(_same(json.dumps(_artist(1)) + "\n")),
    "smallest artists, pages of 4 MB": Shape(_long('{"artists":[', f"{{{_ONE}}},", "null]}\n")),
    # encodings
    "albums, one per line, UTF-16": Shape(_each(_album), encoding="utf-16-le"),
    "albums, pretty-printed, UTF-32": Shape(_each(_album, indent=2), encoding="utf-32-be"),
    "albums, one per line, gzip": Shape(_each(_album), gzips=1),
    "one line again and again, gzip": Shape(_same("1\n"), gzips=1),
    "blank lines, gzip three times": Shape(_same("\n"), gzips=3),
    # many values
    "numbers, one per line": Shape(_same("1\n")),
    "short lines that are not JSON": Shape(_same("what is this? it is not JSON\n")),
    "numbers in one list": Shape(_same("1,"), "["),
    "nulls in a page": Shape(_same("null,"), '{"items": ['),
    "empty objects": Shape(_same("{}\n")),
    "empty objects, pages of 4 MB": Shape(_long('{"items":[', "{},", "{}]}\n")),
    "numbers, pages of 4 MB": Shape(_long('{"items":[', "1,", "1]}\n")),
    "empty lists": Shape(_same("[]")),
    "blank lines": Shape(_same("\n")),
    "spaces": Shape(_same(" ")),
    # long records
    "one string": Shape(_same("x"), '"'),
    "one name": Shape(_same("x"), '{"type":"artist","name":"'),
    "escaped quotes": Shape(_same('\\"'), '"'),
    "one record with a long list": Shape(_same('"rock",'), f'{{{_ONE},"genres":['),
    "records with lists of 4 MB": Shape(_long(f'{{{_ONE},"genres":[', '"rock",', '"pop"]}\n')),
    "records with lists of 4 MB, each another": Shape(_long_each),
    "one track that mentions a million artists": Shape(_same(_MENTION), '{"type":"track","artists":['),
    "artists with lists in lists for 4 MB": Shape(_long(f'{{{_ONE},"more":[', "[[]],", "0]}\n")),
    "tracks that mention artists for 4 MB": Shape(_long(f'{{{_TRACK},"artists":[', _MENTION, "{}]}\n")),
    "albums of 4 MB of empty tracks": Shape(_long(f'{{{_ALBUM},"tracks":{{"items":[', "{},", "{}]}}\n")),
    "one object of many keys": Shape(_named('"k#":1,'), "{"),
    "one artist of many keys": Shape(_named('"k#":1,'), f"{{{_ONE},"),
    "artists, each with another key": Shape(_named(f'{{{_ONE},"k#":1}}\n')),
    # nesting
    "opening brackets": Shape(_same("[")),
    "opening braces": Shape(_same("{")),
    "objects in each other": Shape(_same('{"a":')),
    "lists and objects in each other": Shape(_same('[{"a":')),
    "150 lists in each other": Shape(_same("[" * 150 + "]" * 150 + "\n")),
    "artists 150 objects deep": Shape(_same('{"a":' * 150 + f"{{{_ONE}}}" + "}" * 150 + "\n")),
    # damage
    "albums, each line cut": Shape(lambda: (json.dumps(_album(n))[:-3] + "\n" for n in count(1))),
    "albums, one character in 500 lost": Shape(lambda: _dropping(_each(_album)())),
    "pretty-printed albums, one character in 500 lost": Shape(lambda: _dropping(_each(_album, ",\n", 2)()), "["),
    "broken objects": Shape(_same("{1}")),
    "quotes": Shape(_same('"a')),
    "binary": Shape(_rubbish(bytes(range(256)))),
    "brackets, quotes and commas at random": Shape(_rubbish(b'[]{}",:1a\n ')),
    "zeros": Shape(_same("\0")),
}
