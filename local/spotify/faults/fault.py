"""One fault: which requests it affects, and how often."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass
class Fault:
    """One fault: `times` times (None: forever), after the first `after` requests that it fits.

    `group` and `path` (a regular expression) say which calls it fits; "token" is the token endpoint's group. `value`
    is the kind's own: seconds of a ban or a delay, text of a Retry-After, a status.
    """

    kind: str
    group: str | None = None
    path: str | None = None
    times: int | None = 1
    after: int = 0
    value: float | str | None = None

    def fits(self, group: str, path: str) -> bool:
        """Return whether this call is one it is meant for."""
        return self.group in {None, group} and (self.path is None or bool(re.search(self.path, path)))
