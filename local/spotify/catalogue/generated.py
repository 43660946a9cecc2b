"""The generated catalog: a pure function of a seed and a date. Only a cache is stored."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING

from local.spotify.catalogue import ids, names, oddities
from local.spotify.catalogue.dice import Dice
from local.spotify.catalogue.entities import Album, Artist, Origin, Track
from local.spotify.catalogue.ids import Ids, Key
from local.spotify.catalogue.moves import LONGEST_LIFE, Calendar

if TYPE_CHECKING:
    from local.spotify.config import CatalogueSize

NEWEST_STANDING = date(2025, 12, 31)
OLDEST_STANDING_DAYS = 57 * 365
TRACKS_OF_A_DISC = 25


class Catalogue:
    """Everything one seed generates; `on` gives it as of a date."""

    def __init__(self, size: CatalogueSize) -> None:
        self.size = size
        self.dice = Dice(f"catalogue/{size.seed}")
        self.ids = Ids(f"ids/{size.seed}")
        self.calendar = Calendar(size)
        self.on = lru_cache(maxsize=16)(partial(Snapshot, self))
        self._standing = lru_cache(maxsize=None)(self._standing_origin)
        self._released = lru_cache(maxsize=200_000)(self._released_origin)
        odd = {"none": (), "recorded": oddities.RECORDED, "harsh": oddities.RECORDED + oddities.HARSH}
        self._oddities: tuple[str, ...] = odd[size.oddities]

    def origin(self, key: Key) -> Origin:
        """Return the constant facts of the album of a key."""
        return self._standing(key) if key.kind == ids.STANDING_ALBUM else self._released(key)

    def label_of(self, index: int, turn: int) -> str:
        """Return a label: an artist stays with one, an edit moves an album to the next."""
        return names.label(self.dice.of("label", (index + turn * 3) % 29))

    def _artists_of(self, first: int, dice: Dice) -> tuple[int, ...]:
        second = dice.below(self.size.artists, "second artist")
        return (first, second) if second != first and dice.chance(0.1, "together") else (first,)

    def _guest_of(self, artists: tuple[int, ...], dice: Dice) -> int | None:
        guest = dice.below(self.size.artists, "guest")
        return guest if guest not in artists and dice.chance(0.15, "has guest") else None

    def _standing_origin(self, key: Key) -> Origin:
        """Seven tenths of the standing albums are spread evenly; a sixth of the artists share the rest, as albums."""
        dice, ordinal, even = self.dice.of(*key), key.a, self.calendar.standing * 7 // 10
        prolific = max(1, self.size.artists // 6)
        first = ordinal % self.size.artists if ordinal < even else (ordinal - even) % prolific
        chosen = dice.pick(("album",) * 6 + ("single",) * 3 + ("compilation",), "kind")
        place, rest = divmod(ordinal % 600, 3)
        oddity = self._oddities[place] if rest == 1 and place < len(self._oddities) else ""
        artists = self._artists_of(first, dice)
        return Origin(
            key=key,
            kind="album" if ordinal >= even or oddity in oddities.LONG else chosen,
            artists=artists,
            guest=self._guest_of(artists, dice),
            release_date=NEWEST_STANDING - timedelta(days=dice.below(OLDEST_STANDING_DAYS, "released")),
            oddity=oddity,
        )

    def _released_origin(self, key: Key) -> Origin:
        dice = self.dice.of(*key)
        artists = self._artists_of(dice.below(self.size.artists, "artist"), dice)
        released = date.fromordinal(key.a)
        if dice.chance(self.size.back_catalogue, "back catalogue"):
            released -= timedelta(days=2000 + dice.below(4000, "years ago"))
        return Origin(
            key=key,
            kind=dice.pick(("single", "single", "single", "album", "album"), "kind"),
            artists=artists,
            guest=self._guest_of(artists, dice),
            release_date=released,
            oddity="",
        )


class Snapshot:
    """The catalog on one day."""

    def __init__(self, catalogue: Catalogue, day: date) -> None:
        self.catalogue = catalogue
        self.day = day
        self.ordinal = day.toordinal()
        self.artist = lru_cache(maxsize=50_000)(self._artist)
        self.album = lru_cache(maxsize=50_000)(self._album)

    def _artist(self, index: int) -> Artist:
        dice = self.catalogue.dice.of("artist", index)
        renamed = (self.ordinal - index * 7) // 45 % 4 == 1
        week = (self.ordinal + index) // 7
        return Artist(
            id=self.catalogue.ids.encode(Key(ids.ARTIST, index)),
            index=index,
            name=names.band(dice) + (" Ensemble" if renamed else ""),
            genres=tuple(names.word(dice, "genre", i).lower() + " pop" for i in range(dice.below(3, "genres"))),
            followers=dice.below(3_000_000, "followers") + dice.below(5_000, "followers", week),
            popularity=dice.below(90, "popularity") + dice.below(5, "popularity", week),
        )

    def has_artist(self, index: int) -> bool:
        """Return whether the artist exists."""
        return 0 <= index < self.catalogue.size.artists

    def present(self, key: Key) -> bool:
        """Return whether an album is in the catalogue on this day."""
        calendar = self.catalogue.calendar
        if key.kind == ids.STANDING_ALBUM:
            return key.b == 0 and calendar.stands(key.a, self.ordinal)
        return key.kind == ids.RELEASED_ALBUM and calendar.released(key.a, key.b, self.ordinal)

    def _album(self, key: Key) -> Album:
        origin, dice = self.catalogue.origin(key), self.catalogue.dice.of("album", *key)
        standing = key.kind == ids.STANDING_ALBUM
        calendar, main = self.catalogue.calendar, origin.artists[0]

        def moved(move: str) -> bool:
            return standing and calendar.odd(move, key.a, self.ordinal)

        turn = calendar.times("relabelled", key.a, self.ordinal) % 29 if standing else 0
        tracks = {"album": 8 + dice.below(7, "n"), "single": 1 + dice.below(4, "n"), "compilation": 14}[origin.kind]
        passing = not standing and calendar.has_passing_track(key.a, key.b, self.ordinal)
        name = oddities.album_names(origin.oddity) or names.title(dice)
        return Album(
            id=self.catalogue.ids.encode(key),
            origin=origin,
            name=f"{name} (Expanded Edition)" if moved("renamed") else name,
            label=self.catalogue.label_of(main, turn),
            upc=_ean13(f"02{dice.below(10**10, 'upc'):010d}"),
            popularity=dice.below(96, "popularity") + dice.below(5, "popularity", self.ordinal // 7),
            track_count=oddities.LONG.get(origin.oddity, tracks) + moved("bonus_track") + passing,
            unplayable=moved("unplayable"),
            retimed=moved("retimed"),
            made_explicit=moved("made_explicit"),
        )

    def track(self, album: Album, n: int) -> Track:
        """Return the n-th track of an album."""
        key = album.origin.key
        dice = self.catalogue.dice.of("track", *key, n)
        kind = ids.STANDING_TRACK if key.kind == ids.STANDING_ALBUM else ids.RELEASED_TRACK
        guests = (album.origin.guest,) if n == 1 and album.origin.guest is not None else ()
        moved = n == min(2, album.track_count)
        return Track(
            id=self.catalogue.ids.encode(Key(kind, key.a, key.b, n)),
            n=n,
            name=names.title(dice),
            artists=album.origin.artists + guests,
            disc_number=(n - 1) // TRACKS_OF_A_DISC + 1,
            track_number=(n - 1) % TRACKS_OF_A_DISC + 1,
            duration_ms=90_000 + dice.below(330_000, "duration") + (1_500 if moved and album.retimed else 0),
            explicit=dice.chance(0.1, "explicit") != (moved and album.made_explicit),
            is_playable=not (moved and album.unplayable) and not dice.chance(0.01, "unplayable"),
            isrc=f"ZZ{names.word(dice, 'isrc')[:3].upper():X<3}{album.origin.release_date:%y}{dice.below(10**5):05d}",
            popularity=dice.below(90, "popularity"),
        )

    @cached_property
    def albums(self) -> list[Origin]:
        """Every album of the day, newest first."""
        calendar = self.catalogue.calendar
        keys = [Key(ids.STANDING_ALBUM, n) for n in range(calendar.standing)]
        for born in range(self.ordinal - LONGEST_LIFE, self.ordinal + 1):
            keys += [Key(ids.RELEASED_ALBUM, born, number) for number in range(calendar.releases_a_day)]
        origins = [self.catalogue.origin(key) for key in keys if self.present(key)]
        return sorted(origins, key=lambda origin: (origin.release_date, origin.key), reverse=True)

    @cached_property
    def _listings(self) -> dict[tuple[int, str], list[Origin]]:
        found: dict[tuple[int, str], list[Origin]] = {}
        for origin in self.albums:
            for index in origin.artists:
                found.setdefault((index, origin.kind), []).append(origin)
            if origin.guest is not None:
                found.setdefault((origin.guest, "appears_on"), []).append(origin)
        return found

    def listing(self, index: int, group: str) -> list[Origin]:
        """Return an artist's albums of one group, newest first; `appears_on` comes in no order."""
        found = self._listings.get((index, group), [])
        if group == "appears_on":
            return sorted(found, key=lambda origin: self.catalogue.dice.draw("unordered", *origin.key))
        return found


@lru_cache(maxsize=8)
def catalogue_of(size: CatalogueSize) -> Catalogue:
    """Return the catalog of a size; it is immutable, so callers share it."""
    return Catalogue(size)


def _ean13(digits: str) -> str:
    """Return twelve digits with their check digit; prefix 02 is never given to a product."""
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-weighted % 10)
