"""The facts come from the execution, the ledger and the states' outputs, also if a run failed half-way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from functions.report import links
from functions.report.charts import bars, rows, ticks
from functions.report.collect import Sources, _snapshot_date, facts, gather, results, told_cost
from functions.report.cost import cost
from functions.report.usage import Compute
from functions.shared.keys import run_id
from functions.shared.state_visits import StateVisit
from tests.functions.report.reports import ARN, BEGAN, DAY, DEFINITION, RUN_ID, as_json, visits

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

ENDED = datetime(2026, 11, 24, 6, 1, tzinfo=UTC)


def execution(status: str, **more: Any) -> DescribeExecutionOutputTypeDef:
    told = {"executionArn": ARN, "status": status, "startDate": BEGAN, "input": '{"mode": "daily"}', **more}
    return cast("DescribeExecutionOutputTypeDef", told)


def test_a_run_that_writes_its_own_page_is_what_the_ledger_says() -> None:
    row = {"outcome": "partial", "mode": "daily", "finished_at": "2026-11-24T06:00:50.000Z"}
    found = facts(RUN_ID, DAY, execution("RUNNING"), row)
    assert (found.outcome, found.failure, found.seconds) == ("partial", None, 49.0)
    assert found.stack == "spotify-lake-dev"


def test_a_failure_is_told_from_the_ledger_before_the_execution_has_ended() -> None:
    row = {"outcome": "failed", "error": "CrawlFailed", "state": "Judge the crawl", "cause": "Because."}
    failure = facts(RUN_ID, DAY, execution("RUNNING"), row).failure
    assert failure is not None
    assert (failure.state, failure.error, failure.cause) == ("Judge the crawl", "CrawlFailed", "Because.")


@pytest.mark.parametrize("row", [{}, {"outcome": "published"}], ids=["no row", "published before"])
@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT"])
def test_a_run_that_was_stopped_failed_even_if_the_ledger_does_not_know(status: str, row: dict[str, Any]) -> None:
    found = facts(RUN_ID, DAY, execution(status, stopDate=ENDED), row)
    assert found.outcome == "failed"
    assert found.failure is not None
    assert found.failure.error == status


class Told:
    """The clients that a report uses: an execution that has written its page, and no ledger row of it."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self._events = list(events)

    def describe_execution(self, **_: str) -> Any:
        return execution("SUCCEEDED", stopDate=ENDED)

    def describe_state_machine_for_execution(self, **_: str) -> Any:
        return {"definition": as_json(DEFINITION)}

    def get_paginator(self, _: str) -> Told:
        return self

    def paginate(self, **_: str) -> list[Any]:
        return [{"events": self._events}]

    def get_object(self, **_: str) -> Any:
        raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")


def test_a_later_report_tells_the_cost_that_the_run_noted() -> None:
    """By then other queries have run, and prices may have changed."""
    noted = cost({"transitions": 30.0})
    state = {"name": "Write the report", "output": as_json({"key": "k", "cost": noted})}
    about: list[dict[str, Any]] = [
        {"type": "TaskStateEntered", "stateEnteredEventDetails": state},
        {"type": "TaskStateExited", "stateExitedEventDetails": state},
    ]
    events = [{**each, "id": at, "previousEventId": at - 1, "timestamp": BEGAN} for at, each in enumerate(about, 1)]
    aws: Any = Told(*events)
    nobody: Any = None
    sources = Sources(aws, aws, "curated", nobody, Compute("arm64", {}), has_console=False)
    assert gather(sources, ARN, RUN_ID).cost == noted


def test_a_run_without_a_row_yet_is_running() -> None:
    assert facts(RUN_ID, DAY, execution("RUNNING"), {}).outcome == "running"


def test_results_are_the_last_outputs_of_the_states() -> None:
    passed = visits(("Extract", "Extract", "Transform", "Judge the gates", "Sweep"))
    gates = [{"gate": "rows", "observed": "3", "expected": "3", "passed": "true", "judged": True}]
    outputs: list[Any] = [
        {"requests": {"albums": 1}}, {"requests": {"albums": 2}}, {"tables": {}},
        {"passed": True, "gates": gates, "error": "", "cause": ""},
        {"Error": "AccessRefused", "Cause": "no"},
    ]  # fmt: skip
    for visit, output in zip(passed, outputs, strict=True):
        visit.output = as_json(output)
    found = results(passed)
    assert found.extract is not None
    assert found.extract["requests"] == {"albums": 2}
    assert found.sweep is None
    assert found.gates == gates


