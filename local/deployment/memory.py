"""Which resource became what, kept between deployments: so a second one updates instead of making twins."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Memory:
    """Ids by URN, in one JSON file; without a file nothing is kept."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._before: dict[str, str] = json.loads(file.read_text()) if file and file.exists() else {}
        self._now: dict[str, str] = {}

    def known_id(self, urn: str) -> str | None:
        """Return the id a resource had when it was last deployed, or None."""
        return self._before.get(urn)

    def keep(self, urn: str, id_: str) -> None:
        """Remember what a resource became."""
        with self._lock:
            self._now[urn] = id_

    def left_behind(self) -> list[str]:
        """Return the URNs that an earlier program declared and this one did not."""
        return sorted(set(self._before) - set(self._now))

    def save(self) -> None:
        """Write what is known, of this deployment and of earlier ones: a failed deployment is taken up again."""
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps({**self._before, **self._now}, indent=1, sort_keys=True) + "\n")
