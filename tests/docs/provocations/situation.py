"""What the provocations share: a folder and a monkeypatch, an ID, a date, and AWS out of reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import EndpointConnectionError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

ID = "0000000000000000000001"
DAY = "2026-11-23"
UNREACHED = EndpointConnectionError(endpoint_url="https://s3.invalid")


class Told(Exception):
    """A sentence about an exception of another library."""


@dataclass(frozen=True)
class Here:
    """Where a provocation may write, and what it may change while it runs."""

    folder: Path
    patch: pytest.MonkeyPatch


Provocations = list[tuple[str, str, "Callable[[Here], object]"]]
"""The error, how its row begins, and what makes the code say it."""
