"""What a run cost, as far as it can be told from here: list prices of us-east-1, November 2026."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functions.report.model import Report

USD_PER_TRANSITION = 25 / 1_000_000  # https://aws.amazon.com/step-functions/pricing/
USD_PER_BYTE = 5 / 1e12  # https://aws.amazon.com/athena/pricing/
LEAST_BYTES = 10_000_000  # a query is billed for at least this much


@dataclass(frozen=True)
class Cost:
    """One thing that is paid for. `usd` is None where it is not known here."""

    what: str
    amount: str
    usd: float | None


def costs(report: Report) -> list[Cost]:
    """Return what is known of the price of a run."""
    found = [_transitions(len(report.stays))]
    scanned = report.results.audit_bytes
    if scanned is not None:
        found.append(Cost("Athena: the audit", f"{scanned:,} bytes scanned", max(scanned, LEAST_BYTES) * USD_PER_BYTE))
    questions = len(report.answers.rows)
    if questions:
        billed = max(report.answers.bytes_scanned, questions * LEAST_BYTES)
        what = f"{questions} questions, {report.answers.bytes_scanned:,} bytes scanned"
        found.append(Cost("Athena: this page", what, billed * USD_PER_BYTE))
    return found


def _transitions(entered: int) -> Cost:
    return Cost("Step Functions", f"{entered} states entered", entered * USD_PER_TRANSITION)
