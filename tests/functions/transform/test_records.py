"""The quarantine keeps a rejected record as JSON that any reader accepts, within its length limit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.transform.parse.records import _shown, as_json, record_id
from functions.transform.parse.responses import table_of
from functions.transform.parse.values import Unfit, fit, instant

# The bounds are repeated here, so that a changed bound fails a test.
LONGEST = 64 * 1024


def text(characters: int) -> str:
    """Return a text whose JSON has this many characters."""
    return "x" * (characters - 2)


def test_a_record_that_fits_stands_as_it_is() -> None:
    assert as_json(text(LONGEST)) == f'"{text(LONGEST)}"'
    assert len(as_json(text(LONGEST))) == LONGEST


def test_a_record_that_is_longer_is_cut_and_stands_as_a_text() -> None:
    """Otherwise one record of many megabytes would be a row of that size."""
    longer = {"id": "one", "name": text(LONGEST)}
    kept = json.loads(as_json(longer))
    assert kept == json.dumps(longer, separators=(",", ":"))[:LONGEST]
    assert len(as_json({"name": '"' * 10 * LONGEST})) <= 4 * LONGEST  # a quote's escape is itself escaped


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        ({"deep": [1, float("-inf"), {"x": float("nan")}]}, {"deep": [1, "-inf", {"x": "nan"}]}),
        ({"plain": [1.5, True, None, "é\ud800"]}, {"plain": [1.5, True, None, "é\ud800"]}),
        ({"id": "one", "tracks": {"items": [1]}}, {"id": "one"}),
        ({"id": "one", "tracks": [1]}, {"id": "one", "tracks": [1]}),
        ([{"tracks": {}}], [{"tracks": {}}]),
    ],
)
def test_a_record_is_kept_as_json_in_ascii(value: Any, kept: Any) -> None:
    found = as_json(value)
    assert json.loads(found, parse_constant=pytest.fail) == kept
    assert found.isascii()


@pytest.mark.parametrize(
    ("value", "found"),
    [({"id": "one"}, "one"), ({"id": 1}, None), ({"id": "\ud800"}, None), ({}, None), ("one", None), (None, None)],
)
def test_a_refused_record_is_named_where_its_id_can_be_written(value: object, found: str | None) -> None:
    assert record_id(value) == found


def test_a_fault_shows_the_first_200_characters_of_a_value() -> None:
    assert _shown(text(200)) == f'"{text(200)}"'
    assert _shown(text(201)) == f'"{"x" * 199}… (201 characters)'


@pytest.mark.parametrize(
    ("value", "fits"), [(-(2**31), True), (-(2**31) - 1, False), (2**31 - 1, True), (2**31, False)]
)
def test_a_whole_number_has_32_bits(value: int, fits: bool) -> None:
    """The size of Parquet's and Glue's int; the contract's rules are separate."""
    if fits:
        assert fit("whole", value) == value
    else:
        with pytest.raises(Unfit, match="beyond 32 bits"):
            fit("whole", value)


@pytest.mark.parametrize(
    "value", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "2026-11-23T07:00:00", "x"]
)
def test_an_instant_has_an_offset_and_a_year_that_utc_has_too(value: str) -> None:
    with pytest.raises(Unfit, match="timestamp"):
        instant(value)


@pytest.mark.parametrize(("foreign", "table"), [(["explicit"], "artists"), (["explicit", "track_number"], None)])
def test_one_field_of_another_kind_may_be_new_at_spotify_and_two_are_damage(
    foreign: list[str], table: str | None
) -> None:
    assert table_of({"type": "artist", **dict.fromkeys(foreign, 1)}) == table
