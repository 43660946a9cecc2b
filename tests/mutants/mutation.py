"""One module through mutmut: a copy of the repository in which each of its functions is changed, a change at a time."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from tests.mutants.modules import ROOT, tests_of

FOLDER = ROOT / ".local" / "mutants"
SURVIVED, NOT_RUN = 0, (5, 33, None)
"""mutmut's exit codes: no test failed; no test runs the function. Any other is a failed test or a time-out."""

SPINNER = tuple("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
MUTANT = "__mutmut_"
"""The text that mutmut puts between a function's name and a mutant's number."""

CAST = re.compile(r"\bcast\([^,]+, ")
"""Code that only the type checker reads: changing it has no effect."""


@dataclass(frozen=True)
class Mutant:
    """A change that no test noticed, as the line it was and the line it became."""

    function: str
    was: str
    became: str


@dataclass(frozen=True)
class MutationCount:
    """The result of a module's mutants."""

    module: str
    mutants: int
    survivors: list[Mutant]

    @property
    def killed(self) -> int:
        """The number of mutants that a test noticed."""
        return self.mutants - len(self.survivors)


def outcome_of(module: str, workers: str) -> MutationCount:
    """Return the result of all mutants of a module, under its own tests."""
    _copy(module)
    log = FOLDER / "mutmut.log"
    with log.open("w") as out:
        ran = subprocess.run(
            [sys.executable, "-m", "mutmut", "run", "--max-children", workers],
            cwd=FOLDER, env=_environment(), stdout=out, stderr=out, check=False,
        )  # fmt: skip
    found = FOLDER / "mutants" / f"{module}.meta"
    codes = json.loads(found.read_text())["exit_code_by_key"] if found.exists() else None
    if codes is None or (codes and ran.returncode):
        words = [line for line in log.read_text().splitlines() if line[:1] not in SPINNER]
        sys.exit("\n".join([f"mutmut failed on {module}; its last words:", *words[-30:]]))
    definitions = _definitions(module) if codes else {}
    alive = [_mutant(name, definitions) for name, code in codes.items() if code == SURVIVED or code in NOT_RUN]
    real = [each for each in alive if CAST.sub("", each.was) != CAST.sub("", each.became)]
    return MutationCount(module, len(codes) - len(alive) + len(real), real)


def _copy(module: str) -> None:
    """Make the copy, with mutmut's settings for a module."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, FOLDER / name)
    others = sorted({Path(name).parts[0] for name in tracked if name} - {"functions", "tests", "pyproject.toml"})
    settings = {
        "source_paths": ["functions"],
        "only_mutate": [module],
        "also_copy": others,
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-m", "not soak and not long"],
        "pytest_add_cli_args_test_selection": tests_of(module),
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    with (FOLDER / "pyproject.toml").open("a") as file:
        file.write("\n".join(["\n[tool.mutmut]", *lines, ""]))


def _environment() -> dict[str, str]:
    """Return the environment in which mutmut is found beside the project's own packages."""
    path = os.pathsep.join(filter(None, [str(ROOT / ".venv" / "mutants"), os.environ.get("PYTHONPATH")]))
    return os.environ | {"PYTHONPATH": path, "HYPOTHESIS_NO_PLUGINS": "1", "CI": "1"}


def _definitions(module: str) -> dict[str, list[str]]:
    """Return the lines of each function that mutmut wrote for a module: one per mutant, and `…__mutmut_orig`."""
    text = (FOLDER / "mutants" / module).read_text()
    lines = text.splitlines()
    return {
        node.name: [line.strip() for line in lines[node.lineno - 1 : node.end_lineno]]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and MUTANT in node.name
    }


def _mutant(name: str, definitions: dict[str, list[str]]) -> Mutant:
    """Return a mutant by mutmut's name of it."""
    defined = name.rsplit(".", 1)[1]
    function = defined.rsplit(MUTANT, 1)[0]
    ours, theirs = (definitions[each][1:] for each in (f"{function}{MUTANT}orig", defined))
    changed = [line for line in unified_diff(ours, theirs, n=0, lineterm="") if line[:3] not in {"---", "+++"}]
    was, became = (" ".join(line[1:] for line in changed if line[:1] == sign) for sign in "-+")
    return Mutant(function.removeprefix("x_").removeprefix("xǁ").replace("ǁ", "."), was, became)
