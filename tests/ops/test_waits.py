"""The time that a command waits for AWS, measured by a clock that only the command's own pauses move."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from functions.shared import athena as shared_athena
from functions.shared.state_visits import StateVisit
from ops import athena
from ops import executions as followed
from ops.errors import OpsError
from ops.inbox import objects
from ops.rehearsal import alerting, executions
from ops.terminal import live
from tests.ops.fakes import EXECUTION, OUTPUTS
from tests.ops.test_races import Noted

if TYPE_CHECKING:
    from collections.abc import Iterator

MARKER = "inbox/snapshot_date=2026-11-23/_READY"
TOPICS = {"alert_topic_arn": "arn:aws:sns:us-east-1:000000000000:alerts", "dlq_url": "https://sqs.test/dlq"}


class Clock:
    """Replaces the module `time`."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (objects, alerting, executions, live):
        monkeypatch.setattr(module, "time", clock)
    return clock


def test_a_rehearsal_waits_until_a_condition_holds_or_its_time_is_over(clock: Clock) -> None:
    assert not executions._until(lambda: False, 10.0, 4.0)
    assert clock.now == 12
    assert executions._until(lambda: clock.now >= 20, 10.0, 4.0)
    assert clock.now == 20
    assert executions._until(lambda: True, 0.0, 4.0)
    assert clock.now == 20


@pytest.mark.parametrize("looks", [1, 2, 6])
def test_a_query_is_looked_at_often_at_first_and_then_less(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, looks: int
) -> None:
    """As a person asks, and as a function does."""
    pauses = [0.05, 0.1, 0.2, 0.4, 0.4][: looks - 1]
    for module in (athena, shared_athena):
        monkeypatch.setattr(module, "time", clock)
    states = [*["QUEUED", "RUNNING", "RUNNING", "RUNNING", "RUNNING"][: looks - 1], "SUCCEEDED"] * 2
    client: Any = Noted(get_query_execution=lambda _: {"QueryExecution": {"Status": {"State": states.pop(0)}}})
    library = shared_athena.Library(client, "work", "views", "lake", Path())
    found = [athena._finished(client, "q"), library._finished("q", shared_athena.PATIENCE_S)]
    assert [each["Status"]["State"] for each in found] == ["SUCCEEDED"] * 2
    assert clock.pauses == pytest.approx(2 * pauses)


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_a_query_that_ended_without_an_answer_is_not_waited_for(clock: Clock, state: str) -> None:
    looks = iter(({"State": state, "StateChangeReason": "Too many bytes."}, {"State": "SUCCEEDED"}))
    client: Any = Noted(get_query_execution=lambda _: {"QueryExecution": {"Status": next(looks)}})
    with pytest.raises(OpsError, match=r"Athena: Too many bytes\."):
        athena._finished(client, "q")
    assert clock.pauses == []


def test_an_execution_is_looked_at_after_each_pause_until_it_has_ended(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed, "time", clock)
    statuses = iter(("RUNNING", "RUNNING", "SUCCEEDED"))
    aws = Noted(
        describe_execution=lambda _: {"status": next(statuses), "startDate": None}, get_execution_history={"events": []}
    )
    assert len(list(followed.follow(aws.stack, EXECUTION, 2.0))) == 3
    assert clock.pauses == [2.0, 2.0]
    assert {each["PaginationConfig"]["PageSize"] for each in aws.of("get_execution_history")} == {10}


def test_an_alert_is_looked_for_from_before_the_stop_that_it_is_about(clock: Clock) -> None:
    aws = Noted(
        describe_execution=lambda _: {"status": "ABORTED" if clock.now else "RUNNING", "startDate": None},
        stop_execution=lambda _: clock.sleep(5),
    )
    assert executions._aborted(aws.stack, EXECUTION, 1.0) == (0, "ABORTED")


