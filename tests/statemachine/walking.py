"""Walk the definition with the embedded AWS's interpreter, against an AWS in memory."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ministack.services import stepfunctions as sfn

from local.aws import patching
from local.aws.stepfunctions import expressions
from local.aws.stepfunctions.history import Line
from local.aws.stepfunctions.interpreter import Interpreter
from tests.statemachine.definition import Edge, definition
from tests.statemachine.fake_aws import DATE, FakeAws, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:spotify-lake-test"
ME = "arn:aws:states:us-east-1:000000000000:execution:spotify-lake-test:me"
DAILY = {"mode": "daily", "scheduled_time": f"{DATE}T06:00:00Z"}
REPLAY = {"mode": "replay", "snapshot_date": DATE}
REHEARSAL = {"mode": "rehearsal"}
INBOX = {"mode": "inbox", "bucket": "raw", "key": f"inbox/snapshot_date={DATE}/_READY"}

patching.install(expressions)


@dataclass
class Entry:
    """A state at its entry, and the AWS at that time: enough to enter it again."""

    state: str
    input: Any
    variables: dict[str, Any]
    aws: Callable[[], FakeAws]

    def as_resume(self) -> dict[str, Any]:
        """Return the entry as the place where a walk resumes."""
        return copy.deepcopy({"state": self.state, "input": self.input, "variables": self.variables})


@dataclass
class Walk:
    """The course of an execution."""

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


class _Walking(Interpreter):
    """The embedded AWS's interpreter, which calls the AWS in memory, waits by its clock and reports each edge."""

    done: Walk
    inner = False

    def enter(self, name: str, data: Any) -> None:
        if not self.inner:
            variables = dict(self.context["variables"])  # each value is replaced, never changed
            self.done.entries.append(Entry(name, data, variables, self.done.aws.as_it_is()))

    def took(self, name: str, way: str) -> None:
        self.done.edges.add(Edge(name, way))

    def now(self) -> str:
        return self.done.aws.now_iso()

    def sleep(self, seconds: float) -> None:
        _sleep(self.done, seconds)

    def sleep_until(self, instant: str) -> None:
        _sleep(self.done, sfn._parse_ts(instant).timestamp() - self.done.aws.now)

    def call(self, resource: str, arguments: Any, seconds: float | None) -> Any:
        try:
            return self.done.aws.call(self.context["State"]["Name"], resource, arguments)
        except Refused as refused:
            raise sfn._ExecutionError(refused.error, refused.cause) from refused

    def fork(self, line: Line) -> _Walking:
        forked = _Walking(copy.deepcopy(self.context), line)
        forked.done, forked.inner = self.done, True
        return forked


def walk(
    asked: Any,
    aws: FakeAws | None = None,
    *,
    resume: Entry | None = None,
    arn: str = ME,
    tell: Callable[[Walk], None] = lambda _: None,
) -> Walk:
    """Return the course of an execution of `asked`, from its start or from `resume` on; `tell` gets it as it begins."""
    machine = definition()
    aws = aws or FakeAws()
    done = Walk(aws, ends=aws.now + machine["TimeoutSeconds"])
    tell(done)
    about = {"Id": arn, "Input": asked, "Name": arn.rsplit(":", 1)[-1], "StartTime": f"{DATE}T06:00:00.123Z"}
    context = {
        "QueryLanguage": machine["QueryLanguage"],
        "Execution": about,
        "StateMachine": {"Id": MACHINE, "Name": "spotify-lake-test"},
        "variables": copy.deepcopy(resume.variables) if resume else {},
    }
    walking = _Walking(context, Line({"status": "RUNNING", "events": []}))
    walking.done = done
    first = resume.as_resume() if resume else {"state": machine["StartAt"], "input": asked}
    try:
        done.output = walking.walk(machine, first["state"], copy.deepcopy(first["input"]))
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


class _TimedOut(BaseException):
    """The execution's own time is over."""


def _sleep(done: Walk, seconds: float) -> None:
    done.waits.append(seconds)
    done.aws.now += max(seconds, 0)
    if done.aws.now > done.ends:
        raise _TimedOut
