"""Shell completion of dates, runs and artists that an earlier command showed, kept in a file per stack.

A request to AWS would take longer than anyone waits for a completion.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import typer  # noqa: TC002  typer looks the annotation up when it runs

import ops.stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

MOST = 500


def remember(stack: str, **shown: Iterable[str]) -> None:
    """Keep the dates, runs and artists that a command showed of a stack. An unwritable folder keeps nothing."""
    file = _file(stack)
    known = _known(file) | {kind: sorted(set(values), reverse=True)[:MOST] for kind, values in shown.items()}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(known), encoding="utf-8")
    except OSError:  # completion is a convenience: the command has done its work
        return


def recalled(*kinds: str) -> Callable[[typer.Context, str], list[str]]:
    """Return what completes values of these kinds, of the stack that the command line names."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        given = ctx.params
        stack = "local" if given.get("local") else given.get("stack") or os.environ.get("OPS_STACK") or "local"
        known = _known(_file(str(stack)))
        return [each for kind in kinds for each in known.get(kind, []) if each.startswith(incomplete)]

    return complete


def _file(stack: str) -> Path:
    return ops.stack.state() / "completion" / f"{stack.replace('/', '-')}.json"


def _known(file: Path) -> dict[str, Any]:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none yet, or half written: it is written again
        return {}
    return known if isinstance(known, dict) else {}
