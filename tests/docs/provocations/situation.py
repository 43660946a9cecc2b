"""Shared parts of the provocations: a folder and a monkeypatch, an ID, a date, and an unreachable AWS."""

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
    """The folder in which a provocation may write, and the monkeypatch for its changes."""

    folder: Path
    patch: pytest.MonkeyPatch


Provocations = list[tuple[str, str, "Callable[[Here], object]"]]
"""The error, the start of its row, and a function that provokes it."""
