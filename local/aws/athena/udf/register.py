"""Register Trino's functions that DuckDB computes differently, written in Python, with DuckDB.

A function that raises `Refused` fails the query as Athena does; TRY gives null for it. One that raises `NotKnown` fails
the query even inside of TRY: what Athena does there is not known.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from duckdb import sqltype
from duckdb.func import FunctionNullHandling

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb


class Refused(Exception):
    """An error that Athena raises while a query runs: `CODE: reason`."""


class NotKnown(Exception):
    """Athena's result is not known here."""


@dataclass(frozen=True)
class Function:
    """A function given to DuckDB: its name there, types in DuckDB's words, and whether it is asked about nulls."""

    name: str
    call: Callable[..., Any]
    parameters: tuple[str, ...]
    returns: str
    with_nulls: bool


_functions: list[Function] = []
_not_known: list[str] = []
_lock = threading.Lock()


def given(
    parameters: str, returns: str, *, may_be_null: bool = False, with_nulls: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as `t_<its name>`; `parameters` are DuckDB's types, separated by spaces.

    A null among the arguments gives null, unless the function takes them `with_nulls`. It returns null only if it
    `may_be_null`.
    """

    def register(call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def guarded(*values: Any) -> Any:
            if not with_nulls and any(value is None for value in values):
                return None
            try:
                return call(*values)
            except NotKnown as exc:
                with _lock:
                    _not_known.append(str(exc))
                raise

        name = f"t_{call.__name__.strip('_')}"
        _functions.append(Function(name, guarded, tuple(parameters.split()), returns, may_be_null or with_nulls))
        return call

    return register


def not_known_since(place: int) -> list[str]:
    """Return the reasons of functions that refused as unknown, after the first `place` times."""
    with _lock:
        return _not_known[place:]


def not_known_count() -> int:
    """Return how often functions refused as unknown."""
    with _lock:
        return len(_not_known)


@given("VARCHAR", "VARCHAR")
def fail(message: str) -> str:
    """Fail as Athena does."""
    raise Refused(message)


@given("VARCHAR", "VARCHAR")
def unsupported(message: str) -> str:
    """Fail because Athena's result is not known."""
    raise NotKnown(message)


@given("VARCHAR", "VARCHAR[]")
def opened(problem: str) -> list[str]:
    """Fail because a file cannot be read."""
    raise Refused(problem)


def register(engine: duckdb.DuckDBPyConnection) -> None:
    """Give an engine every function of the modules that are imported."""
    for each in _functions:
        engine.create_function(
            each.name,
            each.call,
            [sqltype(kind) for kind in each.parameters],
            sqltype(each.returns),
            # DuckDB then neither computes it ahead nor lets TRY hide it
            side_effects=each.name == "t_unsupported",
            null_handling=FunctionNullHandling.SPECIAL if each.with_nulls else FunctionNullHandling.DEFAULT,
        )
