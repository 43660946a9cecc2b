"""The day's work list: which calls are due, most overdue first, phase after phase.

A phase never makes work for an earlier one, and each is a function of the frontier: read again after a kill, the list
goes on where it was.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from functions.extract.api.config import GROUPS, LISTINGS
from functions.extract.api.endpoint import size_of
from functions.extract.api.request import entities, new_releases, page, search
from functions.extract.api.request import listing as first_page
from functions.extract.frontier.document import followed_albums, search_key
from functions.extract.frontier.schedule import due, must_be_full, ordinal, spread
from functions.extract.frontier.update import NEW_RELEASES, search_of, walk_is_due

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from functions.extract.api.config import Config, Group
    from functions.extract.api.endpoint import Endpoint
    from functions.extract.api.request import Request
    from functions.extract.frontier.document import AlbumSeen, Document, Listing, Seen
    from functions.shared.watchlist import WatchList

Rank = tuple[int, int, int, str]
NEVER_ASKED, ASKED_BEFORE = 0, 1


@dataclass(frozen=True)
class WorkList:
    """What is due on a date, for a watch-list and a configuration. `left_out` names what failed in this run."""

    watchlist: WatchList
    config: Config
    today: str
    left_out: frozenset[str] = frozenset()

    @property
    def artists_followed(self) -> set[str]:
        """Return the ids of the followed artists."""
        return {artist.id for artist in self.watchlist.artists}

    @property
    def searches_followed(self) -> set[str]:
        """Return the keys of the followed searches."""
        saved = {search_key(search.query) for search in self.watchlist.searches}
        return saved | ({NEW_RELEASES} if self.config.profile == "extended" else set())

    def due(self, phase: str, frontier: Document) -> Iterator[Request]:
        """Yield the calls of a phase that are due, but for those that failed in this run."""
        plan = dict(PHASES)[phase]
        return (request for request in plan(self, frontier) if request.name not in self.left_out)

    def artists(self, frontier: Document) -> Iterator[Request]:
        """Yield the calls for artists never asked or older than `refresh_days`."""
        seen = frontier["artists"]
        ranked = [_by_age(artist, seen.get(artist, {}), self.config.refresh_days) for artist in self.artists_followed]
        return self._entities("artists", ranked, seen)

    def searches(self, frontier: Document) -> Iterator[Request]:
        """Yield the calls for today's look at each saved search, and at the new releases where the app may."""
        queries = {search_key(search.query): search.query for search in self.watchlist.searches}
        for key in sorted(self.searches_followed, key=lambda key: (_at(frontier["searches"].get(key)), spread(key))):
            listing = frontier["searches"].get(key, {})
            if _at(listing) < self.today:
                etag = self._etag(listing, key)
                if "next" in listing:
                    yield page(listing["next"], self.config)
                elif key == NEW_RELEASES:
                    yield new_releases(etag, self.config)
                else:
                    yield search(queries[key], etag, self.config)

    def looks(self, frontier: Document) -> Iterator[Request]:
        """Yield the calls for today's look at the newest of each artist's listings."""
        for artist, name, listing in self.turns(frontier):
            if _at(listing) >= self.today:
                return
            if "next" in listing:
                yield page(listing["next"], self.config)
            else:
                yield first_page(artist, name, self._etag(listing, artist + name), self.config)

    def walks(self, frontier: Document) -> Iterator[Request]:
        """Yield the calls that go on with walks to the end of a listing, those that waited longest first."""
        searches = [(key, frontier["searches"].get(key, {})) for key in self.searches_followed]
        listings = [(artist + name, listing) for artist, name, listing in self._listings(frontier)]
        waiting = [
            (listing.get("walked", ""), spread(name), name, listing["rest"])
            for name, listing in searches + listings
            if "rest" in listing and _at(listing) == self.today
        ]
        for _, _, _, path in sorted(waiting):
            yield page(path, self.config)

    def albums(self, frontier: Document) -> Iterator[Request]:
        """Yield the calls for albums: never asked (newest first), then older than `refresh_days`."""
        seen = frontier["albums"]
        there = [album for album in self.albums_followed(frontier) if not _stays_gone(seen[album])]
        ranked = [
            _as_new(album) if _is_back(seen[album]) else _by_age(album, seen[album], self.config.refresh_days)
            for album in there
        ]
        return self._entities("albums", ranked, seen)

    def album_tracks(self, frontier: Document) -> Iterator[Request]:
        """Yield the calls for the tracks that an album's answer had no room for."""
        albums = frontier["albums"]
        long = [album for album in self.albums_followed(frontier) if "next" in albums[album]]
        for album in sorted(long, key=lambda album: (albums[album].get("at", ""), spread(album), album)):
            yield page(albums[album]["next"], self.config)

    def tracks(self, frontier: Document) -> Iterator[Request]:
        """Yield the calls for tracks whose ISRC is wanted."""
        seen = frontier["tracks"]
        ranked = [_by_age(track, seen[track], self.config.refresh_days) for track in seen if "gone" not in seen[track]]
        return self._entities("tracks", ranked, seen)

    def turns(self, frontier: Document) -> list[tuple[str, str, Listing]]:
        """Return the listings in the order in which they are looked at: the one not looked at for longest first."""
        return sorted(self._listings(frontier), key=lambda turn: (_at(turn[2]), spread(turn[0]), turn[0], turn[1]))

    def left(self, frontier: Document) -> dict[Group, int]:
        """Return how many calls are due, by quota group."""
        due_calls = Counter(request.group for phase, _ in PHASES for request in self.due(phase, frontier))
        return {group: due_calls[group] for group in GROUPS}

    def albums_followed(self, frontier: Document) -> list[str]:
        """Return the ids of the followed artists' albums, and of those a saved search listed not long ago."""
        oldest = ordinal(self.today) - self.config.refresh_days
        return followed_albums(frontier, self.artists_followed, self.searches_followed, oldest)

    def _listings(self, frontier: Document) -> Iterator[tuple[str, str, Listing]]:
        """Yield each listing of each followed artist, but of those that are gone."""
        for artist in self.artists_followed:
            seen = frontier["artists"].get(artist, {})
            if "gone" not in seen:
                for name in LISTINGS:
                    yield artist, name, seen.get("listings", {}).get(name, {})

    def _etag(self, listing: Listing, name: str) -> str | None:
        """Return the ETag to ask a listing with, or None if its body is wanted, changed or not."""
        if walk_is_due(name, listing, self.today, self.config.refresh_days) and "rest" not in listing:
            return None
        full = must_be_full(listing.get("full"), self.today, self.config.refresh_days, self.config.retention_days)
        return None if full else listing.get("etag")

    def _entities(self, group: Group, ranked: list[tuple[Rank, str]], seen: Mapping[str, Seen]) -> Iterator[Request]:
        """Yield the calls for what is due, as many entities a call as the profile allows."""
        today = ordinal(self.today)
        due_now = [
            entity
            for (_, day, _, _), entity in sorted(ranked)
            if day <= today and f"{group}/{entity}" not in self.left_out
        ]
        size = size_of(group, self.config.pages)
        for start in range(0, len(due_now), size):
            ids = due_now[start : start + size]
            yield entities(group, ids, self._entity_etag(seen.get(ids[0], {})), self.config)

    def _entity_etag(self, seen: Seen) -> str | None:
        config = self.config
        full = must_be_full(seen.get("full"), self.today, config.refresh_days, config.retention_days)
        return None if full else seen.get("etag")


