"""The columns of the two tables stored as JSON lines, derived from the types of the code that writes them."""

from __future__ import annotations

import types
from typing import Literal, Union, get_args, get_origin, get_type_hints

from functions.publish.ledger import LedgerRow
from functions.shared.contract import GlueColumn

_SCALARS: dict[object, str] = {str: "string", int: "bigint", float: "double", bool: "boolean", type(None): "string"}


def hive_type(hint: object) -> str:
    """Return Hive's name of a Python type; a column that this project always leaves null is a string."""
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        (kind,) = (each for each in get_args(hint) if each is not type(None))
        return hive_type(kind)
    if origin is Literal:
        return "string"
    if origin is dict:
        key, value = get_args(hint)
        return f"map<{hive_type(key)},{hive_type(value)}>"
    return _SCALARS[hint]


RUNS = [
    GlueColumn(Name=name, Type=hive_type(hint), Comment="as the ledger has it; the view runs describes it")
    for name, hint in get_type_hints(LedgerRow).items()
]
PUBLISHED = [
    GlueColumn(Name="snapshot_date", Type="string", Comment="the date"),
    GlueColumn(Name="run_id", Type="string", Comment="the run of that date that people see"),
]
