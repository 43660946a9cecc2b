"""The contract's columns as SQL, so that no statement lists them again.

`columns of T`: `t.a, t.b, …`. `fields of T`: `'a', 'b', …`, without keys and without fields that differ between any two
observations. `texts of T as o`: the same fields of `o`, as text. `optional of T`: those fields that a response may
leave out, depending on the app's profile or on the request.
"""

from __future__ import annotations

import re

from functions.shared.contract import KEYS, Column, columns, glue_columns

PLACEHOLDER = re.compile(r"(columns|fields|texts|optional) of (\w+)(?: as (\w+))?")
NO_CHANGE = frozenset({"first_seen", "observed_at", "faults", "baseline"})


def expand(placeholder: str) -> str | None:
    """Return the SQL for a placeholder of the contract, or None for any other placeholder."""
    found = PLACEHOLDER.fullmatch(placeholder)
    if not found:
        return None
    what, table, alias = found.groups()
    if what == "columns":
        return ", ".join(f"t.{column['Name']}" for column in glue_columns(table))
    if what == "optional":
        return ", ".join(f"'{each.name}'" for each in columns(table) if is_optional(each))
    compared = {each.name for each in columns(table) if is_compared(table, each)}
    fields = [column for column in glue_columns(table) if column["Name"] in compared]
    if what == "fields":
        return ", ".join(f"'{column['Name']}'" for column in fields)
    return ", ".join(_as_text(f"{alias}.{column['Name']}", column["Type"]) for column in fields)


def is_compared(table: str, column: Column) -> bool:
    """Return whether the changes of a column are reported."""
    return column.name not in {*KEYS[table], *NO_CHANGE}


def is_optional(column: Column) -> bool:
    """Return whether a response may leave out a column whose changes are reported."""
    return (column.extended_only or column.whole_answer_only) and column.name not in NO_CHANGE


def _as_text(expression: str, glue_type: str) -> str:
    if glue_type == "array<string>":
        return f"array_join({expression}, ', ')"
    return expression if glue_type == "string" else f"CAST({expression} AS varchar)"
