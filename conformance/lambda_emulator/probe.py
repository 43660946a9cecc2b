"""A function that does what its event says, also what breaks it: the embedded Lambda and AWS's emulator both run it."""

from __future__ import annotations

import math
import os
import sys
import time
from typing import Any

CALLS: list[Any] = []


class Refused(Exception):
    """An error of the function's own."""


def handler(event: dict[str, Any], _context: object) -> object:
    """Return, raise or end as `event["do"]` says."""
    CALLS.append(event)
    match event["do"]:
        case "raise":
            raise Refused(event["text"])
        case "exit":
            sys.exit(1)
        case "sleep":
            time.sleep(30)
        case "size":
            return "x" * event["size"]
        case "set":
            return {1}
        case "bytes":
            return b"7"
        case "surrogate":
            return "\ud800"
        case "nan":
            return math.nan
        case "stdout":
            os.write(1, b"not the result\n")
            return "the result"
    return len(CALLS)
