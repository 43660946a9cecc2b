"""Collect the facts of a run: from its execution's history, the ledger, and the views."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from functions.report import links
from functions.report.cost import cost
from functions.report.model import Failure, Report, Results, RunFacts
from functions.report.usage import Compute, used
from functions.shared import keys
from functions.shared.athena import Library, QueryResults
from functions.shared.json_objects import read_json
from functions.shared.state_visits import sentence, state_visits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

    from functions.report.model import RunOutcome
    from functions.shared.events import Cost, ExtractResult, FreezeResult, Gate, SweepResult, TransformResult
    from functions.shared.state_visits import StateVisit

QUESTIONS = Path(__file__).with_name("questions")
ALWAYS = ("days", "catalogue")
IF_PUBLISHED = ("new_albums", "new_tracks", "changes", "refused")


@dataclass(frozen=True)
class Sources:
    """The clients and names of the services that hold the facts."""

    states: SFNClient
    s3: S3Client
    curated_bucket: str
    library: Library
    compute: Compute
    has_console: bool = True


def gather(sources: Sources, execution_arn: str, run_id: str) -> Report:
    """Return the report of an execution's run, also of one that has not ended.

    The run's ID is given, and not computed: the execution's start time has other digits than the state machine's.
    """
    execution = sources.states.describe_execution(executionArn=execution_arn)
    machine = sources.states.describe_state_machine_for_execution(executionArn=execution_arn)
    visits = state_visits(history(sources.states, execution_arn))
    row = read_json(sources.s3, sources.curated_bucket, keys.run_record(run_id)) or {}
    run = facts(run_id, _snapshot_date(visits), execution, row)
    handed_on, definition, answers = results(visits), json.loads(machine["definition"]), _asked(sources, run)
    now = datetime.now(UTC)
    return Report(
        run=run,
        results=handed_on,
        definition=definition,
        visits=visits,
        answers=answers,
        written_at=now,
        console=links.console(execution_arn) if sources.has_console else None,
        cost=told_cost(visits) or cost(used(visits, definition, handed_on, answers, sources.compute, now)),
    )


def history(states: SFNClient, execution_arn: str) -> list[Mapping[str, Any]]:
    """Return the whole history of an execution, oldest first."""
    pages = states.get_paginator("get_execution_history").paginate(executionArn=execution_arn)
    return [cast("Mapping[str, Any]", event) for page in pages for event in page["events"]]


def facts(
    run_id: str, snapshot_date: str | None, execution: DescribeExecutionOutputTypeDef, row: Mapping[str, Any]
) -> RunFacts:
    """Return what is known of a run from its execution and, if it was published, from its row in the ledger."""
    status = execution["status"]
    outcome: RunOutcome = row.get("outcome") or ("running" if status == "RUNNING" else "failed")
    if status not in {"RUNNING", "SUCCEEDED"}:
        outcome = "failed"  # also if it was published before it was stopped or timed out
    finished = execution.get("stopDate") or _time(row.get("finished_at"))
    failure = None
    if outcome == "failed":
        error = row.get("error") or execution.get("error") or status
        cause = row.get("cause") or sentence(execution.get("cause")) or f"The execution ended {status}."
        failure = Failure(row.get("state"), error, cause)
    return RunFacts(
        run_id=run_id,
        snapshot_date=snapshot_date,
        mode=row.get("mode") or json.loads(execution.get("input", "{}")).get("mode"),
        execution_arn=execution["executionArn"],
        started_at=execution["startDate"].astimezone(UTC),
        finished_at=finished.astimezone(UTC) if finished else None,
        outcome=outcome,
        failure=failure,
        ended=status != "RUNNING",
    )


def results(visits: Iterable[StateVisit]) -> Results:
    """Return the last output of each state."""
    output = {visit.state: json.loads(visit.output) for visit in visits if visit.left and visit.output}
    return Results(
        extract=cast("ExtractResult | None", _only_if("requests", output.get("Extract"))),
        transform=cast("TransformResult | None", _only_if("tables", output.get("Transform"))),
        sweep=cast("SweepResult | None", _only_if("partitions", output.get("Sweep"))),
        gates=_gates(output.get("Judge the gates")),
        freeze=cast("FreezeResult | None", _only_if("digest", output.get("Freeze the inputs"))),
    )


def told_cost(visits: Iterable[StateVisit]) -> Cost | None:
    """Return the cost that the run noted when it wrote its page, so that a later report shows the same."""
    outputs = [
        json.loads(visit.output) for visit in visits if visit.state.startswith("Write the report") and visit.output
    ]
    return cast("Cost | None", next((each["cost"] for each in outputs if "cost" in each), None))


def _gates(output: object) -> list[Gate]:
    """Return the gates of the audit's verdict, or none if the run did not reach the audit."""
    return cast("list[Gate]", output["gates"]) if isinstance(output, dict) and "gates" in output else []


def _only_if(member: str, output: object) -> object:
    """Return an output unless it is an error: a state whose failure was caught outputs its error."""
    return output if isinstance(output, dict) and member in output else None


def _snapshot_date(visits: Iterable[StateVisit]) -> str | None:
    """Return the date that the run was resolved to, or None if that failed."""
    resolved = next((visit for visit in visits if visit.state == "Resolve the run" and visit.output), None)
    run = json.loads(resolved.output) if resolved else {}
    return run.get("snapshot_date")


def _asked(sources: Sources, run: RunFacts) -> QueryResults:
    if run.snapshot_date is None:
        return QueryResults()
    shown = run.outcome in {"published", "partial"}
    return sources.library.ask(run.snapshot_date, (*IF_PUBLISHED, *ALWAYS) if shown else ALWAYS)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
