"""The Trino part runs all SQL of the repository, and reports each difference between two engines."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.part import Disagreement
from conformance.trino import comparison, edges, recorded
from conformance.trino.comparison import differences
from conformance.trino.statements import Lake
from functions.shared import contract
from local.aws.athena.results import ResultSet
from local.aws.athena.trino import installation
from local.aws.athena.trino.client import Reply
from tests.sql.test_statements import ALL

if TYPE_CHECKING:
    from pathlib import Path

LAKE = Lake("lake", "views", {"2027-01-01": "20270101T000000Z-ed9e0001"})
FILLED = {"ops/typed.py", "ops/export/duckdb_views.py"}
"""Texts that fill in more than the lake's database: a caller's statement, and DuckDB's."""
REAL = ResultSet(["id", "at"], ["varchar(3)", "timestamp(3)"], [["a", "{x=1, y=2}"], ["b", None]])


def test_all_sql_of_the_repository_is_asked() -> None:
    asked = list(LAKE.statements())
    assert {place for place in ALL if place.rpartition(":")[0] not in FILLED} - {each.place for each in asked} == set()
    bare = [(re.sub(r"--.*", "", each.sql), each) for each in asked]
    assert [each for sql, each in bare if sql.count("?") != len(each.parameters)] == []
    assert {"README.md", "table published", "table runs"} <= {each.place for each in asked}


def test_a_text_that_fills_in_more_than_the_lakes_database_is_not_asked() -> None:
    places = {each.place.rpartition(":")[0] for each in LAKE.statements()}
    assert "ops/dates.py" in places
    assert not places & FILLED


def test_a_question_mark_stands_for_a_date_or_a_run() -> None:
    undo = next(each for each in LAKE.statements() if each.place.startswith("ops/repair/undo.py"))
    assert undo.parameters == ("'2027-01-01'", "'20270101T000000Z-ed9e0001'")


@pytest.mark.parametrize(
    ("ours", "told"),
    [
        (REAL, []),
        (replace(REAL, types=["varchar", "timestamp"]), []),
        (replace(REAL, rows=[["a", "{y=2, x=1}"], ["b", None]]), []),
        (replace(REAL, columns=["ID", "at"]), ["columns"]),
        (replace(REAL, types=["varchar", "timestamp with time zone"]), ["types"]),
        (replace(REAL, rows=[["a", "{x=1, y=2}"], ["b", ""]]), ["rows 1, such as ('b', None) on Trino"]),
        (replace(REAL, rows=REAL.rows[::-1]), ["row 0"]),
    ],
    ids=["same", "lengths", "order of a map", "names", "types", "null", "order"],
)
def test_each_difference_is_told(ours: ResultSet, told: list[str]) -> None:
    found = differences(REAL, ours, ordered=True)
    assert [start for start, line in zip(told, found, strict=True) if not line.startswith(start)] == []


def test_an_order_counts_only_where_it_is_stated() -> None:
    assert differences(REAL, replace(REAL, rows=REAL.rows[::-1]), ordered=False) == []
    assert comparison.ORDERED.search("SELECT a FROM t ORDER BY a")
    assert not comparison.ORDERED.search("SELECT sum(a) OVER (ORDER BY a) FROM t")


@pytest.mark.parametrize("table", contract.TABLES)
def test_the_edge_data_has_each_kind_of_null_and_no_two_equal_rows(table: str) -> None:
    rows = [edges.row(table, number) for number in range(edges.ROWS)]
    assert len({repr(row) for row in rows}) == edges.ROWS
    lists = [value for row in rows for value in row.values() if isinstance(value, list)]
    arrays = [each["Name"] for each in contract.glue_columns(table) if each["Type"] == "array<string>"]
    assert not arrays or ([] in lists and [None] in lists)
    assert None in {repr(value) and value for row in rows for value in row.values() if not isinstance(value, list)}


def test_every_recorded_answer_is_asked_by_one_of_twelve_commits() -> None:
    samples = [recorded.chosen(f"{number:x}") for number in range(recorded.ONE_OF)]
    assert sorted(str(each) for sample in samples for each in sample) == sorted(map(str, recorded.all_answers()))


def test_a_recorded_answer_that_trino_no_longer_gives_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Reply(ResultSet(["_col0"], ["integer"], [["2"]]), 1)
    monkeypatch.setattr(recorded, "ask", lambda _trino, _sql: given)
    with pytest.raises(Disagreement, match=r"2 of 3 recorded answers differ\nSELECT 1: rows 1, such as .*2.*on Trino"):
        recorded.require_same(
            "",
            [["SELECT 1", ["integer"], [["1"]]], ["SELECT 2", ["integer"], [["2"]]], ["SELECT x", "COLUMN_NOT_FOUND"]],
        )


def test_without_java_the_part_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(installation.NotInstalled, match=r"no java on the PATH. Install a JDK 17 to 22 and Maven"):
        installation.installed()


@pytest.mark.parametrize(
    ("version", "told"),
    [("openjdk 11.0.2 2019-01-15", "needs Java 17 to 22; java is openjdk 11.0.2"), ("", "a version older than 9")],
    ids=["too old", "without --version"],
)
def test_another_java_is_named(version: str, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    java = tmp_path / "java"
    java.write_text(f"#!/bin/sh\necho '{version}'\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(installation.NotInstalled, match=told):
        installation.installed()
