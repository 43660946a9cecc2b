"""The Web API's endpoints: a path and its parameters to a JSON body, in either profile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from local.spotify import search
from local.spotify.catalogue import ids
from local.spotify.catalogue.entities import LISTING_GROUPS, Origin
from local.spotify.endpoint_request import LARGE_PAGES, EndpointRequest, pages
from local.spotify.messages import ApiError
from local.spotify.search import Query
from local.spotify.shapes import MARKETS, Body, Shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.spotify.catalogue.generated import Snapshot

LISTING_HOLE = 4  # where a listing of an artist with holes misses an album that `total` counts


def artist(request: EndpointRequest) -> Body:
    """`GET /artists/{id}`."""
    return request.shape.artist(request.artist())


def artist_albums(request: EndpointRequest) -> Body:
    """`GET /artists/{id}/albums`: the groups asked for, one after the other, newest first inside each."""
    index = request.artist()
    offset, limit = request.window(pages(request.profile))
    asked = request.parameters.get("include_groups", ",".join(LISTING_GROUPS))
    groups = asked.split(",")
    if not set(groups) <= set(LISTING_GROUPS):
        raise ApiError(400, "Invalid include_groups")
    slots: list[tuple[Origin, str] | str] = []
    for group in LISTING_GROUPS:
        if group in groups:
            slots += _slots(request.snapshot, index, group)
    items: list[Body | None] = []
    for slot in slots[offset : offset + limit]:
        if not isinstance(slot, str):
            items.append(request.shape.listed_album(*slot))
        elif slot == "null":
            items.append(None)
    path = f"/artists/{request.named}/albums"
    return request.shape.page(
        path, items, offset=offset, limit=limit, total=len(slots), include_groups=quote_plus(asked)
    )


def _slots(snapshot: Snapshot, index: int, group: str) -> list[tuple[Origin, str] | str]:
    """Return a group's albums, and if oddities are on, the entries between them that are not albums.

    A hole is counted by `offset` and `total` but not delivered: short pages, and totals that are never reached.
    """
    slots: list[tuple[Origin, str] | str] = [(origin, group) for origin in snapshot.listing(index, group)]
    if snapshot.catalogue.size.oddities != "none" and group == "album" and len(slots) > LISTING_HOLE:
        if index % 4 == 0:
            slots[LISTING_HOLE:LISTING_HOLE] = ["hole"] * 2
        elif index % 4 == 2:
            slots.insert(LISTING_HOLE, "null")
    return slots


def album(request: EndpointRequest) -> Body:
    """`GET /albums/{id}`, with its first 50 tracks."""
    return request.shape.album(request.album())


def album_tracks(request: EndpointRequest) -> Body:
    """`GET /albums/{id}/tracks`."""
    origin = request.album()
    return request.shape.tracks(origin, *request.window(LARGE_PAGES))


def track(request: EndpointRequest) -> Body:
    """`GET /tracks/{id}`."""
    return request.track()


def search_items(request: EndpointRequest) -> Body:
    """`GET /search`: each kind asked for under its plural, as a page."""
    if not request.parameters.get("q", "").strip():
        raise ApiError(400, "No search query")
    kinds = [kind for kind in request.parameters.get("type", "").split(",") if kind]
    if not kinds:
        raise ApiError(400, "Missing parameter type")
    if unknown := [kind for kind in kinds if kind not in search.KINDS]:
        raise ApiError(400, f"Bad search type field {unknown[0]}")
    offset, limit = request.window(pages(request.profile), search.FURTHEST)
    return {f"{kind}s": _found(request, kind, offset, limit) for kind in kinds}


def _found(request: EndpointRequest, kind: str, offset: int, limit: int) -> Body:
    query, shape = Query.parse(request.parameters["q"]), request.shape
    end = offset + limit
    if kind == "artist":
        artists = query.artists(request.snapshot)
        total, items = len(artists), [shape.artist(index) for index in artists[offset:end]]
    elif kind == "album":
        albums = query.albums(request.snapshot)
        total, items = len(albums), [shape.simplified_album(origin) for origin in albums[offset:end]]
    else:
        tracks = query.tracks(request.snapshot)
        total, items = len(tracks), [_track_found(shape, origin, n) for origin, n in tracks[offset:end]]
    q = quote_plus(request.parameters["q"])
    return shape.page("/search", items, offset=offset, limit=limit, total=min(total, search.FURTHEST), q=q, type=kind)


def _track_found(shape: Shape, origin: Origin, n: int) -> Body:
    kind = ids.STANDING_TRACK if origin.key.kind == ids.STANDING_ALBUM else ids.RELEASED_TRACK
    return shape.track(origin, n, asked=origin.key._replace(kind=kind, n=n))


def new_releases(request: EndpointRequest) -> Body:
    """`GET /browse/new-releases`."""
    offset, limit = request.window(LARGE_PAGES)
    albums = Query.parse("tag:new").albums(request.snapshot)
    items = [request.shape.simplified_album(origin) for origin in albums[offset : offset + limit]]
    return {"albums": request.shape.page("/browse/new-releases", items, offset=offset, limit=limit, total=len(albums))}


def top_tracks(request: EndpointRequest) -> Body:
    """`GET /artists/{id}/top-tracks`: the first track of each of ten albums."""
    albums = request.snapshot.listing(request.artist(), "album")[:10]
    return {"tracks": [_track_found(request.shape, origin, 1) for origin in albums]}


def markets(_ask: EndpointRequest) -> Body:
    """`GET /markets`."""
    return {"markets": list(MARKETS)}


def several(kind: str, one: Callable[[EndpointRequest], Body], most: int) -> Callable[[EndpointRequest], Body]:
    """Return the batch endpoint of a kind: `?ids=`, null for each id that is unknown."""

    def endpoint(request: EndpointRequest) -> Body:
        asked = [identity for identity in request.parameters.get("ids", "").split(",") if identity]
        if not asked:
            raise ApiError(400, "Missing required field: ids")
        if len(asked) > most:
            raise ApiError(400, "Too many ids requested")
        return {
            kind: [_or_none(one, EndpointRequest(identity, {}, request.profile, request.shape)) for identity in asked]
        }

    return endpoint


def _or_none(one: Callable[[EndpointRequest], Body], request: EndpointRequest) -> Body | None:
    try:
        return one(request)
    except ApiError as exc:
        if exc.status != 404:
            raise
        return None


@dataclass(frozen=True)
class Endpoint:
    """A path (with `{id}` as its one variable), its quota group, and whether only extended apps may call it."""

    path: str
    group: str
    answer: Callable[[EndpointRequest], Body]
    extended: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern of its paths, whose group is what they name."""
        return re.compile(re.escape(self.path).replace(r"\{id\}", "([^/]+)"))


