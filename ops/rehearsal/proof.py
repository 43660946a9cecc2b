"""A rehearsal's results: one proof per check, and the denials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["proved", "failed", "not proved"]
"""`not proved` means that a check could not be made: nothing is known to be wrong."""


@dataclass(frozen=True)
class Denial:
    """An action on a resource that a role (or an AWS service) needs and was denied, and why."""

    role: str
    action: str
    resource: str
    why: str

    def sentence(self) -> str:
        """Return it as a sentence."""
        return f"{self.role} may not {self.action} on {self.resource}: {self.why}."


@dataclass(frozen=True)
class Proof:
    """One check. `by` names the call or state that decided; `told` is the result and, after a failure, what to do."""

    part: str
    what: str
    outcome: Verdict
    by: str
    told: str
    denied: tuple[Denial, ...] = ()
