"""The audit query over tables in DuckDB, and its verdict: every gate is seen to pass and to refuse."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from functions.audit import gates, query
from functions.shared.keys import TABLES
from infra.rendering.definition import AUDIT_SQL
from tests.often import one_in
from tests.statemachine.fake_aws import FakeAws
from tests.statemachine.walking import DAILY, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.shared.events import AthenaRow, Run

D, R = "2026-11-23", "20261123T060000Z-82a09b7f"
AT = "2026-11-23 06:00:05"
SQL = AUDIT_SQL.read_text()
LIMITS = gates.Limits(max_quarantine_ratio=0.05, row_drop_tolerance=0.5)
RUN: Run = {
    "run_id": R, "snapshot_date": D, "mode": "daily", "started_at": f"{D}T06:00:00.123Z",
    "ends_at": "2026-11-24T00:00:00Z", "execution_arn": "arn",
}  # fmt: skip


GATES = {
    "rows_artists", "rows_albums", "rows_tracks", "rows_observations", "rows_quarantine",
    "unique_artists", "unique_albums", "unique_tracks", "unique_observations",
    "keys_artists", "keys_albums", "keys_tracks", "keys_observations",
    "albums_of_tracks", "artists_of_albums", "quarantine_ratio", "fields", "not_emptied", "freshness",
    "volume_artists", "volume_albums", "volume_tracks",
}  # fmt: skip


@pytest.fixture
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    """A lake with the run of the walked execution: three rows per table, one quarantined record."""
    with duckdb.connect() as connection:
        connection.execute(f"""
            CREATE TABLE artists (artist_id text, observed_at timestamp, snapshot_date text, run_id text);
            CREATE TABLE albums
                (album_id text, artist_ids text[], observed_at timestamp, snapshot_date text, run_id text);
            CREATE TABLE tracks (album_id text, track_id text, observed_at timestamp, snapshot_date text, run_id text);
            CREATE TABLE observations
                (entity text, entity_id text, status text, observed_at timestamp, snapshot_date text, run_id text);
            CREATE TABLE quarantine (source_key text, snapshot_date text, run_id text);
            CREATE TABLE published (snapshot_date text, run_id text);
            CREATE TABLE runs (run_id text, mode text, outcome text, "rows" map(text, bigint));
            INSERT INTO artists SELECT 'artist' || i, '{AT}', '{D}', '{R}' FROM range(3) t(i);
            INSERT INTO albums SELECT 'album' || i, ['artist' || i], '{AT}', '{D}', '{R}' FROM range(3) t(i);
            INSERT INTO tracks SELECT 'album' || i, 'track' || i, '{AT}', '{D}', '{R}' FROM range(3) t(i);
            INSERT INTO observations
                SELECT 'artist', 'artist' || i, 'followed', '{AT}', '{D}', '{R}' FROM range(3) t(i);
            INSERT INTO quarantine VALUES ('raw/x', '{D}', '{R}');
            INSERT INTO artists VALUES ('artist0', '{AT}', '{D}', 'an older run');
        """)  # noqa: S608 - our own constants
        yield connection


@cache
def parameters(replayed: str | None = None) -> list[str]:
    """Return the bound parameters that the definition gives Athena, on a daily run or on the replay of a date."""
    done = walk({"mode": "replay", "snapshot_date": replayed} if replayed else DAILY, FakeAws())
    given: list[str] = next(a for state, a in done.aws.calls if state == "Audit with Athena")["ExecutionParameters"]
    return given


@cache
def parsed() -> exp.Expr:
    """Return the tree of the query; `transform` changes a copy."""
    return sqlglot.parse_one(SQL, read="athena")


def audit(
    lake: duckdb.DuckDBPyConnection,
    given: list[str] | None = None,
    *,
    wrote: dict[str, int] | None = None,
    faults: dict[str, dict[str, int]] | None = None,
    complete: bool = True,
) -> dict[str, tuple[str, str, str]]:
    """Return the gates by name: observed, expected, passed. Parameters are SQL literals, as Athena takes them."""
    literals = iter(given or parameters())
    bound = parsed().transform(
        lambda node: sqlglot.parse_one(next(literals), read="athena") if isinstance(node, exp.Placeholder) else node
    )
    assert next(literals, None) is None
    found = lake.execute(bound.sql("duckdb"))
    table = [[column[0] for column in found.description or []], *found.fetchall()]
    rows: list[AthenaRow] = [
        {"Data": [{} if cell is None else {"VarCharValue": str(cell)} for cell in row]} for row in table
    ]
    said = gates.judge(RUN, _wrote(wrote or {}, faults), query.observed(rows), LIMITS, complete=complete)
    assert said["passed"] == all(each["passed"] == "true" for each in said["gates"])
    return {each["gate"]: (each["observed"], each["expected"], each["passed"]) for each in said["gates"]}


def _wrote(rows: dict[str, int], faults: dict[str, dict[str, int]] | None = None) -> Any:
    """Return the transform's result for this lake's run: three rows per table, one rejected record of 100."""
    counts = dict.fromkeys(TABLES, 3) | {"quarantine": 1} | rows
    tables = {table: {"rows": n} for table, n in counts.items()}
    return {"tables": tables, "cases": {"read": 100, "refused": counts["quarantine"]}, "faults": faults or {}}


def refused(lake: duckdb.DuckDBPyConnection, given: list[str] | None = None, **how: Any) -> dict[str, tuple[str, str]]:
    """Return the gates that did not pass: observed, expected."""
    return {
        gate: (observed, expected)
        for gate, (observed, expected, passed) in audit(lake, given, **how).items()
        if passed != "true"
    }


def test_a_sound_run_passes_every_gate(lake: duckdb.DuckDBPyConnection) -> None:
    assert refused(lake) == {}
    assert set(audit(lake)) == GATES


@pytest.mark.parametrize(
    ("damage", "gates"),
    one_in(4, [
        ("DELETE FROM artists WHERE artist_id = 'artist2'", {"rows_artists": ("2", "3")}),
        ("DELETE FROM albums WHERE album_id = 'album2'", {"rows_albums": ("2", "3")}),
        ("DELETE FROM tracks WHERE track_id = 'track2'", {"rows_tracks": ("2", "3")}),
        ("DELETE FROM observations WHERE entity_id = 'artist2'", {"rows_observations": ("2", "3")}),
        ("DELETE FROM quarantine", {"rows_quarantine": ("0", "1")}),
        ("UPDATE artists SET artist_id = 'artist0'", {"unique_artists": ("2 repeated", "0 repeated")}),
        ("UPDATE albums SET album_id = 'album0'", {"unique_albums": ("2 repeated", "0 repeated")}),
        (
            "UPDATE tracks SET album_id = 'album0', track_id = 'track0' WHERE track_id <> 'track2'",
            {"unique_tracks": ("1 repeated", "0 repeated")},
        ),
        ("UPDATE observations SET entity_id = 'artist0'", {"unique_observations": ("2 repeated", "0 repeated")}),
        (
            "UPDATE observations SET entity_id = '' WHERE entity_id = 'artist1'",
            {"keys_observations": ("1 empty", "0 empty")},
        ),
        ("UPDATE artists SET artist_id = NULL WHERE artist_id = 'artist1'", {"keys_artists": ("1 empty", "0 empty")}),
        ("UPDATE albums SET album_id = '' WHERE album_id = 'album1'", {"keys_albums": ("1 empty", "0 empty")}),
        ("UPDATE tracks SET track_id = NULL WHERE track_id = 'track1'", {"keys_tracks": ("1 empty", "0 empty")}),
        (
            "UPDATE tracks SET album_id = 'x' || album_id",
            {"albums_of_tracks": (
                "3 unknown: xalbum0, xalbum1, xalbum2", "known, or listed here if no album is the run's own",
            )},
        ),
        (
            "UPDATE tracks SET observed_at = '2026-11-25 06:00:00' WHERE track_id = 'track1'",
            {"freshness": ("1 outside", "0 outside the days of the date and of the run")},
        ),
        (
            "UPDATE albums SET observed_at = '2026-11-21 23:59:59' WHERE album_id = 'album1'",
            {"freshness": ("1 outside", "0 outside the days of the date and of the run")},
        ),
        (
            "UPDATE observations SET observed_at = NULL WHERE entity_id = 'artist1'",
            {"freshness": ("1 outside", "0 outside the days of the date and of the run")},
        ),
        ("INSERT INTO quarantine SELECT q.* FROM quarantine q, range(5)", {"rows_quarantine": ("6", "1")}),
    ]),
)  # fmt: skip
def test_damage_is_refused_by_its_gate_alone(
    lake: duckdb.DuckDBPyConnection, damage: str, gates: dict[str, tuple[str, str]]
) -> None:
    lake.execute(damage)
    assert refused(lake) == gates


def test_more_refused_cases_than_are_tolerated_refuse_the_run(lake: duckdb.DuckDBPyConnection) -> None:
    lake.execute("INSERT INTO quarantine SELECT q.* FROM quarantine q, range(20)")
    assert refused(lake, wrote={"quarantine": 21}) == {"quarantine_ratio": ("21 of 100 cases", "at most 20")}


def test_a_field_that_is_garbled_in_most_of_its_rows_refuses_the_run_and_a_few_are_listed(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    few = {"albums.album_type": {"rows": 20, "of": 40}, "tracks.duration_ms": {"rows": 19, "of": 19}}
    listed = "albums.album_type in 20 of 40 rows, tracks.duration_ms in 19 of 19 rows"
    assert refused(lake, faults=few) == {}
    assert audit(lake, faults=few)["fields"][0] == listed
    most = {"albums.album_type": {"rows": 21, "of": 40}}
    assert list(refused(lake, faults=most)) == ["fields"]


def test_a_date_that_has_rows_is_not_published_with_none(lake: duckdb.DuckDBPyConnection) -> None:
    _published(lake, [50], last=23)
    for table in TABLES:
        lake.execute(f"DELETE FROM {table}")  # noqa: S608 - ours
    expected = {"not_emptied": ("0 rows, 56 published before", "at least 1 row, if the date has published rows")}
    assert refused(lake, wrote=dict.fromkeys(TABLES, 0)) == expected


def test_an_unknown_artist_of_an_album_is_listed_and_no_failure(lake: duckdb.DuckDBPyConnection) -> None:
    lake.execute("UPDATE albums SET artist_ids = ['artist0', 'stranger'] WHERE album_id = 'album1'")
    assert audit(lake)["artists_of_albums"] == ("1 unknown: stranger", "known, or listed here as unknown", "true")


def test_an_album_that_was_published_on_another_date_is_known(lake: duckdb.DuckDBPyConnection) -> None:
    lake.execute("INSERT INTO published VALUES ('2026-11-20', 'r20')")
    lake.execute("INSERT INTO albums VALUES ('far', [], now(), '2026-11-20', 'r20')")
    lake.execute("UPDATE tracks SET album_id = 'far'")
    assert refused(lake) == {}


def test_tracks_dropped_without_any_album_pass_and_are_listed(lake: duckdb.DuckDBPyConnection) -> None:
    lake.execute("DELETE FROM albums")
    assert refused(lake, wrote={"albums": 0}) == {}
    assert audit(lake, wrote={"albums": 0})["albums_of_tracks"][0] == "3 unknown: album0, album1, album2"


def _published(
    lake: duckdb.DuckDBPyConnection, counts: list[int], *, outcome: str = "published", last: int = 22
) -> None:
    for day, count in enumerate(counts, start=last + 1 - len(counts)):
        lake.execute("INSERT INTO published VALUES (?, ?)", [f"2026-11-{day:02}", f"r{day}"])
        rows = f"MAP {{'artists': {count}, 'albums': 3, 'tracks': 3}}"
        lake.execute(f"INSERT INTO runs VALUES ('r{day}', 'daily', '{outcome}', {rows})")  # noqa: S608 - ours


def test_rows_far_below_the_median_of_seven_complete_days_are_refused(lake: duckdb.DuckDBPyConnection) -> None:
    _published(lake, [9, 100, 300, 200, 500, 400, 9000, 350])
    expected = "at least {} (median of the last 7 complete days: {})"
    assert refused(lake) == {"volume_artists": ("3", expected.format(118, 350))}
    assert [audit(lake)[f"volume_{each}"][1].rsplit(": ", 1)[1] for each in ("albums", "tracks")] == ["3)", "3)"]


def test_six_days_are_too_few_to_judge_by(lake: duckdb.DuckDBPyConnection) -> None:
    _published(lake, [300] * 6)
    assert audit(lake)["volume_artists"][1] == "not judged: needs a complete daily run after 7 others in 9 days"


def test_an_earlier_run_of_the_date_itself_is_no_day_before_it(lake: duckdb.DuckDBPyConnection) -> None:
    _published(lake, [300] * 6)
    _published(lake, [300], last=23)
    assert audit(lake)["volume_artists"][1] == "not judged: needs a complete daily run after 7 others in 9 days"


@pytest.mark.parametrize(("last", "judged"), [(20, True), (19, False)], ids=["third day", "fourth day"])
def test_a_drop_that_lasts_is_the_new_level_after_three_days(
    lake: duckdb.DuckDBPyConnection, last: int, judged: bool
) -> None:
    _published(lake, [300] * 10, last=last)
    assert bool(refused(lake)) == judged


def test_a_day_whose_row_in_the_ledger_lacks_a_table_had_no_rows_of_it(lake: duckdb.DuckDBPyConnection) -> None:
    _published(lake, [300] * 7)
    lake.execute("UPDATE runs SET \"rows\" = MAP {'artists': 300}")
    judged = audit(lake)
    assert [judged[f"volume_{table}"][1].rsplit(": ", 1)[1] for table in ("albums", "tracks")] == ["0)", "0)"]


def test_partial_days_say_nothing_about_the_next(lake: duckdb.DuckDBPyConnection) -> None:
    _published(lake, [300] * 8, outcome="partial")
    assert refused(lake) == {}


def test_replays_say_nothing_about_the_next_day(lake: duckdb.DuckDBPyConnection) -> None:
    """A replay may have read files from the inbox, so its rows do not show how much a day's extraction fetches."""
    _published(lake, [300] * 8)
    lake.execute("UPDATE runs SET mode = 'replay'")
    assert refused(lake) == {}


