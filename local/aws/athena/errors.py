"""Why a query failed, in the words Athena uses.

QueryFailed                the reason is the execution's StateChangeReason
└── QueryCancelled         StopQueryExecution came before the end
Malformed                  no SQL of Athena's: StartQueryExecution itself refuses it
"""

from __future__ import annotations

import re

import duckdb

_MISSING_COLUMN = re.compile(r'(?:Referenced column|column named|column) "?([^"\s]+)"? (?:not found|that is not)|'
                             r'does not have a column named "([^"]+)"')  # fmt: skip
_MISSING_FUNCTION = re.compile(r"Function with name \"?(\w+)\"? does not exist", re.IGNORECASE)
_BAD_CAST = re.compile(r"(?:Could not convert string|invalid [\w ]+ field format:) [\"'](.*?)[\"'](?: to (\w+))?")


class QueryFailed(Exception):
    """A query ended FAILED; its text is the StateChangeReason."""

    def __init__(self, reason: str, *, by_user: bool = True) -> None:
        super().__init__(reason)
        self.by_user = by_user


class QueryCancelled(QueryFailed):
    """A query was stopped by StopQueryExecution."""


class Malformed(Exception):
    """A query that Athena cannot parse; `line` and `column` count from 1."""

    def __init__(self, problem: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"line {line}:{column}: {problem}")


def position(sql: str, name: str) -> str:
    """Return `line L:C` of the first place where `sql` has the identifier `name`, from 1."""
    found = re.search(rf'(?<![\w"])"?{re.escape(name)}"?(?![\w"])', sql, re.IGNORECASE)
    before = sql[: found.start()] if found else ""
    return f"line {before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def from_duckdb(error: duckdb.Error, sql: str) -> QueryFailed:
    """Return what Athena would say where DuckDB said `error` of `sql`."""
    text = str(error).split("\n\n")[0]
    if missing := _MISSING_COLUMN.search(text):
        name = missing.group(1) or missing.group(2)
        return QueryFailed(
            f"COLUMN_NOT_FOUND: {position(sql, name)}: Column '{name}' cannot be resolved or requester is not "
            "authorized to access requested resources"
        )
    if missing := _MISSING_FUNCTION.search(text):
        name = missing.group(1).lower()
        return QueryFailed(
            f"NOT_SUPPORTED: {position(sql, name)}: Function '{name}' is Athena's but not yet the embedded Athena's"
        )
    return QueryFailed(f"{_code(error, text)}: {_message(text)}")


def _code(error: duckdb.Error, text: str) -> str:
    """Return Athena's error code for a failure of this kind."""
    stated = re.match(r"Invalid Input Error: ([A-Z_]{8,}):", text)
    if stated:
        return stated.group(1)
    if "Division by zero" in text:
        return "DIVISION_BY_ZERO"
    if isinstance(error, duckdb.ConversionException):
        return "INVALID_CAST_ARGUMENT"
    if isinstance(error, duckdb.OutOfRangeException):
        return "NUMERIC_VALUE_OUT_OF_RANGE"
    if isinstance(error, duckdb.BinderException):
        return "TYPE_MISMATCH" if "type" in text else "SYNTAX_ERROR"
    return "SYNTAX_ERROR" if isinstance(error, duckdb.ParserException) else "GENERIC_USER_ERROR"


def _message(text: str) -> str:
    """Return DuckDB's sentence in Athena's words where they are known, else as it is."""
    if "Division by zero" in text:
        return "Division by zero"
    if cast := _BAD_CAST.search(text):
        kind = {"INT32": "integer", "INT64": "bigint"}.get(cast.group(2) or "", (cast.group(2) or "date").lower())
        return f"Cannot cast '{cast.group(1)}' to {kind}"
    sentence = re.sub(r"^(\w+ )+Error: ", "", text)
    return re.sub(r"^[A-Z_]{8,}: ", "", sentence)
