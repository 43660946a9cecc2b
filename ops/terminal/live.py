"""Show an execution as it runs: a line per state that it has left, and what it is doing now."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.status import Status
from rich.text import Text

from ops.executions import describe, follow
from ops.terminal.durations import countdown, duration
from ops.terminal.output import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from ops.executions import Execution, StateVisit
    from ops.stack import Stack

SILENCE_S = 3.0
NAME, NAME_NARROW, NARROW = 44, 34, 100
CONDITION = "DynamoDB.ConditionalCheckFailedException"
EXTRACT, WAIT_FOR_SPOTIFY = "Extract", "Wait for Spotify"


def watch(stack: Stack, arn: str, out: Console, poll_s: float) -> Execution:
    """Print each state as it is entered and left, with its time, until the execution ends; return how it ended.

    A terminal shows the state it is in on its last line. Elsewhere that is a line of its own, and another one
    whenever nothing happened for a while.
    """
    from ops.spotify.progress import Progress

    left, announced, told = 0, -1, time.monotonic()
    now, progress = Status("starting", console=out, spinner="dots"), Progress(stack)
    wide = out.width >= NARROW
    try:
        for visits in follow(stack, arn, poll_s):
            while left < len(visits) and visits[left].left:
                out.print(line(visits[left], wide=wide))
                left, told = left + 1, time.monotonic()
            if left == len(visits):
                continue
            if not out.is_terminal and announced == left and time.monotonic() - told <= SILENCE_S:
                continue
            here = doing(visits[: left + 1], partial(progress.now, _run(visits)))
            if out.is_terminal:
                now.update(Text(here, no_wrap=True, overflow="ellipsis"))
                now.start()
            else:
                out.print(Text(f"{_clock(datetime.now(UTC))}  → {here}"))
                announced, told = left, time.monotonic()
    finally:
        now.stop()
    for visit in visits[left:]:  # cut short by the end of the execution
        out.print(line(visit, wide=wide))
    return describe(stack, arn)


def line(visit: StateVisit, *, wide: bool = True) -> Text:
    """Return the line of a visit that is over: when it began, its state, its duration, what failed on the way."""
    took = f"{visit.seconds:8.2f} s" if visit.seconds is not None else "    ended "
    text = Text(f"{_clock(visit.entered)}  ")
    broken = visit.failed and not asked_only(visit)
    text.append("✗ " if broken else "✓ ", style="red" if broken else "green")
    text.append(f"{visit.state:<{NAME if wide else NAME_NARROW}}{took}")
    if told := "condition not met" if asked_only(visit) else came_to(visit):
        text.append(f"  {told}" if wide else f"\n{' ' * 14}{told}", style="dim")
    for tried, failure in enumerate([] if asked_only(visit) else visit.failures, start=1):
        last = visit.failed and tried == len(visit.failures)
        again = "" if last else " (tried again)"
        text.append(f"\n{' ' * 14}{failure}{again}", style="red" if last else "yellow")
    return text


def asked_only(visit: StateVisit) -> bool:
    """Return whether a state only found a condition not met: a lock is held, or there is none to release."""
    return visit.failed and visit.failures[-1].startswith(CONDITION)


def doing(visits: Sequence[StateVisit], extracting: Callable[[], str]) -> str:
    """Return what an execution does in its last state: its progress, the length of a wait, or the lock's holder."""
    now, visit = datetime.now(UTC), visits[-1]
    since = f"{visit.state} ({(now - visit.entered).total_seconds():.0f} s)"
    if visit.state == WAIT_FOR_SPOTIFY and "resume_at" in (given := _object(visit.input)):
        return f"{visit.state}: {countdown(given['resume_at'], now)}"
    if visit.state == EXTRACT:
        return f"{since} {extracting()}".rstrip()
    if visit.state in LOOKS:
        return f"{since} {_waited_for(visits, now)}".rstrip()
    return since


def _waited_for(visits: Sequence[StateVisit], now: datetime) -> str:
    """Return the result of a wait's last check, and since when it has been checking."""
    look, told = LOOKS[visits[-1].state]
    looks = [each for each in visits if each.state == look]
    waits = [each for each in visits if each.state == visits[-1].state]
    found = told(_object(looks[-1].output)) if looks else ""
    waited = duration((now - waits[0].entered).total_seconds())
    return f"{found}{', ' if found else ''}{waited} so far" if len(waits) > 1 else found


def _holder(looked: dict[str, Any]) -> str:
    holder = str(looked.get("Item", {}).get("holder", {}).get("S", ""))
    return f"held by {holder.rsplit(':', 1)[-1]}" if holder else ""


def _crawler(looked: dict[str, Any]) -> str:
    state = looked.get("Crawler", {}).get("State")
    return f"the crawler is {state}" if state else ""


LOOKS: dict[str, tuple[str, Callable[[dict[str, Any]], str]]] = {
    "Wait for the lock": ("Ask who holds the lock", _holder),
    "Wait for the crawl": ("Look at the crawler", _crawler),
}
"""The waits that check repeatedly: the state that checks, and the text for its result."""


def came_to(visit: StateVisit) -> str:
    """Return the result of a slice of the extraction in words; empty for any other state."""
    if visit.state != EXTRACT or not visit.output:
        return ""
    result = _object(visit.output)
    made, left = sum(result.get("requests", {}).values()), sum(result.get("work", {}).values())
    until = f" until {result['resume_at']}" if "resume_at" in result else ""
    more = "" if result.get("status") == "DONE" else f", {left:,} left"
    return f"{result.get('status', '')}{until}, {counted(made, 'request')}{more}"


def _run(visits: list[StateVisit]) -> dict[str, Any]:
    """Return the run that an execution resolved to, once it has."""
    return _object(visits[0].output) if visits else {}


def _object(text: str) -> dict[str, Any]:
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}


def _clock(instant: datetime) -> str:
    return instant.astimezone().strftime("%H:%M:%S.%f")[:-5]
