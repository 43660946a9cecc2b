"""`python -m tests.dates`: the tests that ask for the date, at each of six moments, or at those named.

`--of-commit` takes the one that the checked-out commit chooses.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.dates import moments

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("ops", "executions", "functions", "local", "sql", "statemachine")
"""The rooms under tests/ that ask for the date, or start what does. The others (infra, policy, docs) read files."""


def main() -> int:
    """Run the tests at each moment asked for; return 0 if all passed."""
    asked = _arguments()
    now = datetime.now(UTC)
    if asked.of_commit:
        chosen = [moments.of_commit(_commit(), now)]
    else:
        chosen = [moments.parse(each, now) for each in asked.moments] or list(moments.six(now).values())
    failed = [each for each in chosen if not _passes(each, asked.workers)]
    for each in failed:
        print(f"Tests failed at {each.name}. Run them again at that moment: make test-dates DATES={each}")
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.dates", description=__doc__)
    parser.add_argument("moments", nargs="*", help="names, or instants written 2028-02-29T12:00:00Z@Europe/Berlin")
    parser.add_argument("--of-commit", action="store_true", help="the moment that the commit chooses")
    parser.add_argument("--workers", default="3")
    return parser.parse_args()


def _commit() -> str:
    """Return the hash of the commit that is checked out."""
    return subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


def _passes(moment: moments.Moment, workers: str) -> bool:
    """Return whether the tests pass at a moment."""
    print(f"\n{moment.name}: {moment}", flush=True)
    shift = moment.instant.timestamp() - time.time()
    environment = os.environ | {"SHIFTED_CLOCK": str(shift), "SHIFTED_ZONE": moment.zone, "TZ": moment.zone}
    rooms = [f"tests/{room}" for room in ROOMS]
    command = [sys.executable, "-m", "pytest", "-n", workers, "-m", "not soak and not long and not dateless", *rooms]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
