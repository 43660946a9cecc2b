"""Histories as AWS writes them are read back as visits: failures, tries, seconds, and which iteration each is in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.shared.state_visits import StateVisit, sentence, state_visits

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
STORAGE = {"error": "StorageUnavailable", "cause": '{"errorMessage": "S3 is busy"}'}


class History:
    """A history that is written event by event; each names the event that it follows."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def add(self, kind: str, second: float, follows: int, **details: Any) -> int:
        field = kind
        for end in ("StateEntered", "StateExited"):
            field = end if kind.endswith(end) else field
        number = len(self.events) + 1
        event = {"id": number, "previousEventId": follows, "type": kind, "timestamp": NOON + timedelta(seconds=second)}
        self.events.append(event | {f"{field[0].lower()}{field[1:]}EventDetails": details})
        return number

    def call(self, second: float, follows: int) -> int:
        """Add the three events with which a call begins in a state of its own; return the last."""
        entered = self.add("TaskStateEntered", second, follows, name="Look", input="{}")
        return self.again(second, entered)

    def again(self, second: float, follows: int) -> int:
        """Add the two events with which a call begins."""
        return self.add("TaskStarted", second, self.add("TaskScheduled", second, follows))

    def done(self, second: float, follows: int) -> int:
        """Add the two events with which a call and its state end well."""
        succeeded = self.add("TaskSucceeded", second, follows, output="{}")
        return self.add("TaskStateExited", second, succeeded, name="Look", output="{}")

    def map(self, items: int) -> int:
        """Begin with a Map of so many items; return the event that its iterations follow."""
        self.add("ExecutionStarted", 0, 0, input="{}")
        entered = self.add("MapStateEntered", 0, 0, name="Each", input="[]")
        return self.add("MapStateStarted", 0, entered, length=items)

    def iteration(self, index: int, follows: int) -> int:
        return self.add("MapIterationStarted", 0, follows, name="Each", index=index)


def of(found: list[StateVisit], state: str) -> list[StateVisit]:
    return [visit for visit in found if visit.state == state]


def test_calls_of_iterations_that_run_at_once_are_told_apart() -> None:
    told = History()
    begun = told.map(2)
    first, second = told.iteration(0, begun), told.iteration(1, begun)
    one, two = told.call(1, first), told.call(2, second)
    failed = told.add("TaskFailed", 3, two, **STORAGE)
    one = told.done(4, one)
    told.add("MapIterationSucceeded", 4, one, name="Each", index=0)
    two = told.done(15, told.again(10, failed))
    ended = told.add("MapIterationSucceeded", 15, two, name="Each", index=1)
    told.add("MapStateSucceeded", 15, ended)
    last = told.add("MapStateExited", 15, ended, name="Each", output="[]")
    told.add("ExecutionSucceeded", 15, last)
    found = state_visits(told.events)
    assert [(visit.state, visit.tries, visit.called_s, visit.seconds) for visit in found] == [
        ("Each", 0, 0, 15),
        ("Look", 1, 3, 3),
        ("Look", 2, 6, 13),
    ]
    assert [visit.failures for visit in found] == [[], [], ["StorageUnavailable: S3 is busy"]]
    assert not any(visit.failed for visit in found)


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        ('{"errorMessage": "S3 is busy"}', "S3 is busy"),
        ('{"QueryExecution": {"Status": {"StateChangeReason": "SYNTAX_ERROR"}}}', "SYNTAX_ERROR"),
        ('{"QueryExecution": {"Status": {}}}', '{"QueryExecution": {"Status": {}}}'),
        ('["errorMessage"]', '["errorMessage"]'),
        ("The execution was stopped.", "The execution was stopped."),
        (None, ""),
    ],
    ids=["a function's", "a query's", "a query's without a reason", "a list", "text", "none"],
)
def test_a_cause_is_told_as_its_sentence(cause: str | None, told: str) -> None:
    assert sentence(cause) == told


def test_an_iteration_that_begins_where_another_ended_is_one_of_the_same_map() -> None:
    told = History()
    begun = told.map(2)
    one = told.done(1, told.call(1, told.iteration(0, begun)))
    told.add("MapIterationSucceeded", 1, one, name="Each", index=0)
    two = told.done(2, told.call(2, told.iteration(1, one)))
    ended = told.add("MapIterationSucceeded", 2, two, name="Each", index=1)
    told.add("MapStateSucceeded", 3, ended)
    last = told.add("MapStateExited", 3, ended, name="Each", output="[1,2]")
    told.add("TaskStateEntered", 4, last, name="After", input="[1,2]")
    found = state_visits(told.events)
    assert [(visit.state, visit.output, visit.seconds) for visit in found] == [
        ("Each", "[1,2]", 3),
        ("Look", "{}", 0),
        ("Look", "{}", 0),
        ("After", "", None),
    ]


