"""One request to an endpoint: what its path names, looked up, and its parameters, validated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.spotify.catalogue import ids
from local.spotify.messages import ApiError
from local.spotify.shapes import RELINKED, Body, Shape

if TYPE_CHECKING:
    from local.spotify.catalogue.entities import Origin
    from local.spotify.catalogue.generated import Snapshot
    from local.spotify.config import Profile

COUNTRY = re.compile(r"[A-Z]{2}")
SMALL_PAGES = {"default": 5, "most": 10}
LARGE_PAGES = {"default": 20, "most": 50}


@dataclass(frozen=True)
class EndpointRequest:
    """One request to an endpoint: what its path names, its parameters, the app's profile, the shape of responses."""

    named: str
    parameters: dict[str, str]
    profile: Profile
    shape: Shape

    @property
    def snapshot(self) -> Snapshot:
        """Return the catalogue of the day."""
        return self.shape.snapshot

    def artist(self) -> int:
        """Return the index of the artist that the path names."""
        key = self._key(self.named)
        if key is None or key.kind != ids.ARTIST or not self.snapshot.has_artist(key.a):
            raise ApiError(404, "Resource not found")
        return key.a

    def album(self) -> Origin:
        """Return the album that the path names."""
        key = self._key(self.named)
        if key is None or not self.snapshot.present(key):
            raise ApiError(404, "Resource not found")
        return self.snapshot.catalogue.origin(key)

    def track(self) -> Body:
        """Return the track object that the path names."""
        key = self._key(self.named)
        albums = {ids.STANDING_TRACK: ids.STANDING_ALBUM, ids.RELEASED_TRACK: ids.RELEASED_ALBUM}
        if key is None or key.kind not in albums:
            raise ApiError(404, "Resource not found")
        album_key, n = key._replace(kind=albums[key.kind], n=0), key.n % RELINKED
        if not self.snapshot.present(album_key) or not 1 <= n <= self.snapshot.album(album_key).track_count:
            raise ApiError(404, "Resource not found")
        return self.shape.track(self.snapshot.catalogue.origin(album_key), n, asked=key._replace(n=n))

    def window(self, sizes: dict[str, int], furthest: int | None = None) -> tuple[int, int]:
        """Return offset and limit; outside their bounds they are 400."""
        limit = self.parameters.get("limit", str(sizes["default"]))
        if not limit.isdecimal() or not 1 <= int(limit) <= sizes["most"]:
            raise ApiError(400, "Invalid limit")
        offset = self.parameters.get("offset", "0")
        if not offset.isdecimal() or (furthest is not None and int(offset) > furthest):
            raise ApiError(400, "Invalid offset")
        return int(offset), int(limit)

    def _key(self, identity: str) -> ids.Key | None:
        if not ids.WELL_FORMED.fullmatch(identity):
            raise ApiError(400, "invalid id")
        return self.snapshot.catalogue.ids.decode(identity)


def pages(profile: Profile) -> dict[str, int]:
    """Return the page sizes of listings and searches."""
    return LARGE_PAGES if profile == "extended" else SMALL_PAGES


def market_of(parameters: dict[str, str]) -> str | None:
    """Return the market asked for, or None."""
    market = parameters.get("market")
    if market is not None and not COUNTRY.fullmatch(market):
        raise ApiError(400, "Invalid market code")
    return market