def test_only_a_complete_daily_run_is_compared(lake: duckdb.DuckDBPyConnection) -> None:
    _published(lake, [300] * 8)
    assert refused(lake, complete=False) == {}
    assert audit(lake, complete=False)["volume_artists"][1].startswith("not judged")


def test_small_days_may_swing(lake: duckdb.DuckDBPyConnection) -> None:
    _published(lake, [9] * 7)
    lake.execute("DELETE FROM artists")
    assert refused(lake, wrote={"artists": 0}) == {}


def test_a_run_of_another_day_than_its_date_is_fresh_between_both(lake: duckdb.DuckDBPyConnection) -> None:
    """Files in the inbox for an earlier date may have been observed on any day until the run."""
    given = parameters("2026-10-25")
    lake.execute("UPDATE artists SET snapshot_date = '2026-10-25'; UPDATE albums SET snapshot_date = '2026-10-25'")
    lake.execute("UPDATE tracks SET snapshot_date = '2026-10-25'; UPDATE quarantine SET snapshot_date = '2026-10-25'")
    lake.execute("UPDATE observations SET snapshot_date = '2026-10-25'")
    assert refused(lake, given) == {}


def test_the_first_instant_that_is_fresh_is_and_the_first_that_is_not_is_not(lake: duckdb.DuckDBPyConnection) -> None:
    first, beyond = parameters()[2 * len(TABLES) :][:2]
    lake.execute(f"UPDATE artists SET observed_at = {first} WHERE artist_id = 'artist1'")  # noqa: S608 - ours
    assert refused(lake) == {}
    lake.execute(f"UPDATE artists SET observed_at = {beyond} WHERE artist_id = 'artist1'")  # noqa: S608 - ours
    assert list(refused(lake)) == ["freshness"]


