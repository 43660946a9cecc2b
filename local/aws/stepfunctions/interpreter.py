"""Run a state machine: each state with its expressions, events, retries and catches, as AWS does.

`Interpreter` runs one line of control. What it calls, how it waits and what it tells are methods, so that a test can
walk a definition in memory. States in JSONPath, which the project does not use, have their data processed by ministack.
"""

from __future__ import annotations

import copy
import re
import uuid
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any

from ministack.core.responses import now_iso
from ministack.services import stepfunctions as sfn

from local.aws.patching import having
from local.aws.stepfunctions import branches, jsonpath, retries
from local.aws.stepfunctions.expressions import NotEvaluated, Scope
from local.aws.stepfunctions.history import Line, StateVisit, task_names, text
from local.aws.stepfunctions.limits import LIMIT, size, too_large

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

LONGEST_TASK_S = 99_999_999
WITH_TOKEN = ".waitForTaskToken"  # noqa: S105 - the pattern of a task, no secret
# What AWS takes as the Timestamp of a Wait, from test_wait_timestamp_jsonata (recorded 2024-12-27).
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d(:\d\d)?)")

submitted: ContextVar[Callable[[Any], None]] = ContextVar("embedded_aws_submitted")
"""The function that a `.sync` task calls with the response to its request, before it waits for the end."""
state_name: ContextVar[str] = ContextVar("embedded_aws_state", default="")
"""The name of the state whose task is being called."""