PHASES: tuple[tuple[str, Callable[[WorkList, Document], Iterator[Request]]], ...] = (
    ("artists", WorkList.artists),
    ("searches", WorkList.searches),
    ("looks", WorkList.looks),
    ("walks", WorkList.walks),
    ("albums", WorkList.albums),
    ("album_tracks", WorkList.album_tracks),
    ("tracks", WorkList.tracks),
)


def onward(phase: str, request: Request, frontier: Document, config: Config) -> Request | None:
    """Return the request for the page after this one, or None: a look or a walk takes page after page."""
    if phase not in {"searches", "looks", "walks", "album_tracks"}:
        return None
    path = _page_kept(phase, request.endpoint, frontier)
    follower = page(path, config) if path else None
    return follower if follower and follower.path != request.path else None


def _page_kept(phase: str, endpoint: Endpoint, frontier: Document) -> str | None:
    """Return the path of the page at which the frontier goes on, or None."""
    if endpoint.kind == "album_tracks":
        album = frontier["albums"].get(endpoint.id)
        return album.get("next") if album else None
    listing = _listing_of(endpoint, frontier)
    return listing.get("rest") if phase == "walks" else listing.get("next")


def _listing_of(endpoint: Endpoint, frontier: Document) -> Listing:
    if endpoint.kind == "artist_albums":
        return frontier["artists"].get(endpoint.id, {}).get("listings", {}).get(endpoint.listing, {})
    return frontier["searches"].get(search_of(endpoint), {})


def _by_age(entity: str, seen: Seen, refresh_days: int) -> tuple[Rank, str]:
    """Return an entity's rank: those never asked first, the newest before; then those due, the longest due before."""
    if "at" not in seen:
        newest = -ordinal(seen["first_seen"]) if "first_seen" in seen else 0
        return (NEVER_ASKED, newest, spread(entity), entity), entity
    return (ASKED_BEFORE, due(entity, seen["at"], refresh_days), spread(entity), entity), entity


def _as_new(entity: str) -> tuple[Rank, str]:
    """Return the rank of what is asked before all else."""
    return (NEVER_ASKED, -ordinal(date.max.isoformat()), spread(entity), entity), entity


def _is_back(seen: AlbumSeen) -> bool:
    """Return whether a listing names an album again that was asked just once since it was gone."""
    return "gone" in seen and seen.get("at") == seen["gone"] and seen.get("listed", "") > seen["gone"]


def _stays_gone(seen: AlbumSeen) -> bool:
    """Return whether an album answered 404 and no listing has named it since."""
    return "gone" in seen and seen.get("listed", "") <= seen["gone"]


def _at(listing: Listing | None) -> str:
    return (listing or {}).get("at", "")
