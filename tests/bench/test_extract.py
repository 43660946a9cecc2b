"""The measure of a steady day, on a smaller watch-list than `make bench` takes."""

from __future__ import annotations

from bench.extract import measure


def test_a_steady_day_costs_at_most_fifteen_percent_more_than_the_least_possible() -> None:
    found = measure(artists=60, days=3)
    assert found["least_calls"] <= found["steady_calls"] <= 1.15 * found["least_calls"]
    assert found["steady_calls"] < found["full_calls"] / 3