class Interpreter:
    """Runs the states of one line of control in an execution."""

    def __init__(self, context: dict[str, Any], line: Line) -> None:
        self.context = context
        self.line = line
        self.others: threading.Event | None = None
        """In an iteration or a branch: set once another one has failed."""

    def walk(self, machine: dict[str, Any], name: str | None, data: Any) -> Any:
        """Return the output of the last state, beginning at the state `name`."""
        while name:
            self.check()
            branches.stop_if_another_failed(self.others)
            state = machine["States"][name]
            before = self.line.last
            self.context["State"] = {"Name": name, "EnteredTime": self.now(), "RetryCount": 0}
            self.enter(name, data)
            entered = self.line.tell(f"{state['Type']}StateEntered", name=name, input=text(data))
            visit = StateVisit(name, state, data, before, entered)
            data, following = self._through(visit)
            self.check()
            if size(data) > LIMIT:
                raise too_large(name)
            assigned = visit.assigned or None
            self.line.tell(f"{state['Type']}StateExited", name=name, output=text(data), assignedVariables=assigned)
            name = following
        return data

    # What a test replaces.

    def check(self) -> None:
        """Raise Ended unless the execution still runs."""

    def enter(self, name: str, data: Any) -> None:
        """Note that a state is entered."""

    def took(self, name: str, way: str) -> None:
        """Note the way out of a state: `Next`, `End`, `Default`, `Choices[0]`, `Catch[1]`, `Retry[0]`."""

    def now(self) -> str:
        """Return the time."""
        return str(now_iso())

    def sleep(self, seconds: float) -> None:
        """Wait for a time."""
        sfn._scaled_sleep(seconds)

    def sleep_until(self, instant: str) -> None:
        """Wait until an instant."""
        sfn._sleep_until(instant)

    def call(self, resource: str, arguments: Any, seconds: float | None) -> Any:
        """Return the result of a task's call, which may take so many seconds."""
        return sfn._invoke_resource_with_timeout(resource, arguments, seconds or LONGEST_TASK_S)

    def fork(self, line: Line) -> Interpreter:
        """Return an interpreter for an iteration of a Map or a branch of a Parallel."""
        return type(self)(copy.deepcopy(self.context), line)

    # The types of states.

    def _through(self, visit: StateVisit) -> tuple[Any, str | None]:
        """Return the output of a state and the name of the next."""
        try:
            match visit.kind:
                case "Task" | "Map" | "Parallel":
                    return self._worked(visit)
                case "Choice":
                    return self._chosen(visit)
                case "Fail":
                    raise sfn._ExecutionError(*self._failure(visit))
                case "Wait":
                    self._wait(visit)
            return self.leave(visit, visit.state)
        except NotEvaluated as failed:
            raise self.evaluation_failed(visit, failed) from failed

    def _worked(self, visit: StateVisit) -> tuple[Any, str | None]:
        """Return the result of a state with Retry and Catch."""
        tries: dict[int, int] = {}
        while True:
            self.context["State"] = {**self.context["State"], "Name": visit.name, "RetryCount": sum(tries.values())}
            try:
                result = self._attempt(visit)
                return self.leave(visit, visit.state, result=result, has_result=True)
            except NotEvaluated as failed:
                error = self.evaluation_failed(visit, failed)
            except sfn._ExecutionError as failed_otherwise:
                error = failed_otherwise
            place = retries.retrier_of(visit.state, error.error)
            if place is None or retries.used_up(visit.state["Retry"][place], tries.get(place, 0)):
                if place is not None:
                    self.took(visit.name, f"Retry[{place}]")
                return self._caught(visit, error)
            self.sleep(retries.delay(visit.state["Retry"][place], tries.get(place, 0)))
            tries[place] = tries.get(place, 0) + 1

    def _caught(self, visit: StateVisit, error: Any) -> tuple[Any, str | None]:
        """Return the state that catches an error; raise it again if there is none."""
        place = retries.catcher_of(visit.state, error.error)
        if visit.kind != "Task":
            self.line.tell(f"{visit.kind}StateFailed")
        if place is None:
            raise error
        told = {"Error": error.error, "Cause": error.cause or ""}
        self.took(visit.name, f"Catch[{place}]")
        return self.leave(visit, visit.state["Catch"][place], error=told, default=told)

    def _attempt(self, visit: StateVisit) -> Any:
        """Return the result of one attempt of a Task, Map or Parallel."""
        if visit.kind != "Task":
            return branches.run(self, visit)
        resource, scope = visit.state["Resource"], self.scope(visit)
        if WITH_TOKEN in resource:
            self.context["Task"] = {"Token": str(uuid.uuid4())}
        if self.speaks_jsonata(visit.state):
            arguments = scope.value(visit.state.get("Arguments", visit.input), "Arguments")
            seconds = self._seconds(visit, scope)
        else:
            arguments, seconds = jsonpath.arguments(visit.state, visit.input, self.context)
        if size(arguments) > LIMIT:
            raise too_large(visit.name)
        self.line.scheduled(resource, arguments, seconds)
        return self._called(visit, resource, arguments, seconds)

    def _called(self, visit: StateVisit, resource: str, arguments: Any, seconds: float | None) -> Any:
        """Return the result of a task's call, and add the events of its end."""
        names = task_names(resource)
        try:
            with having((state_name, visit.name), (submitted, partial(self._submitted, names))):
                if WITH_TOKEN in resource:
                    result = sfn._invoke_with_callback(resource, arguments, self.context["Task"]["Token"], visit.state)
                else:
                    result = self.call(resource, arguments, seconds)
            if size(result) > LIMIT:
                raise too_large(names["resourceType"])
        except sfn._ExecutionError as error:
            timed_out = error.error == "States.Timeout"
            error.cause = "" if timed_out else error.cause  # test_fixed_timeout_service_lambda, recorded 2024-03-10
            self.line.tell(
                "TaskTimedOut" if timed_out else "TaskFailed", error=error.error, cause=error.cause or None, **names
            )
            raise
        self.line.tell("TaskSucceeded", output=text(result), **names)
        return result

    def _submitted(self, names: dict[str, Any], answer: Any) -> None:
        """Tell that a `.sync` task made its request."""
        self.line.tell("TaskSubmitted", output=text(answer), **names)

    def _seconds(self, visit: StateVisit, scope: Scope) -> float | None:
        """Return a task's TimeoutSeconds, which may be an expression."""
        if "TimeoutSeconds" not in visit.state:
            return None
        return float(scope.typed(visit.state["TimeoutSeconds"], "TimeoutSeconds", "number"))

    def _chosen(self, visit: StateVisit) -> tuple[Any, str | None]:
        """Return the next state of a Choice: that of the first rule that holds, else Default."""
        scope, choice = self.scope(visit), visit.state
        for place, rule in enumerate(choice["Choices"]):
            if self.speaks_jsonata(choice):
                holds = scope.typed(rule["Condition"], f"Choices[{place}]/Condition", "boolean")
            else:
                holds = jsonpath.holds(choice, rule, visit.input, self.context)
            if holds:
                self.took(visit.name, f"Choices[{place}]")
                return self.leave(visit, rule)
        if "Default" not in choice:
            raise sfn._ExecutionError("States.NoChoiceMatched", "No choice rule matched and no Default")
        self.took(visit.name, "Default")
        return self.leave(visit, {**choice, "Next": choice["Default"]})

    def _wait(self, visit: StateVisit) -> None:
        """Wait as long as a Wait says."""
        state, scope = visit.state, self.scope(visit)
        if not self.speaks_jsonata(state):
            state = jsonpath.wait(state, visit.input, self.context)
        if "Seconds" in state:
            seconds = scope.typed(state["Seconds"], "Seconds", "number")
            if not float(seconds).is_integer():
                raise NotEvaluated("Seconds", f"The Seconds field cannot be parsed as an integer: {text(seconds)}")
            if seconds < 0:
                raise NotEvaluated("Seconds", f"Seconds cannot be negative but was: {text(seconds)}")
            self.sleep(seconds)
        else:
            instant = scope.typed(state["Timestamp"], "Timestamp", "string")
            if not is_instant(instant):
                why = "cannot be parsed as an ISO-8601 extended offset date-time format string"
                raise NotEvaluated("Timestamp", f"The Timestamp field {why}: {instant}")
            self.sleep_until(instant)

    def _failure(self, visit: StateVisit) -> tuple[str | None, str | None]:
        """Return the error and cause of a Fail; each may be absent (test_fail_cause_jsonata, 2024-11-13)."""
        if not self.speaks_jsonata(visit.state):
            return jsonpath.failure(visit.state, visit.input, self.context)
        scope = self.scope(visit)
        error, cause = (
            scope.typed(visit.state[field], field, "string") if field in visit.state else None
            for field in ("Error", "Cause")
        )
        return error, cause

    # What all states share.

    def speaks_jsonata(self, state: dict[str, Any]) -> bool:
        """Return whether a state's query language is JSONata."""
        return bool(state.get("QueryLanguage", self.context["QueryLanguage"]) == "JSONata")

    def scope(self, visit: StateVisit, result: Any = None, error: Any = None) -> Scope:
        """Return the variables of a state's expressions."""
        return Scope(visit.input, self.context, result, error)

    def leave(
        self,
        visit: StateVisit,
        way: dict[str, Any],
        *,
        result: Any = None,
        error: Any = None,
        has_result: bool = False,
        default: Any = None,
    ) -> tuple[Any, str | None]:
        """Return the output by one way out of a state, and the next state; set the variables that this way assigns."""
        following = way.get("Next")
        if not self.speaks_jsonata(visit.state):
            return jsonpath.output(visit.state, way, visit.input, result, error, self.context), following
        if default is None:
            default = result if has_result else visit.input
        scope = self.scope(visit, result, error)
        output = scope.value(way["Output"], "Output") if "Output" in way else default
        if visit.kind == "Pass":
            scope = self.scope(visit, output)
        assigned = scope.value(way.get("Assign", {}), "Assign")
        visit.assigned = {name: text(value) for name, value in assigned.items()}
        self.context.setdefault("variables", {}).update(assigned)
        if visit.kind != "Choice" and error is None:
            self.took(visit.name, "Next" if following else "End" if "End" in way else visit.kind)
        return output, following

    def evaluation_failed(self, visit: StateVisit, failed: NotEvaluated) -> Any:
        """Add the event of an expression's failure, and return its error."""
        where = f"'{visit.name}' (entered at the event id #{visit.entered})"
        cause = f"An error occurred while executing the state {where}. {failed}"
        told: dict[str, Any] = {
            "error": "States.QueryEvaluationError",
            "cause": cause,
            "location": failed.place,
            "state": visit.name,
        }
        first = self.line.last == visit.entered and visit.kind != "Wait"
        self.line.tell("EvaluationFailed", follows=visit.before if first else None, **told)
        return sfn._ExecutionError(told["error"], cause)


def is_instant(value: str) -> bool:
    """Return whether a text is a date and time that a Wait accepts."""
    return INSTANT.fullmatch(value) is not None and sfn._parse_ts(value) is not None
