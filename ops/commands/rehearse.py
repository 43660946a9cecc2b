"""`ops rehearse`: prove on its account what a deployed stack can do."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer
from rich.text import Text

from ops.errors import DONE, FAILED, PARTIAL
from ops.stack import open_stack
from ops.terminal.options import AsJson, Local, StackName
from ops.terminal.output import counted, note, show, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from ops.rehearsal.proof import Proof
    from ops.stack import Stack

POLL_S = {True: 0.2, False: 5.0}  # local: it answers at once
LOOKS = {"proved": ("✓", "green"), "failed": ("✗", "red"), "not proved": ("·", "yellow")}
EXIT_CODES = {"proved": DONE, "failed": FAILED, "not proved": PARTIAL}


def rehearse(stack: StackName = None, local: Local = False, as_json: AsJson = False) -> None:
    """Prove every permission of the stack on its AWS account.

    Reads the stack's resources, simulates each permission of each role, runs one execution that publishes nothing, and
    stops a second one to test the alert. Takes five minutes and costs cents.
    """
    from ops.rehearsal.rehearse import rehearse as rehearsed

    proofs = []
    with open_stack(stack, local=local) as opened:
        for proof in rehearsed(opened, POLL_S[opened.local]):
            sign, style = LOOKS[proof.outcome]
            note(f"{sign} {proof.part}: {proof.what}", style)
            proofs.append(proof)
        show(told(opened, proofs), drawn(proofs), as_json=as_json)
    raise typer.Exit(EXIT_CODES[outcome(proofs)])


def outcome(proofs: Sequence[Proof]) -> str:
    """Return the overall result: failed if anything failed, else not proved if anything was not."""
    found = {proof.outcome for proof in proofs}
    return next((each for each in ("failed", "not proved") if each in found), "proved")


def told(stack: Stack, proofs: Sequence[Proof]) -> dict[str, Any]:
    """Return a rehearsal as JSON."""
    return {
        "stack": stack.name,
        "region": stack.region,
        "outcome": outcome(proofs),
        "proofs": [asdict(proof) for proof in proofs],
        "denied": [asdict(denial) for proof in proofs for denial in proof.denied],
    }


def drawn(proofs: Sequence[Proof]) -> list[RenderableType]:
    """Return a rehearsal as a table of proofs with their sources, then the errors and what to do."""
    rows = [(each.part, each.what, _sign(each), each.by or "-") for each in proofs]
    lines: list[RenderableType] = [table(["part", "what", "result", "by"], rows)]
    open_ = [proof for proof in proofs if proof.outcome != "proved"]
    lines += [Text.assemble("\n", _sign(proof), f"  {proof.what}: {proof.told}") for proof in open_]
    denied = [(each.role, each.action, each.resource) for proof in proofs for each in proof.denied]
    if denied:
        lines += [Text("\nDenied:"), table(["role", "action", "resource"], denied)]
    counts = {name: sum(each.outcome == name for each in proofs) for name in LOOKS}
    summed = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return [*lines, Text(f"\n{counted(len(proofs), 'check')}: {summed}.")]


def _sign(proof: Proof) -> Text:
    sign, style = LOOKS[proof.outcome]
    return Text(f"{sign} {proof.outcome}", style=style)
