"""The dates of releases, withdrawals and edits, spread so that every day has some of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from local.spotify.catalogue.dice import Dice

if TYPE_CHECKING:
    from local.spotify.config import CatalogueSize

MOVES = ("withdrawn", "renamed", "bonus_track", "relabelled", "unplayable", "retimed", "made_explicit")
FIRST_LIFE = 28  # days that each day's first release stays: so each day also loses one
LONGEST_LIFE = 42
WITHDRAWN_FOR = 3


@dataclass(frozen=True)
class Calendar:
    """The moves of a catalogue. Standing albums are counted from 0, days are ordinals.

    Each move happens to a standing album once every `period` days, on a day of its own, and every second time undoes
    the one before: the catalogue stays as large as it was, on any date.
    """

    size: CatalogueSize

    @property
    def _dice(self) -> Dice:
        return Dice(f"{self.size.seed}/calendar")

    @cached_property
    def releases_a_day(self) -> int:
        """New albums each day."""
        return max(1, round(self.size.artists * self.size.albums_per_artist * self.size.new_ratio))

    @cached_property
    def standing(self) -> int:
        """Albums that were there before the first day, short withdrawals aside."""
        passing = self.releases_a_day * FIRST_LIFE
        return max(2 * self.size.artists, self.size.artists * self.size.albums_per_artist - passing)

    @cached_property
    def period(self) -> int:
        """Days from one move of an album to the next of the same kind; at least two albums move each day."""
        return max(8, min(60, self.standing // 2))

    def times(self, move: str, ordinal: int, day: int) -> int:
        """Return how often a standing album has moved so up to a day (from an arbitrary start)."""
        return (day + MOVES.index(move) * 5 - ordinal) // self.period

    def odd(self, move: str, ordinal: int, day: int) -> bool:
        """Return whether the last such move is in force, and not yet undone."""
        return self.times(move, ordinal, day) % 2 == 1

    def stands(self, ordinal: int, day: int) -> bool:
        """Return whether a standing album is available: each is withdrawn for some days, once per period."""
        return 0 <= ordinal < self.standing and (day - ordinal) % self.period >= WITHDRAWN_FOR

    def released(self, born: int, number: int, day: int) -> bool:
        """Return whether the release `number` of the day `born` is out, and not yet withdrawn."""
        return 0 <= number < self.releases_a_day and born <= day < born + self.life(born, number)

    def has_passing_track(self, born: int, number: int, day: int) -> bool:
        """Return whether a release has a track that is withdrawn on the next day: so each day loses one."""
        return number == 0 and day == born

    def life(self, born: int, number: int) -> int:
        """Return for how many days a release stays."""
        if number == 0:
            return FIRST_LIFE
        return FIRST_LIFE // 2 + self._dice.below(LONGEST_LIFE - FIRST_LIFE // 2, "life", born, number)
