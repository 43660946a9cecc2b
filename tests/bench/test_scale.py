"""The extraction could have written the frontier that `bench.scale` measures; its day is doctor's forecast."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import pytest

from bench.scale import ALBUMS_PER_ARTIST, DEPLOYED, HEADS, RELEASES_A_YEAR, TODAY, document, due, row
from functions.extract.api.config import GROUPS, Config
from functions.extract.frontier.document import empty
from functions.extract.frontier.repair import repair
from functions.shared.watchlist import Artist, WatchList
from ops.doctor.forecast import forecast

if TYPE_CHECKING:
    from functions.extract.api.config import Profile

ARTISTS = 100


def test_it_has_the_albums_of_its_day_and_nothing_to_repair() -> None:
    found = document(ARTISTS, 365)
    assert len(found["albums"]) == ARTISTS * (ALBUMS_PER_ARTIST + RELEASES_A_YEAR)
    assert list(repair(found, str(TODAY))) == []
    assert found.keys() == empty().keys()


@pytest.mark.parametrize("profile", ["development", "extended"])
def test_a_day_s_requests_are_those_that_doctor_foretells(profile: Profile) -> None:
    known = document(ARTISTS, 365)
    watchlist = WatchList(tuple(map(Artist, known["artists"])))
    budgets = dict.fromkeys(GROUPS, 1_000_000)
    groups = DEPLOYED.release_groups
    config = Config("US", profile, budgets, DEPLOYED.refresh_days, 30, 0, release_groups=groups)
    foretold = sum(forecast(watchlist, known, config, str(TODAY)).calls_a_day.values())
    releases = ceil(ARTISTS * RELEASES_A_YEAR / 365 * 2 / config.pages.albums)
    assert due(known, profile) == pytest.approx(foretold + releases, rel=0.1)


def test_a_row_has_a_cell_per_head() -> None:
    cells = [cell.strip() for cell in row(20, 30).strip("|").split("|")]
    assert len(cells) == len(HEADS)
    assert cells[:4] == ["20", "development", "30", str(20 * ALBUMS_PER_ARTIST + 20 * RELEASES_A_YEAR * 30 // 365)]
    requests, saves = (int(cells[HEADS.index(name)].replace(",", "")) for name in ("requests", "saves"))
    assert (requests == due(document(20, 30), "development"), saves) == (True, 1)
