"""Walks the definition with ministack's interpreter and the additions that make it strict, against an AWS in memory."""

from __future__ import annotations

import copy
import json
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ministack.services import stepfunctions as sfn

from local.additions import executions, step_functions_gaps
from tests.statemachine import watching
from tests.statemachine.definition import Edge, definition
from tests.statemachine.fake_aws import DATE, FakeAws, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:spotify-lake-test"
ME = "arn:aws:states:us-east-1:000000000000:execution:spotify-lake-test:me"
DAILY = {"mode": "daily", "scheduled_time": f"{DATE}T06:00:00Z"}
REPLAY = {"mode": "replay", "snapshot_date": DATE}
INBOX = {"mode": "inbox", "bucket": "raw", "key": f"inbox/snapshot_date={DATE}/_READY"}

_state: ContextVar[str] = ContextVar("the state that a task belongs to")


@dataclass
class Entry:
    """A state as it was entered, and AWS as it was then: enough to enter it again."""

    state: str
    input: Any
    variables: dict[str, Any]
    aws: Callable[[], FakeAws]

    def as_resume(self) -> dict[str, Any]:
        """Return it as the place where a walk goes on."""
        return copy.deepcopy({"state": self.state, "input": self.input, "variables": self.variables})


@dataclass
class Walk:
    """How an execution went."""

    aws: FakeAws
    ends: float
    status: str = "RUNNING"
    output: Any = None
    error: str = ""
    cause: str = ""
    entries: list[Entry] = field(default_factory=list)
    edges: set[Edge] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)
    holders: dict[str, str] = field(default_factory=dict)

    @property
    def states(self) -> list[str]:
        """Return the names of the states, in the order entered."""
        return [entry.state for entry in self.entries]

    def tries(self, state: str) -> int:
        """Return how often a state called AWS."""
        return sum(name == state for name, _ in self.aws.calls)


class _Execution(dict[str, Any]):
    """ministack's record of an execution, which tells each entry of a state."""

    def __init__(self, walk: Walk, **values: Any) -> None:
        super().__init__(**values)
        self.walk = walk

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        if key == "resume":
            self.walk.entries.append(Entry(**copy.deepcopy(value), aws=self.walk.aws.as_it_is()))


def walk(
    asked: Any,
    aws: FakeAws | None = None,
    *,
    resume: Entry | None = None,
    arn: str = ME,
    tell: Callable[[Walk], None] = lambda _: None,
) -> Walk:
    """Return how an execution of `asked` went, from its start or from `resume` on; `tell` gets it as it begins."""
    machine = definition()
    aws = aws or FakeAws()
    done = Walk(aws, ends=aws.now + machine["TimeoutSeconds"])
    tell(done)
    with _strict_interpreter(done, machine):
        about = {"Id": arn, "Input": asked, "Name": arn.rsplit(":", 1)[-1], "StartTime": f"{DATE}T06:00:00.123Z"}
        context = {
            "QueryLanguage": machine["QueryLanguage"],
            "Execution": about,
            "StateMachine": {"Id": MACHINE, "Name": "spotify-lake-test"},
            "variables": copy.deepcopy(resume.variables) if resume else {},
        }
        execution = _Execution(done, status="RUNNING", events=[], **({"resume": resume.as_resume()} if resume else {}))
        try:
            done.output = executions._walk(machine, execution, context)
            done.status = "SUCCEEDED"
        except _TimedOut:
            done.status = "TIMED_OUT"
        except sfn._ExecutionError as error:
            done.status, done.error, done.cause = "FAILED", error.error, error.cause
    done.holders = aws.holders()
    last = machine["States"][done.states[-1]]["Type"]
    if last in {"Succeed", "Fail"}:
        done.edges.add(Edge(done.states[-1], last))
    return done


@contextmanager
def _strict_interpreter(done: Walk, machine: dict[str, Any]) -> Iterator[None]:
    """Let ministack's module walk for `done`, and be as it was afterwards."""
    as_it_was, clock = dict(vars(sfn)), vars(executions)["now_iso"]
    sfn._invoke_resource = lambda resource, arguments: _call(done.aws, resource, arguments)
    step_functions_gaps.install()
    vars(executions)["now_iso"] = done.aws.now_iso
    sfn.now_iso = done.aws.now_iso
    sfn._invoke_resource_with_timeout = lambda resource, arguments, _timeout: sfn._invoke_resource(resource, arguments)
    sfn._scaled_sleep = lambda seconds: _sleep(done, seconds)
    sfn._sleep_until = lambda stamp: _sleep(done, sfn._parse_ts(stamp).timestamp() - done.aws.now)
    watching.install(machine, done.edges, _state)
    try:
        yield
    finally:
        vars(sfn).update(as_it_was)
        vars(executions)["now_iso"] = clock


def _call(aws: FakeAws, resource: str, arguments: Any) -> Any:
    json.dumps(arguments)
    try:
        return aws.call(_state.get(), resource, arguments)
    except Refused as refused:
        raise sfn._ExecutionError(refused.error, refused.cause) from refused


class _TimedOut(BaseException):
    """The execution's own time is over."""


def _sleep(done: Walk, seconds: float) -> None:
    done.waits.append(seconds)
    done.aws.now += max(seconds, 0)
    if done.aws.now > done.ends:
        raise _TimedOut
