"""The definition in its deployed form, and every edge of it."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from infra.pipeline import lake_tables
from infra.rendering.definition import AUDIT_SQL, TEMPLATE, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTIONS = ("resolve", "extract", "freeze", "transform", "audit", "publish", "sweep", "digest", "report")
VALUES = {
    **{f"{name.capitalize()}FunctionArn": name for name in FUNCTIONS},
    "LockTable": "locks",
    "CrawlerName": "spotify-lake-test",
    "LakeDatabase": "spotify_test_lake",
    "LakeTables": lake_tables(),
    "Workgroup": "spotify-lake-test",
    "AuditSql": AUDIT_SQL.read_text(),
    "CuratedBucket": "curated",
    "AlertTopicArn": "arn:aws:sns:us-east-1:000000000000:alerts",
    "CrawlPollSeconds": "15",
    "LockPollSeconds": "30",
    "ConsoleUrl": "https://console.example/",
    "Stack": "test",
}


class Edge(NamedTuple):
    """One way out of a state: `Next`, `End`, `Default`, `Choices[0]`, `Catch[1]`, or `Retry[2]` used up."""

    state: str
    way: str


def definition() -> dict[str, Any]:
    """Return the definition, filled in."""
    filled: dict[str, Any] = json.loads(_text())
    return filled


@cache
def _text() -> str:
    return fill(TEMPLATE.read_text(), VALUES)


def states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every state with its name, those inside a Map too."""
    for name, state in machine["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from states(state["ItemProcessor"])


def tasks(machine: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return every Task by its name."""
    return {name: state for name, state in states(machine) if state["Type"] == "Task"}


def edges(machine: dict[str, Any]) -> set[Edge]:
    """Return every edge: where a state may lead, and each Retry that may be used up."""
    found = set()
    for name, state in states(machine):
        ways: list[str] = [way for way in ("Next", "End", "Default") if way in state]
        for several in ("Choices", "Catch", "Retry"):
            ways += [f"{several}[{index}]" for index in range(len(state.get(several, [])))]
        found |= {Edge(name, way) for way in ways or [state["Type"]]}
    return found
