"""The quarantine keeps a rejected record as JSON that any reader accepts, within its length limit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from functions.transform.parse.records import _shown, as_json, record_id
from functions.transform.parse.responses import ParsedLine, _as_asked, _is_envelope, _unwrapped, table_of
from functions.transform.parse.values import Unfit, fit, instant
from tests.functions.transform.days import an_id

if TYPE_CHECKING:
    from tests.functions.transform.days import Json

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


@pytest.mark.parametrize(
    ("line", "told"),
    [({"status": 1}, True), ({"body": 1, "url": 1}, True), ({"body": 1}, False), ({"url": 1}, False)],
)
def test_an_envelope_has_a_status_or_a_body_beside_its_address(line: Json, told: bool) -> None:
    assert _is_envelope(line) is told


@pytest.mark.parametrize(
    ("url", "sent"),
    [(None, an_id(2)), ("/albums/", an_id(2)), ("/tracks/", an_id(1)), ("/tracks/", 2), ("/tracks/", "no ID")],
    ids=["no address", "another entity's address", "the same ID", "a number", "no ID"],
)
def test_an_entity_that_was_not_asked_for_by_its_id_is_taken_as_it_is(url: str | None, sent: object) -> None:
    body: Json = {"id": sent}
    address = url and f"https://api.spotify.com/v1{url}{an_id(1)}"
    assert _as_asked("tracks", body, ParsedLine(url=address)) is body


def test_an_entity_that_was_asked_for_by_another_id_gets_that_one() -> None:
    parsed = ParsedLine(url=f"https://api.spotify.com/v1/tracks/{an_id(1)}")
    assert _as_asked("tracks", {"id": an_id(2)}, parsed) == {"id": an_id(1)}


@pytest.mark.parametrize("kind", ["", 1, None])
def test_an_entity_without_a_type_is_known_by_its_fields(kind: object) -> None:
    assert table_of({"type": kind, "id": "1", "genres": []}) == "artists"


@pytest.mark.parametrize("item", [{"id": "1", "track": {"id": "2"}}, {"type": "x", "track": {"id": "2"}}, "text", None])
def test_what_has_an_id_or_a_type_is_no_wrapper(item: object) -> None:
    assert _unwrapped(item) is item
    wrapped = {"track": {"id": "3"}}
    assert _unwrapped(wrapped) == wrapped["track"]
