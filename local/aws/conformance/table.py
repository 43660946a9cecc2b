"""The conformance table: each behavior of AWS that the project relies on and the embedded AWS imitates, as data.

One TOML file per service stands beside this module. Each `[[row]]` has

- `check`: the function that holds the embedded AWS to the row, in tests/local/aws/conformance/check_<service>.py;
- `call`: the request, by its API name;
- `situation`: what is special about it;
- `response`: what AWS responds;
- `source`: where that is written: a document's address, a recording's test name and date, a file of a provider;
- `status`: one of `STATUSES`;
- `settle`: for a guess, the command that settles it on an account (other rows may have one too).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

FOLDER = Path(__file__).parent
STATUSES = ("measured on AWS", "documented", "provider's source", "guess")


class TableNotValid(ValueError):
    """A row of the table lacks something; the message names the file, the row and what is missing."""


@dataclass(frozen=True)
class Row:
    """One behavior of AWS; the fields are described at the top of this module."""

    service: str
    check: str
    call: str
    situation: str
    response: str
    source: str
    status: str
    settle: str = ""

    def __str__(self) -> str:
        return f"{self.service}.{self.check}"


@dataclass(frozen=True)
class RealPart:
    """A part of AWS, or of what deploys to it, that ran outside AWS: what it proved, and how to run it again."""

    part: str
    version: str
    proved: str
    found: str
    again: str


@dataclass(frozen=True)
class Difference:
    """A known difference between the embedded AWS and AWS, and the reason for keeping it."""

    what: str
    why: str


BESIDE = FOLDER / "real_parts_and_gaps.toml"
"""The file without rows: the results of real parts, and what is not imitated."""


def services() -> list[str]:
    """Return the services of the table, one per file."""
    return sorted(path.stem for path in FOLDER.glob("*.toml") if path != BESIDE)


def rows(service: str) -> list[Row]:
    """Return the rows of a service, in the order of its file.

    Raises:
        TableNotValid: a row is incomplete, has an unknown field or status, or repeats a check.
    """
    found: list[Row] = []
    for entry in tomllib.loads((FOLDER / f"{service}.toml").read_text(encoding="utf-8"))["row"]:
        where = f"{service}.toml, row {entry.get('check', len(found) + 1)}"
        if problem := _problem(entry, {row.check for row in found}):
            raise TableNotValid(f"{where}: {problem}")
        found.append(Row(service, **entry))
    return found


def table() -> list[Row]:
    """Return all rows, by service."""
    return [row for service in services() for row in rows(service)]


def real_parts() -> list[RealPart]:
    """Return what real parts proved."""
    return [RealPart(**entry) for entry in tomllib.loads(BESIDE.read_text(encoding="utf-8"))["part"]]


def differences() -> list[Difference]:
    """Return the known differences."""
    return [Difference(**entry) for entry in tomllib.loads(BESIDE.read_text(encoding="utf-8"))["difference"]]


def _problem(entry: dict[str, str], before: set[str]) -> str:
    """Return the error in a row, or an empty text."""
    needed = {field.name for field in fields(Row)} - {"service", "settle"}
    if missing := sorted(name for name in needed if not entry.get(name)):
        return f"{', '.join(missing)} missing"
    if unknown := sorted(set(entry) - needed - {"settle"}):
        return f"unknown field {', '.join(unknown)}"
    if entry["status"] not in STATUSES:
        return f"status {entry['status']!r} is not one of {', '.join(STATUSES)}"
    if entry["status"] == "guess" and not entry.get("settle"):
        return "a guess needs `settle`: the command that settles it on an account"
    return f"the check {entry['check']} has a row already" if entry["check"] in before else ""
