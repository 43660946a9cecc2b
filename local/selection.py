"""The commands that reach one local stack, as they can be pasted."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.aws.environment import AthenaEngine

LOCAL = Path(__file__).resolve().parents[1] / ".local"
STACK = "dev"
STATE_VARIABLE = "OPS_STATE"
"""The environment variable by which `ops --local` finds another state than `.local`."""


@dataclass(frozen=True)
class Selection:
    """A local stack as its user selected it: its name, the folder of its state, the engine of Athena's queries."""

    stack: str = STACK
    state: Path = LOCAL
    athena: AthenaEngine = "embedded"

    def local(self, *arguments: str) -> str:
        """Return a command of `python -m local` for this stack."""
        chosen = [*self._stack(), *(("--state", str(self.state)) if self._elsewhere() else ())]
        engine = () if self.athena == "embedded" else ("--athena", self.athena)
        return shlex.join([".venv/bin/python", "-m", "local", *arguments, *chosen, *engine])

    def demo(self, date: str) -> str:
        """Return the command that runs a date: make's, which is shorter, if that runs this stack."""
        return f"make demo DATE={date}" if self == Selection() else self.local("demo", "--date", date)

    def ops(self, *arguments: str) -> str:
        """Return a command of `ops` for this stack."""
        where = f"{STATE_VARIABLE}={shlex.quote(str(self.state))} " if self._elsewhere() else ""
        name, *others = arguments
        return where + shlex.join([".venv/bin/ops", name, "--local", *self._stack(), *others])

    def _stack(self) -> tuple[str, ...]:
        return () if self.stack == STACK else ("--stack", self.stack)

    def _elsewhere(self) -> bool:
        return self.state != LOCAL
