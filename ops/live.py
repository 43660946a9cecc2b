"""An execution as it runs: a line for each state it has left, and what it is doing now."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.status import Status
from rich.text import Text

from ops.executions import describe, follow

if TYPE_CHECKING:
    from rich.console import Console

    from ops.executions import Execution, Visit
    from ops.stack import Stack


SILENCE_S = 3.0


def watch(stack: Stack, arn: str, out: Console, poll_s: float = 1.0) -> Execution:
    """Print each state as it is entered and left, with its time, until the execution ends; return how it ended.

    A terminal shows the state it is in on its last line. Elsewhere that is a line of its own, and another one
    whenever nothing happened for a while.
    """
    left, announced, told = 0, -1, time.monotonic()
    now = Status("starting", console=out, spinner="dots")
    if out.is_terminal:
        now.start()
    try:
        for visits in follow(stack, arn, poll_s):
            while left < len(visits) and visits[left].left:
                out.print(line(visits[left]))
                left, told = left + 1, time.monotonic()
            if left == len(visits):
                continue
            now.update(Text(doing(visits[left])))
            if not out.is_terminal and (announced < left or time.monotonic() - told > SILENCE_S):
                out.print(Text(f"{_clock(datetime.now(UTC))}  → {doing(visits[left])}"))
                announced, told = left, time.monotonic()
    finally:
        now.stop()
    for visit in visits[left:]:  # what the end of the execution cut short
        out.print(line(visit))
    return describe(stack, arn)


def line(visit: Visit) -> Text:
    """Return a visit that is over: when it began, its state, how long it took, what went wrong on the way."""
    took = f"{visit.seconds:7.2f} s" if visit.seconds is not None else "   ended  "
    text = Text(f"{_clock(visit.entered)}  ")
    text.append("✗ " if visit.failures else "✓ ", style="red" if visit.failures else "green")
    text.append(f"{visit.state:<44}{took}")
    if told := progress(visit):
        text.append(f"  {told}", style="dim")
    for failure in visit.failures:
        text.append(f"\n{' ' * 14}{failure}", style="red")
    return text


def doing(visit: Visit) -> str:
    """Return what an execution is doing in a state it has not left: for a wait, how long it still takes."""
    since = (datetime.now(UTC) - visit.entered).total_seconds()
    return f"{visit.state} ({since:.0f} s)"


def progress(visit: Visit) -> str:
    """Return how far a slice of the extraction came, and nothing of any other state."""
    if visit.state != "Extract" or not visit.output:
        return ""
    result = json.loads(visit.output)
    work, status = result.get("work", {}), result.get("status", "")
    counts = ", ".join(f"{count} {what}" for what, count in sorted(work.items()))
    return f"{status} {result.get('resume_at', '')} {counts}".strip()


def _clock(instant: datetime) -> str:
    return instant.astimezone().strftime("%H:%M:%S.%f")[:-5]
