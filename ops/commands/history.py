"""`ops history`: an execution's states as a timeline."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from functions.report.collect import told_cost
from ops.executions import describe, events, find, sentence, state_visits
from ops.stack import open_stack
from ops.terminal.execution_output import cost_told, told
from ops.terminal.live import asked_only, line
from ops.terminal.options import AsJson, Local, StackName
from ops.terminal.output import console, counted, show
from ops.terminal.remembered import recalled

if TYPE_CHECKING:
    from ops.executions import Execution, StateVisit

BAR, NARROW = 24, 110
INPUT_SHOWN = 2_000


def history(
    named: Annotated[
        str | None,
        typer.Argument(
            metavar="[EXECUTION]",
            help="Its ARN, name or run ID, or a date; default: the latest.",
            autocompletion=recalled("dates", "runs"),
        ),
    ] = None,
    stack: StackName = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Show an execution's states as a timeline.

    Shows when each state was entered, its duration, its retries, and the input that failed.
    """
    from ops.report import run_of  # it draws charts, whose library takes long to import

    with open_stack(stack, local=local) as opened:
        arn = find(opened, run_of(opened, named))
        execution, visits = describe(opened, arn), state_visits(events(opened, arn))
    show({**told(execution), "visits": [asdict(each) for each in visits]}, drawn(execution, visits), as_json=as_json)


def drawn(execution: Execution, visits: list[StateVisit]) -> list[Text]:
    """Return the timeline, the failing input and the error, as lines."""
    end = execution.stopped or max((each.left or each.entered for each in visits), default=execution.started)
    span = max((end - execution.started).total_seconds(), 0.001)
    wide = console().width >= NARROW
    width = BAR if wide else 8
    lines = [Text(execution.arn), Text(f"{execution.status}, {span:.1f} s\n")]
    for each in visits:
        offset = (each.entered - execution.started).total_seconds() / span
        lines.append(
            Text.assemble(
                (bar(offset, (each.seconds or 0) / span, width), "cyan"),
                "  ",
                Text(f"\n{' ' * (width + 2)}").join(line(each, wide=wide).split("\n")),
            )
        )
    failing = next((each for each in visits if each.failed and not asked_only(each)), None)
    if failing:
        lines.append(Text(f"\nInput of {failing.state}: {_cut(failing.input)}"))
    if execution.error:
        lines.append(Text(f"\n{execution.error}: {sentence(execution.cause)}", style="red"))
    cost = told_cost(visits)
    return [*lines, *cost_told({"cost": cost})] if cost else lines


def bar(offset: float, share: float, width: int = BAR) -> str:
    """Return a bar that starts at `offset` of the whole and takes `share` of it."""
    begin = min(int(offset * width), width - 1)
    length = max(1, min(round(share * width), width - begin))
    return f"{' ' * begin}{'━' * length}{' ' * (width - begin - length)}"


def _cut(text: str) -> str:
    if len(text) <= INPUT_SHOWN:
        return text
    return f"{text[:INPUT_SHOWN]}… ({counted(len(text), 'character')}; --json has them all)"