def alerted(**sums: int) -> tuple[Noted, list[Any]]:
    """Return the requests of a rehearsal about its alert, and its proofs, with these values of the topic's metrics."""
    aws = Noted(
        list_subscriptions_by_topic={"Subscriptions": [{"SubscriptionArn": "arn:x"}]},
        get_queue_attributes={
            "Attributes": {"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0"}
        },
        get_metric_statistics=lambda asked: {"Datapoints": [{"Sum": sums.get(asked["MetricName"], 0)}]},
    )
    outputs: Any = OUTPUTS | TOPICS
    stack = replace(aws.stack, outputs=outputs)
    return aws, list(alerting.proofs(stack, datetime(2026, 11, 23, 6, 0, 59, tzinfo=UTC).timestamp(), 60.0))


def test_an_alert_that_does_not_come_is_waited_for_as_long_as_its_metric_may_take(clock: Clock) -> None:
    """It waits some minutes, and looks at the metric from the minute in which the execution was stopped."""
    aws, found = alerted()
    assert clock.now == pytest.approx(7 * 60)
    assert [each.outcome for each in found] == ["failed", "proved"]
    assert "did not reach the topic within 6 minutes" in found[0].told
    assert {each["StartTime"] for each in aws.of("get_metric_statistics")} == {datetime(2026, 11, 23, 6, tzinfo=UTC)}


def test_an_alert_that_was_refused_is_not_waited_for(clock: Clock) -> None:
    _, found = alerted(NumberOfNotificationsFailed=1)
    assert (clock.now, found[0].outcome) == (0, "failed")
    assert "reached the topic but was not delivered" in found[0].told
    _, found = alerted(NumberOfNotificationsDelivered=2)
    assert (clock.now, found[0].told) == (0, "2 notifications delivered.")


def test_the_execution_of_a_marker_is_waited_for_a_minute_and_each_is_read_once(clock: Clock) -> None:
    """S3 sends its event within seconds."""

    def listed(_: object) -> Any:
        return {"executions": [{"executionArn": EXECUTION}, *([{"executionArn": "late"}] if clock.now > 55 else [])]}

    aws = Noted(
        list_executions=listed,
        describe_execution=lambda asked: {"input": f'"{MARKER}"' if asked["executionArn"] == "late" else "{}"},
    )
    assert objects.started_by(aws.stack, MARKER, set()) == "late"
    assert [each["executionArn"] for each in aws.of("describe_execution")] == [EXECUTION, "late"]
    began = clock.now
    assert objects.started_by(aws.stack, MARKER, {EXECUTION, "late"}) is None
    assert clock.now - began == pytest.approx(60)


@pytest.mark.parametrize(("width", "name"), [(100, 44), (99, 34)], ids=["wide", "narrow"])
def test_what_watches_an_execution_says_again_where_it_is_once_nothing_happened_for_a_while(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, width: int, name: int
) -> None:
    began = datetime(2026, 11, 23, 6, tzinfo=UTC)
    first = StateVisit("Resolve the run", "Task", began, left=began + timedelta(seconds=1))
    here = StateVisit("Transform", "Task", began + timedelta(seconds=1))
    later = StateVisit("Audit with Athena", "Task", began + timedelta(seconds=2))

    def follow(*_: object) -> Iterator[list[StateVisit]]:
        yield [first]
        for _second in range(8):
            yield [first, here, later]
            clock.sleep(1)

    monkeypatch.setattr(live, "follow", follow)
    monkeypatch.setattr(live, "describe", lambda *_: None)
    monkeypatch.setattr("ops.spotify.progress.Progress", lambda _stack: SimpleNamespace(now=lambda _run: ""))
    out = StringIO()
    live.watch(Noted().stack, EXECUTION, Console(width=width, file=out), 1.0)
    assert f"{'Resolve the run':<{name}}    1.00 s" in out.getvalue()
    told = [line.split("  ")[1] for line in out.getvalue().splitlines()]
    ended = ["✓ Transform", "✓ Audit with Athena"]
    assert [each.split(" (")[0] for each in told] == ["✓ Resolve the run", *["→ Transform"] * 2, *ended]
