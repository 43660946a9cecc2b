"""The generated catalogue: a pure function of a seed and a date. Nothing is stored but what was asked for."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from local.spotify.catalogue import ids, names, oddities
from local.spotify.catalogue.dice import Dice
from local.spotify.catalogue.entities import Origin
from local.spotify.catalogue.ids import Ids, Key
from local.spotify.catalogue.moves import Calendar
from local.spotify.catalogue.snapshot import Snapshot

if TYPE_CHECKING:
    from local.spotify.config import CatalogueSize

NEWEST_STANDING = date(2025, 12, 31)
OLDEST_STANDING_DAYS = 57 * 365


class Catalogue:
    """Everything one seed generates; `on` gives it as of a date."""

    def __init__(self, size: CatalogueSize) -> None:
        self.size = size
        self.dice = Dice(f"catalogue/{size.seed}")
        self.ids = Ids(f"ids/{size.seed}")
        self.calendar = Calendar(size)
        self.on = lru_cache(maxsize=16)(self._on)
        self._standing = lru_cache(maxsize=None)(self._standing_origin)
        self._released = lru_cache(maxsize=200_000)(self._released_origin)
        odd = {"none": (), "recorded": oddities.RECORDED, "harsh": oddities.RECORDED + oddities.HARSH}
        self._oddities: tuple[str, ...] = odd[size.oddities]

    def _on(self, day: date) -> Snapshot:
        return Snapshot(self, day)

    def origin(self, key: Key) -> Origin:
        """Return what never changes about the album of a key."""
        return self._standing(key) if key.kind == ids.STANDING_ALBUM else self._released(key)

    def artist_id(self, index: int) -> str:
        """Return an artist's id."""
        return self.ids.encode(Key(ids.ARTIST, index))

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


@lru_cache(maxsize=8)
def catalogue_of(size: CatalogueSize) -> Catalogue:
    """Return the catalogue of a size; the same one for all who ask, since nobody changes it."""
    return Catalogue(size)
