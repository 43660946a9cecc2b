"""Update the frontier from responses alone, so that reading raw again gives the same frontier.

An update applied twice changes nothing, and an older response never undoes a newer one. So the frontier is the same
after a slice that was killed, a slice that ran twice, and a conditional write that failed and was repeated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from functions.extract.api.config import OCCASIONAL
from functions.extract.api.endpoint import endpoint_of
from functions.extract.api.json_access import an_object, artist_ids_of, id_of, items_of, nulls_of
from functions.extract.frontier.document import NEW_RELEASES, search_of
from functions.extract.frontier.failures import forget_failures, item_of
from functions.extract.frontier.paging import is_doubted, is_past_the_last, page_at, page_end
from functions.extract.frontier.recount import note_tracks
from functions.extract.frontier.repair import is_valid_etag
from functions.extract.frontier.schedule import after_release, due, ordinal

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.extract.api.endpoint import Endpoint
    from functions.extract.api.json_access import Body
    from functions.extract.frontier.document import AlbumSeen, Document, Listing, Seen
    from functions.extract.raw.envelope import Envelope


@dataclass
class Oddities:
    """The numbers of things left out of pages: null items, and `next` links to a place that is not allowed."""

    null_items: int = 0
    refused_links: int = 0


@dataclass(frozen=True)
class FrontierUpdate:
    """Applies one date's responses to a frontier."""

    frontier: Document
    snapshot_date: str
    followed: frozenset[str]
    refresh_days: int

    def apply(self, envelope: Envelope) -> Oddities:
        """Apply one response; return its oddities."""
        odd = Oddities()
        if endpoint := endpoint_of(envelope["url"]):
            forget_failures(self.frontier, item_of(endpoint))
            UPDATES[endpoint.kind](self, endpoint, envelope, odd)
        return odd

    def artist(self, endpoint: Endpoint, envelope: Envelope, _: Oddities) -> None:
        """Note what an artist's response says."""
        artist = self.frontier["artists"].setdefault(endpoint.id, {})
        artist["first_seen"] = min(artist.get("first_seen", self.snapshot_date), self.snapshot_date)
        self._seen(artist, envelope)
        if "popularity" in an_object(envelope["body"]):
            self.frontier["full_shape_at"] = max(self.frontier.get("full_shape_at", ""), self.snapshot_date)

    def track(self, endpoint: Endpoint, envelope: Envelope, _: Oddities) -> None:
        """Note a response about a track, if its ISRC is wanted."""
        if endpoint.id in self.frontier["tracks"]:
            self._seen(self.frontier["tracks"][endpoint.id], envelope)

    def _seen(self, entity: Seen, envelope: Envelope) -> bool:
        """Note that an entity has a response; return False if the response is older than what is known."""
        if self.snapshot_date < entity.get("at", ""):
            return False
        entity["at"] = self.snapshot_date
        if envelope["status"] == 404:
            if "gone" not in entity or cast("AlbumSeen", entity).get("listed", "") > entity["gone"]:
                entity["gone"] = self.snapshot_date
            return True
        entity.pop("gone", None)
        if envelope["status"] == 200:
            entity["full"] = self.snapshot_date
            _set_etag(entity, envelope)
        return True

    def listing(self, endpoint: Endpoint, envelope: Envelope, odd: Oddities) -> None:
        """Note a page of one of an artist's listings."""
        artist = self.frontier["artists"].setdefault(endpoint.id, {})
        listing = artist.setdefault("listings", {}).setdefault(endpoint.listing, {})
        self._page(listing, endpoint, envelope, an_object(envelope["body"]), [endpoint.id], odd)
        if "heard" in listing and listing.get("at", "") >= listing["heard"]:
            del listing["heard"]

    def search(self, endpoint: Endpoint, envelope: Envelope, odd: Oddities) -> None:
        """Note a page of a search, or of the new releases."""
        key = search_of(endpoint)
        listing = self.frontier["searches"].setdefault(key, {})
        via = [] if key == NEW_RELEASES else [key]
        page = an_object(an_object(envelope["body"]).get("albums"))
        self._hear(items_of(page) or [])
        self._page(listing, endpoint, envelope, page, via, odd)

    def artist_search(self, endpoint: Endpoint, envelope: Envelope, odd: Oddities) -> None:
        """Note what a search for one artist's new albums found; it is a single page, and not a listing."""
        listing = self.frontier["searches"].setdefault(search_of(endpoint), {})
        page = an_object(an_object(envelope["body"]).get("albums"))
        self._hear(items_of(page) or [])
        self._list_albums(items_of(page) or [], [], listing)
        listing["at"] = max(listing.get("at", ""), self.snapshot_date)
        odd.null_items += nulls_of(page)

    def _hear(self, items: list[Body]) -> None:
        """Note the listings that a search shows to be out of date: they are requested first."""
        for item in items:
            album = id_of(item)
            if album is None or self._first_seen(album) < self.snapshot_date:
                continue
            for artist in self.followed.intersection(artist_ids_of(item)):
                listings = self.frontier["artists"].get(artist, {}).get("listings", {})
                listing = listings.get(str(item.get("album_type")))
                if listing and listing.get("at", "") < self.snapshot_date:
                    listing["heard"] = max(listing.get("heard", ""), self.snapshot_date)

    def _first_seen(self, album: str) -> str:
        """Return the date on which an album was first seen, or today if it is unknown."""
        seen, dropped = self.frontier["albums"].get(album), self.frontier["known"].get(album, self.snapshot_date)
        return seen["first_seen"] if seen else dropped

    def _page(
        self, listing: Listing, endpoint: Endpoint, envelope: Envelope, page: Body, via: list[str], odd: Oddities
    ) -> None:
        """Note one page of a listing: its albums, and the next page to request, if any."""
        today = self.snapshot_date
        items = items_of(page) or []
        moved = self._moved(listing, endpoint, items, via)
        reached_known = self._list_albums(items, via, listing, endpoint.listing) and "walked" in listing
        if today < listing.get("at", ""):
            return
        if envelope["status"] == 404:
            listing["at"] = today
            listing.setdefault("gone", today)
            return
        listing.pop("gone", None)
        if envelope["status"] != 200:
            listing["at"] = today
            return
        if endpoint.offset == 0:
            listing["full"] = today
            _set_etag(listing, envelope)
        odd.null_items += nulls_of(page)
        if moved:
            listing.pop("rest", None)
            if "next" in listing:
                listing["next"] = page_at(endpoint, 0).path
            return
        listing["paged"] = today
        self._go_on(listing, endpoint, envelope, page, odd, reached_known=reached_known)

    def _go_on(
        self,
        listing: Listing,
        endpoint: Endpoint,
        envelope: Envelope,
        page: Body,
        odd: Oddities,
        *,
        reached_known: bool,
    ) -> None:
        """Note the page at which a listing continues, or that it has ended."""
        today = self.snapshot_date
        following, refused, doubtful = page_end(endpoint, envelope["url"], page)
        odd.refused_links += refused
        if following is None or is_past_the_last(following):
            doubted = is_doubted(listing, today, doubtful=doubtful and endpoint.kind == "artist_albums")
            if doubted:
                listing.pop("etag", None)
            complete = items_of(page) is not None and not refused and not doubted
            self._full_listing_ended(listing, complete=complete)
        elif endpoint.offset > 0 and listing.get("at") == today:
            listing["rest"] = following.path
        elif reached_known:
            self._incremental_listing_ended(listing, endpoint, following.path)
        else:
            listing["next"] = following.path

    def _moved(self, listing: Listing, endpoint: Endpoint, items: list[Body], via: list[str]) -> bool:
        """Return whether a listing continued on a later day has moved so far that albums may have been skipped.

        The requested page overlaps with what was read (`overlapped`): its first album must be known from an earlier
        day. Otherwise the listing has become shorter by more than a page.
        """
        first = next((album for item in items if (album := id_of(item))), None)
        left_at = listing.get("rest") if listing.get("at") == self.snapshot_date else listing.get("next")
        if not via or left_at is None or listing.get("paged", "") >= self.snapshot_date:
            return False
        here = endpoint_of(left_at)
        reached = here.offset if here else 0
        if endpoint.offset == 0 or endpoint.offset >= reached > 0:
            return False
        seen = self.frontier["albums"].get(first or "")
        known = seen is not None and seen["first_seen"] < self.snapshot_date and bool({*via} & {*seen["via"]})
        return reached == 0 or not known

    def _full_listing_ended(self, listing: Listing, *, complete: bool) -> None:
        listing["at"] = self.snapshot_date
        for mark in ("next", "rest", "paged"):
            cast("dict[str, str]", listing).pop(mark, None)
        if complete:
            listing.setdefault("complete", listing.get("walked", self.snapshot_date))
            listing["walked"] = self.snapshot_date

    def _incremental_listing_ended(self, listing: Listing, endpoint: Endpoint, following: str) -> None:
        """End an incremental listing; keep the next page for later if a full listing is due."""
        listing["at"] = self.snapshot_date
        listing.pop("next", None)
        if full_listing_is_due(endpoint.id + endpoint.listing, listing, self.snapshot_date, self.refresh_days):
            listing.setdefault("rest", following)

    def _list_albums(self, items: list[Body], via: list[str], listing: Listing, name: str = "") -> bool:
        """Note the albums of a page; return whether its last album was known when the listing was last read to here.

        An album found since, on a page that is requested again, does not end the listing: more may follow. Albums in an
        artist's first listing of compilations or guest appearances are never that artist's news.
        """
        begins, reached = {*via} if name in OCCASIONAL else set(), listing.get("at", self.snapshot_date)
        known = False
        for item in items:
            album = id_of(item)
            if album is None:
                continue
            followers = via or [artist for artist in artist_ids_of(item) if artist in self.followed]
            if followers or album in self.frontier["albums"]:
                artists = self.followed.intersection(artist_ids_of(item)) - begins
                complete = bool(via) and self._was_complete(listing)
                baseline = not (complete or any(self._knew(artist, item) for artist in artists))
                first_seen = self._list_album(album, followers, name, baseline=baseline)
                known = first_seen < self.snapshot_date and first_seen <= reached
                if name:
                    note_tracks(self.frontier["albums"][album], item, self.snapshot_date)
        return known

    def _was_complete(self, listing: Listing) -> bool:
        """Return whether a listing was read to its end before today."""
        return listing.get("complete", listing.get("walked", self.snapshot_date)) < self.snapshot_date

    def _knew(self, artist: str, item: Body) -> bool:
        """Return whether the listing that an album belongs in, of this artist, was read to its end before today."""
        listings = self.frontier["artists"].get(artist, {}).get("listings", {})
        belongs = listings.get(str(item.get("album_type")))
        return belongs is not None and self._was_complete(belongs)

    def _list_album(self, album: str, via: list[str], name: str, *, baseline: bool) -> str:
        """Note that a listing names an album; return the date it was first seen.

        An album is news if any listing that names it on its first day was complete, in whatever order they come.
        """
        seen = self._album(album)
        if seen["first_seen"] == self.snapshot_date:
            seen["baseline"] = seen.get("baseline", True) and baseline
        seen["listed"] = max(seen.get("listed", ""), self.snapshot_date)
        seen["via"] = sorted({*seen["via"], *via})
        if name:
            seen["groups"] = sorted({*seen.get("groups", []), name})
        return seen["first_seen"]

    def album(self, endpoint: Endpoint, envelope: Envelope, odd: Oddities) -> None:
        """Note an album's response, with its first tracks."""
        album = self._album(endpoint.id)
        if not self._seen(album, envelope):
            return
        if "again" in album and album["again"] <= self.snapshot_date:
            del album["again"]
        if envelope["status"] == 304:
            return
        body = an_object(envelope["body"])
        if again := after_release(body.get("release_date"), self.snapshot_date):
            album["again"] = min(album.get("again", again), again)
        self._tracks(album, endpoint, envelope, an_object(body.get("tracks")), odd)

    def _album(self, album: str) -> AlbumSeen:
        """Return an album's entry; an album that returns keeps the day on which it was first seen."""
        first_seen = self.frontier["known"].pop(album, self.snapshot_date)
        seen = self.frontier["albums"].setdefault(album, {"first_seen": first_seen, "via": []})
        seen["first_seen"] = min(seen["first_seen"], first_seen)
        return seen

    def album_tracks(self, endpoint: Endpoint, envelope: Envelope, odd: Oddities) -> None:
        """Note a later page of an album's tracks."""
        album = self.frontier["albums"].get(endpoint.id)
        if album is not None and self.snapshot_date >= album.get("at", ""):
            self._tracks(album, endpoint, envelope, an_object(envelope["body"]), odd)

    def _tracks(self, album: AlbumSeen, endpoint: Endpoint, envelope: Envelope, page: Body, odd: Oddities) -> None:
        """Note a page of an album's tracks: the next page, and the tracks whose ISRC may be looked up."""
        odd.null_items += nulls_of(page)
        following, refused, doubtful = page_end(endpoint, envelope["url"], page)
        odd.refused_links += refused
        if following is not None:
            album["next"] = following.path
        elif is_doubted(album, self.snapshot_date, doubtful=doubtful):
            album["next"] = page_at(endpoint, endpoint.offset).path
        else:
            album.pop("next", None)
        for item in items_of(page) or []:
            if track := id_of(item):
                self.frontier["tracks"].setdefault(track, {"album": endpoint.id, "first_seen": album["first_seen"]})


UPDATES: dict[str, Callable[[FrontierUpdate, Endpoint, Envelope, Oddities], None]] = {
    "artists": FrontierUpdate.artist,
    "artist_albums": FrontierUpdate.listing,
    "albums": FrontierUpdate.album,
    "album_tracks": FrontierUpdate.album_tracks,
    "tracks": FrontierUpdate.track,
    "search": FrontierUpdate.search,
    "artist_search": FrontierUpdate.artist_search,
    "new_releases": FrontierUpdate.search,
}
"""The method that applies a response of each kind."""


def full_listing_is_due(name: str, listing: Listing, today: str, refresh_days: int) -> bool:
    """Return whether a full listing is due: only a full listing finds albums that were inserted out of order."""
    return due(name, listing.get("walked"), refresh_days) <= ordinal(today)


def _set_etag(seen: Seen | Listing, envelope: Envelope) -> None:
    if is_valid_etag(etag := envelope["etag"]):
        seen["etag"] = str(etag)
    else:
        seen.pop("etag", None)
