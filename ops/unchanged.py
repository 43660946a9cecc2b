"""A Spotify on which nothing changed since the frontier was written: what extraction would be told, without asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.extract.answers import Answer
from functions.extract.frontier import search_key
from functions.extract.places import place_of

if TYPE_CHECKING:
    from functions.extract.bodies import Body
    from functions.extract.calls import Call
    from functions.extract.clock import Clock
    from functions.extract.frontier import Document
    from functions.extract.meter import Meter
    from functions.extract.places import Place

HOME = "https://unchanged.invalid/v1"


class Unchanged:
    """Answers as the frontier remembers: listings name the albums known, page after page; entities are as they were."""

    def __init__(self, document: Document, clock: Clock) -> None:
        self._clock = clock
        self._albums: dict[str, list[str]] = {}
        for album in sorted(document["albums"]):
            for via in document["albums"][album]["via"]:
                self._albums.setdefault(via, []).append(album)
        self._meter: Meter | None = None
        self.asked: list[Call] = []

    def metered(self, meter: Meter) -> Unchanged:
        """Return itself, charging calls to `meter` from now on."""
        self._meter = meter
        return self

    def ask(self, call: Call) -> Answer:
        """Return the answer to a call, charged like one to Spotify."""
        if self._meter:
            self._meter.charge(call.group)
        self.asked.append(call)
        url, place = HOME + call.path, place_of(HOME + call.path)
        if call.ids:
            return Answer(self._clock.now(), url, 200, None, {call.dataset: [{"id": each} for each in call.ids]})
        if call.etag or place is None or place.kind in {"artists", "albums", "tracks"}:
            return Answer(self._clock.now(), url, 304, call.etag, None)
        return Answer(self._clock.now(), url, 200, '"unchanged"', self._page(place, url))

    def _page(self, place: Place, url: str) -> Body:
        """Return a page of a listing; of pages of tracks nothing is remembered, so they are empty."""
        if place.kind == "artist_albums":
            return self._part(place, self._listed(place.id, place.listing), url)
        if place.kind == "search":
            return {"albums": self._part(place, self._albums.get(search_key(place.id), []), url)}
        if place.kind == "new_releases":
            return {"albums": self._part(place, [], url)}
        return self._part(place, [], url)

    def _listed(self, artist: str, listing: str) -> list[str]:
        """Return an artist's albums of one listing: which are in which is not remembered, so half are in each."""
        return self._albums.get(artist, [])[0 if listing == "album" else 1 :: 2]

    def _part(self, place: Place, albums: list[str], url: str) -> Body:
        size = int(dict(place.query).get("limit", "20"))
        after = place.offset + size
        onward = url.replace(f"offset={place.offset}", f"offset={after}") if after < len(albums) else None
        artists = [{"id": place.id}] if place.kind == "artist_albums" else []
        return {"items": [{"id": each, "artists": artists} for each in albums[place.offset : after]], "next": onward}
