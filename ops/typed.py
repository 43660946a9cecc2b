"""Return lists and maps in a query's result as values: Athena writes them as text, which is ambiguous.

`GetQueryResults` has one text per value: the list `["a, b"]` and the list `["a", "b"]` are both `[a, b]`. So Athena is
asked once more, for each such column's distinct values as JSON, and each text is replaced by the value that reads so.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from ops.athena import ask

if TYPE_CHECKING:
    from ops.athena import QueryResult
    from ops.stack import Stack

COMPLEX = frozenset({"array", "map", "row"})


def typed(stack: Stack, statement: str, answer: QueryResult) -> QueryResult:
    """Return an answer whose lists and maps are values; a text that two values read as stays a text."""
    places = [place for place, kind in enumerate(answer.types) if kind in COMPLEX]
    if not places or not answer.rows:
        return answer
    values = {place: _values(stack, statement, len(answer.columns), place) for place in places}
    rows = [
        tuple(values[place].get(cell, cell) if place in values else cell for place, cell in enumerate(row))
        for row in answer.rows
    ]
    return replace(answer, rows=rows)


def _values(stack: Stack, statement: str, width: int, place: int) -> dict[object, object]:
    """Return the values of a column by the text that Athena writes for each, without texts of two values."""
    names = ", ".join(f"c{number}" for number in range(width))
    inner = statement.strip().rstrip(";").rstrip()
    asked = f"SELECT DISTINCT json_format(CAST(t.c{place} AS JSON)) AS value FROM (\n{inner}\n) AS t ({names})"  # noqa: S608  the caller's own statement
    found: dict[object, object] = {}
    twice = set()
    for (document,) in ask(stack, asked).rows:
        if document is None:
            continue
        value = json.loads(str(document))
        text = _text(value)
        if text in found and found[text] != value:
            twice.add(text)
        found[text] = value
    return {text: value for text, value in found.items() if text not in twice}


def _text(value: object) -> str:
    """Return a value as Athena's results have it: [a, b], {k=v}, null."""
    match value:
        case list():
            return f"[{', '.join(map(_text, value))}]"
        case dict():
            return "{" + ", ".join(f"{key}={_text(each)}" for key, each in value.items()) + "}"
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case _:
            return str(value)
