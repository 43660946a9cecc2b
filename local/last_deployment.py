"""Remember the last deployment, so that an unchanged stack is not deployed again.

Reading the program takes longer than anything else at the start: Pulumi's SDK and the provider's types are large.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.files import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PROGRAM = (
    "__main__.py", "Pulumi.yaml", "requirements.txt", "functions", "infra", "sql", "statemachine", "local/deployment",
)  # fmt: skip
"""The inputs of a deployment, besides its stack's file: files, and folders with everything below them."""
UNREAD = {".pyc"}


@dataclass(frozen=True)
class LastDeployment:
    """A file with the digest of the last deployment, the AWS's generation, and the program's exports."""

    file: Path

    def outputs(self, made_of: str, generation: str | None = None) -> dict[str, Any] | None:
        """Return the exports of the last deployment if its digest and, where known, generation are these, else None."""
        try:
            found = json.loads(self.file.read_text(encoding="utf-8"))
            outputs: dict[str, Any] = found["outputs"]
            same = found["made_of"] == made_of and generation in {None, found["generation"]}
        except (FileNotFoundError, ValueError, KeyError, TypeError):  # none, or one that was cut short
            return None
        return outputs if same else None

    def keep(self, made_of: str, generation: str, outputs: Mapping[str, Any]) -> None:
        """Write a deployment's digest, generation and exports in one step."""
        kept = {"made_of": made_of, "generation": generation, "outputs": dict(outputs)}
        replace(self.file, json.dumps(kept, indent=1, sort_keys=True) + "\n")

    def forget(self) -> None:
        """Delete the file: a deployment has begun."""
        self.file.unlink(missing_ok=True)


def made_of(project: Path, stack: str, config: Mapping[str, str]) -> str:
    """Return the digest of a deployment's inputs: the program's files, the configuration, this Python."""
    found = hashlib.sha256(json.dumps([stack, dict(config), sys.version], sort_keys=True).encode())
    for file in (*_files(project), project / f"Pulumi.{stack}.yaml"):
        content = file.read_bytes()
        found.update(f"{file.relative_to(project)}\0{len(content)}\0".encode() + content)
    return found.hexdigest()


def _files(project: Path) -> Iterator[Path]:
    for name in PROGRAM:
        path = project / name
        found = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
        yield from (each for each in found if each.suffix not in UNREAD)
