"""Remember created resources between deployments, so that a second one changes only differences."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from local.deployment.mapping import Created
from local.files import replace

if TYPE_CHECKING:
    from pathlib import Path


class Remembered(TypedDict):
    """One resource: its ID, the last program's inputs, the digest of what it was made of, and what AWS decided.

    `inputs` is None where the last program did not declare it; `made_of` is a digest; `generation` names the state of
    the AWS in which it was made.
    """

    generation: NotRequired[str | None]
    id: str
    inputs: dict[str, Any] | None
    made_of: str
    outputs: dict[str, Any]


class Memory:
    """Resources by URN, in one JSON file; without a file nothing is kept.

    `generation` names the state of the AWS; one that may have lost something has another name. Only what was made in
    this one may be left as it is.
    """

    def __init__(self, file: Path | None, generation: str | None) -> None:
        self._file = file
        self._before = _read(file) if file and file.exists() else {}
        self._now: dict[str, Remembered] = {}
        self._generation = generation

    def known_id(self, urn: str) -> str | None:
        """Return the id a resource had when it was last deployed, or None."""
        return self._before[urn]["id"] if urn in self._before else None

    def unchanged(self, urn: str, made_of: str) -> Created | None:
        """Return a resource's ID and outputs if it exists already and was made of the same inputs."""
        found = self._before.get(urn)
        if found is None or self._generation is None:
            return None
        there = found.get("generation") == self._generation and found["made_of"] == made_of
        return Created(found["id"], found["outputs"]) if there else None

    def keep(self, urn: str, created: Created, inputs: dict[str, Any], made_of: str) -> None:
        """Remember a resource's ID and outputs."""
        written = json.loads(json.dumps(inputs, default=lambda asset: type(asset).__name__))
        self._now[urn] = {
            "generation": self._generation,
            "id": created.id,
            "inputs": written,
            "made_of": made_of,
            "outputs": created.outputs,
        }

    def left_behind(self) -> list[str]:
        """Return the URNs that an earlier program declared and this one did not."""
        return sorted(set(self._before) - set(self._now))

    def save(self) -> None:
        """Write the memory of this and earlier deployments, also when a deployment fails."""
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        earlier = {urn: {**each, "inputs": None} for urn, each in self._before.items()}
        replace(self._file, json.dumps({**earlier, **self._now}, indent=1, sort_keys=True) + "\n")


def _read(file: Path) -> dict[str, Remembered]:
    """Return a file's resources; a file from before 2026-11-23 has IDs only."""
    found = json.loads(file.read_text(encoding="utf-8"))
    return {
        urn: {"id": each, "inputs": None, "made_of": "", "outputs": {}} if isinstance(each, str) else each
        for urn, each in found.items()
    }
