"""Schemas, messages, Glue columns and the data dictionary agree with the contract."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest

from docs import data_dictionary
from functions.shared import contract, keys
from functions.shared.id_columns import are_ids
from functions.transform import validate as judging
from functions.transform.fields import FIELDS
from functions.transform.validate import unvalidated, violations

if TYPE_CHECKING:
    from pandera.api.pandas.container import DataFrameSchema

ID = "0123456789012345678901"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
LINK = f"https://open.spotify.com/x/{ID}"
Row = dict[str, Any]

GOOD: dict[str, Row] = {
    "artists": {
        "artist_id": ID,
        "name": "n",
        "first_seen": date(2026, 11, 1),
        "genres": [],
        "followers": 0,
        "popularity": 100,
        "spotify_url": LINK,
        "observed_at": NOW,
    },
    "albums": {
        "album_id": ID,
        "name": "n",
        "first_seen": date(2026, 11, 1),
        "album_type": "single",
        "release_date": date(2026, 11, 1),
        "release_date_precision": "day",
        "total_tracks": 0,
        "label": "",
        "popularity": 0,
        "upc": "1",
        "artist_ids": [ID],
        "spotify_url": LINK,
        "observed_at": NOW,
    },
    "tracks": {
        "track_id": ID,
        "album_id": ID,
        "name": "n",
        "first_seen": date(2026, 11, 1),
        "disc_number": 1,
        "track_number": 1,
        "duration_ms": 1,
        "explicit": True,
        "is_playable": False,
        "isrc": "",
        "popularity": 50,
        "artist_ids": [],
        "spotify_url": LINK,
        "observed_at": NOW,
    },
    "observations": {"entity": "album", "entity_id": ID, "status": "gone", "observed_at": NOW},
}
# A value that breaks this rule and no other, by the rule's text.
BREAKS: dict[str, object] = {
    contract.NOT_NULLABLE: None,
    "does not start with https://open.spotify.com/": "spotify:artist:0123",
    "is shorter than 1": "",
    "is none of ['album', 'single', 'compilation']": "ALBUM",
    "is none of ['day', 'month', 'year']": "decade",
    "is none of ['artist', 'album', 'track']": "albums",
    "is none of ['followed', 'unchanged', 'gone']": "vanished",
    "is below 0": -1,
    "is below 1": 0,
    "is not above 0": 0,
    "is above 100": 101,
    "is no id, or holds something that is none": "0123",
}
RULES = [
    (table, column.name, rule)
    for table in GOOD
    for column in contract.columns(table)
    for rule in contract.column_rules(table, column.name)
]


def breaking(column: str, rule: str) -> object:
    """Return a value of the column's type that breaks the rule."""
    return [ID, BREAKS[rule]] if column == "artist_ids" and BREAKS[rule] else BREAKS[rule]


def reasons(table: str, **changed: object) -> list[str]:
    """Return the reasons against a good row with these columns changed."""
    rows = pa.Table.from_pylist([GOOD[table], GOOD[table] | changed], unvalidated(table))
    return violations(table, rows).get(1, [])


def without(table: str, column: str, rule: str) -> DataFrameSchema:
    """Return the schema of a table with one rule taken out."""
    schema = contract.schema(table)
    found = schema.columns[column]
    if rule == contract.NOT_NULLABLE:
        return schema.update_column(column, nullable=True, metadata=None)
    return schema.update_column(column, checks=[each for each in found.checks if contract.rule_text(each) != rule])


@pytest.mark.parametrize(("table", "column", "rule"), RULES, ids=map("-".join, RULES))
def test_each_rule_refuses_what_breaks_it_and_names_itself(table: str, column: str, rule: str) -> None:
    assert reasons(table, **{column: breaking(column, rule)}) == [f"{column}: {rule}"]


