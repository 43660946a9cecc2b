"""Athena with a real Trino as its engine has the API, result files, rights and limits of the embedded Athena."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.aws import EmbeddedAws
from local.aws.athena.errors import QueryFailed
from local.aws.athena.results import ResultSet
from local.aws.athena.run import StatementRun
from local.aws.athena.sql.types import named
from local.aws.athena.trino import client, engine, installation
from local.aws.athena.trino.client import TrinoError
from local.aws.athena.trino.engine import require_readable
from local.aws.athena.trino.values import writer
from local.aws.iam.rights import Principal
from tests.local.cloud import EVERYTHING, role
from tests.local.lake import Lake, client_of, parquet, presto_view

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


FORMATS = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
}


def lake_table(lake: Lake) -> dict[str, Any]:
    """Return the table with the file formats that the program declares, without which Trino reads no file."""
    found = lake.client("glue").get_table(DatabaseName=lake.database, Name="t")["Table"]
    kept = {name: found[name] for name in ("Name", "TableType", "Parameters", "PartitionKeys", "StorageDescriptor")}
    kept["StorageDescriptor"] |= FORMATS
    return kept


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    if not installation.folder().is_dir():
        pytest.skip(f"Trino {installation.VERSION} is not fetched: run make conformance, where Java 17 to 22 is found")
    try:
        trino = installation.installed()
    except installation.NotInstalled as exc:
        pytest.skip(str(exc))
    with EmbeddedAws.start(tmp_path_factory.mktemp("trino"), trino=trino) as aws:
        made = Lake(aws)
        made.table("t", {"n": "int", "w": "string"}, {"day": "string"})
        declared = lake_table(made)
        made.client("glue").update_table(DatabaseName=made.database, TableInput=declared)
        made.put("t/day=a/1.parquet", parquet(n=[1, 2], w=["x", None]))
        made.partition("t", "a")
        made.view("v", "SELECT n, w, day FROM t", n="integer", w="varchar", day="varchar")
        yield made


@pytest.mark.slow
def test_a_query_is_trinos_and_its_results_are_athenas(lake: Lake) -> None:
    found = lake.ended(lake.start("SELECT n, w, day, version() AS v FROM v WHERE n = ?", "2"), seconds=180)
    assert found.state == "SUCCEEDED", found.reason
    assert found.columns == ["n", "w", "day", "v"]
    assert found.types == ["integer", "varchar", "varchar", "varchar"]
    assert found.rows == [["2", None, "a", installation.VERSION]]
    assert found.scanned > 0
    place = found.execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").split("/", 1)
    body = lake.client("s3").get_object(Bucket=place[0], Key=place[1])["Body"].read().decode()
    assert body == f'"n","w","day","v"\n"2",,"a","{installation.VERSION}"\n'


@pytest.mark.slow
def test_a_statement_that_the_embedded_athena_lacks_is_answered(lake: Lake) -> None:
    found = lake.ended(lake.start("SELECT zip_with(ARRAY[1], ARRAY[2], (x, y) -> x + y)"), seconds=180)
    assert (found.state, found.rows) == ("SUCCEEDED", [["[3]"]])


def test_a_query_before_trino_starts_is_trinos_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[FakeTrino] = []

    class FakeTrino:
        url = "http://trino.example"

        @classmethod
        def start(cls, *_: object) -> FakeTrino:
            started.append(cls())
            return started[-1]

        def wait_until_ready(self) -> None:
            pass

    monkeypatch.setattr(engine, "_started", [])
    monkeypatch.setattr(engine, "Trino", FakeTrino)
    monkeypatch.setattr(engine, "ask", lambda *_, **__: client.Reply(ResultSet(["n"], ["integer"], [["1"]], 0), 1))
    monkeypatch.setenv("EMBEDDED_AWS_TRINO", str(tmp_path))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://aws.example")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for _ in range(2):
        run = StatementRun("SELECT version() AS v", [], "default", Principal("arn:aws:iam::123456789012:root"))
        assert run.answer().rows == [["1"]]
    assert len(started) == 1


@pytest.mark.slow
def test_an_error_has_trinos_name(lake: Lake) -> None:
    found = lake.ended(lake.start("SELECT nothing FROM t"), seconds=180)
    assert found.reason.startswith("COLUMN_NOT_FOUND: line 1:8: Column 'nothing' cannot be resolved")


@pytest.mark.slow
def test_a_caller_without_a_right_on_the_files_gets_no_row(lake: Lake) -> None:
    denied = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{lake.bucket}/t/*"}
    caller = client_of(lake.aws, "athena", role(lake.aws, "lambda.amazonaws.com", EVERYTHING, denied))
    found = lake.query("SELECT n FROM v", client=caller)
    assert (found.state, found.reason[:34]) == ("FAILED", "PERMISSION_DENIED: Permission deni")


class Recording:
    """A catalog that records the tables that a caller must be allowed to read."""

    def __init__(self, views: dict[str, str]) -> None:
        self.views = views
        self.read: list[str] = []

    def has(self, _database: str, name: str) -> bool:
        return name in {"t", "v"}

    def table(self, database: str, name: str) -> dict[str, Any]:
        if name == "missing":
            raise QueryFailed("TABLE_NOT_FOUND")
        found: dict[str, Any] = {"DatabaseName": database, "Name": name}
        if name in self.views:
            found |= {
                "TableType": "VIRTUAL_VIEW",
                "ViewOriginalText": presto_view(self.views[name], "lake", n="integer"),
            }
        return found

    def require_readable(self, table: dict[str, Any]) -> None:
        self.read.append(f"{table['DatabaseName']}.{table['Name']}")


@pytest.mark.parametrize(
    ("sql", "read"),
    [
        ("SELECT 1", []),
        ("SELECT * FROM T, Other.u AS x", ["shown.t", "other.u"]),
        ("SELECT (SELECT max(n) FROM t) FROM u", ["shown.t", "shown.u"]),
        ("SELECT * FROM v", ["lake.t"]),
        ("WITH w AS (SELECT * FROM u) SELECT * FROM w", ["shown.u"]),
        ("WITH t AS (SELECT * FROM t) SELECT * FROM t", ["shown.t", "shown.t"]),
        ('SELECT * FROM "t$partitions"', ["shown.t"]),
    ],
    ids=["none", "two", "subquery", "view", "with", "with of a table's name", "partitions"],
)
def test_each_table_that_a_query_names_has_to_be_readable(sql: str, read: list[str]) -> None:
    catalogue: Any = Recording({"v": "SELECT n FROM t"})
    require_readable(sql, "shown", catalogue)
    assert catalogue.read == read


def test_a_table_that_is_missing_is_an_error() -> None:
    catalogue: Any = Recording({})
    with pytest.raises(QueryFailed, match="TABLE_NOT_FOUND"):
        require_readable("SELECT * FROM missing", "shown", catalogue)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("double", 1e7, "1.0E7"),
        ("double", "NaN", "NaN"),
        ("boolean", True, "true"),
        ("timestamp(6)", "2026-01-02 03:04:05.678901", "2026-01-02 03:04:05.678"),
        ("timestamp(0)", "2026-01-02 03:04:05", "2026-01-02 03:04:05.000"),
        ("timestamp(3) with time zone", "2026-01-02 03:04:05.678 UTC", "2026-01-02 03:04:05.678 UTC"),
        ("array(varchar)", ["a", None], "[a, null]"),
        ("map(varchar, double)", {"a": 1.5}, "{a=1.5}"),
        ("row(x integer, y boolean)", [1, None], "{x=1, y=null}"),
        ("varbinary", "ZQ==", "65"),
        ("bigint", 5, "5"),
    ],
    ids=str,
)
def test_a_value_is_written_as_athena_writes_it(kind: str, value: Any, shown: str) -> None:
    assert writer(named(kind))(value) == shown


def test_a_trino_that_just_started_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    told = iter([TrinoError("NO_NODES_AVAILABLE", "No nodes available to run query")] * 2)
    asked = []

    def pages(*_: object) -> Iterator[dict[str, Any]]:
        asked.append(1)
        if error := next(told, None):
            raise error
        yield {"columns": [{"name": "n", "type": "integer"}], "data": [[1]], "stats": {}}

    monkeypatch.setattr(client, "_pages", pages)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    assert client.ask("http://trino.example", "SELECT 1 AS n").results.rows == [["1"]]
    assert len(asked) == 3


@pytest.mark.parametrize("name", ["TABLE_NOT_FOUND", "NO_NODES_AVAILABLE"])
def test_another_error_and_one_that_lasts_are_the_answer(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def pages(*_: object) -> Iterator[dict[str, Any]]:
        raise TrinoError(name, "no")

    monkeypatch.setattr(client, "_pages", pages)
    monkeypatch.setattr(client, "NODES_KNOWN_WITHIN_S", -1)
    with pytest.raises(TrinoError, match=name):
        client.ask("http://trino.example", "SELECT 1 AS n")
