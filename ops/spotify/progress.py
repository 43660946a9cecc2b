"""Show the progress of an extraction, read from the quota ledger and the frontier without a request."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from functions.extract.frontier import document as frontier
from functions.extract.frontier.worklist import WorkList
from functions.shared import keys, watchlist
from functions.shared.errors import PipelineError
from ops.terminal.output import counted

if TYPE_CHECKING:
    from ops.spotify.extraction import Deployed
    from ops.stack import Stack

PLAN_AGAIN_S = 15.0
WIDTH = 20


class Progress:
    """The requests of the run that extracts now, and those due as far as the frontier knows."""

    def __init__(self, stack: Stack) -> None:
        self._stack, self._store = stack, stack.raw()
        self._deployed: Deployed | None = None
        self._due, self._planned_at = 0, -PLAN_AGAIN_S

    def now(self, run: dict[str, Any]) -> str:
        """Return requests sent and due as a bar and numbers; empty before the first request."""
        found = self._store.get(keys.QUOTA)
        counts = json.loads(found[0])["run"] if found else {}
        if counts.get("run_id") != run.get("run_id"):
            return ""
        made: dict[str, int] = counts["requests"]
        total = sum(made.values())
        self._plan(run, total)
        told = ", ".join(f"{calls:,} {group}" for group, calls in made.items() if calls)
        known = max(self._due, total)
        return f"{bar(total, known)} {total:,} of {counted(known, 'request')} known of: {told}"

    def _plan(self, run: dict[str, Any], made: int) -> None:
        """Count the due requests from time to time, since listings add to them."""
        if time.monotonic() - self._planned_at < PLAN_AGAIN_S:
            return
        from ops.spotify.extraction import Deployed

        self._planned_at = time.monotonic()
        self._deployed = self._deployed or Deployed.of(self._stack)
        found = self._store.get(keys.WATCHLIST)
        try:
            followed = watchlist.parse(found[0] if found else "{}")
        except PipelineError:  # the run says so itself
            return
        worklist = WorkList(followed, self._deployed.config, run["snapshot_date"])
        document = frontier.load(self._store)
        self._due = made + sum(worklist.left(document).values())


def bar(done: int, total: int) -> str:
    """Return a progress bar."""
    full = round(WIDTH * done / total) if total else 0
    return "━" * full + "╌" * (WIDTH - full)
