"""What is found in an inbox object: values, and what is none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Value:
    """A value, and the line on which it began."""

    line: int
    text: str


@dataclass(frozen=True)
class Rejected:
    """A value that is not a record: where it began, why it is not one, and its beginning."""

    line: int
    reason: str
    head: str


Found = Value | Rejected
