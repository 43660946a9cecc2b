"""The watch-list: which artists to follow, and optionally saved searches.

`state/watchlist.json` in the raw bucket:

    {
      "artists": [
        {"id": "0000000000000000000001", "name": "for people, Spotify's name wins"},
        "spotify:artist:0000000000000000000002",
        "https://open.spotify.com/artist/0000000000000000000003?si=…"
      ],
      "searches": [{"name": "fresh", "query": "tag:new"}]
    }

An artist is an id, a URI or a link, alone or under "id". Duplicates are merged, the first name given wins.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from functions.shared.errors import WatchListInvalid
from functions.shared.ids import ID, is_valid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
LINK_HOSTS = frozenset({"open.spotify.com", "play.spotify.com"})
LINKED = frozenset({"artist", "album", "track", "playlist", "user", "show", "episode", "audiobook"})
"""The kinds of entity in a link of Spotify: the segment before the ID. Other segments may surround these two."""


@dataclass(frozen=True)
class Artist:
    """A followed artist; the name is only for people who read the file."""

    id: str
    name: str | None = None


@dataclass(frozen=True)
class Search:
    """A saved search over albums, in Spotify's query language."""

    name: str
    query: str


@dataclass(frozen=True)
class WatchList:
    """The followed artists and searches, each once, in the file's order."""

    artists: tuple[Artist, ...] = ()
    searches: tuple[Search, ...] = ()

    @property
    def names(self) -> dict[str, str]:
        """Return the artists' names in the watch-list, by ID."""
        return {artist.id: artist.name for artist in self.artists if artist.name}


def parse(text: str | bytes, faults: list[WatchListInvalid] | None = None) -> WatchList:
    """Return the watch-list in a file's text. A wrong entry is appended to `faults`, if that is given.

    Raises:
        WatchListInvalid: the entry that is wrong, with its position, what was found and what is expected.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise WatchListInvalid(f"The watch-list is not JSON: {exc}.") from exc
    if not isinstance(document, dict):
        raise WatchListInvalid(f'The watch-list is {_kind(document)}; expected {{"artists": […], "searches": […]}}.')
    _only(document, {"artists", "searches"}, "the watch-list")
    return WatchList(
        artists=_distinct_artists(_list(document, "artists"), faults),
        searches=_distinct_searches(_list(document, "searches"), faults),
    )


def render(watchlist: WatchList) -> str:
    """Return the watch-list as the file's text: one entry per line, so that a diff reads well."""

    def block(entries: list[dict[str, str]]) -> str:
        lines = ",\n".join("    " + json.dumps(entry, ensure_ascii=False) for entry in entries)
        return f"[\n{lines}\n  ]" if lines else "[]"

    artists = [{"id": a.id} | ({"name": a.name} if a.name else {}) for a in watchlist.artists]
    searches = [{"name": s.name, "query": s.query} for s in watchlist.searches]
    return f'{{\n  "artists": {block(artists)},\n  "searches": {block(searches)}\n}}\n'


def artist_id(text: str, where: str) -> str:
    """Return the id that an artist's id, URI or link names; `where` is its place in the error.

    Raises:
        WatchListInvalid: it names something else, or nothing.
    """
    text = text.strip()
    if is_valid(text):
        return text
    kind, found = _uri_parts(text) or _link_parts(text) or ("", "")
    if kind == "artist" and is_valid(found):
        return found
    if kind and kind != "artist":
        raise WatchListInvalid(f"{where} is {text!r}, a Spotify {kind}; only artists can be followed.")
    if "spotify.link" in text:
        raise WatchListInvalid(
            f"{where} is {text!r}, a short link; open it in a browser and use the artist's link that it redirects to."
        )
    if ID.fullmatch(found or text):
        raise WatchListInvalid(f"{where} is {text!r}; no Spotify ID is that large: copy the artist's ID or link again.")
    raise WatchListInvalid(
        f"{where} is {text!r}; expected an artist's id (22 letters and digits), "
        "URI (spotify:artist:…) or link (https://open.spotify.com/artist/…)."
    )


def _uri_parts(text: str) -> tuple[str, str] | None:
    """Return ("artist", id) of `spotify:artist:id`, or None if it is not such a URI."""
    parts = text.partition("?")[0].split(":")
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] == "spotify" else None


def _link_parts(text: str) -> tuple[str, str] | None:
    """Return ("artist", id) of `https://open.spotify.com/intl-de/artist/id?si=…`, or None if it is not such a link."""
    try:
        link = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        return None
    parts = [part for part in link.path.split("/") if part]
    if link.scheme not in {"http", "https"} or link.hostname not in LINK_HOSTS or len(parts) < 2:
        return None
    return next((pair for pair in pairwise(parts) if pair[0] in LINKED), (parts[-2], parts[-1]))


def _valid(
    parse_entry: Callable[[object, str], T], entries: list[object], name: str, faults: list[WatchListInvalid] | None
) -> Iterator[T]:
    """Yield the entries that are valid."""
    for position, entry in enumerate(entries):
        try:
            yield parse_entry(entry, f"{name}[{position}]")
        except WatchListInvalid as fault:
            if faults is None:
                raise
            faults.append(fault)


def _distinct_artists(entries: list[object], faults: list[WatchListInvalid] | None) -> tuple[Artist, ...]:
    found: dict[str, Artist] = {}
    for artist in _valid(_artist, entries, "artists", faults):
        earlier = found.setdefault(artist.id, artist)
        if earlier.name is None:
            found[artist.id] = artist
    return tuple(found.values())


def _artist(entry: object, where: str) -> Artist:
    if isinstance(entry, str):
        return Artist(artist_id(entry, where))
    if not isinstance(entry, dict):
        raise WatchListInvalid(f'{where} is {_kind(entry)}; expected an id, URI or link, or {{"id": …, "name": …}}.')
    _only(entry, {"id", "name"}, where)
    name = entry.get("name")
    if name is not None and not isinstance(name, str):
        raise WatchListInvalid(f"{where}.name is {_kind(name)}; expected a string.")
    return Artist(artist_id(_text(entry, "id", where), f"{where}.id"), name or None)


def _distinct_searches(entries: list[object], faults: list[WatchListInvalid] | None) -> tuple[Search, ...]:
    found: dict[str, Search] = {}
    for search in _valid(_search, entries, "searches", faults):
        found.setdefault(search.query, search)
    return tuple(found.values())


def _search(entry: object, where: str) -> Search:
    if not isinstance(entry, dict):
        raise WatchListInvalid(f'{where} is {_kind(entry)}; expected {{"name": …, "query": …}}.')
    _only(entry, {"name", "query"}, where)
    query = _text(entry, "query", where)
    return Search(_text(entry, "name", where), query)


def _list(document: dict[str, object], name: str) -> list[object]:
    value = document.get(name, [])
    if not isinstance(value, list):
        raise WatchListInvalid(f"{name} is {_kind(value)}; expected a list.")
    return value


def _text(entry: dict[str, object], name: str, where: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise WatchListInvalid(f"{where}.{name} is {_kind(value)}; expected a string that is not empty.")
    return value.strip()


def _only(entry: dict[str, object], allowed: set[str], where: str) -> None:
    if unknown := sorted(set(entry) - allowed):
        raise WatchListInvalid(f"{where} has the unknown member {unknown[0]!r}; it may have {sorted(allowed)}.")


def _kind(value: object) -> str:
    """Return a short description of a value that was not expected."""
    names = {dict: "an object", list: "a list", bool: "a boolean", type(None): "missing or null"}
    return names.get(type(value)) or f"{value!r}"
