"""A generator of inbox objects: layouts, encodings, nestings and damage, with the records that must be read from each.

A record without damage must be read, whatever is damaged beside it; nothing else may be read.
"""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.functions.transform.days import album, an_id, artist, envelope, full_track, mention, page, track

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tests.functions.transform.days import Json

INDENTS = (None, 0, 1, 2, 4, "\t")
ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
NAMES = ("plain", 'a "quoted" {name}', "back\\slash [", "é😀 \u2028", "]}", "x" * 300, "\x00\t\n", '", "id": "')
JUNK = ("{", "}", "[", "]", '"', "\\", ",", ":", "\n", "what?", "\ufeff", "null", "0", "}{", "],[", "\x00", "'", "/*")
TABLES = {"artist": "artists", "album": "albums", "track": "tracks"}
PLACE = re.compile(r'"@([0-9]+)@"')
ALBUM = an_id(77_777)

Key = tuple[str, str]


@dataclass(frozen=True)
class Made:
    """An object's text, the records in it, and those that no damage touches."""

    text: str
    all: set[Key]
    whole: set[Key]
    damaged: bool


def made(random: Random) -> Made:
    """Return a generated text."""
    records = [_record(random, number) for number in random.sample(range(1, 9_000), random.randint(1, 12))]
    template = random.choice(LAYOUTS)(random, [f"@{at}@" for at in range(len(records))], records)
    text, spans = _filled(random, template, records)
    damages = random.choice((0, 0, 0, 0, 1, 1, 1, 2))
    broken: set[int] = set()
    for _ in range(damages):
        text, spans, hit = damaged(random, text, spans)
        broken |= hit
    keys = [_keys(each) for each in records]
    found = {key for each in keys for key in each}
    whole = {key for at, each in enumerate(keys) if at not in broken for key in each}
    return Made(text, found, whole, damages > 0)


def encoded(random: Random, text: str) -> bytes:
    """Return a text as the bytes of an object."""
    body = text.encode(random.choice(ENCODINGS))
    for _ in range(random.choice((0, 0, 0, 1, 2, 3))):
        body = gzip.compress(body, 1)
    return body


def _record(random: Random, number: int) -> Json:
    name = random.choice(NAMES)
    kind = random.choice((artist, artist, partial(_minimal, random), album, full_track))
    found = kind(number, name=name)
    if kind is album:
        found["tracks"] = page([track(10_000 + 10 * number + each) for each in range(random.randint(0, 3))])
    found |= {random.choice(("images", "extra")): [{"url": f"https://i.example/{each}", "size": 1} for each in "ab"]}
    return _shuffled(random, found)


def _minimal(random: Random, number: int, name: str) -> Json:
    return {"id": an_id(number), "name": name, "type": random.choice(("artist", "ARTIST"))}


def _shuffled(random: Random, entity: Json) -> Json:
    names = list(entity)
    order = random.choice((0, 0, 1, 2))
    if order == 1:
        names.sort()
    elif order:
        random.shuffle(names)
    return {name: entity[name] for name in names}


def _keys(record: Json) -> list[Key]:
    own = (TABLES[record["type"].lower()], record["id"])
    return [own, *(("tracks", each["id"]) for each in record.get("tracks", {"items": []})["items"])]


def _dumped(random: Random, value: Any, indent: Any) -> str:
    separators = (",", ":") if indent is None and random.random() < 0.5 else None
    return json.dumps(value, indent=indent, ensure_ascii=random.random() < 0.5, separators=separators)


def _filled(random: Random, template: str, records: list[Json]) -> tuple[str, dict[int, tuple[int, int]]]:
    """Return the template with the records in their places, and where each stands."""
    text, spans, last = "", {}, 0
    indents = random.choice([(each,) for each in INDENTS] + [INDENTS])
    for found in PLACE.finditer(template):
        text += template[last : found.start()]
        column = re.search(r"[ \t]*$", text[text.rfind("\n") + 1 :])
        margin = column[0] if column and text.rpartition("\n")[2] == column[0] else ""
        record = _dumped(random, records[int(found[1])], random.choice(indents)).replace("\n", "\n" + margin)
        spans[int(found[1])] = (len(text), len(text) + len(record))
        text += record
        last = found.end()
    return text + template[last:], spans


def _lines(random: Random, places: list[str], _records: list[Json]) -> str:
    between = random.choice(("\n", "\r\n", "\n\n", "\n \n"))
    return between.join(f'"{each}"' for each in places) + random.choice(("", between))


