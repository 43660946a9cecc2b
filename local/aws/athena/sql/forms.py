"""Expressions with a syntax of their own: arrays, rows, subscripts, calls, and the functions that SQL spells out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws.athena.sql import syntax
from local.aws.athena.sql.casts import coerced
from local.aws.athena.sql.rules import aggregates, calls, jsonpath, windows
from local.aws.athena.sql.rules.calls import FunctionCall, form
from local.aws.athena.sql.rules.signatures import SPACES
from local.aws.athena.sql.trees import has
from local.aws.athena.sql.types import VARCHAR, Type, array, coerces, common_of, row
from local.aws.athena.sql.values import Value, fails, let, quoted, refused, unsupported

if TYPE_CHECKING:
    from local.aws.athena.sql.compilers import Expressions
    from local.aws.athena.sql.scopes import Scope
    from local.aws.athena.sql.syntax import Node


@form("ArrayConstructorContext")
def array_constructor(compiler: Expressions, node: Node, scope: Scope) -> Value:
    """Return ARRAY[…]."""
    values = [compiler.value(each, scope) for each in node.expression()]
    kind = common_of([value.type for value in values])
    if kind is None:
        raise refused("TYPE_MISMATCH", node, "All ARRAY elements must be the same type")
    inside = ", ".join(coerced(value, kind).sql for value in values)
    return Value(f"CAST([{inside}] AS {array(kind).duckdb})", array(kind))


@form("RowConstructorContext")
def row_constructor(compiler: Expressions, node: Node, scope: Scope) -> Value:
    """Return ROW(…)."""
    values = [compiler.value(each, scope) for each in node.expression()]
    members = ", ".join(
        f"f{place} := {value.sql if value.type.base != 'unknown' else 'CAST(NULL AS INTEGER)'}"
        for place, value in enumerate(values)
    )
    return Value(f"struct_pack({members})", row(*(value.type for value in values)))


@form("SubscriptContext")
def subscript(compiler: Expressions, node: Node, scope: Scope) -> Value:
    """Return `a[1]`."""
    of, index = compiler.value(node.children[0], scope), compiler.value(node.index, scope)
    if of.type.base == "array":
        if index.type.base not in {"tinyint", "smallint", "integer", "bigint", "unknown"}:
            raise refused("TYPE_MISMATCH", node, f"Cannot use {index.type} for subscript of {of.type}")
        return Value(let([of, index], lambda a, i: _item(a, i, of.type)), of.type.members[0])
    if of.type.base == "map":
        return _entry(of, index, node)
    if of.type.base == "row":
        if not isinstance(index.constant, int) or not 1 <= index.constant <= len(of.type.members):
            raise refused("INVALID_FUNCTION_ARGUMENT", node, "Invalid subscript index of a row")
        return Value(f"({of.sql}).f{index.constant - 1}", of.type.members[index.constant - 1])
    raise refused("TYPE_MISMATCH", node, f"Cannot use {index.type} for subscript of {of.type}")


def _entry(of: Value, index: Value, node: Node) -> Value:
    """Return a map's value by its key; a key that is not there is an error."""
    if not coerces(index.type, of.type.members[0]):
        raise refused("TYPE_MISMATCH", node, f"Cannot use {index.type} for subscript of {of.type}")
    key = coerced(index, of.type.members[0])

    def found(held: str, name: str) -> str:
        problem = f"'INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || CAST({name} AS VARCHAR)"
        missing = f"CAST(t_fail({problem}) AS {of.type.members[1].duckdb})"
        return (
            f"CASE WHEN {held} IS NULL OR {name} IS NULL THEN NULL WHEN map_contains({held}, {name}) THEN "
            f"map_extract_value({held}, {name}) ELSE {missing} END"
        )

    return Value(let([of, key], found), of.type.members[1])


@form("FunctionCallContext")
def function_call(compiler: Expressions, node: Node, scope: Scope) -> Value:
    """Return a call."""
    name = node.qualifiedName().getText().lower()
    if node.processingMode() is not None:
        raise unsupported("RUNNING and FINAL", node)
    if aggregates.is_one(name):
        return windows.value(compiler, name, node, scope)
    if node.over() is not None or node.filter_() is not None or has(node, "ORDER") or node.setQuantifier() is not None:
        if name not in calls.KNOWN:
            raise refused("FUNCTION_NOT_FOUND", node, f"Function '{name}' not registered")
        raise refused("FUNCTION_NOT_AGGREGATE", node, f"'{name}' is not an aggregation function")
    return calls.call(FunctionCall(name, node, node.expression(), scope, compiler))


