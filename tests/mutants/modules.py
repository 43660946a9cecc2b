"""Find the tests that check a module of functions/ alone, and the modules that changed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXTRACT, DIGEST, TRANSFORM = "tests/functions/extract", "tests/functions/digest", "tests/functions/transform"
TESTS = {
    "functions/audit/gates.py": ["tests/functions/audit"],
    "functions/digest/digest.py": [f"{DIGEST}/test_plan.py", f"{DIGEST}/test_text.py", f"{DIGEST}/test_chat.py"],
    "functions/digest/record.py": [f"{DIGEST}/test_record.py", f"{DIGEST}/test_plan.py"],
    "functions/extract/api/responses.py": [f"{EXTRACT}/api/test_statuses.py"],
    "functions/extract/api/tokens.py": [f"{EXTRACT}/test_secrets.py", f"{EXTRACT}/api/test_spotify.py"],
    "functions/extract/frontier/document.py": [f"{EXTRACT}/frontier", f"{EXTRACT}/raw"],
    "functions/extract/frontier/failures.py": [f"{EXTRACT}/frontier", f"{EXTRACT}/test_containment.py"],
    "functions/extract/frontier/rebuild.py": [f"{EXTRACT}/frontier", f"{EXTRACT}/test_lost_state.py"],
    "functions/extract/frontier/schedule.py": [f"{EXTRACT}/frontier"],
    "functions/extract/frontier/worklist.py": [f"{EXTRACT}/frontier", f"{EXTRACT}/test_run.py"],
    "functions/extract/quota_document.py": [f"{EXTRACT}/test_quota_document.py", f"{EXTRACT}/test_quota.py"],
    "functions/extract/raw/envelope.py": [f"{EXTRACT}/raw"],
    "functions/extract/slice.py": [f"{EXTRACT}/test_slice.py", f"{EXTRACT}/test_run.py"],
    "functions/shared/state_visits.py": ["tests/functions/shared/test_visits.py"],
    "functions/shared/tolerance.py": ["tests/functions/audit", f"{TRANSFORM}/test_containment.py"],
    "functions/sweep/lake.py": ["tests/functions/sweep/test_sweep.py", "tests/functions/sweep/test_handler.py"],
    "functions/sweep/runs.py": ["tests/functions/sweep/test_runs.py", "tests/functions/sweep/test_sweep.py"],
    "functions/transform/gunzip.py": [f"{TRANSFORM}/test_frozen_object.py", f"{TRANSFORM}/test_transform.py"],
    "functions/transform/handler.py": [f"{TRANSFORM}/test_frozen_object.py", f"{TRANSFORM}/test_handler.py"],
    "functions/transform/inbox/containers.py": [f"{TRANSFORM}/inbox"],
    "functions/transform/inbox/window.py": [f"{TRANSFORM}/inbox"],
    "functions/transform/parse/block_result.py": [f"{TRANSFORM}/test_shape.py", f"{TRANSFORM}/test_containment.py"],
    "functions/transform/parse/records.py": [f"{TRANSFORM}/test_records.py"],
    "functions/transform/parse/responses.py": [f"{TRANSFORM}/test_fates.py", f"{TRANSFORM}/test_transform.py"],
}  # fmt: skip
"""Modules whose tests are not the one test file beside them: a quick file instead of a slow one, or several files."""


def tests_of(module: str) -> list[str]:
    """Return the tests of a module; all of its function's where it has none of its own."""
    path = Path(module)
    own = f"tests/{path.parent}/test_{path.name}"
    return TESTS.get(module) or [own if (ROOT / own).exists() else f"tests/functions/{path.parts[1]}"]


def changed() -> list[str]:
    """Return the modules that changed since the last release, or all if there was none."""
    tag = _git("describe", "--tags", "--abbrev=0")
    names = _git("diff", "--name-only", tag, "--", "functions") if tag else _git("ls-files", "functions")
    return [each for each in names.split() if re.fullmatch(r".*(?<!__init__)\.py", each) and (ROOT / each).exists()]


def _git(*arguments: str) -> str:
    """Return what git prints; nothing if it fails."""
    found = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() if found.returncode == 0 else ""