ENDPOINTS = (
    Endpoint("/artists/{id}", "artists", artist),
    Endpoint("/artists/{id}/albums", "artist_albums", artist_albums),
    Endpoint("/artists/{id}/top-tracks", "artists", top_tracks, extended=True),
    Endpoint("/artists", "artists", several("artists", artist, 50), extended=True),
    Endpoint("/albums/{id}", "albums", album),
    Endpoint("/albums/{id}/tracks", "album_tracks", album_tracks),
    Endpoint("/albums", "albums", several("albums", album, 20), extended=True),
    Endpoint("/tracks/{id}", "tracks", track),
    Endpoint("/tracks", "tracks", several("tracks", track, 50), extended=True),
    Endpoint("/search", "search", search_items),
    Endpoint("/browse/new-releases", "search", new_releases, extended=True),
    Endpoint("/markets", "search", markets, extended=True),
)
FOR_USERS = re.compile(r"/me(/.*)?|/playlists/[^/]+(/.*)?|/users/[^/]+(/.*)?")


def find(path: str) -> tuple[Endpoint, str] | None:
    """Return the endpoint of a path below the API's base, and the ID in the path, or None."""
    for endpoint in ENDPOINTS:
        if match := endpoint.pattern.fullmatch(path):
            return endpoint, match.group(1) if match.groups() else ""
    return None
