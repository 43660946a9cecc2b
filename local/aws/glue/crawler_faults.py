"""Make crawlers misbehave in tests, by a file in the state directory that each crawl reads when it starts.

`misbehave(aws.state_dir, "find nothing")` before the crawl; `behave(aws.state_dir)` puts things right again.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

FILE = "crawler.json"
FIND_NOTHING = "find nothing"
FAIL = "fail"
HANG = "hang"
BEHAVIOURS = (FIND_NOTHING, FAIL, HANG)


def misbehave(state_dir: Path, behaviour: str, crawler: str = "*") -> None:
    """Make every crawl, or those of one crawler, SUCCEED with nothing found, FAIL, or HANG until it is stopped."""
    if behaviour not in BEHAVIOURS:
        raise ValueError(f"A crawler can {', '.join(BEHAVIOURS)}; not {behaviour!r}.")
    (state_dir / FILE).write_text(json.dumps({crawler: behaviour}), encoding="utf-8")


def behave(state_dir: Path) -> None:
    """Let crawls behave normally again."""
    (state_dir / FILE).unlink(missing_ok=True)


def behaviour_of(crawler: str) -> str | None:
    """Return how a crawler must misbehave, None if it must not; the server process calls this."""
    faults = os.environ.get("EMBEDDED_AWS_FAULTS")  # it lies in the state directory
    if faults is None:
        return None
    try:
        told: dict[str, str] = json.loads(Path(faults).with_name(FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return told.get(crawler) or told.get("*")