def _one_after_another(random: Random, places: list[str], _records: list[Json]) -> str:
    between = random.choice(("", " ", "\n", "\r\n", "\n\n  \n", "\t", ",", ",\n"))
    return between.join(f'"{each}"' for each in places)


def _list(random: Random, places: list[str], _records: list[Json]) -> str:
    return _dumped(random, places, random.choice(INDENTS))


def _list_with_a_line_each(random: Random, places: list[str], _records: list[Json]) -> str:
    return "[\n" + ",\n".join(f'"{each}"' for each in places) + random.choice(("\n]", "]", "\n]\n"))


def _lists_in_lists(random: Random, places: list[str], _records: list[Json]) -> str:
    found: list[Any] = []
    for each in places:
        nested: Any = each
        for _ in range(random.choice((0, 1, 3, 30))):
            nested = [nested]
        found.append(nested)
    return _dumped(random, found, random.choice(INDENTS))


def _wrapped(random: Random, places: list[str], records: list[Json]) -> str:
    """Return responses of several items each: pages, groups, searches, in envelopes or not, one after another."""
    found = []
    while places:
        size = random.randint(1, len(places))
        now, places = places[:size], places[size:]
        found.append(random.choice((_page, _group, _search, _enveloped))(random, now, records))
    indent = random.choice(INDENTS)
    if random.random() < 0.3:
        return _dumped(random, found, indent)
    return random.choice(("\n", "\r\n", " ")).join(_dumped(random, each, indent) for each in found)


def _page(_random: Random, places: list[str], _records: list[Json]) -> Any:
    return page([*places], next="https://api.spotify.com/v1/x?offset=50")


def _group(_random: Random, places: list[str], records: list[Json]) -> Any:
    return {TABLES[records[int(places[0].strip("@"))]["type"].lower()]: places}


def _search(random: Random, places: list[str], records: list[Json]) -> Any:
    found: Any = {"playlists": page([1])}
    for each in places:
        table = TABLES[records[int(each.strip("@"))]["type"].lower()]
        found.setdefault(table, page([]))["items"].append(each)
    return found


def _enveloped(random: Random, places: list[str], records: list[Json]) -> Any:
    if len(places) == 1 and random.random() < 0.5:
        return envelope(places[0])
    return envelope(random.choice((_page, _group, _search))(random, places, records))


LAYOUTS: list[Callable[[Random, list[str], list[Json]], str]] = [
    _lines,
    _one_after_another,
    _list,
    _list_with_a_line_each,
    _lists_in_lists,
    _wrapped,
    _wrapped,
]

Spans = dict[int, tuple[int, int]]


def damaged(random: Random, text: str, spans: Spans) -> tuple[str, Spans, set[int]]:
    """Return a text in which a stretch was replaced, where its records stand now, and which ones that touches."""
    at = random.randrange(len(text) + 1)
    kind = random.randrange(4)
    gone = random.randint(1, 40) if kind == 0 else 1 if kind == 1 else len(text) if kind == 2 else 0
    junk = random.choice(JUNK) if kind == 3 or random.random() < 0.3 else ""
    end = min(at + gone, len(text))
    moved = at + len(junk) - end
    hit = {name for name, (start, stop) in spans.items() if (start < end and at < stop) or start < at < stop}
    after = {
        name: (start + (moved if start >= end else 0), stop + (moved if start >= end else 0))
        for name, (start, stop) in spans.items()
        if name not in hit
    }
    return text[:at] + junk + text[end:], after, hit


def on_one_line(random: Random) -> str:
    """Return a long list on one line, in different wrappers, of records and other values, sometimes damaged."""
    kinds: tuple[Callable[[int], Json], ...] = (
        artist,
        partial(_minimal, random, name="a"),
        mention,
        album,
        full_track,
        track,
        lambda _: {"a": {}},
    )
    usual = random.choice(kinds)
    found = [(usual if random.random() < 0.8 else random.choice(kinds))(number) for number in range(1, 40)]
    listed = random.choice((", ", ",", " , ", ",\n")).join(map(json.dumps, found))
    wrapping = random.choice(
        ("[%s]", '{"artists":[%s]}', '{"items":[%s]}', "[1,[%s],[]]", '{"status":200,"body":{"albums":[%s')
    )
    text = wrapping % listed
    return damaged(random, text, {})[0] if random.random() < 0.5 else text
