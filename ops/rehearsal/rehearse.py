"""Run the whole rehearsal: read, check rights, run two executions, and check the alert about the stopped one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.rehearsal import alerting, executions, policies, reading, rights
from ops.rehearsal.proof import Proof

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.stack import Stack

NOT_RUN = "Not run: fix the failures above first."


def rehearse(stack: Stack, poll_s: float) -> Iterator[Proof]:
    """Yield each proof as it is found; stop before the executions if a check failed."""
    wrong = False
    for found in (reading.proofs, rights.proofs, policies.proofs):
        for proof in found(stack):
            wrong |= proof.outcome == "failed"
            yield proof
        if wrong and found is reading.proofs:
            break
    if wrong:
        yield Proof("execution", "daily path", "not proved", "", NOT_RUN)
        yield Proof("alert", "alert of a stopped execution", "not proved", "", NOT_RUN)
        return
    executions.clean_up(stack)
    pair = executions.run(stack, poll_s)
    try:
        yield from executions.proofs(stack, pair)
        yield from alerting.proofs(stack, pair.stopped_at, poll_s)
    finally:
        executions.clean_up_after(stack, pair, poll_s)
