"""Glue views give Athena's results: through other views, across databases, with the types that they declare."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from tests.local.lake import DAY_AND_RUN, JSON_LINES, Lake, parquet

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def lake(aws: EmbeddedAws) -> Lake:
    """A day with two runs, of which one is published."""
    lake = Lake(aws)
    lake.table("albums", {"album_id": "string", "total_tracks": "int"}, DAY_AND_RUN)
    lake.table("published", {"snapshot_date": "string", "run_id": "string"}, serde=JSON_LINES)
    for run, tracks in (("A", 1), ("B", 2)):
        part = parquet(album_id=["a"], total_tracks=pa.array([tracks], pa.int32()))
        lake.put(f"albums/snapshot_date=2026-11-23/run_id={run}/part.parquet", part)
        lake.partition("albums", "2026-11-23", run)
    lake.put("published/2026-11-23.json", b'{"snapshot_date": "2026-11-23", "run_id": "B"}\n')
    return lake


@pytest.fixture(scope="module")
def views(lake: Lake) -> Lake:
    """Views of a database of their own over the lake of another."""
    views = Lake(lake.aws)
    views.view(
        "albums",
        "SELECT t.album_id, t.total_tracks, CAST(t.snapshot_date AS date) AS snapshot_date FROM LAKE.albums AS t "
        "JOIN LAKE.published AS p ON p.snapshot_date = t.snapshot_date AND p.run_id = t.run_id".replace(
            "LAKE", lake.database
        ),
        album_id="varchar",
        total_tracks="integer",
        snapshot_date="date",
    )
    views.view(
        "albums_current",
        "SELECT album_id, tracks FROM (SELECT t.album_id, sum(t.total_tracks) AS tracks, "
        "row_number() OVER (ORDER BY t.album_id) AS n FROM albums AS t GROUP BY t.album_id) WHERE n = 1",
        album_id="varchar",
        tracks="bigint",
    )
    return views


def test_a_view_shows_what_is_published(views: Lake) -> None:
    found = views.query("SELECT * FROM albums")
    assert (found.rows, found.types) == ([["a", "2", "2026-11-23"]], ["varchar", "integer", "date"])


def test_a_view_of_a_view_is_read_in_its_own_database(views: Lake, lake: Lake) -> None:
    found = lake.query(f'SELECT * FROM "{views.database}"."albums_current"')  # noqa: S608 - our own name
    assert (found.rows, found.types) == ([["a", "2"]], ["varchar", "bigint"])


def test_a_table_counts_as_scanned_wherever_a_view_or_a_with_names_it(views: Lake) -> None:
    """Trino computes a view and a WITH once per mention, and scans their tables as often."""
    once = views.query("SELECT count(*) FROM albums").scanned
    assert once > 0
    for twice in (
        "SELECT count(*) FROM albums AS x CROSS JOIN albums_current AS y",
        "WITH a AS (SELECT * FROM albums) SELECT count(*) FROM a AS x CROSS JOIN a AS y",
        "SELECT count(*) FROM albums WHERE total_tracks = (SELECT max(total_tracks) FROM albums)",
    ):
        assert views.query(twice).scanned == 2 * once


def test_publishing_switches_what_a_view_shows(views: Lake, lake: Lake) -> None:
    lake.put("published/2026-11-23.json", b'{"snapshot_date": "2026-11-23", "run_id": "A"}\n')
    assert views.query("SELECT total_tracks FROM albums").rows == [["1"]]
    lake.put("published/2026-11-23.json", b'{"snapshot_date": "2026-11-23", "run_id": "B"}\n')
    assert views.query("SELECT total_tracks FROM albums").rows == [["2"]]


@pytest.mark.parametrize(
    ("sql", "columns", "reason"),
    [
        (
            "SELECT 1 AS a",
            {"a": "varchar"},
            "VIEW_IS_STALE: line 1:15: View 'awsdatacatalog.{view}' is stale or in invalid state: column [a] of type ",
        ),
        ("SELECT 1 AS a, 2 AS b", {"a": "integer"}, "VIEW_IS_STALE: "),
        ("SELECT 1 AS a", {"a": "int"}, "INVALID_VIEW: Unknown type 'int' in a view's columns"),
        (
            "SELECT a FROM nothing",
            {"a": "integer"},
            "INVALID_VIEW: line 1:15: Failed analyzing stored view 'awsdatacatalog.{view}'",
        ),
        (
            "SELECT FROM",
            {"a": "integer"},
            "INVALID_VIEW: line 1:15: Failed analyzing stored view 'awsdatacatalog.{view}'",
        ),
    ],
    ids=["another type", "another column", "a Hive type", "a missing table", "no SQL"],
)
def test_a_view_that_does_not_fit_its_definition_fails(
    views: Lake, sql: str, columns: dict[str, str], reason: str, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id.replace(" ", "_").lower()
    views.view(name, sql, **columns)
    found = views.query(f"SELECT * FROM {name}")  # noqa: S608 - our own name
    assert found.reason.startswith(reason.format(view=f"{views.database}.{name}"))


def test_a_view_widens_to_the_type_it_states(views: Lake) -> None:
    views.view("wide", "SELECT 1 AS a, CAST(1.5 AS decimal(2,1)) AS b", a="bigint", b="double")
    assert views.query("SELECT * FROM wide").types == ["bigint", "double"]


def test_a_virtual_view_of_another_engine_is_refused(views: Lake) -> None:
    views.client("glue").create_table(
        DatabaseName=views.database,
        TableInput={
            "Name": "hive_view",
            "TableType": "VIRTUAL_VIEW",
            "ViewOriginalText": "SELECT 1",
            "StorageDescriptor": {"SerdeInfo": {"Name": "-"}},
        },
    )
    assert views.query("SELECT * FROM hive_view").reason.startswith("INVALID_VIEW: ")


def test_a_view_of_itself_is_refused(views: Lake) -> None:
    views.view("ring_a", "SELECT a FROM ring_b", a="integer")
    views.view("ring_b", "SELECT a FROM ring_a", a="integer")
    assert "VIEW_IS_RECURSIVE: " in views.query("SELECT * FROM ring_a").reason


def test_data_that_does_not_fit_fails_as_such_behind_a_view_too(lake: Lake, views: Lake) -> None:
    lake.table("bad", {"n": "int"})
    lake.put("bad/part.parquet", parquet(n=["x"]))
    views.view("over_bad", f"SELECT n FROM {lake.database}.bad", n="integer")  # noqa: S608 - our own name
    assert views.query("SELECT * FROM over_bad").reason.startswith("HIVE_BAD_DATA: ")


def test_a_query_across_a_publish_sees_one_run_whole(aws: EmbeddedAws) -> None:
    """The previous run's files outlive the query, since they stay for the grace period."""
    lake = Lake(aws)
    lake.table("albums", {"album_id": "string"}, DAY_AND_RUN)
    lake.table("published", {"snapshot_date": "string", "run_id": "string"}, serde=JSON_LINES)
    lake.view(
        "now",
        "SELECT t.album_id, t.run_id FROM albums AS t "
        "JOIN published AS p ON p.snapshot_date = t.snapshot_date AND p.run_id = t.run_id",
        album_id="varchar",
        run_id="varchar",
    )

    def publish(run: int) -> None:
        day = "2026-11-23"
        lake.put(f"albums/snapshot_date={day}/run_id={run}/part.parquet", parquet(album_id=["a", "b"]))
        lake.partition("albums", day, str(run))
        lake.put(f"published/{day}.json", f'{{"snapshot_date": "{day}", "run_id": "{run}"}}'.encode())
        if run:
            gone = [{"Values": [day, str(run - 1)]}]
            lake.client("glue").batch_delete_partition(
                DatabaseName=lake.database, TableName="albums", PartitionsToDelete=gone
            )

    publish(0)
    with ThreadPoolExecutor(1) as publisher:
        work = publisher.submit(lambda: deque(map(publish, range(1, 13)), maxlen=0))
        seen = []
        while not work.done():
            seen.append(lake.query("SELECT run_id, count(*) FROM now GROUP BY run_id").rows)
        work.result()
    assert {len(rows) for rows in seen} == {1}
    assert {rows[0][1] for rows in seen} == {"2"}


