"""One visit to a state, from its entry on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass
class StateVisit:
    """A state that was entered: its definition, its input, and the ids of the events before and at its entry."""

    name: str
    state: dict[str, Any]
    input: Any
    before: int
    entered: int
    assigned: dict[str, str] | None = None

    @property
    def kind(self) -> str:
        """Return the state's type."""
        return str(self.state["Type"])
