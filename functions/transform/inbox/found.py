"""The two results of reading an inbox object: a value, or a text that was rejected."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """The text of a value, and the line where it began."""

    line: int
    text: str


@dataclass(frozen=True)
class Rejected:
    """A text that is not a record: the line on which it began, the reason, and its first characters."""

    line: int
    reason: str
    head: str


Found = Value | Rejected
