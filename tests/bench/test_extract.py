"""The measure of a steady day, on a smaller watch-list than `make bench` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bench.extract import measure

if TYPE_CHECKING:
    from functions.extract.api.config import Profile


@pytest.mark.slow
@pytest.mark.parametrize(("profile", "of_all"), [("development", 1 / 3), ("extended", 0.75)])
def test_a_steady_day_costs_at_most_fifteen_percent_more_than_the_least_possible(
    profile: Profile, of_all: float
) -> None:
    found = measure(artists=60, days=3, profile=profile)
    assert found["least_calls"] <= found["steady_calls"] <= 1.15 * found["least_calls"]
    assert found["steady_calls"] < found["full_calls"] * of_all
    assert 0 < found["cpu_ms_per_request"] < 100