@pytest.mark.parametrize("kind", ["view", "table"])
@pytest.mark.parametrize("serde", [None, {}], ids=["absent", "empty"])
def test_what_has_no_serde_information_is_refused(views: Lake, kind: str, serde: dict[str, str] | None) -> None:
    glue = views.client("glue")
    source = views.database, "albums" if kind == "view" else "plain"
    if kind == "table" and not glue.get_tables(DatabaseName=views.database, Expression="plain")["TableList"]:
        views.table("plain", {"a": "string"})
    found = glue.get_table(DatabaseName=source[0], Name=source[1])["Table"]
    kept = ("TableType", "PartitionKeys", "Parameters", "ViewOriginalText", "ViewExpandedText")
    storage = {key: value for key, value in found["StorageDescriptor"].items() if key != "SerdeInfo"}
    name = f"{kind}_{'absent' if serde is None else 'empty'}"
    glue.create_table(
        DatabaseName=views.database,
        TableInput={
            "Name": name,
            **{key: found[key] for key in kept if key in found},
            "StorageDescriptor": storage | ({} if serde is None else {"SerdeInfo": serde}),
        },
    )
    ended = views.query(f"SELECT * FROM {name}")  # noqa: S608  a name of this test
    assert (ended.state, ended.reason) == (
        "FAILED",
        "HIVE_METASTORE_ERROR: Table storage descriptor is missing SerDe info",
    )