def test_a_map_fails_as_the_iteration_that_fails_and_stops_the_others() -> None:
    told = History()
    begun = told.map(2)
    first, second = told.iteration(0, begun), told.iteration(1, begun)
    one, two = told.call(1, first), told.call(1, second)
    timed_out = told.add("TaskTimedOut", 6, two, error="States.Timeout", resource="invoke", resourceType="lambda")
    told.add("MapIterationFailed", 6, timed_out, name="Each", index=1)
    told.add("MapIterationAborted", 7, timed_out, name="Each", index=0)
    told.add("TaskStateAborted", 7, timed_out)
    failed = told.add("MapStateFailed", 7, timed_out)
    caught = told.add("MapStateExited", 7, failed, name="Each", output="{}")
    told.add("TaskStateEntered", 8, caught, name="Say", input="{}")
    each, stopped, slow, after = state_visits(told.events)
    assert (each.failed, each.failures, each.seconds) == (True, ["States.Timeout"], 7)
    assert (slow.failed, slow.failures, slow.called_s) == (True, ["States.Timeout"], 5)
    assert (stopped.failed, stopped.failures, stopped.seconds) == (False, [], 6)
    assert (after.failed, after.left) == (False, None)
    assert one < two


def test_a_state_that_was_left_before_its_iteration_was_stopped_took_no_longer() -> None:
    told = History()
    begun = told.map(2)
    first, second = told.iteration(0, begun), told.iteration(1, begun)
    one, two = told.call(1, first), told.call(2, second)
    one = told.done(4, one)
    failed = told.add("TaskFailed", 9, two, **STORAGE)
    told.add("MapIterationAborted", 9, one, name="Each", index=0)
    told.add("MapIterationFailed", 9, failed, name="Each", index=1)
    assert [visit.seconds for visit in of(state_visits(told.events), "Look")] == [3, 7]


def test_a_map_that_is_tried_again_and_succeeds_has_not_failed() -> None:
    told = History()
    begun = told.map(1)
    broken = told.add("TaskFailed", 1, told.call(1, told.iteration(0, begun)), **STORAGE)
    told.add("MapIterationFailed", 1, broken, name="Each", index=0)
    again = told.add("MapStateStarted", 2, broken, length=1)
    one = told.done(3, told.call(2, told.iteration(0, again)))
    ended = told.add("MapIterationSucceeded", 3, one, name="Each", index=0)
    told.add("MapStateSucceeded", 3, ended)
    told.add("MapStateExited", 3, ended, name="Each", output="[]")
    each, first, second = state_visits(told.events)
    assert (each.failed, each.failures) == (False, ["StorageUnavailable: S3 is busy"])
    assert (first.left, second.failed) == (NOON + timedelta(seconds=1), False)


@pytest.mark.parametrize("place", [0, 2], ids=["as of a Pass", "as of a Wait"])
def test_an_expression_that_failed_is_told_of_its_state(place: int) -> None:
    told = History()
    told.add("ExecutionStarted", 0, 0, input="{}")
    told.add("PassStateEntered", 0, 0, name="Say", input="{}")
    why = {
        "error": "States.QueryEvaluationError",
        "cause": "The JSONata expression …",
        "location": "Output",
        "state": "Say",
    }
    told.add("ExecutionFailed", 1, told.add("EvaluationFailed", 1, place, **why), **STORAGE)
    (say,) = state_visits(told.events)
    assert (say.failed, say.failures) == (True, ["States.QueryEvaluationError: The JSONata expression …"])


def test_expressions_that_fail_in_iterations_are_told_of_the_right_one() -> None:
    told = History()
    begun = told.map(2)
    first, second = told.iteration(0, begun), told.iteration(1, begun)
    told.add("PassStateEntered", 1, first, name="Say", input="1")
    told.add("PassStateEntered", 1, second, name="Say", input="2")
    why = {"error": "States.QueryEvaluationError", "cause": "undefined", "location": "Output", "state": "Say"}
    failed = told.add("EvaluationFailed", 2, first, **why)
    told.add("MapIterationFailed", 2, failed, name="Each", index=0)
    told.add("MapStateFailed", 2, failed)
    each, one, two = state_visits(told.events)
    assert (one.input, one.failed, two.failed) == ("1", True, False)
    assert each.failures == ["States.QueryEvaluationError: undefined"]


