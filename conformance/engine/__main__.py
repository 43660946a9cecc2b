"""Run the scenarios on the real engine: `python -m conformance.engine [SCENARIO…]`, in a process of its own.

Prints one line; exits 1 for a disagreement, whose message is on standard error, and 2 for an unknown scenario.
`written_again` writes the table of configuration keys again.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from conformance.engine import build, scenarios, workspace
from conformance.part import Disagreement
from local.aws import EmbeddedAws
from local.streams import prepare

SCENARIOS = {
    each.__name__: each
    for each in (scenarios.life, scenarios.each_key, scenarios.switched, scenarios.protected, scenarios.upgrade)
}
BY_NAME = {**SCENARIOS, scenarios.written_again.__name__: scenarios.written_again}
PROGRAM = (
    "__main__.py", "Pulumi.yaml", "functions", "infra", "sql", "statemachine",
)  # fmt: skip


def main(names: list[str]) -> int:
    """Build what is missing, run the scenarios one after the other, and return the exit code."""
    if unknown := [name for name in names if name not in BY_NAME]:
        sys.stderr.write(f"Unknown scenario {unknown[0]!r}. The known ones are: {', '.join(BY_NAME)}.\n")
        return 2
    found = build.engine()
    with tempfile.TemporaryDirectory() as folder, EmbeddedAws.start(Path(folder) / "aws") as aws:
        project = _copied(Path(folder) / "project")
        workspace.prepare(found, aws, Path(folder) / "state")
        try:
            said = [BY_NAME[name](aws, project) for name in names or SCENARIOS]
        except Disagreement as exc:
            sys.stderr.write(f"{exc}\n")
            return 1
    sys.stdout.write(f"{build.ENGINE.lstrip('v')}: {'; '.join(said)}\n")
    return 0


def _copied(folder: Path) -> Path:
    """Return a copy of the program: Pulumi writes each stack's file beside it."""
    folder.mkdir()
    for name in PROGRAM:
        source = build.ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


if __name__ == "__main__":
    prepare()
    sys.exit(main(sys.argv[1:]))
