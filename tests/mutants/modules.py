"""Which tests hold a module of functions/ by themselves, and which modules changed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXTRACT = "tests/functions/extract"
TESTS = {
    "functions/extract/api/responses.py": [f"{EXTRACT}/api/test_statuses.py"],
    "functions/extract/api/tokens.py": [f"{EXTRACT}/test_secrets.py", f"{EXTRACT}/api/test_spotify.py"],
    "functions/extract/frontier/document.py": [f"{EXTRACT}/frontier", f"{EXTRACT}/raw"],
    "functions/extract/raw/envelope.py": [f"{EXTRACT}/raw"],
    "functions/extract/slice.py": [f"{EXTRACT}/test_run.py"],
    "functions/sweep/lake.py": ["tests/functions/sweep/test_sweep.py", "tests/functions/sweep/test_handler.py"],
    "functions/sweep/runs.py": ["tests/functions/sweep/test_runs.py", "tests/functions/sweep/test_sweep.py"],
    "functions/transform/handler.py": [
        "tests/functions/transform/test_frozen_object.py", "tests/functions/transform/test_handler.py",
    ],
    "functions/transform/parse/records.py": ["tests/functions/transform/test_records.py"],
}  # fmt: skip
"""Where it is not the one test file beside it: a quick one instead of a slow one, or several."""


def tests_of(module: str) -> list[str]:
    """Return the tests of a module; all of its function's where it has none of its own."""
    path = Path(module)
    own = f"tests/{path.parent}/test_{path.name}"
    return TESTS.get(module) or [own if (ROOT / own).exists() else f"tests/functions/{path.parts[1]}"]


def changed() -> list[str]:
    """Return the modules that changed since the last release, or all where there was none."""
    tag = _git("describe", "--tags", "--abbrev=0")
    names = _git("diff", "--name-only", tag, "--", "functions") if tag else _git("ls-files", "functions")
    return [each for each in names.split() if re.fullmatch(r".*(?<!__init__)\.py", each) and (ROOT / each).exists()]


def _git(*arguments: str) -> str:
    """Return what git prints; nothing where it fails."""
    found = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() if found.returncode == 0 else ""
