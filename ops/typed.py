"""Return lists and maps in a query's result as values: Athena writes them as text, which is ambiguous.

`GetQueryResults` has one text per value: the list `["a, b"]` and the list `["a", "b"]` are both `[a, b]`. So Athena is
asked once more, for the texts of each such column beside the same values as JSON, and each text is replaced by its
value. A column whose texts do not each have one value stays text as a whole.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from ops.athena import ask
from ops.errors import OpsError

if TYPE_CHECKING:
    from ops.athena import QueryResult
    from ops.stack import Stack

COMPLEX = frozenset({"array", "map", "row"})


class _StaysText(Exception):
    """A column has no values; the message says why."""


def typed(stack: Stack, statement: str, answer: QueryResult) -> tuple[QueryResult, list[str]]:
    """Return an answer whose lists and maps are values, and a sentence about each column of them that stays text."""
    columns: list[list[object]] = [list(column) for column in zip(*answer.rows, strict=True)]
    notes = []
    for place, kind in enumerate(answer.types):
        if kind not in COMPLEX or not answer.rows:
            continue
        try:
            columns[place] = _valued(columns[place], _values(stack, statement, len(answer.columns), place))
        except _StaysText as exc:
            notes.append(f"Column {answer.columns[place]} stays text: {exc}.")
    return replace(answer, rows=list(zip(*columns, strict=True))), notes


def _valued(cells: list[object], pairs: list[tuple[str, object]]) -> list[object]:
    """Return the value of each text: the one written so, or the map with the same members in another order."""
    found: dict[object, object] = {}
    unclear = set()
    for text, value in pairs:
        for key in (text, _members(text)):
            unclear |= {key} if key in found and found[key] != value else set()
            found[key] = value
    values: list[object] = []
    for cell in cells:
        key = cell if cell in found else _members(str(cell))
        if key in unclear:
            raise _StaysText(f"two different values of it are both written {cell}")
        if cell is not None and key not in found:
            raise _StaysText("the query gave other values when it was run a second time, for its values as JSON")
        values.append(None if cell is None else found[key])
    return values


def _members(text: str) -> object:
    """Return a map's members without their order, which `map_agg` does not fix; a list has an order."""
    return tuple(sorted(text[1:-1].split(", "))) if text.startswith("{") else text


def _values(stack: Stack, statement: str, width: int, place: int) -> list[tuple[str, object]]:
    """Return a column's texts, as Athena writes them, with their values."""
    names = ", ".join(f"c{number}" for number in range(width))
    inner = statement.strip().rstrip(";").rstrip()
    cell = f"t.c{place}"
    asked = f"SELECT {cell}, json_format(CAST({cell} AS JSON)) AS value FROM (\n{inner}\n) AS t ({names})"  # noqa: S608  the caller's own statement
    try:
        rows = ask(stack, asked).rows
    except OpsError as exc:
        raise _StaysText("Athena cannot return its values as JSON") from exc
    return [
        (str(text), json.loads(str(document), object_pairs_hook=_object))
        for text, document in rows
        if document is not None
    ]


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return a JSON object; fields of a row that have no name, or the same one, would replace each other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _StaysText("fields of its rows have no name, or the same one")
    return found
