"""A report stops queries that take too long, and shows the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from functions.report.collect import QUESTIONS
from functions.shared import athena
from functions.shared.athena import Library, QueryResults

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient


class SlowAthena:
    """An Athena in which only the queries in `done` end."""

    def __init__(self, *done: str, state: str = "RUNNING") -> None:
        self.done, self.started, self.stopped, self.state = done, 0, list[str](), state

    def start_query_execution(self, **_request: Any) -> dict[str, str]:
        self.started += 1
        return {"QueryExecutionId": f"query-{self.started}"}

    def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:  # noqa: N803  boto3's name
        state = "SUCCEEDED" if QueryExecutionId in self.done else self.state
        return {"QueryExecution": {"Status": {"State": state}, "Statistics": {"DataScannedInBytes": 5}}}

    def get_paginator(self, _name: str) -> SlowAthena:
        return self

    def paginate(self, **_request: Any) -> list[dict[str, Any]]:
        return [{"ResultSet": {"Rows": [], "ResultSetMetadata": {"ColumnInfo": []}}}]

    def get_query_results(self, **_request: Any) -> dict[str, Any]:
        return {"ResultSet": {"Rows": [], "ResultSetMetadata": {"ColumnInfo": []}}}

    def stop_query_execution(self, QueryExecutionId: str) -> None:  # noqa: N803  boto3's name
        self.stopped.append(QueryExecutionId)


def test_a_query_that_nobody_waits_for_any_more_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(athena, "PATIENCE_S", 0.0)
    slow = SlowAthena("query-1")
    library = Library(cast("AthenaClient", slow), "group", "views", "lake", QUESTIONS)
    answers = library.ask("2026-11-24", ("days", "catalogue"))
    assert slow.stopped == ["query-2"]
    assert answers.silent == {"catalogue": "RUNNING after 0 s"}


def test_a_query_that_still_queues_is_stopped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(athena, "PATIENCE_S", 0.0)
    slow = SlowAthena(state="QUEUED")
    Library(cast("AthenaClient", slow), "group", "views", "lake", QUESTIONS).ask("2026-11-24", ("days",))
    assert slow.stopped == ["query-1"]


def test_all_queries_together_are_waited_for_only_so_long(monkeypatch: pytest.MonkeyPatch) -> None:
    slow, now = SlowAthena(), [0.0]
    monkeypatch.setattr("functions.shared.athena.time.monotonic", lambda: now[0])
    monkeypatch.setattr("functions.shared.athena.time.sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    Library(cast("AthenaClient", slow), "group", "views", "lake", QUESTIONS).ask(
        "2026-11-24", ("days", "catalogue", "changes")
    )
    assert slow.stopped == ["query-1", "query-2", "query-3"]
    assert 90 < now[0] < 91


def test_the_first_row_of_a_result_is_its_header_on_the_first_page_only(monkeypatch: pytest.MonkeyPatch) -> None:
    named = {"ColumnInfo": [{"Name": "n", "Type": "bigint"}]}
    pages = [[{"Data": [{"VarCharValue": each}]} for each in page] for page in (["n", "1"], ["2"])]
    done = SlowAthena("query-1")
    monkeypatch.setattr(
        done, "paginate", lambda **_: [{"ResultSet": {"Rows": rows, "ResultSetMetadata": named}} for rows in pages]
    )
    answers = Library(cast("AthenaClient", done), "group", "views", "lake", QUESTIONS).ask("2026-11-24", ("days",))
    assert answers.of("days") == [{"n": 1}, {"n": 2}]


def test_a_query_that_ended_while_it_was_to_be_stopped_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(athena, "PATIENCE_S", 0.0)
    slow = SlowAthena("query-2")

    def ended(**_: str) -> None:
        raise ClientError({"Error": {"Code": "InvalidRequestException"}}, "StopQueryExecution")

    monkeypatch.setattr(slow, "stop_query_execution", ended)
    library = Library(cast("AthenaClient", slow), "group", "views", "lake", QUESTIONS)
    assert library.ask("2026-11-24", ("days", "catalogue")).scanned == {"catalogue": 5}


def test_a_query_that_waits_in_line_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    queued = SlowAthena(state="QUEUED")
    monkeypatch.setattr("functions.shared.athena.time.sleep", lambda _: setattr(queued, "done", ("query-1",)))
    library = Library(cast("AthenaClient", queued), "group", "views", "lake", QUESTIONS)
    assert library.ask("2026-11-24", ("days",)).silent == {}


def test_a_query_is_looked_at_less_and_less_often_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    queued, pauses = SlowAthena(state="QUEUED"), list[float]()

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        queued.done = ("query-1",) if len(pauses) == 6 else ()

    monkeypatch.setattr("functions.shared.athena.time.sleep", sleep)
    Library(cast("AthenaClient", queued), "group", "views", "lake", QUESTIONS).ask("2026-11-24", ("days",))
    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.4, 0.4]


def test_a_query_that_athena_does_not_take_is_named_and_the_others_are_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = SlowAthena("query-2")
    start = done.start_query_execution

    def refused(**asked: Any) -> dict[str, str]:
        taken = start(**asked)
        if taken["QueryExecutionId"] == "query-1":
            error: Any = {"Error": {"Code": "TooManyRequestsException", "Message": "Slower"}}
            raise ClientError(error, "StartQueryExecution")
        return taken

    monkeypatch.setattr(done, "start_query_execution", refused)
    library = Library(cast("AthenaClient", done), "group", "views", "lake", QUESTIONS)
    answers = library.ask("2026-11-24", ("days", "catalogue"))
    assert answers.silent == {"days": "TooManyRequestsException: Slower"}
    assert answers.scanned == {"catalogue": 5}


@pytest.mark.parametrize(("share", "rows"), [(1.0, 10), (0.5, 5), (0.19, 1), (0.0, 1)])
def test_a_shortened_answer_keeps_its_share_and_at_least_one_row(share: float, rows: int) -> None:
    found = QueryResults({"long": [{"n": number} for number in range(10)], "days": [{"n": 1}] * 9, "none": []})
    short = found.shortened(("long", "none"), share)
    assert {name: len(each) for name, each in short.rows.items()} == {"long": rows, "days": 9, "none": 0}
    assert short.of("long")[0] == {"n": 0}


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("bigint", "9007199254740993", 9007199254740993),
        ("integer", "-1", -1),
        ("double", "1.5E-3", 0.0015),
        ("varchar", "true", "true"),
        ("date", "2026-11-24", "2026-11-24"),
        ("boolean", None, None),
    ],
)
def test_a_cell_has_the_type_of_its_column(kind: str, cell: str | None, value: object) -> None:
    found = athena.typed([("a", kind)], [{"VarCharValue": cell} if cell is not None else {}])["a"]
    assert (found, type(found)) == (value, type(value))
