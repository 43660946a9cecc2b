"""A rehearsal ends in time, stops what it started, and looks again for what came late."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from functions.shared.state_visits import StateVisit
from ops.executions import Execution
from ops.rehearsal import alerting, executions, policies, reading, removal, rights
from ops.rehearsal.proof import Proof
from ops.rehearsal.rehearse import rehearse
from tests.ops.fakes import EXECUTION, OUTPUTS, refusal
from tests.ops.test_races import Noted
from tests.ops.test_waits import TOPICS, Clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.stack import Stack


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (executions, alerting):
        monkeypatch.setattr(module, "time", clock)
    return clock


def machine(
    history: Callable[[dict[str, Any]], Any] = lambda _: {"events": []},
    by_itself: str = "",
    first_succeeded: Callable[[], bool] = lambda: False,
) -> Noted:
    """Return a Step Functions whose executions run until they are stopped, except one that ends by itself.

    The first one runs until `first_succeeded`.
    """
    statuses: dict[str, str] = {}

    def started(_asked: object) -> dict[str, str]:
        arn = f"execution {len(statuses) + 1}"
        statuses[arn] = "SUCCEEDED" if arn == by_itself else "RUNNING"
        return {"executionArn": arn}

    def stopped(asked: dict[str, str]) -> None:
        statuses[asked["executionArn"]] = "ABORTED"

    def described(asked: dict[str, str]) -> dict[str, Any]:
        if asked["executionArn"] == "execution 1" and first_succeeded():
            statuses["execution 1"] = "SUCCEEDED"
        return {"status": statuses[asked["executionArn"]], "startDate": None}

    return Noted(
        start_execution=started,
        stop_execution=stopped,
        describe_execution=described,
        get_execution_history=history,
        get_item={},
    )


def test_executions_that_never_end_are_waited_for_as_long_as_they_may_take_and_stopped_once(clock: Clock) -> None:
    """A quarter of an hour for the first to hold its lock and for its end; two minutes for the second to wait."""
    aws = machine()
    pair = executions.run(aws.stack, 5.0)
    assert clock.now == 15 * 60 + 2 * 60 + 15 * 60
    assert not pair.second_waited
    assert [(each["executionArn"], each["cause"].split(": ", 1)[1]) for each in aws.of("stop_execution")] == [
        ("execution 2", "stopped on purpose: the alert about it is part of the rehearsal"),
        ("execution 1", "did not end within 15 minutes"),
    ]


def test_the_second_is_started_after_the_first_holds_the_lock_and_the_first_is_read_after_its_end(clock: Clock) -> None:
    """Started at once, either may take the lock; read at once, a first that succeeds later would count as running."""
    aws = machine(first_succeeded=lambda: clock.now >= 20 * 60)
    pair = executions.run(aws.stack, 5.0)
    names = [name for name, _ in aws.requests]
    assert names.index("get_item") < names.index("start_execution", 1)
    assert pair.first.status == "SUCCEEDED"
    assert [each["executionArn"] for each in aws.of("stop_execution")] == ["execution 2"]
    assert clock.now < 21 * 60


def test_both_executions_are_stopped_where_a_rehearsal_breaks_off(clock: Clock) -> None:
    def denied(asked: dict[str, Any]) -> None:
        if asked["executionArn"] == "execution 2":
            raise refusal("AccessDeniedException")

    aws = machine(denied)
    with pytest.raises(Exception, match="AccessDenied"):
        executions.run(aws.stack, 5.0)
    assert [each["executionArn"] for each in aws.of("stop_execution")] == ["execution 1", "execution 2"]
    assert clock.now == 15 * 60


def test_another_execution_is_stopped_where_the_second_ended_before_it_was(clock: Clock) -> None:
    """An execution that ended by itself sends no alert, and did not wait for the first."""
    aws = machine(by_itself="execution 2")
    pair = executions.run(aws.stack, 5.0)
    assert (pair.second.arn, pair.second_waited) == ("execution 3", False)
    assert [each["executionArn"] for each in aws.of("stop_execution")] == ["execution 3", "execution 1"]
    assert clock.now == 30 * 60


@pytest.mark.parametrize(("last", "polls"), [(executions.WAITING, 0), ("Transform", 6), (None, 6)])
def test_what_a_stopped_function_still_writes_is_deleted_too(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, last: str | None, polls: int
) -> None:
    """Lambda goes on after its execution was stopped; an execution that waits for a lock has called nothing."""
    visits = [StateVisit(name, "Task", datetime.now(UTC)) for name in ("Take the lock", last) if last and name]
    monkeypatch.setattr(executions, "state_visits", lambda _: visits)
    pair = executions.run(machine().stack, 5.0)
    cleaned: list[float] = []
    monkeypatch.setattr(executions, "clean_up", lambda _: cleaned.append(clock.now))
    began = clock.now
    executions.clean_up_after(Noted().stack, pair, 5.0)
    assert cleaned == [began + 5.0 * poll for poll in range(polls + 1)]


def test_a_lock_that_another_holds_is_not_the_first_executions() -> None:
    aws = Noted(
        get_item={"Item": {"lock_id": {"S": "x"}, "holder": {"S": EXECUTION}}}, describe_execution={"status": "x"}
    )
    assert executions._holds(aws.stack, EXECUTION)
    assert not executions._holds(aws.stack, "another")


def test_an_execution_that_timed_out_failed_in_its_last_state() -> None:
    """It did not fail where it found a lock held, and waited for it."""
    visits = [StateVisit(name, "Task", datetime.now(UTC)) for name in ("Take the lock", "Extract", "Transform")]
    visits[0].failed = True
    visits[0].failures.append("DynamoDB.ConditionalCheckFailedException: The conditional request failed")
    ended = Execution(EXECUTION, "TIMED_OUT", datetime.now(UTC), None, None, None, None)
    assert executions._failed(visits, ended) is visits[-1]


def queue(*looks: tuple[int, int]) -> Noted:
    """Return a dead-letter queue with this many messages, visible and not, at each check, and a topic that delivers."""
    left = iter(looks)

    def attributes(asked: dict[str, Any]) -> Any:
        return {"Attributes": dict(zip(asked["AttributeNames"], map(str, next(left)), strict=False))}

    return Noted(
        get_queue_attributes=attributes,
        receive_message={"Messages": [{}]},
        list_subscriptions_by_topic={"Subscriptions": [{"SubscriptionArn": "arn:x"}]},
        get_metric_statistics={"Datapoints": [{"Sum": 1}]},
    )


def alerts(aws: Noted) -> list[Proof]:
    outputs: Any = OUTPUTS | TOPICS
    stack = aws.stack
    object.__setattr__(stack, "outputs", outputs)
    return list(alerting.proofs(stack, datetime.now(UTC).timestamp(), 1.0))


@pytest.mark.parametrize(
    ("looks", "outcomes"),
    [
        ([(0, 0), (0, 0)], ["proved", "proved"]),
        ([(1, 0)], ["failed"]),
        ([(0, 1)], ["failed"]),
        ([(0, 0), (1, 0)], ["proved", "failed"]),
    ],
    ids=["none", "from before", "in flight", "of the alert itself"],
)
def test_a_dead_letter_is_looked_for_before_and_after_the_alert(
    clock: Clock, looks: list[tuple[int, int]], outcomes: list[str]
) -> None:
    aws = queue(*looks)
    assert [each.outcome for each in alerts(aws)] == outcomes
    assert aws.requests[-1][0] in {"get_queue_attributes", "receive_message"}
    assert clock.now == 0


def test_dead_letters_are_read_ten_at_a_time_and_stay_visible(clock: Clock) -> None:
    """They stay for the person who fixes the cause."""
    aws = queue((12, 0))
    alerts(aws)
    (asked,) = aws.of("receive_message")
    assert (asked["MaxNumberOfMessages"], asked["VisibilityTimeout"], clock.now) == (10, 0, 0)


def test_the_metrics_of_the_minute_that_is_not_over_count(clock: Clock) -> None:
    aws = queue((0, 0), (0, 0))
    alerts(aws)
    assert {each["EndTime"] > datetime.now(UTC) for each in aws.of("get_metric_statistics")} == {True}
    assert clock.now == 0


def test_a_denial_without_a_limit_on_the_role_is_its_policys() -> None:
    assert rights._limit({}, {}) == ""
    assert (
        rights._limit({}, {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}) == "boundary"
    )
    assert rights._limit({"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}, {}) == "organization"


@pytest.mark.parametrize("broken", [1, 2], ids=["failed", "left without an end"])
def test_stages_before_the_state_that_broke_are_proved_and_none_after_it(
    monkeypatch: pytest.MonkeyPatch, broken: int
) -> None:
    """A state that was never left is not proved, even if another one failed."""
    now = datetime.now(UTC)
    visits = [
        StateVisit("Take the lock", "Task", now, left=now),
        StateVisit("Extract", "Task", now, left=now if broken == 1 else None),
        StateVisit("Freeze the inputs", "Task", now),
    ]
    visits[broken].failed = True
    monkeypatch.setattr(executions, "events", lambda *_: [])
    monkeypatch.setattr(executions, "state_visits", lambda _: visits)
    monkeypatch.setattr(executions, "failure", lambda *asked: Proof("", asked[-1], "failed", "", ""))
    visits[broken].failures.append("AccessRefused: no")
    ended = Execution(EXECUTION, "FAILED", now, now, None, "AccessRefused", "no")
    pair = executions.Pair(ended, ended, 0.0, second_waited=False, second_worked=True)
    found = executions.proofs(Noted().stack, pair)
    assert [(each.what, each.outcome) for each in found] == [("lock", "proved"), ("extract", "failed")]


def test_one_address_that_is_not_confirmed_is_told_beside_one_that_is() -> None:
    found = [{"Endpoint": "a", "SubscriptionArn": "arn:x"}, {"Endpoint": "b", "SubscriptionArn": reading.PENDING}]
    stack = Noted(list_subscriptions_by_topic={"Subscriptions": found}).stack
    object.__setattr__(stack, "outputs", OUTPUTS | TOPICS)
    proof = reading._subscription(stack, "alert")
    assert (proof.outcome, proof.told.startswith("b has not confirmed")) == ("failed", True)


def test_closed_quota_groups_are_told_in_order_without_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "blocked_groups", lambda _: {"tracks": "noon", "albums": "one"})
    proof = reading._spotify(Noted().stack)
    assert proof.outcome == "failed"
    assert "albums until one, tracks until noon" in proof.told


def test_objects_are_removed_a_thousand_at_a_time() -> None:
    aws = Noted()
    removal.remove(aws.stack, removal.Leftovers({"raw": [str(number) for number in range(1001)]}, {}, None))
    assert [len(each["Delete"]["Objects"]) for each in aws.of("delete_objects")] == [1000, 1]


def test_of_a_stack_that_is_not_there_no_rights_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def of(name: str, outcome: Any) -> Any:
        def proofs(_stack: Stack) -> list[Proof]:
            asked.append(name)
            return [Proof("", name, outcome, "", "")]

        return proofs

    for module, name, outcome in ((reading, "read", "failed"), (rights, "rights", "proved"), (policies, "x", "proved")):
        monkeypatch.setattr(module, "proofs", of(name, outcome))
    found = [each.what for each in rehearse(Noted().stack, 0)]
    assert (asked, found) == (["read"], ["read", "daily path", "alert of a stopped execution"])
