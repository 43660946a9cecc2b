"""The lists and objects around a position in damaged or long JSON: which hold records, and their facts about these."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from functions.transform.parse.responses import GROUPS, MARKS, TABLE, table_of

WRAPPERS = {*GROUPS, "items", "body"}
KEPT = {"fetched_at", "first_seen", "url", "status", "href", "album_id", "baseline"}  # kept with a record inside
OWN = {"id", "type", "name", "uri", "album", "available_markets"}.union(*MARKS.values())  # members of entities only
DECIDES = {"error", *OWN}  # members that decide what an object holds, whatever else it has
LONGEST_PAGE = 1 << 18  # characters: each record takes some 2 KB while it is read, and one may be as short as {}
ADDRESSES = {"external_urls", "href", "uri"}
FULL = {"followers", "genres", "images", "popularity"}  # members of an artist's own response
FULL_ALBUM = {"genres", "label", "popularity", "tracks"}  # members of an album's own response
STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"')  # a valid JSON string
EMPTY = re.compile(r"\{\s*\}")
TRACKS_OF = ',"href":"https://api.spotify.com/v1/albums/%s/tracks"}'


@dataclass
class Container:
    """A list or an object that was entered; `wanted` if records may be in its place or, for a list, in it."""

    bracket: str
    key: str  # the key of a list; for an object, its last key
    line: int
    wanted: bool
    head: str
    reason: str  # why the container is rejected, if something is lost with it
    members: set[str] = field(default_factory=set)  # the members of `OWN` that the object has
    said: dict[str, str] = field(default_factory=dict)
    holds_records: bool = False
    hurt: bool = False
    by_line: bool = False  # whether its elements begin at the first column of a line
    alone: int = 0  # elements read one by one since the last try to read several together
    tries: int = 0  # failed attempts in a row to read several together

    @property
    def is_list(self) -> bool:
        """True if it is a list."""
        return self.bracket == "["

    def is_entity(self) -> bool:
        """Return whether an object is a record itself, and not a wrapper of records such as a playlist."""
        return "id" in self.members and self.said.get("type", '"track"').strip('"').casefold() in TABLE

    def is_lost(self) -> bool:
        """Return whether losing an object loses more than a wrapper: the records in a wrapper stand for themselves."""
        return not self.is_list and self.wanted and (self.hurt or not self.holds_records or self.is_entity())

    def say(self, text: str) -> None:
        """Keep a scalar member under the last key."""
        is_json = text and (text[0] != '"' or STRING.fullmatch(text))  # it is copied unchanged later
        if is_json and (self.key in KEPT or self.key in {"id", "type"}):
            self.said.setdefault(self.key, text)


def in_place(text: str, around: list[Container]) -> str:
    """Return a value in the wrapper that surrounds it, as if it were the only value there."""
    bare = False  # of an entity around the value, only the time of the fetch still counts
    wrapped = False
    for each in reversed(around):
        if each.is_list and wrapped and not bare:
            return text  # a response among the elements of another response
        if each.is_list:
            text = text if bare or each is around[0] else f"[{text}]"
        elif each.key == "body":
            said = "".join(f'"{name}":{value},' for name, value in each.said.items() if name in KEPT)
            text = f'{{{said}"body":{text}}}' if said else text
        elif each.is_entity() and not bare:
            bare = True
            found = each.said.get("id", "").strip('"')
            if text.startswith("{") and found and not EMPTY.match(text):
                text = text[:-1] + TRACKS_OF % found  # the last value counts
        elif not bare:
            href = f'"href":{each.said["href"]},' if "href" in each.said else ""
            text = f'{{{href}"{each.key}":{text}}}'
            wrapped = True
    return text


def is_wrapper(value: object) -> bool:
    """Return whether a value states itself what it contains: an envelope, a page, a search."""
    return isinstance(value, dict) and "id" not in value and not WRAPPERS.isdisjoint(value)


def is_long_page(value: object, length: int) -> bool:
    """Return whether a value is a long wrapper of several records: these are read one by one, as in a longer one."""
    return length > LONGEST_PAGE and _count(value) > 1


def _count(value: object) -> int:
    """Return the number of elements in a wrapper's lists; none if entering the wrapper would change its meaning."""
    if isinstance(value, list):
        return len(value)
    if not isinstance(value, dict) or not value.keys().isdisjoint(DECIDES):
        return 0
    return sum(_count(each) for name, each in value.items() if name in WRAPPERS)


def is_mention(value: object) -> bool:
    """Return whether a value is an artist as mentioned by albums and tracks, or the end of an entity with mentions.

    A mention has addresses, and no member that only an artist's own response has.
    """
    if not isinstance(value, dict):
        return False
    if table_of(value) != "artists":
        artists = value.get("artists")
        return "id" not in value and isinstance(artists, list) and any(map(is_mention, artists[:1]))
    return len(value.keys() & ADDRESSES) > 1 and value.keys().isdisjoint(FULL)


def is_part(value: object, around: list[Container]) -> bool:
    """Return whether a value belongs to what surrounds it: a mention, or the album of a track."""
    if is_mention(value):
        return True
    in_a_track = any(not each.members.isdisjoint(MARKS["tracks"]) for each in around)
    return (
        in_a_track and isinstance(value, dict) and table_of(value) == "albums" and value.keys().isdisjoint(FULL_ALBUM)
    )


def is_record(value: object) -> bool:
    """Return whether an element in a damaged container looks like a record, at whatever position."""
    return isinstance(value, dict) and (is_wrapper(value) or (table_of(value) is not None and not is_mention(value)))
