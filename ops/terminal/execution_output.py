"""The output of commands about an execution that they started or looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from functions.shared import partial
from functions.shared.prices import PRICES
from ops.errors import DONE, FAILED, PARTIAL
from ops.executions import sentence
from ops.terminal.output import counted_rows

if TYPE_CHECKING:
    from ops.executions import Execution


def exit_code(execution: Execution) -> int:
    """Return 0 for a complete run, 3 for a partial one, 1 for a failed one."""
    if execution.status != "SUCCEEDED":
        return FAILED
    return PARTIAL if (execution.output or {}).get("outcome") == "partial" else DONE


def told(execution: Execution) -> dict[str, Any]:
    """Return an execution as JSON."""
    return {
        "execution_arn": execution.arn,
        "status": execution.status,
        "outcome": (execution.output or {}).get("outcome"),
        "error": execution.error,
        "cause": sentence(execution.cause) if execution.cause else None,
        "reasons": reasons(execution),
        "output": execution.output,
    }


def reasons(execution: Execution) -> list[str]:
    """Return why a run is partial, and what would complete its date, in sentences; none if it is not partial."""
    output = execution.output or {}
    if output.get("outcome") != "partial":
        return []
    why = partial.reasons(output.get("extract"), output.get("freeze"))
    return [*why, partial.completed_by(output["run"]["snapshot_date"], why)]


def summary(execution: Execution) -> list[Text]:
    """Return the result of an execution, as lines."""
    output = execution.output
    if execution.status != "SUCCEEDED" or output is None:
        error = f": {execution.error}: {sentence(execution.cause)}" if execution.error else ""
        return [
            Text(f"\n{execution.status}{error}", style="red"),
            Text("`ops history` shows where and why.", style="dim"),
        ]
    lines = [Text(f"\n{output['outcome']}: {output['run']['snapshot_date']} as run {output['run']['run_id']}")]
    tables = (output.get("transform") or {}).get("tables", {})
    if tables:
        lines.append(Text(counted_rows({name: counts["rows"] for name, counts in tables.items()})))
    lines += [Text(reason, style="yellow") for reason in reasons(execution)]
    lines += [Text(each, style="dim") for each in (output.get("extract") or {}).get("notes", [])]
    if unsent := (output.get("digest") or {}).get("error"):
        lines.append(Text(f"The digest was not sent: {unsent}", style="yellow"))
    return [*lines, *cost_told(output.get("report"))]


def cost_told(report: dict[str, Any] | None) -> list[Text]:
    """Return a run's cost from the state that wrote its report, as a line; empty if it is not known."""
    if not report or "cost" not in report:
        return []
    cost = report["cost"]
    dearest = max(cost["items"], key=lambda each: float(each["usd"]))
    told = f"USD {cost['usd']:.4f} at list price ({cost['region']}, {cost['as_of']})"
    return [Text(f"{told}, of which {PRICES[dearest['item']].what} {dearest['usd']:.4f}", style="dim")]