def test_a_run_is_named_after_its_start_and_its_execution() -> None:
    assert run_id(BEGAN, ARN).startswith("20261124T060001Z-")
    assert run_id(BEGAN, ARN) != run_id(BEGAN, f"{ARN}x")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://open.spotify.com/album/1L98zYxb3j4EiXG4vMceH5", True),
        ("http://open.spotify.com/album/1L98zYxb3j4EiXG4vMceH5", False),
        ("https://open.spotify.com@evil.example/album/1", False),
        ("https://open.spotify.com/album/1?x=<script>", False),
        ("https://open.spotify.com/album/1\n", False),
        (None, False),
    ],
)
def test_only_a_thing_on_spotify_is_linked(url: str | None, *, kept: bool) -> None:
    assert links.safe(url) == (url if kept else None)


def test_an_id_that_is_none_leads_nowhere() -> None:
    assert links.to("track", "4nNBfyzE2yCPn8aDoikaLD") == "https://open.spotify.com/track/4nNBfyzE2yCPn8aDoikaLD"
    assert links.to("track", "../../evil") is links.to("genre", "4nNBfyzE2yCPn8aDoikaLD") is None


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (0, [0, 1]), (1, [0, 1]), (4, [0, 1, 2, 3, 4]), (9, [0, 2, 4, 6, 8, 10]),
        (50, [0, 10, 20, 30, 40, 50]), (60, [0, 20, 40, 60]),
        (208, [0, 50, 100, 150, 200, 250]), (1148, [0, 500, 1000, 1500]), (0.4, [0, 1]),
    ],
)  # fmt: skip
def test_ticks_are_round_and_few(highest: float, expected: list[int]) -> None:
    assert ticks(highest) == expected


def test_a_charts_labels_are_text_and_its_table_has_the_same_figures() -> None:
    chart = rows("By artist", "artist", ["<b>First</b>", "Second"], {"albums": [5, 3], "singles": [1, 0]})
    assert "&lt;b&gt;First&lt;/b&gt;" in chart.svg
    assert "<b>" not in chart.svg
    assert chart.rows == [["<b>First</b>", 5, 1], ["Second", 3, 0]]
    assert chart.legend == ["albums", "singles"]


def test_a_chart_is_as_high_as_its_labels_and_its_highest_figures_need() -> None:
    for labels, height in ((1, 110), (10, 280)):
        assert f'"0 0 460 {height}"' in rows("By artist", "artist", ["x"] * labels, {"albums": [1] * labels}).svg
    assert ">50</text>" in bars("Calls", "date", ["11-23", "11-24"], {"calls": [1, 42]}).svg


def test_a_chart_of_one_series_needs_no_legend() -> None:
    assert bars("Calls", "date", ["11-23"], {"calls": [1]}).legend == []


def test_a_chart_brings_no_script_style_or_address_along() -> None:
    svg = bars("Calls", "date", ["11-23", "11-24"], {"calls": [208, None]}).svg
    for unwanted in ("<script", "<style", "<!--", "http://pygal", " id=", " style="):
        assert unwanted not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "<title>11-23: 208</title>" in svg


def test_what_is_missing_in_the_ledger_is_told_by_the_execution() -> None:
    ended = execution("FAILED", stopDate=ENDED, error="E", cause='{"errorMessage": "C"}')
    told = facts(RUN_ID, DAY, ended, {})
    assert told.failure is not None
    assert (told.failure.error, told.failure.cause, told.mode, told.finished_at) == ("E", "C", "daily", ENDED)
    row = {"error": "L", "cause": "K", "mode": "replay", "finished_at": "2026-11-24T06:00:50.000Z"}
    told = facts(RUN_ID, DAY, ended, row)
    assert told.failure is not None
    assert (told.failure.error, told.failure.cause, told.mode, told.finished_at) == ("L", "K", "replay", ENDED)
    told = facts(RUN_ID, DAY, execution("FAILED", stopDate=ENDED), {})
    assert told.failure is not None
    assert (told.failure.error, told.failure.cause) == ("FAILED", "The execution ended FAILED.")


def test_states_that_were_not_left_and_states_without_an_output_hand_nothing_on() -> None:
    def visit(state: str, output: str, *, left: bool = True) -> StateVisit:
        return StateVisit(state, "Task", BEGAN, left=BEGAN if left else None, output=output)

    cost = '{"cost": {"usd": 1}}'
    assert results([visit("Sweep", ""), visit("Extract", '{"requests": 1}', left=False)]) == results([])
    assert told_cost([visit("Write the report", ""), visit("Sweep", cost)]) is None
    noted = told_cost([visit("Write the report", cost)])
    assert noted is not None
    assert noted["usd"] == 1
    assert _snapshot_date([visit("Resolve the run", ""), visit("Sweep", '{"snapshot_date": "x"}')]) is None
    assert _snapshot_date([visit("Resolve the run", '{"snapshot_date": "x"}')]) == "x"
