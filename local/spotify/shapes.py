"""Render the catalog as the Web API does:  one function per object, with the fields of the app's shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from local.spotify.catalogue.oddities import spoil_album, spoil_artist, spoil_track

if TYPE_CHECKING:
    from local.spotify.catalogue.entities import Album, Origin, Track
    from local.spotify.catalogue.generated import Snapshot
    from local.spotify.catalogue.ids import Key

Body = dict[str, Any]  # an answer in the making; it has one shape for each endpoint, profile and oddity

MARKETS = ("AT", "AU", "BR", "CA", "CH", "DE", "ES", "FR", "GB", "IE", "IT", "JP", "MX", "NL", "NZ", "PL", "SE", "US")
EMBEDDED_TRACKS = 50
RELINKED = 20_000  # added to a track's number: the same recording under another id


@dataclass(frozen=True)
class Shape:
    """The shape of responses to one app: `old` has the fields that newer development apps lost."""

    base_url: str
    old: bool
    market: str | None
    snapshot: Snapshot = field(repr=False)

    def artist(self, index: int) -> Body:
        """Return the artist object."""
        artist = self.snapshot.artist(index)
        body = self._named("artist", artist.id, artist.name) | {"images": _images(artist.id)}
        if self.old:
            followers = {"href": None, "total": artist.followers}
            body |= {"genres": list(artist.genres), "popularity": artist.popularity, "followers": followers}
        if self.snapshot.catalogue.size.oddities != "none":
            spoil_artist(index, body)
        return body

    def simplified_artist(self, index: int) -> Body:
        """Return the artist as albums and tracks name it."""
        artist = self.snapshot.artist(index)
        return self._named("artist", artist.id, artist.name)

    def simplified_album(self, origin: Origin) -> Body:
        """Return the album as listings and tracks name it."""
        album = self.snapshot.album(origin.key)
        body = self._album(album)
        spoil_album(origin.oddity, body)
        return body

    def listed_album(self, origin: Origin, group: str) -> Body:
        """Return the album as an artist's listing names it."""
        body = self.simplified_album(origin)
        return body | {"album_group": group} if self.old else body

    def album(self, origin: Origin) -> Body:
        """Return the album object, with its first tracks."""
        album = self.snapshot.album(origin.key)
        body = self._album(album) | {
            "copyrights": [{"text": f"{origin.release_date.year} {album.label}", "type": kind} for kind in "CP"],
            "external_ids": {"upc": album.upc},
            "genres": [],
            "tracks": self.tracks(origin, 0, EMBEDDED_TRACKS),
        }
        if self.old:
            body |= {"label": album.label, "popularity": album.popularity}
        spoil_album(origin.oddity, body)
        return body

    def tracks(self, origin: Origin, offset: int, limit: int) -> Body:
        """Return one page of an album's simplified tracks, with the album's oddity."""
        album = self.snapshot.album(origin.key)
        slots: list[Body | None] = []
        for n in range(offset + 1, min(offset + limit, album.track_count) + 1):
            if origin.oddity == "null_item" and n == album.track_count:
                slots.append(None)
            elif not (origin.oddity == "hole" and n == album.track_count - 1):
                slots.append(self.simplified_track(origin, n))
        path = f"/albums/{album.id}/tracks"
        return self.page(path, slots, offset=offset, limit=limit, total=album.track_count)

    def simplified_track(self, origin: Origin, n: int) -> Body:
        """Return the track as its album names it."""
        album = self.snapshot.album(origin.key)
        body = self._track(self.snapshot.track(album, n))
        spoil_track(origin.oddity, n, body)
        return body

    def track(self, origin: Origin, n: int, *, asked: Key) -> Body:
        """Return the track object; with a market, a relinked one answers with another id than was asked for."""
        album = self.snapshot.album(origin.key)
        track = self.snapshot.track(album, n)
        body = self._track(track) | {
            "album": self.simplified_album(origin),
            "external_ids": {"isrc": track.isrc},
        }
        if self.old:
            body["popularity"] = track.popularity
        if self.market and origin.oddity == "relinked" and n == 1:
            other = self.snapshot.catalogue.ids.encode(asked._replace(n=n + RELINKED))
            body |= self._named("track", other, body["name"])
            if self.old:
                body["linked_from"] = {k: v for k, v in self._named("track", track.id, "").items() if k != "name"}
        spoil_track(origin.oddity, n, body)
        return body

    def page(self, path: str, items: list[Any], *, offset: int, limit: int, total: int, **query: str) -> Body:
        """Return a paging object; `items` are of the window, `total` counts all."""

        def link(start: int) -> str:
            market = {"market": self.market} if self.market else {}
            pairs = {"offset": str(start), "limit": str(limit)} | query | market
            return f"{self.base_url}{path}?" + "&".join(f"{name}={value}" for name, value in pairs.items())

        return {
            "href": link(offset),
            "items": items,
            "limit": limit,
            "next": link(offset + limit) if offset + limit < total else None,
            "offset": offset,
            "previous": link(max(0, offset - limit)) if offset else None,
            "total": total,
        }

    def _named(self, kind: str, identity: str, name: str) -> Body:
        return {
            "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{identity}"},
            "href": f"{self.base_url}/{kind}s/{identity}",
            "id": identity,
            "name": name,
            "type": kind,
            "uri": f"spotify:{kind}:{identity}",
        }

    def _album(self, album: Album) -> Body:
        origin = album.origin
        body = self._named("album", album.id, album.name) | {
            "album_type": origin.kind,
            "artists": [self.simplified_artist(index) for index in origin.artists],
            "images": _images(album.id),
            "release_date": origin.release_date.isoformat(),
            "release_date_precision": "day",
            "total_tracks": album.track_count,
        }
        if self.market:
            body["is_playable"] = True
        elif self.old:
            body["available_markets"] = list(MARKETS)
        return body

    def _track(self, track: Track) -> Body:
        body = self._named("track", track.id, track.name) | {
            "artists": [self.simplified_artist(index) for index in track.artists],
            "disc_number": track.disc_number,
            "duration_ms": track.duration_ms,
            "explicit": track.explicit,
            "is_local": False,
            "preview_url": None,
            "track_number": track.track_number,
        }
        if self.market:
            body["is_playable"] = track.is_playable
            if not track.is_playable:
                body["restrictions"] = {"reason": "market"}
        elif self.old:
            body["available_markets"] = list(MARKETS) if track.is_playable else []
        return body


@lru_cache(maxsize=10_000)
def _hash(identity: str) -> str:
    return blake2b(identity.encode(), digest_size=20).hexdigest()


def _images(identity: str) -> list[Body]:
    """Return an album's or artist's pictures: addresses only, of a host that cannot exist."""
    return [
        {"height": size, "url": f"https://images.invalid/{_hash(identity)}/{size}", "width": size}
        for size in (640, 300, 64)
    ]
