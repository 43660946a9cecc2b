"""What an answer teaches the frontier: a function of the answer alone, so that reading raw again teaches the same.

Teaching it twice changes nothing, and an older answer never undoes a newer one. That is what makes a slice that was
killed, one that ran twice, and one that lost the race for the frontier all come to the same frontier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.extract.api.endpoint import Place, next_page, place_of
from functions.extract.api.json_access import an_object, artist_ids_of, id_of, items_of, nulls_of
from functions.extract.frontier.document import search_key
from functions.extract.frontier.schedule import due, ordinal

if TYPE_CHECKING:
    from functions.extract.api.json_access import Body
    from functions.extract.frontier.document import AlbumSeen, Document, Listing, Seen
    from functions.extract.raw.envelope import Envelope

LAST_SEARCH_OFFSET = 1000
NEW_RELEASES = search_key("browse/new-releases")


@dataclass
class Oddities:
    """What was found in pages and left out: null items, and `next` links that led where none may."""

    null_items: int = 0
    refused_links: int = 0


@dataclass(frozen=True)
class Observer:
    """Teaches one date's answers to a frontier."""

    frontier: Document
    snapshot_date: str
    followed: frozenset[str]
    refresh_days: int

    def learn(self, envelope: Envelope) -> Oddities:
        """Bring one answer into the frontier; return what was odd about it."""
        odd = Oddities()
        place = place_of(envelope["url"])
        if place is None:
            return odd
        if place.kind == "artist_albums":
            self._listing(place, envelope, odd)
        elif place.kind in {"search", "new_releases"}:
            self._search(place, envelope, odd)
        elif place.kind == "album_tracks":
            self._album_tracks(place, envelope, odd)
        elif place.kind == "artists":
            artist = self.frontier["artists"].setdefault(place.id, {})
            artist["first_seen"] = min(artist.get("first_seen", self.snapshot_date), self.snapshot_date)
            self._seen(artist, envelope)
            if "popularity" in an_object(envelope["body"]):
                self.frontier["full_shape_at"] = max(self.frontier.get("full_shape_at", ""), self.snapshot_date)
        elif place.kind == "albums":
            self._album(place, envelope, odd)
        elif place.id in self.frontier["tracks"]:
            self._seen(self.frontier["tracks"][place.id], envelope)
        return odd

    def _seen(self, entity: Seen, envelope: Envelope) -> bool:
        """Note that an entity answered; return False for an answer older than what is known."""
        if self.snapshot_date < entity.get("at", ""):
            return False
        entity["at"] = self.snapshot_date
        if envelope["status"] == 404:
            entity.setdefault("gone", self.snapshot_date)
            return True
        entity.pop("gone", None)
        if envelope["status"] == 200:
            entity["full"] = self.snapshot_date
            _set_etag(entity, envelope)
        return True

    def _listing(self, place: Place, envelope: Envelope, odd: Oddities) -> None:
        artist = self.frontier["artists"].setdefault(place.id, {})
        listing = artist.setdefault("listings", {}).setdefault(place.listing, {})
        self._page(listing, place, envelope, an_object(envelope["body"]), [place.id], odd)

    def _search(self, place: Place, envelope: Envelope, odd: Oddities) -> None:
        key = NEW_RELEASES if place.kind == "new_releases" else search_key(place.id)
        listing = self.frontier["searches"].setdefault(key, {})
        via = [] if key == NEW_RELEASES else [key]
        self._page(listing, place, envelope, an_object(an_object(envelope["body"]).get("albums")), via, odd)

    def _page(
        self, listing: Listing, place: Place, envelope: Envelope, page: Body, via: list[str], odd: Oddities
    ) -> None:
        """Note one page of a listing: its albums, and where the walk goes on, if it must."""
        today = self.snapshot_date
        items = items_of(page) or []
        reached_known = self._list_albums(items, via) and "walked" in listing
        if today < listing.get("at", ""):
            return
        if envelope["status"] != 200:
            listing["at"] = today
            return
        if place.offset == 0:
            listing["full"] = today
            _set_etag(listing, envelope)
        odd.null_items += nulls_of(page)
        onward, refused = next_page(envelope["url"], page.get("next"))
        odd.refused_links += refused
        if not items or onward is None or _past_the_last(onward):
            self._walk_ended(listing, complete=items_of(page) is not None and not refused)
        elif place.offset > 0 and listing.get("at") == today:
            listing["rest"] = onward
        elif reached_known:
            self._look_ended(listing, place, onward)
        else:
            listing["next"] = onward

    def _walk_ended(self, listing: Listing, *, complete: bool) -> None:
        listing["at"] = self.snapshot_date
        listing.pop("next", None)
        listing.pop("rest", None)
        if complete:
            listing["walked"] = self.snapshot_date

    def _look_ended(self, listing: Listing, place: Place, onward: str) -> None:
        """Keep the rest of the listing for when budget is left, if its last walk to the end is too long ago."""
        listing["at"] = self.snapshot_date
        listing.pop("next", None)
        if walk_is_due(place.id + place.listing, listing, self.snapshot_date, self.refresh_days):
            listing.setdefault("rest", onward)

    def _list_albums(self, items: list[Body], via: list[str]) -> bool:
        """Note the albums of a page; return whether its last one was known before today."""
        known = False
        for item in items:
            album = id_of(item)
            if album is None:
                continue
            followers = via or [artist for artist in artist_ids_of(item) if artist in self.followed]
            if followers or album in self.frontier["albums"]:
                known = self._list_album(album, followers) < self.snapshot_date
        return known

    def _list_album(self, album: str, via: list[str]) -> str:
        """Note that a listing names an album; return the date it was first seen."""
        seen: AlbumSeen = self.frontier["albums"].setdefault(album, {"first_seen": self.snapshot_date, "via": []})
        seen["first_seen"] = min(seen["first_seen"], self.snapshot_date)
        seen["listed"] = max(seen.get("listed", ""), self.snapshot_date)
        seen["via"] = sorted({*seen["via"], *via})
        return seen["first_seen"]

    def _album(self, place: Place, envelope: Envelope, odd: Oddities) -> None:
        album = self.frontier["albums"].setdefault(place.id, {"first_seen": self.snapshot_date, "via": []})
        album["first_seen"] = min(album["first_seen"], self.snapshot_date)
        if not self._seen(album, envelope) or envelope["status"] == 304:
            return
        self._tracks(album, place, envelope, an_object(an_object(envelope["body"]).get("tracks")), odd)

    def _album_tracks(self, place: Place, envelope: Envelope, odd: Oddities) -> None:
        album = self.frontier["albums"].get(place.id)
        if album is not None and self.snapshot_date >= album.get("at", ""):
            self._tracks(album, place, envelope, an_object(envelope["body"]), odd)

    def _tracks(self, album: AlbumSeen, place: Place, envelope: Envelope, page: Body, odd: Oddities) -> None:
        """Note a page of an album's tracks: where the next one is, and the tracks whose ISRC may be looked up."""
        odd.null_items += nulls_of(page)
        items = items_of(page) or []
        onward, refused = next_page(envelope["url"], page.get("next"))
        odd.refused_links += refused
        if onward is None or not items:
            album.pop("next", None)
        else:
            album["next"] = onward
        for item in items:
            if track := id_of(item):
                self.frontier["tracks"].setdefault(track, {"album": place.id, "first_seen": album["first_seen"]})


def walk_is_due(name: str, listing: Listing, today: str, refresh_days: int) -> bool:
    """Return whether a listing is to be walked to its end: what came in out of order shows only there."""
    return due(name, listing.get("walked"), refresh_days) <= ordinal(today)


def _past_the_last(onward: str) -> bool:
    """Return whether a page lies beyond what Spotify's search can reach."""
    place = place_of(onward)
    return place is not None and place.kind == "search" and place.offset >= LAST_SEARCH_OFFSET


def _set_etag(seen: Seen | Listing, envelope: Envelope) -> None:
    if envelope["etag"]:
        seen["etag"] = envelope["etag"]
    else:
        seen.pop("etag", None)