def test_of_what_is_unknown_the_first_twenty_are_named(lake: duckdb.DuckDBPyConnection) -> None:
    lake.execute("UPDATE albums SET artist_ids = list_transform(range(10, 32), lambda i: 'x' || i)")
    lake.execute(f"INSERT INTO tracks SELECT 'y' || i, 'z', '{AT}', '{D}', '{R}' FROM range(10, 32) t(i)")  # noqa: S608 - ours
    found = audit(lake, wrote={"tracks": 25})
    for gate, letter in (("artists_of_albums", "x"), ("albums_of_tracks", "y")):
        named = ", ".join(f"{letter}{number}" for number in range(10, 30))
        assert found[gate][0].endswith(f"22 unknown: {named}"), gate


def test_an_empty_run_has_every_gate_too(lake: duckdb.DuckDBPyConnection) -> None:
    for table in TABLES:
        lake.execute(f"DELETE FROM {table}")  # noqa: S608 - ours
    nothing = dict.fromkeys(TABLES, 0)
    assert refused(lake, wrote=nothing) == {}
    assert set(audit(lake, wrote=nothing)) == GATES


def test_athena_takes_parameters_in_where_clauses_only() -> None:
    places = list(parsed().find_all(exp.Placeholder))
    assert len(places) == len(parameters())
    assert all(place.find_ancestor(exp.Where, exp.Select).__class__ is exp.Where for place in places)


def test_no_value_is_glued_into_the_statement() -> None:
    assert re.findall(r"\$\{\w+\}|\{%", SQL) == []
    assert len(sqlglot.parse(SQL, read="athena")) == 1


def test_texts_are_quoted_as_literals() -> None:
    for literal in parameters():
        assert re.fullmatch(r"'[^']*'", literal), literal
