"""The calls of the Web API that extraction makes, and what each is named in raw: its place in the work list."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from functions.extract.api.endpoint import place_of

if TYPE_CHECKING:
    from functions.extract.api.config import Config, Group


@dataclass(frozen=True)
class Call:
    """One call: whose budget it costs, where its answer lands, and what it asks.

    `part` names the answer in raw: what is asked, so that asking twice on a date writes the same object. `ids` are the
    entities of a batch call; `extended_only` marks what an app in development mode is refused.
    """

    group: Group
    dataset: str
    part: str
    path: str
    etag: str | None = None
    ids: tuple[str, ...] = ()
    extended_only: bool = False

    @property
    def name(self) -> str:
        """Return what the call is counted under when it fails."""
        return f"{self.dataset}/{self.part}"


def entities(dataset: Group, ids: list[str], etag: str | None, config: Config) -> Call:
    """Return the call for artists, albums or tracks by id: one, or as many as a batch call takes."""
    query = {} if dataset == "artists" else {"market": config.market}
    if len(ids) == 1:
        return Call(dataset, dataset, ids[0], _path(f"/{dataset}/{ids[0]}", query), etag)
    digest = hashlib.sha256(",".join(ids).encode()).hexdigest()[:16]
    path = _path(f"/{dataset}", {"ids": ",".join(ids)} | query)
    return Call(dataset, dataset, f"batch-{digest}", path, ids=tuple(ids), extended_only=True)


def halves(call: Call, config: Config) -> list[Call]:
    """Return the two calls that ask for what a batch call asks."""
    middle = len(call.ids) // 2
    return [entities(call.group, list(ids), None, config) for ids in (call.ids[:middle], call.ids[middle:])]


def listing(artist: str, name: str, etag: str | None, config: Config) -> Call:
    """Return the call for the first page of one of an artist's listings, newest first."""
    size = config.pages.listing
    query = {"include_groups": name, "limit": str(size), "offset": "0", "market": config.market}
    path = _path(f"/artists/{artist}/albums", query)
    return Call("artist_albums", "artist_albums", f"{artist}.{name}.00000", path, etag, extended_only=size > 10)


def search(query: str, etag: str | None, config: Config) -> Call:
    """Return the call for the first page of a saved search over albums."""
    size = config.pages.search
    parameters = {"q": query, "type": "album", "limit": str(size), "offset": "0", "market": config.market}
    return Call("search", "search", _search_part(query, 0), _path("/search", parameters), etag, extended_only=size > 10)


def new_releases(etag: str | None, config: Config) -> Call:
    """Return the call for the first page of Spotify's new releases, which an app in development mode is refused."""
    path = _path("/browse/new-releases", {"limit": str(config.pages.search), "offset": "0"})
    return Call("search", "search", "new-releases.00000", path, etag, extended_only=True)


def probe() -> Call:
    """Return the cheapest call that only an app with extended quota may make."""
    return Call("search", "search", "probe", _path("/browse/new-releases", {"limit": "1"}), extended_only=True)


def page(path: str, config: Config) -> Call:
    """Return the call for a later page, by the path that the frontier kept, with this profile's page size.

    Raises:
        ValueError: the path is no page of a listing; the frontier holds only such paths.
    """
    place = place_of(path)
    if place is None:
        raise ValueError(f"The frontier holds {path!r}, which is no page of a listing.")
    sizes = {"artist_albums": config.pages.listing, "album_tracks": config.pages.tracks}
    size = sizes.get(place.kind, config.pages.search)
    path = _path(place.path, dict(place.query) | {"limit": str(size)})
    match place.kind:
        case "artist_albums":
            part = f"{place.id}.{place.listing}.{place.offset:05d}"
            return Call("artist_albums", "artist_albums", part, path, extended_only=size > 10)
        case "album_tracks":
            return Call("album_tracks", "album_tracks", f"{place.id}.{place.offset:05d}", path)
        case "search":
            return Call("search", "search", _search_part(place.id, place.offset), path, extended_only=size > 10)
        case _:
            return Call("search", "search", f"new-releases.{place.offset:05d}", path, extended_only=True)


def _search_part(query: str, offset: int) -> str:
    """Return a name that a person recognises and that no two queries share."""
    readable = re.sub(r"[^a-z0-9]+", "-", query.lower()).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(query.encode()).hexdigest()[:8]}.{offset:05d}"


def _path(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path
