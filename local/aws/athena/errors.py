"""Why a query failed, in the words Athena uses.

QueryFailed                the reason is the execution's StateChangeReason
└── QueryCancelled         StopQueryExecution came before the end
Malformed                  no SQL of Athena's: StartQueryExecution itself refuses it
"""

from __future__ import annotations

import re

import duckdb


class QueryFailed(Exception):
    """A query ended FAILED; its text is the StateChangeReason."""


class QueryCancelled(QueryFailed):
    """A query was stopped by StopQueryExecution."""


class Malformed(Exception):
    """A query that Athena cannot parse; `line` and `column` count from 1."""

    def __init__(self, problem: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"line {line}:{column}: {problem}")


def from_duckdb(error: duckdb.Error) -> QueryFailed:
    """Return Athena's error for a failure of DuckDB on SQL that was compiled for it."""
    text = str(error).split("\n\n")[0]
    if stated := re.search(r"executing the UDF: Refused: ([A-Z_]{8,}: .*)", text, re.DOTALL):
        return QueryFailed(stated[1])
    if stated := re.search(r"executing the UDF: NotKnown: (.*)", text, re.DOTALL):
        reason = stated[1].removeprefix("NOT_SUPPORTED: ").removesuffix(_THOUGH)
        return QueryFailed(f"NOT_SUPPORTED: {reason}{_THOUGH}")
    if "TRY can not be used" in text:
        return QueryFailed(f"NOT_SUPPORTED: TRY of an expression that may not be known here{_THOUGH}")
    for pattern, reason in _REASONS.items():
        if re.search(pattern, text):
            return QueryFailed(reason)
    sentence = re.sub(r"^[\w ]+ Error: ", "", text)
    return QueryFailed(f"{_code(error)}: {sentence}")


_THOUGH = " is not supported by the embedded Athena, though Athena has it"
_REASONS = {
    "[Dd]ivision by zero": "DIVISION_BY_ZERO: Division by zero",
    "More than one row returned by a subquery": "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows",
    "ntile must be greater than zero": "INVALID_FUNCTION_ARGUMENT: Buckets must be greater than 0",
}


def _code(error: duckdb.Error) -> str:
    """Return Athena's error code for a failure of this kind."""
    if isinstance(error, duckdb.ConversionException):
        return "INVALID_CAST_ARGUMENT"
    if isinstance(error, duckdb.OutOfRangeException):
        return "NUMERIC_VALUE_OUT_OF_RANGE"
    return (
        "NOT_SUPPORTED" if isinstance(error, (duckdb.BinderException, duckdb.ParserException)) else "GENERIC_USER_ERROR"
    )