form("ListaggContext")(aggregates.listagg)


@form("MeasureContext")
def measure(compiler: Expressions, node: Node, _scope: Scope) -> Value:
    """Refuse a measure, which this embedded Athena does not know."""
    raise unsupported("a measure", node)


@form("LambdaContext")
def lambda_(compiler: Expressions, node: Node, _scope: Scope) -> Value:
    """Refuse a lambda outside of a call."""
    raise refused("TYPE_MISMATCH", node, "Lambda expression should always be used inside a function")


@form("PositionContext")
def position(compiler: Expressions, node: Node, scope: Scope) -> Value:
    """Return POSITION(… IN …)."""
    part, text = (compiler.value(each, scope) for each in node.valueExpression())
    return calls.call(FunctionCall("strpos", node, [], scope, compiler, [text, part]))


@form("SubstringContext")
def substring(compiler: Expressions, node: Node, scope: Scope) -> Value:
    """Return SUBSTRING(… FROM … FOR …)."""
    return calls.call(
        FunctionCall("substring", node, [], scope, compiler, [compiler.value(e, scope) for e in node.valueExpression()])
    )


@form("TrimContext")
def trim(compiler: Expressions, node: Node, scope: Scope) -> Value:
    """Return TRIM."""
    source = compiler.value(node.trimSource, scope)
    side = node.trimsSpecification().getText().upper() if node.trimsSpecification() is not None else "BOTH"
    name = {"LEADING": "ltrim", "TRAILING": "rtrim", "BOTH": "trim"}[side]
    if source.type.base not in {"varchar", "unknown"}:
        raise refused("FUNCTION_NOT_FOUND", node, f"Unexpected parameters ({source.type}) for function {name}")
    letters = compiler.value(node.trimChar, scope).sql if node.trimChar is not None else quoted(SPACES)
    return Value(
        f"{name}({coerced(source, VARCHAR).sql}, {letters})",
        VARCHAR if source.type.base == "unknown" else source.type,
    )


@form("ExtractContext")
def extract(compiler: Expressions, node: Node, scope: Scope) -> Value:
    """Return EXTRACT(… FROM …)."""
    name = syntax.name_of(node.identifier()).lower()
    value = compiler.value(node.valueExpression(), scope)
    if name not in {
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "day_of_month",
        "day_of_week",
        "dow",
        "day_of_year",
        "doy",
        "year_of_week",
        "yow",
        "hour",
        "minute",
        "second",
    }:
        raise unsupported(f"extract({name} …)", node)
    if value.type.base == "date" and name in {"hour", "minute", "second"}:
        raise refused("TYPE_MISMATCH", node, f"Cannot extract {name.upper()} from {value.type}")
    if value.type.base in {"varchar", "integer", "bigint", "double", "boolean", "array", "map"}:
        raise refused("TYPE_MISMATCH", node, f"Cannot extract {name.upper()} from {value.type}")
    return calls.call(FunctionCall(name, node, [], scope, compiler, [value]))


@form("GroupingOperationContext")
def grouping_operation(compiler: Expressions, node: Node, scope: Scope) -> Value:
    """Return GROUPING(…)."""
    if scope.aggregate is None:
        raise refused("INVALID_FUNCTION_ARGUMENT", node, "grouping() needs a GROUP BY")
    return scope.aggregate(node)


form("JsonValueContext")(jsonpath.value)
form("JsonQueryContext")(jsonpath.query)
form("JsonExistsContext")(jsonpath.exists)


def _item(held: str, index: str, kind: Type) -> str:
    """Return SQL of an array's item; a place that is not there is an error."""
    inner = kind.members[0].duckdb
    beyond = (
        "CAST(t_fail('INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: ' || "
        f"CAST({index} AS VARCHAR) || ' > ' || CAST(len({held}) AS VARCHAR)) AS {inner})"
    )
    return (
        f"CASE WHEN {held} IS NULL OR {index} IS NULL THEN NULL WHEN {index} > len({held}) THEN {beyond} "
        f"WHEN {index} = 0 THEN {fails('INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1', inner)} "
        f"WHEN {index} < 0 THEN {fails('INVALID_FUNCTION_ARGUMENT: Array subscript is negative', inner)} "
        f"ELSE list_extract({held}, {index}) END"
    )
