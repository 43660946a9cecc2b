"""The lists and objects around a place in damaged or long JSON: which hold records, and what they say of these."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from functions.transform.parse.responses import GROUPS, MARKS, TABLE, table_of

WRAPPERS = {*GROUPS, "items", "body"}
KEPT = {"fetched_at", "first_seen", "url", "status", "href", "album_id", "baseline"}  # said around records
OWN = {"id", "type", "name", "uri", "album", "available_markets"}.union(*MARKS.values())  # members of an entity only
DECIDES = {"error", *OWN}  # members that say of an object what is in it, whatever else it has
LONGEST_PAGE = 1 << 18  # characters: each record takes some 2 KB while it is read, and one may be as short as {}
ADDRESSES = {"external_urls", "href", "uri"}
FULL = {"followers", "genres", "images", "popularity"}  # what an artist's own response has
FULL_ALBUM = {"genres", "label", "popularity", "tracks"}  # and an album's
STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"')  # as JSON has it
EMPTY = re.compile(r"\{\s*\}")
TRACKS_OF = ',"href":"https://api.spotify.com/v1/albums/%s/tracks"}'


@dataclass
class Container:
    """A list or an object that was entered; `wanted` where records stand: in its place, or of a list, in it."""

    bracket: str
    key: str  # under which a list stands; of an object, the last one in it
    line: int
    wanted: bool
    head: str
    reason: str  # why it is refused, where something is lost with it
    members: set[str] = field(default_factory=set)  # those of `OWN` that it has
    said: dict[str, str] = field(default_factory=dict)
    holds_records: bool = False
    hurt: bool = False
    by_line: bool = False  # whether its elements begin at the first column
    alone: int = 0  # its elements that were read one by one since several were last tried together
    tries: int = 0  # failed attempts in a row to read several together

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return self.bracket == "["

    def is_entity(self) -> bool:
        """Return whether an object is a record itself, and not a wrapping of records, as a playlist is."""
        return "id" in self.members and self.said.get("type", '"track"').strip('"').casefold() in TABLE

    def is_lost(self) -> bool:
        """Return whether more is lost with a record's object than its wrapping: what is in it stands for itself."""
        return not self.is_list and self.wanted and (self.hurt or not self.holds_records or self.is_entity())

    def say(self, text: str) -> None:
        """Take a scalar member under the last key."""
        is_json = text and (text[0] != '"' or STRING.fullmatch(text))  # it is given again as it stands
        if is_json and (self.key in KEPT or self.key in {"id", "type"}):
            self.said.setdefault(self.key, text)


def in_place(text: str, around: list[Container]) -> str:
    """Return a value in the wrapping that stands around it, as if it were the only one there."""
    bare = False  # an entity around it: only when it was fetched still counts
    wrapped = False
    for each in reversed(around):
        if each.is_list and wrapped and not bare:
            return text  # a response among the elements of another
        if each.is_list:
            text = text if bare or each is around[0] else f"[{text}]"
        elif each.key == "body":
            said = "".join(f'"{name}":{value},' for name, value in each.said.items() if name in KEPT)
            text = f'{{{said}"body":{text}}}' if said else text
        elif each.is_entity() and not bare:
            bare = True
            found = each.said.get("id", "").strip('"')
            if text.startswith("{") and found and not EMPTY.match(text):
                text = text[:-1] + TRACKS_OF % found  # the last one counts
        elif not bare:
            href = f'"href":{each.said["href"]},' if "href" in each.said else ""
            text = f'{{{href}"{each.key}":{text}}}'
            wrapped = True
    return text


def is_wrapper(value: object) -> bool:
    """Return whether a value says itself what is in it: an envelope, a page, a search."""
    return isinstance(value, dict) and "id" not in value and not WRAPPERS.isdisjoint(value)


def is_long_page(value: object, length: int) -> bool:
    """Return whether a value is a long wrapping of several records: these are read one by one, as in a longer one."""
    return length > LONGEST_PAGE and _count(value) > 1


def _count(value: object) -> int:
    """Return how many elements the lists in a wrapping have; none where entering it would change what it says."""
    if isinstance(value, list):
        return len(value)
    if not isinstance(value, dict) or not value.keys().isdisjoint(DECIDES):
        return 0
    return sum(_count(each) for name, each in value.items() if name in WRAPPERS)


def is_mention(value: object) -> bool:
    """Return whether a value is an artist as albums and tracks mention it, or the end of an album or a track with such.

    A mention has its addresses, and nothing that an artist's own response has.
    """
    if not isinstance(value, dict):
        return False
    if table_of(value) != "artists":
        artists = value.get("artists")
        return "id" not in value and isinstance(artists, list) and any(map(is_mention, artists[:1]))
    return len(value.keys() & ADDRESSES) > 1 and value.keys().isdisjoint(FULL)


def is_part(value: object, around: list[Container]) -> bool:
    """Return whether a value belongs to what is around it: a mention, or the album of a track."""
    if is_mention(value):
        return True
    in_a_track = any(not each.members.isdisjoint(MARKS["tracks"]) for each in around)
    return (
        in_a_track and isinstance(value, dict) and table_of(value) == "albums" and value.keys().isdisjoint(FULL_ALBUM)
    )


def is_record(value: object) -> bool:
    """Return whether an element in a damaged container is a record by its looks, wherever it seems to stand."""
    return isinstance(value, dict) and (is_wrapper(value) or (table_of(value) is not None and not is_mention(value)))