@pytest.mark.parametrize(("table", "column", "rule"), RULES, ids=map("-".join, RULES))
def test_each_rule_taken_out_makes_the_test_above_fail(
    table: str, column: str, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant = without(table, column, rule)
    monkeypatch.setattr(judging, "_schema", lambda _table: mutant)
    assert reasons(table, **{column: breaking(column, rule)}) == []


ODD_IDS = [
    "",
    "a" * 21,
    "a" * 23,
    "é" * 11,
    *(f"{'Z9' * 10}a{chr(byte)}" for byte in range(128)),
    *("@" * 22, "/" * 22),
]


@pytest.mark.parametrize("column", ["track_id", "artist_ids"])
def test_an_id_is_22_ascii_letters_and_digits_whatever_stands_beside_it(column: str) -> None:
    values: list[Any] = [ID, *ODD_IDS, ID]
    rows = [GOOD["tracks"] | {column: [ID, each] if column == "artist_ids" else each} for each in values]
    found = violations("tracks", pa.Table.from_pylist(rows, unvalidated("tracks")))
    right = [position for position, each in enumerate(values) if re.fullmatch("[0-9A-Za-z]{22}", each)]
    assert [position for position in range(len(values)) if position not in found] == right
    alone = {each: reasons("tracks", **{column: rows[at][column]}) == [] for at, each in enumerate(values)}
    assert [each for each in values if alone[each]] == [values[position] for position in right]


def test_a_slice_of_a_column_is_judged_by_its_own_values() -> None:
    """It shares its memory with the values that were cut away."""
    texts = pa.array([ID, "short"])[1:]
    assert are_ids(pd.Series(pd.array(texts, dtype=pd.ArrowDtype(texts.type)))).tolist() == [False]


@pytest.mark.parametrize("table", GOOD)
def test_every_column_is_read_from_an_answer_or_from_its_envelope(table: str) -> None:
    found_elsewhere = {"observed_at", "faults", "baseline"} | {"first_seen", "album_id"} - {
        field.column for field in FIELDS[table]
    }
    found_elsewhere &= set(contract.arrow_schema(table).names)
    assert {field.column for field in FIELDS[table]} | found_elsewhere == set(contract.arrow_schema(table).names)


@pytest.mark.parametrize("table", contract.TABLES)
def test_glue_declares_the_columns_that_parquet_holds(table: str) -> None:
    declared = [(each["Name"], each["Type"]) for each in contract.glue_columns(table)]
    assert declared == [(each.name, contract.glue_type(each.type)) for each in contract.arrow_schema(table)]
    assert all(each["Comment"] for each in contract.glue_columns(table))


def test_the_tables_of_the_contract_are_those_that_have_keys() -> None:
    assert contract.TABLES == keys.TABLES


def test_no_column_is_a_partition_key() -> None:
    for table in contract.TABLES:
        assert {"snapshot_date", "run_id"}.isdisjoint(contract.arrow_schema(table).names)


def test_times_are_utc_and_lists_hold_texts() -> None:
    kinds = {each.type for table in contract.TABLES for each in contract.arrow_schema(table)}
    assert all(kind.tz == "UTC" for kind in kinds if pa.types.is_timestamp(kind))
    assert all(kind.value_type == pa.string() for kind in kinds if pa.types.is_list(kind))


def test_what_the_development_profile_does_not_send_may_be_null() -> None:
    extended = {(table, column.name) for table in GOOD for column in contract.columns(table) if column.extended_only}
    assert extended == {
        ("artists", "genres"),
        ("artists", "followers"),
        ("artists", "popularity"),
        ("albums", "label"),
        ("albums", "popularity"),
        ("tracks", "popularity"),
    }
    assert all(column.nullable for table in GOOD for column in contract.columns(table) if column.extended_only)


def test_the_data_dictionary_says_what_the_contract_says() -> None:
    assert data_dictionary.PLACE.read_text() == data_dictionary.markdown(), "run: python -m docs.data_dictionary"


def test_the_data_dictionary_names_every_column() -> None:
    text = data_dictionary.markdown()
    for table in contract.TABLES:
        section = re.split(r"^## ", text, flags=re.MULTILINE)[1 + contract.TABLES.index(table)]
        assert all(f"| {name} |" in section for name in contract.arrow_schema(table).names)
