"""The endpoint of a request, as a value: its path is a property, and `KINDS` describes each kind.

A URL becomes an endpoint only where it comes from outside: Spotify's `next`, a line of raw, a page the frontier kept.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from functions.extract.api.config import PAGES, Group, Pages

TRACKS_PER_PAGE = "50"
OF_ARTIST = re.compile(r'tag:new artist:"[^"]+"')


@dataclass(frozen=True)
class Kind:
    """The properties that all requests of one kind share.

    Attributes:
        path: the Web API's path. Where it ends with `{id}`, a batch request takes several IDs as `?ids=`.
        dataset: the folder of its responses in raw.
        group: the quota group whose budget it costs.
        size: the field of `Pages` that says how many items one request brings.
        part: the name of a response in raw. Asking twice on a date writes the same object.
        entity: the section of the frontier that knows `id`, and with it when the entity was first seen.
        new_today: whether an entity that the frontier does not know was first seen today.
        inside: the kind of the pages that go on where this kind's response ends.
        extended_only: whether an app in development mode is refused.
    """

    path: str
    dataset: str
    group: Group
    size: str
    part: str = "{id}"
    entity: Literal["artists", "albums", "tracks"] | None = None
    new_today: bool = False
    inside: str | None = None
    extended_only: bool = False


KINDS: dict[str, Kind] = {
    "artists": Kind("/artists/{id}", "artists", "artists", "artists", entity="artists", new_today=True),
    "artist_albums": Kind(
        "/artists/{id}/albums", "artist_albums", "artist_albums", "listing", "{id}.{listing}.{offset:05d}", "artists"
    ),
    "albums": Kind(
        "/albums/{id}", "albums", "albums", "albums", entity="albums", new_today=True, inside="album_tracks"
    ),
    "album_tracks": Kind(
        "/albums/{id}/tracks", "album_tracks", "album_tracks", "tracks", "{id}.{offset:05d}", "albums", new_today=True
    ),
    "tracks": Kind("/tracks/{id}", "tracks", "tracks", "lookups", entity="tracks"),
    "search": Kind("/search", "search", "search", "search", "{search}.{offset:05d}"),
    "artist_search": Kind("/search", "search", "search", "artist_news", "of-artist.{search}.{offset:05d}"),
    "new_releases": Kind(
        "/browse/new-releases", "search", "search", "search", "new-releases.{offset:05d}", extended_only=True
    ),
}


@dataclass(frozen=True)
class Endpoint:
    """The data that one request asks for: a kind, its IDs, and its query parameters."""

    kind: str
    ids: tuple[str, ...] = ()
    query: tuple[tuple[str, str], ...] = ()

    @property
    def about(self) -> Kind:
        """Return its kind's entry in `KINDS`."""
        return KINDS[self.kind]

    @property
    def id(self) -> str:
        """Return the entity's ID; the query of a search."""
        return self.ids[0] if self.ids else self.parameters.get("q", "")

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Return its query parameters by name."""
        return dict(self.query)

    @property
    def listing(self) -> str:
        """Return the name of one of an artist's listings, or nothing."""
        return self.parameters.get("include_groups", "")

    @property
    def offset(self) -> int:
        """Return the number of the first item asked for."""
        return _number(self.parameters.get("offset"))

    @property
    def batch(self) -> bool:
        """Return whether it asks for several entities at once."""
        return len(self.ids) > 1

    @property
    def path(self) -> str:
        """Return its path below the API's base URL, with the query."""
        query = self.parameters
        if self.batch:
            path, query = self.about.path.removesuffix("/{id}"), {"ids": ",".join(self.ids)} | query
        else:
            path = self.about.path.replace("{id}", self.id)
        return f"{path}?{urlencode(query)}" if query else path

    @property
    def part(self) -> str:
        """Return the name of its response in raw."""
        if self.batch:
            return f"batch-{_digest(','.join(self.ids), 16)}"
        search = "" if self.ids else f"{_readable(self.id)}-{_digest(self.id, 8)}"
        return self.about.part.format(id=self.id, listing=self.listing, offset=self.offset, search=search)

    @property
    def extended_only(self) -> bool:
        """Return whether an app in development mode is refused: the kind itself, or so many items at once."""
        asked = max(len(self.ids), _number(self.parameters.get("limit")))
        return self.about.extended_only or asked > size_of(self.kind, PAGES["development"])

    def each(self) -> list[Endpoint]:
        """Return the endpoints of its entities, one by one."""
        return [replace(self, ids=(entity,)) for entity in self.ids]

    def with_query(self, **changes: str) -> Endpoint:
        """Return the endpoint with other query parameters; existing parameters keep their place."""
        return replace(self, query=tuple((self.parameters | changes).items()))


def size_of(kind: str, pages: Pages) -> int:
    """Return how many items one request of a kind brings."""
    size: int = getattr(pages, KINDS[kind].size)
    return size


def endpoint_of(url: str) -> Endpoint | None:
    """Return the endpoint of a URL or a path, or None if extraction makes no such request."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    for name, kind in KINDS.items():
        if (ids := _ids_in(parts.path, kind.path)) is not None:
            query = dict(parse_qsl(parts.query))
            return Endpoint("artist_search" if _is_of_artist(name, query) else name, ids, tuple(query.items()))
    return None


def _is_of_artist(kind: str, query: dict[str, str]) -> bool:
    """Return whether a search is for one artist's new albums; saved searches ask for longer pages."""
    asked = query.get("limit") == str(PAGES["development"].artist_news)
    return kind == "search" and asked and OF_ARTIST.fullmatch(query.get("q", "")) is not None


def _ids_in(path: str, wanted: str) -> tuple[str, ...] | None:
    """Return the IDs that a path names if its end is the wanted one, or None."""
    names = wanted.split("/")[1:]
    found = path.split("/")[-len(names) :]
    fits = [each == name or (name == "{id}" and each != "") for each, name in zip(found, names, strict=False)]
    ids = tuple(each for each, name in zip(found, names, strict=False) if name == "{id}")
    return ids if len(found) == len(names) and all(fits) else None


def next_page(here: Endpoint, url: str, link: object) -> tuple[Endpoint | None, bool]:
    """Return the endpoint that follows a page, and whether `next` led anywhere it must not.

    Only the same listing on the same host, further on, is followed: a `next` to a foreign host or back is refused.
    The other parameters stay as requested; `next` only gives the new offset.
    """
    if not isinstance(link, str) or not link:
        return None, False
    there = endpoint_of(link)
    if there is None or _origin(url) != _origin(link) or there.id != here.id:
        return None, True
    offset = str(there.offset)
    if there.kind == here.kind and there.offset > here.offset:
        return here.with_query(offset=offset), False
    if there.kind == here.about.inside and there.offset > 0:
        return replace(here, kind=there.kind).with_query(limit=TRACKS_PER_PAGE, offset=offset), False
    return None, True


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def _readable(query: str) -> str:
    """Return the start of a search's query, without characters that a key may not have, so that people recognize it."""
    return re.sub(r"[^a-z0-9]+", "-", query.lower()).strip("-")[:40]


def _digest(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
