"""(c) One execution of a rehearsal on the daily path, and (d) a second one that waits for its lock and is stopped.

The second is started while the first holds the date's lock. So it waits in a state that calls nothing, whenever it is
stopped, and shows in passing that two executions of a date do not interleave.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.shared import keys
from ops.errors import OpsError
from ops.executions import describe, events, start, state_visits
from ops.rehearsal import removal
from ops.rehearsal.failures import denied_by, failure
from ops.rehearsal.proof import Proof
from ops.repair import locks
from ops.terminal.live import asked_only
from ops.terminal.output import counted, counted_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.executions import Execution, StateVisit
    from ops.stack import Stack

MODE = "rehearsal"
WITHIN_S = 15 * 60.0  # a crawl takes two to four minutes, and waits for a daily run's lease are part of it
STOP_WITHIN_S = 120.0
WAITING = "Wait for the lock"
LATE_WRITES_POLLS = 6  # Lambda does not stop with the execution; a rehearsal's functions write for a few seconds
STAGES = {  # the proof of each state, in the order of the daily path
    "lock": "Take the lock",
    "extract": "Extract",
    "freeze": "Freeze the inputs",
    "transform": "Transform",
    "crawl": "Judge the crawl",
    "audit": "Judge the gates",
    "removal": "Sweep",
    "unlock": "Give back the lock",
    "report": "Write the report",
}


@dataclass(frozen=True)
class Pair:
    """The two executions of a rehearsal, and when the second was stopped, in seconds of this machine's clock.

    `second_worked` says that it was not stopped while it waited: what it had called may write for a while.
    """

    first: Execution
    second: Execution
    stopped_at: float
    second_waited: bool
    second_worked: bool


def run(stack: Stack, poll_s: float) -> Pair:
    """Run the first to its end and stop the second; stop both if anything fails."""
    started: list[str] = []
    try:
        started.append(start(stack, {"mode": MODE}))
        _until(lambda: _holds(stack, started[0]) or describe(stack, started[0]).ended, WITHIN_S, poll_s)
        started.append(start(stack, {"mode": MODE}))
        waits = _until(lambda: _waits(stack, started[1]) or describe(stack, started[1]).ended, STOP_WITHIN_S, poll_s)
        waited = waits and _waits(stack, started[1])
        stopped_at, status = _aborted(stack, started[1], poll_s)
        if status != "ABORTED":  # it ended by itself, so nothing alerts anybody
            started.append(start(stack, {"mode": MODE}))
            stopped_at, _ = _aborted(stack, started[2], poll_s)
        _until(lambda: describe(stack, started[0]).ended, WITHIN_S, poll_s)
        first = describe(stack, started[0])
        if not first.ended:
            _stop(stack, first.arn, f"did not end within {WITHIN_S / 60:.0f} minutes")
        return Pair(first, describe(stack, started[-1]), stopped_at, waited, _worked(stack, started[-1]))
    finally:
        for arn in started:
            _stop(stack, arn, "the rehearsal ended before the execution did")


def _until(condition: Any, within_s: float, poll_s: float) -> bool:
    """Wait for a condition; return whether it held in time."""
    deadline = time.monotonic() + within_s
    while not (holds := bool(condition())) and time.monotonic() < deadline:
        time.sleep(poll_s)
    return holds


def _holds(stack: Stack, arn: str) -> bool:
    held = locks.holder_of(stack, locks.lock_id(keys.REHEARSAL_DATE))
    return held is not None and held.holder == arn


def _waits(stack: Stack, arn: str) -> bool:
    return any(visit.state == WAITING for visit in state_visits(events(stack, arn)))


def _worked(stack: Stack, arn: str) -> bool:
    """Return whether an execution that was stopped was not waiting for the lock."""
    history = state_visits(events(stack, arn))
    return not history or history[-1].state != WAITING


def _aborted(stack: Stack, arn: str, poll_s: float) -> tuple[float, str]:
    """Stop an execution on purpose; return when, and its status once it has ended."""
    stopped_at = time.time()
    _stop(stack, arn, "stopped on purpose: the alert about it is part of the rehearsal")
    _until(lambda: describe(stack, arn).ended, STOP_WITHIN_S, poll_s)
    return stopped_at, describe(stack, arn).status


def _stop(stack: Stack, arn: str, why: str) -> None:
    """Stop a running execution; ignore one that has ended."""
    try:
        if not describe(stack, arn).ended:
            stack.client("stepfunctions").stop_execution(
                executionArn=arn, error="Rehearsal", cause=f"`ops rehearse`: {why}"
            )
    except ClientError as exc:
        if exc.response["Error"]["Code"] not in {"ExecutionDoesNotExist", "ValidationException"}:
            raise


def proofs(stack: Stack, pair: Pair) -> Iterator[Proof]:
    """Yield a proof for each stage of the daily path, and one that two executions did not interleave."""
    history = state_visits(events(stack, pair.first.arn))
    failed = _failed(history, pair.first)
    for what, state in STAGES.items():
        passed = any(visit.state == state and visit.left and not visit.failed for visit in history)
        if passed and not (failed and failed.state == state):
            yield _stage(what, "proved", state, _told(what, pair.first))
        elif failed:
            yield failure(stack, pair.first, failed, what)
            break
    if not failed:
        yield _requests(pair.first)
        yield from _left(stack, pair.first)
    if pair.second_waited:
        told = "The second execution waited while the first one held the date's lock."
        yield Proof("execution", "one at a time", "proved", WAITING, told)


def _stage(what: str, outcome: Any, state: str, told: str) -> Proof:
    return Proof("execution", what, outcome, f"state {state!r}", told)


def _failed(history: list[StateVisit], execution: Execution) -> StateVisit | None:
    """Return the visit whose failure ended the execution, else its last visit; None if it succeeded."""
    if execution.status == "SUCCEEDED":
        return None
    broken = (visit for visit in history if visit.failed and not asked_only(visit))
    return next(broken, history[-1] if history else None)


def _told(what: str, execution: Execution) -> str:
    """Return a stage's result from the execution's output."""
    output = execution.output or {}
    match what:
        case "transform":
            tables = output.get("transform", {}).get("tables", {})
            return counted_rows({name: each["rows"] for name, each in tables.items()})
        case "crawl":
            return f"{counted(output['crawl']['polls'], 'check')} of the crawler" if output.get("crawl") else ""
        case "audit":
            return counted(len(output.get("audit", {}).get("gates", [])), "gate") + " passed" if output else ""
        case _:
            return ""


def _requests(execution: Execution) -> Proof:
    """Return whether there were requests to Spotify, and not more than a rehearsal may send."""
    made = sum((execution.output or {}).get("extract", {}).get("requests", {}).values())
    told = (
        f"{counted(made, 'request')} to Spotify, all with a response."
        if made
        else (
            "No request was made: each quota group that a rehearsal uses is closed, or its budget is spent. "
            "Rehearse tomorrow."
        )
    )
    return _stage("requests", "proved" if made else "failed", "Extract", told)


def _left(stack: Stack, execution: Execution) -> Iterator[Proof]:
    """Yield whether the execution deleted all that it wrote; a sweep that failed says why."""
    error = ((execution.output or {}).get("sweep") or {}).get("error")
    found = removal.find(stack)
    if error:
        denied = denied_by(stack, "Sweep", error)
        yield Proof("execution", "nothing left", "failed", "state 'Sweep'", error, denied)
    elif found.told():
        yield _stage(
            "nothing left", "failed", "Sweep", f"It did not delete {found.told()}; they have been deleted now."
        )
    else:
        yield _stage("nothing left", "proved", "Sweep", "Its objects, partitions and locks are deleted.")


def clean_up_after(stack: Stack, pair: Pair, poll_s: float) -> None:
    """Delete what the executions left, and what a function writes that the stopped one had called."""
    clean_up(stack)
    for _ in range(LATE_WRITES_POLLS if pair.second_worked else 0):
        time.sleep(poll_s)
        clean_up(stack)


def clean_up(stack: Stack) -> None:
    """Delete what an earlier or failed rehearsal left.

    Raises:
        OpsError: an execution of the rehearsal's date still runs, or AWS did not delete all of it.
    """
    held = locks.holder_of(stack, locks.lock_id(keys.REHEARSAL_DATE))
    if held and held.alive:
        raise OpsError(f"{held.holder} is a rehearsal that still runs. Wait until it has ended, or stop it.")
    found = removal.find(stack)
    if found.told():
        removal.remove(stack, found)