def test_an_iteration_that_is_stopped_before_its_first_state_has_no_visit() -> None:
    told = History()
    begun = told.map(2)
    first, second = told.iteration(0, begun), told.iteration(1, begun)
    failed = told.add("TaskFailed", 2, told.call(1, first), **STORAGE)
    told.add("MapIterationFailed", 2, failed, name="Each", index=0)
    told.add("MapIterationAborted", 2, second, name="Each", index=1)
    told.add("MapStateFailed", 2, failed)
    each, look = state_visits(told.events)
    assert (each.failed, look.failed, look.seconds) == (True, True, 1)


def test_a_redrive_goes_on_in_the_state_that_had_failed() -> None:
    told = History()
    told.add("ExecutionStarted", 0, 0, input="{}")
    broken = told.add("TaskFailed", 1, told.call(0, 0), **STORAGE)
    over = told.add("ExecutionFailed", 1, broken, **STORAGE)
    redriven = told.add("ExecutionRedriven", 60, over, redriveCount=1)
    told.done(62, told.again(60, redriven))
    (look,) = state_visits(told.events)
    assert (look.tries, look.called_s, look.failed, look.output) == (2, 3, False, "{}")


def test_a_redrive_after_a_stop_goes_on_in_the_state_that_was_stopped() -> None:
    told = History()
    told.add("ExecutionStarted", 0, 0, input="{}")
    told.call(0, 0)
    over = told.add("ExecutionAborted", 1, 0)
    told.done(62, told.again(60, told.add("ExecutionRedriven", 60, over, redriveCount=1)))
    (look,) = state_visits(told.events)
    assert (look.tries, look.seconds) == (2, 62)


def test_a_redrive_goes_on_in_one_of_two_iterations_that_were_stopped_and_that_one_ends() -> None:
    told = History()
    begun = told.map(2)
    for index in range(2):
        told.call(index, told.iteration(index, begun))
    over = told.add("ExecutionAborted", 2, 0)
    told.done(62, told.again(60, told.add("ExecutionRedriven", 60, over, redriveCount=1)))
    assert [(look.tries, look.seconds) for look in of(state_visits(told.events), "Look")] == [(1, None), (2, 61)]


@pytest.mark.parametrize("failures", [[], ["StorageUnavailable: S3 is busy"]], ids=["no failure", "one failure"])
def test_a_map_has_failed_until_it_succeeds_when_tried_again_and_is_told_a_failure_once(failures: list[str]) -> None:
    told = History()
    last = told.call(1, told.iteration(0, told.map(1)))
    failed = told.add("MapStateFailed", 2, told.add("TaskFailed", 2, last, **STORAGE) if failures else last)
    told.add("MapStateStarted", 3, failed, length=1)
    each, look = state_visits(told.events)
    assert (each.failed, each.failures, look.failures) == (True, failures, failures)


@pytest.mark.parametrize("beside", [True, False], ids=["beside its entry", "elsewhere"])
def test_an_expression_that_failed_is_told_of_the_map_too(beside: bool) -> None:
    told = History()
    first = told.iteration(0, told.map(1))
    told.add("PassStateEntered", 1, first, name="Say", input="1")
    told.add("PassStateEntered", 1, 0, name="Other", input="1")
    why = {"error": "States.QueryEvaluationError", "cause": "undefined", "location": "Output", "state": "Say"}
    failed = told.add("EvaluationFailed", 2, first if beside else 0, **why)
    told.add("MapStateFailed", 2, failed)
    each, say, other = state_visits(told.events)
    assert (each.failed, say.failed, other.failed) == (True, True, False)
    assert each.failures == say.failures == ["States.QueryEvaluationError: undefined"]


def test_an_exit_is_that_of_the_open_visit_with_its_name_wherever_it_follows() -> None:
    """After a redrive, and at the end of a Parallel, an exit follows an event of another visit."""
    told = History()
    begun = told.map(3)
    one = told.done(1, told.call(0, told.iteration(0, begun)))
    told.call(1, told.iteration(1, begun))
    told.add("TaskStateEntered", 1, told.iteration(2, begun), name="Other", input="{}")
    over = told.add("ExecutionAborted", 2, one)
    told.done(62, told.again(60, told.add("ExecutionRedriven", 60, over, redriveCount=1)))
    assert [visit.seconds for visit in state_visits(told.events)] == [None, 1, 61, None]


def test_a_parallel_ends_though_a_branch_of_it_was_not_left() -> None:
    told = History()
    begun = told.add("ParallelStateStarted", 0, told.add("ParallelStateEntered", 0, 0, name="Both", input="{}"))
    failed = told.add("ParallelStateFailed", 2, told.add("TaskFailed", 2, told.call(1, begun), **STORAGE))
    told.add("ParallelStateExited", 2, failed, name="Both", output="{}")
    assert [visit.seconds for visit in state_visits(told.events)] == [2, None]
