"""The day's work list: which requests are due, most overdue first, phase after phase.

A phase never makes work for an earlier one. Each phase is a function of the frontier: after a kill, the list is read
again and continues where it was.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from math import inf
from typing import TYPE_CHECKING, cast

from functions.extract.api.config import GROUPS, LISTINGS, OCCASIONAL
from functions.extract.api.endpoint import size_of
from functions.extract.api.request import artist_news, artist_query, entities, new_releases, page, search
from functions.extract.api.request import listing as first_page
from functions.extract.frontier.document import NEW_RELEASES, entities_of, followed_albums, search_key, seen_of
from functions.extract.frontier.failures import artists_of, contradicted, item_of, rests
from functions.extract.frontier.paging import overlapped
from functions.extract.frontier.ranks import as_tomorrow, by_age, by_release, in_time, is_back, latest, newest_of_each
from functions.extract.frontier.schedule import due, must_be_full, ordinal, spread
from functions.extract.frontier.turns import FAILING_TURN, with_share
from functions.extract.frontier.update import full_listing_is_due

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from functions.extract.api.config import Config, Group
    from functions.extract.api.endpoint import Endpoint
    from functions.extract.api.request import Request
    from functions.extract.frontier.document import Document, Listing, Seen
    from functions.extract.frontier.ranks import Rank
    from functions.shared.watchlist import WatchList


@dataclass(frozen=True)
class WorkList:
    """The requests due on a date, for a watch-list and a configuration, without the items `left_out` that failed."""

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

    @property
    def artist_queries(self) -> dict[str, str]:
        """Return the queries for the new albums of the artists whose name is in the watch-list, by artist."""
        saved = {search.query for search in self.watchlist.searches}
        queries = {artist: artist_query(name) for artist, name in self.watchlist.names.items()}
        return {artist: query for artist, query in queries.items() if query and query not in saved}

    def due(self, phase: str, frontier: Document) -> list[Request]:
        """Return the requests of a phase that are due, but for those that failed in this run.

        An item that failed before is requested once, without retries, as one of every `FAILING_TURN` requests; a
        listing is requested once too if another item of its artist failed.
        """
        found = PHASES[phase][1](self, frontier)
        requests = [each for each in found if not self.left_out or each.name not in self.left_out]
        failing, missing = frontier["failing"], frontier["missing"]
        if not failing and not missing:
            return requests
        named = ((item_of(each.endpoint), each) for each in requests)
        asked = [(item, each) for item, each in named if not rests(frontier, item, self.today)]
        doubtful = artists_of(failing) if phase == "incremental listings" else set()
        sound = [replace(r, once=True) if r.endpoint.id in doubtful else r for i, r in asked if i not in failing]
        failed = [replace(request, once=True) for item, request in asked if item in failing]
        before = sum(self.config.budgets[each.group] for each in requests[:1]) * ordinal(self.today)
        return [*with_share(sound, failed, FAILING_TURN, before)]

    def responded(self, group: Group, frontier: Document) -> Iterator[Request]:
        """Yield the requests of a group for what responded, the most recent first."""
        if group == "artist_albums":
            listings = {f"{artist}.{name}": (artist, name) for artist, name, _ in self._listings(frontier)}
            seen = {f"{artist}.{name}": listing for artist, name, listing in self._listings(frontier)}
            for each in latest(seen, "artist_albums/", frontier):
                artist, name = listings[each]
                yield first_page(artist, name, None, self.config)
        elif group == "search":
            queries = [search.query for search in self.watchlist.searches]
            searches = {query: frontier["searches"].get(search_key(query), {}) for query in queries}
            for query in latest(searches, "search/", frontier):
                yield search(query, None, self.config)
        else:
            kind: Group = "albums" if group == "album_tracks" else group
            for entity in latest(entities_of(frontier, kind), f"{kind}/", frontier):
                yield entities(kind, [entity], None, self.config)

    def artists(self, frontier: Document) -> Iterator[Request]:
        """Yield the requests for artists never requested or older than `refresh_days`."""
        seen = frontier["artists"]
        ranked = [
            (
                as_tomorrow(artist, seen[artist])
                if self._is_in_doubt(artist, frontier)
                else by_age(artist, seen.get(artist, {}), self.config.refresh_days),
                artist,
            )
            for artist in self.artists_followed
        ]
        return self._entities("artists", ranked, frontier)

    def _is_in_doubt(self, artist: str, frontier: Document) -> bool:
        """Return whether a listing of an artist responds 404 though it was there: the artist itself may be gone."""
        seen = frontier["artists"].get(artist, {})
        return "at" in seen and any(
            "gone" in listing or f"artist_albums/{artist}.{name}" in frontier["missing"]
            for name, listing in seen.get("listings", {}).items()
        )

    def searches(self, frontier: Document) -> Iterator[Request]:
        """Yield today's requests for each saved search, and for the new releases where the app may."""
        queries = {search_key(search.query): search.query for search in self.watchlist.searches}
        for key in sorted(self.searches_followed, key=lambda key: (_at(frontier["searches"].get(key)), spread(key))):
            listing = frontier["searches"].get(key, {})
            if _at(listing) < self.today:
                etag = self._etag(listing, key)
                if "next" in listing:
                    yield self._continued(listing, listing["next"])
                elif key == NEW_RELEASES:
                    yield new_releases(etag, self.config)
                else:
                    yield search(queries[key], etag, self.config)

    def artist_searches(self, frontier: Document) -> Iterator[Request]:
        """Yield searches for new albums of artists whose listings must wait; none if all listings fit into a day.

        The artist that waits longest comes first. Half of the search budget is left for other searches. A gone artist
        is not searched for: its name would find other artists.
        """
        turns, budget = self.turns(frontier), self.config.budgets["artist_albums"]
        wait = {artist for artist, _, _ in turns} - {artist for artist, _, _ in turns[:budget]}
        waiting, searched = [], 0
        for artist, query in self.artist_queries.items():
            at, listings = _at(frontier["searches"].get(search_key(query))), _listings_of(artist, frontier)
            searched += at == self.today
            if at < self.today and artist in wait and all("complete" in each for each in listings):
                waiting.append((max(at, *map(_at, listings)), spread(artist), query))
        for _, _, query in sorted(waiting)[: max(self.config.budgets["search"] // 2 - searched, 0)]:
            yield artist_news(query, self.config)

    def incremental_listings(self, frontier: Document) -> Iterator[Request]:
        """Yield today's requests for the newest items of each artist's listings."""
        decide = contradicted(frontier)
        for artist, name, listing in self.turns(frontier):
            if _at(listing) >= self.today:
                continue
            if "next" in listing:
                yield self._continued(listing, listing["next"])
            else:
                etag = None if artist in decide else self._etag(listing, artist + name)
                yield first_page(artist, name, etag, self.config)

    def full_listings(self, frontier: Document) -> Iterator[Request]:
        """Yield the requests that continue full listings, longest waiting first."""
        searches = [(key, frontier["searches"].get(key, {})) for key in self.searches_followed]
        listings = [(artist + name, listing) for artist, name, listing in self._listings(frontier)]
        waiting = [
            (listing.get("walked", ""), spread(name), name, self._continued(listing, listing["rest"]))
            for name, listing in searches + listings
            if "rest" in listing and _at(listing) == self.today
        ]
        yield from (request for *_, request in sorted(waiting, key=lambda each: each[:3]))

    def _continued(self, listing: Listing, path: str) -> Request:
        """Return the request that continues a listing, one page earlier if the listing was left on an earlier day."""
        return page(path if listing.get("paged") == self.today else overlapped(path), self.config)

    def albums(self, frontier: Document) -> Iterator[Request]:
        """Yield the requests for albums: news, those released days ago, baseline never requested, then those due again.

        Albums never requested come newest first, and in turn by artist.
        """
        seen, followed = frontier["albums"], self.albums_followed(frontier)
        never = [each for each in followed if is_back(seen[each]) or not {"at", "gone"} & seen[each].keys()]
        ranked = newest_of_each(followed, never, seen)
        ranked += [
            (by_release(each, seen[each], self.today, self.config.refresh_days), each)
            for each in {*followed} - {*never}
        ]
        return self._entities("albums", ranked, frontier)

    def album_tracks(self, frontier: Document) -> Iterator[Request]:
        """Yield the requests for the tracks that an album's response had no room for."""
        albums = frontier["albums"]
        followed = self.albums_followed(frontier)
        long = [each for each in followed if "next" in albums[each] and albums[each].get("short") != self.today]
        for album in sorted(long, key=lambda album: (albums[album].get("at", ""), spread(album), album)):
            yield page(albums[album]["next"], self.config)

    def tracks(self, frontier: Document) -> Iterator[Request]:
        """Yield the requests for tracks whose ISRC is wanted."""
        seen = frontier["tracks"]
        ranked = [(by_age(track, seen[track], self.config.refresh_days), track) for track in seen]
        return self._entities("tracks", ranked, frontier)

    def turns(self, frontier: Document) -> list[tuple[str, str, Listing]]:
        """Return today's listings in the order in which they are requested: the one that waits longest first.

        The age of a listing requested in every n-th round is divided by n; if it was never requested, it is last. A
        listing of which a search has found something new comes first.
        """
        listed = [turn for turn in self._listings(frontier) if self._has_turn(*turn)]
        return sorted(listed, key=lambda turn: (-self._age(turn[1], turn[2]), spread(turn[0]), turn[0], turn[1]))

    def _has_turn(self, artist: str, name: str, listing: Listing) -> bool:
        """Return whether a listing is requested today: a listing of every n-th round has its own day among n."""
        every, last = self.config.release_groups[name], _last(listing)
        if not last or "next" in listing or last >= self.today:
            return True
        return due(artist + name, last, every) <= ordinal(self.today)

    def _age(self, name: str, listing: Listing) -> float:
        """Return how many rounds ago a listing was requested, if a round took a day."""
        last = _last(listing)
        if not last:
            return -1 if name in OCCASIONAL and not listing else inf
        return (ordinal(self.today) - ordinal(last)) / self.config.release_groups[name]

    def left(self, frontier: Document) -> dict[Group, int]:
        """Return how many requests are due, by quota group."""
        phases = [phase for phase in PHASES if phase != OPTIONAL_PHASE]
        due_calls = Counter(request.group for phase in phases for request in self.due(phase, frontier))
        return {group: due_calls[group] for group in GROUPS}

    def albums_followed(self, frontier: Document) -> list[str]:
        """Return the ids of the followed artists' albums, and of those a saved search listed not long ago."""
        oldest = ordinal(self.today) - self.config.refresh_days
        return followed_albums(frontier, self.artists_followed, self.searches_followed, oldest)

    def _listings(self, frontier: Document) -> Iterator[tuple[str, str, Listing]]:
        """Yield each listing of each followed artist that is not gone."""
        for artist in self.artists_followed:
            seen = frontier["artists"].get(artist, {})
            if "gone" not in seen:
                for name in self.config.release_groups:
                    yield artist, name, seen.get("listings", {}).get(name, {})

    def _etag(self, listing: Listing, name: str) -> str | None:
        """Return the ETag to send for a listing, or None if its body is needed even if unchanged."""
        if full_listing_is_due(name, listing, self.today, self.config.refresh_days) and "rest" not in listing:
            return None
        full = must_be_full(listing.get("full"), self.today, self.config.refresh_days, self.config.retention_days)
        return None if full else listing.get("etag")

    def _entities(self, group: Group, ranked: list[tuple[Rank, str]], frontier: Document) -> Iterator[Request]:
        """Yield the requests for entities that are due, as many per request as the profile allows.

        Entities that failed before come last, each in a request of its own.
        """
        today, seen = ordinal(self.today), entities_of(frontier, group)
        due_now = [
            entity
            for (_, day, *_), entity in sorted(
                (in_time(rank, seen.get(entity, {}), self.today, self.config.retention_days), entity)
                for rank, entity in ranked
            )
            if day <= today
            and f"{group}/{entity}" not in self.left_out
            and not rests(frontier, f"{group}/{entity}", self.today)
        ]
        sound = [entity for entity in due_now if f"{group}/{entity}" not in frontier["failing"]]
        size = size_of(group, self.config.pages)
        batches = [sound[start : start + size] for start in range(0, len(sound), size)]
        for ids in batches + [[entity] for entity in due_now if f"{group}/{entity}" in frontier["failing"]]:
            yield entities(group, ids, self._entity_etag(seen.get(ids[0], {})), self.config)

    def _entity_etag(self, seen: Seen) -> str | None:
        full = must_be_full(seen.get("full"), self.today, self.config.refresh_days, self.config.retention_days)
        return None if full else seen.get("etag")


PHASES: dict[str, tuple[Group, Callable[[WorkList, Document], Iterator[Request]]]] = {
    "artists": ("artists", WorkList.artists),
    "searches": ("search", WorkList.searches),
    "artist searches": ("search", WorkList.artist_searches),
    "incremental listings": ("artist_albums", WorkList.incremental_listings),
    "full listings": ("artist_albums", WorkList.full_listings),
    "albums": ("albums", WorkList.albums),
    "album_tracks": ("album_tracks", WorkList.album_tracks),
    "tracks": ("tracks", WorkList.tracks),
}
"""The quota group of each phase's requests, and the requests."""

OPTIONAL_PHASE = "artist searches"  # a date is complete without the requests of this phase


def next_request(phase: str, request: Request, frontier: Document, config: Config) -> Request | None:
    """Return the request for the page after this one, or None: a listing is requested page after page."""
    if phase not in {"searches", "incremental listings", "full listings", "album_tracks"}:
        return None
    path = _page_kept(phase, request.endpoint, frontier)
    return follower if path and (follower := page(path, config)).path != request.path else None


def _page_kept(phase: str, endpoint: Endpoint, frontier: Document) -> str | None:
    """Return the path of the next page noted in the frontier, or None."""
    if endpoint.kind == "album_tracks":
        album = frontier["albums"].get(endpoint.id)
        return album.get("next") if album else None
    listing = cast("Listing", seen_of(frontier, endpoint))
    return listing.get("rest") if phase == "full listings" else listing.get("next")


def _listings_of(artist: str, frontier: Document) -> list[Listing]:
    listings = frontier["artists"].get(artist, {}).get("listings", {})
    return [listings.get(name, {}) for name in LISTINGS]


def _last(listing: Listing) -> str:
    """Return when a listing was last requested, or "" if a search has found something new since."""
    return "" if listing.get("heard", "") > _at(listing) else _at(listing)


def _at(listing: Listing | None) -> str:
    return (listing or {}).get("at", "")
