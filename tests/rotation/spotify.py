"""A small Spotify in memory for simulations of months: listings grow, and some artists are gone or always fail.

It sends only what the frontier reads, so that thousands of artists take minutes; `local/spotify` is complete.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, NamedTuple
from zlib import crc32

import httpx

GROUPS = ("album", "single")
WEEKS_OF_NEW = timedelta(days=14)
BIG_CATALOG = 3_000
MEAN_ALBUMS = 11  # per artist, as in `bench.scale`
RELEASES_A_YEAR = 4  # per artist: a guess, as in `bench.scale`
FOUND_BY_SEARCH = 0.7
"""The share of new albums that a search finds. It is a guess: there are no published figures for `tag:new`."""
ARTIST = re.compile(r"/v1/artists/(\w+)$")
LISTING = re.compile(r"/v1/artists/(\w+)/albums$")
ALBUM = re.compile(r"/v1/albums/(\w+)$")
NAMED = re.compile(r'artist:"([^"]*)"')


class Released(NamedTuple):
    """An album: its ID, its artist, its group, and the day from which it is visible (None: before the first)."""

    id: str
    artist: str
    group: str
    visible: date | None


@dataclass
class SmallSpotify(httpx.BaseTransport):
    """The catalog of this many artists over this many days, and the requests made to it.

    The first artist has `big_catalog` albums and a release each day; the last ones are dead, those before always fail.
    """

    artists: int
    first: date
    days: int
    seed: int = 0
    releases_a_year: float = RELEASES_A_YEAR
    big_catalog: int = BIG_CATALOG
    searchable: bool = True
    today: date = field(init=False)
    withdrawn: set[str] = field(default_factory=set)
    requests: Counter[str] = field(default_factory=Counter)  # of the day, by quota group
    wasted: int = 0  # requests for artists that always fail
    reported: dict[str, date] = field(default_factory=dict)  # the first day on which an album was sent
    order: list[str] = field(default_factory=list)  # the albums sent today

    def __post_init__(self) -> None:
        dice, self.today = Random(self.seed), self.first
        self.ids = [f"{1:04d}{number:018d}" for number in range(self.artists)]
        dead, failing = (max(1, round(self.artists * share)) for share in (0.02, 0.01))
        self.dead, self.failing = set(self.ids[-dead:]), set(self.ids[-dead - failing : -dead])
        self._listed: dict[tuple[str, str], list[Released]] = defaultdict(list)
        self.albums: dict[str, Released] = {}
        for artist in self.ids:
            for _ in range(self.big_catalog if artist == self.ids[0] else dice.randint(1, 2 * MEAN_ALBUMS - 1)):
                self._release(artist, dice, None)
        for day in range(1, self.days):
            for artist in self.ids:
                if artist == self.ids[0] or dice.random() < self.releases_a_year / 365:
                    self._release(artist, dice, self.first + timedelta(days=day))

    def _release(self, artist: str, dice: Random, visible: date | None) -> None:
        group = "album" if dice.random() < (0.9 if artist == self.ids[0] else 0.5) else "single"
        album = Released(f"{2:04d}{len(self.albums):018d}", artist, group, visible)
        self.albums[album.id] = album
        self._listed[artist, group].append(album)

    def name(self, artist: str) -> str:
        """Return an artist's name."""
        return f"Band {int(artist[4:])}"

    def begin(self, day: date) -> None:
        """Let a day begin."""
        self.today = day
        self.requests.clear()
        self.order.clear()

    def visible(self, artist: str, group: str) -> list[Released]:
        """Return what a listing holds today, newest first."""
        return [each for each in reversed(self._listed[artist, group]) if self._is_out(each)]

    def _is_out(self, album: Released) -> bool:
        return (album.visible is None or album.visible <= self.today) and album.id not in self.withdrawn

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response to a request."""
        path, asked = request.url.path, dict(request.url.params)
        if path == "/api/token":
            return httpx.Response(200, json={"access_token": "x", "token_type": "Bearer", "expires_in": 10**7})
        if found := LISTING.search(path):
            return self._about(found[1], "artist_albums", lambda artist: self._page(artist, asked), request)
        if found := ARTIST.search(path):
            return self._about(found[1], "artists", lambda artist: {"id": artist, "name": self.name(artist)}, request)
        if found := ALBUM.search(path):
            self.requests["albums"] += 1
            return self._sent(self._album(found[1]), request)
        if path.endswith(("/albums", "/artists")):
            return self._batch(path.rpartition("/")[2], asked["ids"].split(","))
        self.requests["search"] += 1
        return self._sent({"albums": self._cut(self._found(asked.get("q", "")), asked)}, request)

    def _about(self, artist: str, group: str, body: Any, request: httpx.Request) -> httpx.Response:
        """Return a response about one artist: none of those that are dead or fail has one."""
        self.requests[group] += 1
        self.wasted += artist in self.failing
        if artist in self.dead | self.failing:
            status = 404 if artist in self.dead else 500
            return httpx.Response(status, json={"error": {"status": status, "message": "no"}})
        return self._sent(body(artist), request)

    def _page(self, artist: str, asked: dict[str, str]) -> dict[str, Any]:
        path = f"https://api.spotify.com/v1/artists/{artist}/albums"
        return self._cut(self.visible(artist, asked["include_groups"]), asked, path)

    def _cut(self, albums: list[Released], asked: dict[str, str], path: str = "") -> dict[str, Any]:
        """Return a page of albums."""
        offset, limit = int(asked.get("offset", 0)), int(asked.get("limit", 5))
        more = offset + limit < len(albums)
        following = f"{path}?offset={offset + limit}&limit={limit}" if more and path else None
        items = [self._listed_as(each) for each in albums[offset : offset + limit]]
        return {"items": items, "next": following, "total": len(albums), "offset": offset, "limit": limit}

    def _listed_as(self, album: Released) -> dict[str, Any]:
        return {"id": album.id, "album_type": album.group, "artists": [{"id": album.artist}]}

    def _album(self, album: str) -> dict[str, Any]:
        self.reported.setdefault(album, self.today)
        self.order.append(album)
        tracks = {"items": [{"id": f"{3:04d}{album[4:]}"}], "next": None, "total": 1}
        return {"id": album, "name": album, "tracks": tracks}

    def _batch(self, group: str, asked: list[str]) -> httpx.Response:
        """Return a batch: a failing artist fails all of it, a dead one is null."""
        self.requests[group] += 1
        if bad := self.failing.intersection(asked):
            self.wasted += bool(bad)
            return httpx.Response(500, json={"error": {"status": 500, "message": "no"}})
        body = self._album if group == "albums" else lambda each: None if each in self.dead else {"id": each}
        return httpx.Response(200, json={group: [body(each) for each in asked]})

    def _found(self, query: str) -> list[Released]:
        """Return what a search for the new albums of one artist finds; other searches find nothing here."""
        named = NAMED.search(query)
        if not named or "tag:new" not in query or not self.searchable:
            return []
        artist = self.ids[int(named[1].rpartition(" ")[2])]
        since = self.today - WEEKS_OF_NEW
        new = [
            each for group in GROUPS for each in self.visible(artist, group) if each.visible and each.visible > since
        ]
        return [each for each in new if crc32(each.id.encode()) % 100 < FOUND_BY_SEARCH * 100]

    def _sent(self, body: dict[str, Any], request: httpx.Request) -> httpx.Response:
        """Return a body with its ETag, or 304 where the client has it."""
        content = json.dumps(body).encode()
        etag = f'"{crc32(content):08x}"'
        if request.headers.get("if-none-match") == etag:
            return httpx.Response(304, headers={"etag": etag})
        return httpx.Response(200, headers={"etag": etag}, content=content)
