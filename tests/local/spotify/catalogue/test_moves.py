"""The first and the last day on which an album of the catalogue is there."""

from __future__ import annotations

import pytest

from local.spotify.catalogue.moves import FIRST_LIFE, LONGEST_LIFE, Calendar
from local.spotify.config import CatalogueSize

CALENDAR = Calendar(CatalogueSize())
BORN = 739_000


@pytest.mark.parametrize("ordinal", [0, CALENDAR.standing - 1])
def test_a_standing_album_is_withdrawn_for_three_days_of_each_period(ordinal: int) -> None:
    """The days follow each other, wherever the period begins."""
    away = [not CALENDAR.stands(ordinal, BORN + day) for day in range(2 * CALENDAR.period)]
    assert [sum(away[begin : begin + CALENDAR.period]) for begin in range(CALENDAR.period)] == [3] * CALENDAR.period


def test_beyond_the_first_and_the_last_album_there_is_none() -> None:
    days = range(BORN, BORN + CALENDAR.period)
    assert not any(CALENDAR.stands(ordinal, day) for ordinal in (-1, CALENDAR.standing) for day in days)
    assert CALENDAR.released(BORN, CALENDAR.releases_a_day - 1, BORN)
    assert not any(CALENDAR.released(BORN, number, BORN) for number in (-1, CALENDAR.releases_a_day))


def test_a_release_is_there_from_its_day_on_for_as_long_as_it_lives() -> None:
    """The first one of each day lives for four weeks, so that each day loses one."""
    for number in range(CALENDAR.releases_a_day):
        there = [day for day in range(-1, LONGEST_LIFE + 2) if CALENDAR.released(BORN, number, BORN + day)]
        assert there == list(range(CALENDAR.life(BORN, number)))
    assert CALENDAR.life(BORN, 0) == FIRST_LIFE
