"""The requests of the Web API that extraction makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isqrt
from typing import TYPE_CHECKING

from functions.extract.api.endpoint import Endpoint, endpoint_of, size_of

if TYPE_CHECKING:
    from functions.extract.api.config import Config, Group


LONGEST_NAME = 100
"""The most characters of a name in a query: Spotify rejects queries of more than 250."""
LARGE_BATCH = 8


@dataclass(frozen=True)
class Request:
    """One request: its endpoint, and the ETag of the known response."""

    endpoint: Endpoint
    etag: str | None = None
    once: bool = False
    """If true, the request is not retried."""

    @property
    def path(self) -> str:
        """Return its path below the API's base URL."""
        return self.endpoint.path

    @property
    def group(self) -> Group:
        """Return the quota group whose budget it costs."""
        return self.endpoint.about.group

    @property
    def dataset(self) -> str:
        """Return the folder of its response in raw."""
        return self.endpoint.about.dataset

    @property
    def name(self) -> str:
        """Return the name under which a failed request is counted."""
        return f"{self.dataset}/{self.endpoint.part}"


def entities(kind: str, ids: list[str], etag: str | None, config: Config) -> Request:
    """Return the request for artists, albums or tracks by ID: one, or as many as a batch request takes."""
    query = () if kind == "artists" else (("market", config.market),)
    batch = len(ids) > 1  # a failed batch is retried in parts
    return Request(Endpoint(kind, tuple(ids), query), None if batch else etag, once=batch)


def parts(request: Request) -> list[Request]:
    """Return requests for parts of what a batch request asks: like the batch, each is made once.

    A large batch has as many parts as a part has entities, a part one for each: the entity that fails is found after
    two more failures, where halves of 50 take six.
    """
    endpoint = request.endpoint
    size = isqrt(len(endpoint.ids)) if len(endpoint.ids) > LARGE_BATCH else 1
    starts = range(0, len(endpoint.ids), size)
    return [replace(request, endpoint=replace(endpoint, ids=endpoint.ids[at : at + size])) for at in starts]


def listing(artist: str, name: str, etag: str | None, config: Config) -> Request:
    """Return the request for the first page of one of an artist's listings, newest first."""
    query = {"include_groups": name, "limit": str(config.pages.listing), "offset": "0", "market": config.market}
    return Request(Endpoint("artist_albums", (artist,), tuple(query.items())), etag)


def search(query: str, etag: str | None, config: Config) -> Request:
    """Return the request for the first page of a saved search over albums."""
    size = str(config.pages.search)
    parameters = {"q": query, "type": "album", "limit": size, "offset": "0", "market": config.market}
    return Request(Endpoint("search", query=tuple(parameters.items())), etag)


def artist_query(name: str) -> str:
    """Return the query for an artist's albums of the past two weeks, or nothing where the name has no text.

    Spotify's reference has `tag:new` for albums and `artist:` for names; how complete the results are is a guess.
    """
    plain = " ".join(name.replace('"', " ").split())[:LONGEST_NAME].strip()
    return f'tag:new artist:"{plain}"' if plain else ""


def artist_news(query: str, config: Config) -> Request:
    """Return the request for an artist's new albums: one short page, by a query of `artist_query`."""
    size = str(config.pages.artist_news)
    parameters = {"q": query, "type": "album", "limit": size, "offset": "0", "market": config.market}
    return Request(Endpoint("artist_search", query=tuple(parameters.items())))


def new_releases(etag: str | None, config: Config) -> Request:
    """Return the request for the first page of Spotify's new releases, which an app in development mode is refused."""
    return Request(Endpoint("new_releases", query=(("limit", str(config.pages.search)), ("offset", "0"))), etag)


def probe() -> Request:
    """Return the cheapest request that only an app with extended quota may make."""
    return Request(Endpoint("new_releases", query=(("limit", "1"),)))


def page(path: str, config: Config) -> Request:
    """Return the request for a later page, by the path that the frontier kept, with this profile's page size.

    Raises:
        ValueError: the path is not a page of a listing; the frontier holds only such paths.
    """
    endpoint = endpoint_of(path)
    if endpoint is None:
        raise ValueError(f"The frontier holds {path!r}, which is not a page of a listing.")
    return Request(endpoint.with_query(limit=str(size_of(endpoint.kind, config.pages))))
