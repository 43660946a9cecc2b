"""Check what must hold after each day of a soak, from raw and independently of the pipeline's own code."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from functions.extract.api.config import OCCASIONAL
from functions.shared.ids import is_valid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.extract.raw.envelope import Envelope
    from tests.functions.extract.world import World
    from tests.soak.lake import SoakLake

LISTING = re.compile(r"/artists/(?P<artist>\w+)/albums\?.*include_groups=(?P<name>\w+)")
ARTIST = re.compile(r"/artists/(?P<artist>\w+)(\?|$)")
ALBUM = re.compile(r"/albums/(?P<album>\w+)(/tracks)?(\?|$)")
KEYS = {"artists": "artist_id", "albums": "album_id", "tracks": "track_id"}


@dataclass
class Observed:
    """The content of raw on each day.

    Attributes:
        named: the IDs with the names that they bore, by day.
        listed: the albums that a listing named on a day, by listing and day: none where it or its artist was gone.
        last: the albums that each listing named last.
        first_listed: the first day on which a listing named an album, and the listings that did.
        tracks: the tracks that an album's responses named, by album and day.
        complete: since when a listing is complete, as the frontier first said.
    """

    named: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    listed: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(dict))
    last: dict[str, set[str]] = field(default_factory=dict)
    first_listed: dict[str, tuple[str, set[str]]] = field(default_factory=dict)
    tracks: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(dict))
    complete: dict[str, str] = field(default_factory=dict)

    def note(self, made: World, day: str) -> None:
        """Read a day's raw data and what the frontier says is complete."""
        self.named[day] = set()
        for lines in made.raw(day).values():
            for line in lines:
                if line["status"] == 200 and isinstance(line["body"], dict):
                    self._line(line, day)
                elif line["status"] == 304 and (found := LISTING.search(line["url"])):
                    name = f"{found['artist']}.{found['name']}"
                    self.listed[name][day] = self.last.get(name, set())  # unchanged: it still names what it named
                elif line["status"] == 404:
                    self._gone(line["url"], day)
        for artist, seen in made.frontier()["artists"].items():
            for name, listing in seen.get("listings", {}).items():
                if "complete" in listing:
                    since = self.complete.setdefault(f"{artist}.{name}", listing["complete"])
                    # After a lost frontier, raw proves this only from the first such listing that it still has.
                    is_later = name in OCCASIONAL and since < listing["complete"]
                    assert is_later or since == listing["complete"], f"{artist}.{name} was complete since {since}"

    def _gone(self, url: str, day: str) -> None:
        """Note that a listing, or all of an artist's, named nothing: a 404 is in raw once two dates have seen it."""
        if found := LISTING.search(url):
            self.listed[f"{found['artist']}.{found['name']}"].setdefault(day, set())
        elif found := ARTIST.search(url):
            for listing in [each for each in self.listed if each.startswith(found["artist"])]:
                self.listed[listing].setdefault(day, set())

    def _line(self, line: Envelope, day: str) -> None:
        body, url = line["body"], line["url"]
        self.named[day] |= set(_names(body, url))
        if found := LISTING.search(url):
            items: Any = body.get("items") if body else None
            albums = {each["id"] for each in items or [] if isinstance(each, dict) and is_valid(each.get("id"))}
            listing = f"{found['artist']}.{found['name']}"
            self.listed[listing][day] = self.listed[listing].get(day, set()) | albums
            self.last[listing] = self.listed[listing][day]
            for album in albums:
                first, listings = self.first_listed.setdefault(album, (day, set()))
                if first == day:
                    listings.add(listing)
        elif found := ALBUM.search(url):
            self.tracks[found["album"]].setdefault(day, set()).update(name for name, _ in _names(body, url))

    def is_news(self, album: str) -> bool:
        """Return whether an album was first listed after a listing that names it was complete."""
        day, listings = self.first_listed[album]
        return any(self.complete.get(listing, day) < day for listing in listings)


def _names(body: Any, url: str) -> Iterator[tuple[str, str]]:
    """Yield each object's ID with its name; what was requested, and what a relinked object stands for, too."""
    if isinstance(body, list):
        for each in body:
            yield from _names(each, "")
    elif isinstance(body, dict):
        linked = body.get("linked_from")
        ids = [
            body.get("id"),
            linked.get("id") if isinstance(linked, dict) else None,
            url.partition("?")[0].rsplit("/", 1)[-1],
        ]
        yield from ((str(each), str(body.get("name"))) for each in ids if each)
        for part in body.values():
            yield from _names(part, "")


def news(lake: SoakLake) -> dict[str, str]:
    """Return the albums that are news, and when each is reported."""
    rows = lake.ask("""SELECT entity_id, reported_on FROM "shown.news" WHERE entity = 'album'""")
    return {album: str(on) for album, on in rows}


def untraceable(lake: SoakLake, observed: Observed, day: str) -> list[str]:
    """Return the published rows of a day whose ID no response of that day bore with that name."""
    run = lake.published.get(day)
    if run is None:
        return []
    return [
        f"{table} {row[key]} {row['name']!r} on {day}"
        for table, key in KEYS.items()
        for row in lake.rows(table, day, run)
        if (row[key], row["name"]) not in observed.named[day]
    ]


def misreported(lake: SoakLake, observed: Observed) -> list[str]:
    """Return the albums that are not reported as they must be: once, on the first published date with their row."""
    firsts = dict(lake.ask('SELECT album_id, min(snapshot_date) FROM "shown.albums" GROUP BY album_id'))
    oldest = min(firsts.values(), default=None)
    reported: dict[str, list[Any]] = defaultdict(list)
    for album, on in lake.ask("""SELECT entity_id, reported_on FROM "shown.news" WHERE entity = 'album'"""):
        reported[album].append(on)
    wanted = {
        album: [firsts[album]]
        for album, (day, _) in observed.first_listed.items()
        if observed.is_news(album) and album in firsts and day >= str(oldest)
    }
    known = {album: days for album, days in reported.items() if album in observed.first_listed}
    return [
        f"{album}, first listed {observed.first_listed[album]}: expected {wanted.get(album)}, found {known.get(album)}"
        for album in sorted(wanted.keys() | known.keys())
        if wanted.get(album) != known.get(album)
    ]


def wrongly_removed(lake: SoakLake, observed: Observed) -> list[str]:
    """Return entities reported as removed though a listing named them before and at its next reading.

    The one before is the last until the day of the report. If it is that day's own, the one before that decides too.
    """
    removed = lake.ask(
        """SELECT entity, entity_id, album_id, snapshot_date FROM "shown.catalogue_changes" WHERE change = 'removed'"""
    )
    found = []
    for entity, each, album, on in removed:
        named = {
            "album": list(observed.listed.values()),
            "track": [observed.tracks[album]] if album else [],
            "artist": [],
        }[entity]
        for days in named:
            dates = sorted(days)
            earlier = [day for day in dates if day < str(on)][-1:]
            until = [day for day in dates if day <= str(on)][-1:]
            later = [day for day in dates if day > str(on)][:1]
            found += [
                f"{entity} {each} removed on {on}, but listed on {' and '.join(sorted(pair))}"
                for pair in ({*earlier, *until}, {*until, *later})
                if len(pair) == 2 and all(each in days[day] for day in pair)
            ]
    return found
