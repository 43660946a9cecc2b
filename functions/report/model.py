"""The content of the page as plain data; `functions.report.collect` fills it, `functions.report.page` renders it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from functions.shared.athena import QueryResults
    from functions.shared.events import Cost, ExtractResult, FreezeResult, Gate, SweepResult, TransformResult
    from functions.shared.state_visits import StateVisit

RunOutcome = Literal["published", "partial", "unchanged", "failed", "running"]


@dataclass(frozen=True)
class Failure:
    """The state in which a run failed, its error, and what to do."""

    state: str | None
    error: str
    cause: str


@dataclass(frozen=True)
class RunFacts:
    """The run that the page is about. `snapshot_date` is None if the input named none."""

    run_id: str
    snapshot_date: str | None
    mode: str | None
    execution_arn: str
    started_at: datetime
    finished_at: datetime | None
    outcome: RunOutcome
    failure: Failure | None = None
    ended: bool = True
    """False if the execution still ran when it was read: one of its last states writes the page."""

    @property
    def stack(self) -> str:
        """The name of the stack, which is part of the state machine's name."""
        return self.execution_arn.split(":")[6] if self.execution_arn.count(":") >= 7 else "spotify-lake"

    @property
    def seconds(self) -> float | None:
        """The duration of the run, or None while it runs."""
        return (self.finished_at - self.started_at).total_seconds() if self.finished_at else None


@dataclass(frozen=True)
class Results:
    """The outputs of the states that the run reached."""

    extract: ExtractResult | None = None
    transform: TransformResult | None = None
    sweep: SweepResult | None = None
    gates: list[Gate] = field(default_factory=list)
    freeze: FreezeResult | None = None


@dataclass(frozen=True)
class Report:
    """One run, and the lake at the time when the page is written."""

    run: RunFacts
    results: Results
    definition: Mapping[str, Any]
    visits: list[StateVisit]
    answers: QueryResults
    written_at: datetime
    cost: Cost
    console: Mapping[str, str] | None = None
    """The URLs of the execution and of the query editor in the AWS console; None on the embedded AWS."""
