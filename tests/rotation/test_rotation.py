"""Under any budget a release is reported within a round and a day, and nobody takes the requests of the others."""

from __future__ import annotations

import pytest

from tests.rotation.simulation import Rotation

pytestmark = pytest.mark.dateless("its clock is the simulation's")
SMALL = {"artists": 20, "artist_albums": 30, "albums": 40}
"""A third of the requests that Spotify was measured to allow."""


def hold(made: Rotation) -> None:
    """Raise unless the promises of the rotation are kept."""
    print(made.row())  # the figures of docs/measures.md
    assert made.late() == []
    assert made.not_news() == []
    assert made.out_of_order == []
    assert made.over_budget == []
    assert made.spotify.wasted <= 0.05 * made.requests


def test_twelve_artists_with_a_big_catalog_and_budgets_that_are_too_small() -> None:
    small = {"artists": 2, "artist_albums": 7, "albums": 9}
    made = Rotation(12, 60, budgets=small, releases_a_year=30).live()
    hold(made)
    assert max(made.rounds.values()) > 4
    assert len(made.delays()) > 5


def test_sixty_artists_beside_a_big_catalog() -> None:
    made = Rotation(60, 30, "extended", {"artists": 20, "artist_albums": 20, "albums": 2}, releases_a_year=12).live()
    hold(made)
    assert len(made.delays()) > 5


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("budgets", [{}, SMALL], ids=["default budgets", "small budgets"])
@pytest.mark.parametrize("profile", ["development", "extended"])
@pytest.mark.parametrize("artists", [12, 400, 2_300])
def test_120_days_of_a_rotation(artists: int, profile: str, budgets: dict[str, int]) -> None:
    hold(Rotation(artists, 120, profile, budgets).live())
