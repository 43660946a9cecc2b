"""JSON_VALUE, JSON_QUERY and JSON_EXISTS, by paths of names and places."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local.aws.athena.sql import syntax
from local.aws.athena.sql.casts import cast_sql
from local.aws.athena.sql.types import BOOLEAN, DOUBLE, VARCHAR, WHOLE, Type
from local.aws.athena.sql.values import Value, fails, fresh, quoted, refused, unsupported

if TYPE_CHECKING:
    from local.aws.athena.sql.compilers import Expressions
    from local.aws.athena.sql.scopes import Scope
    from local.aws.athena.sql.syntax import Node

_PATH = re.compile(r'\s*(lax|strict)\s+\$((?:\.(?:[A-Za-z_]\w*|"[A-Za-z_]\w*")|\[(?:\d+|\*)\])*)\s*', re.ASCII)


def _items(compiler: Expressions, node: Node, scope: Scope) -> str:
    """Return SQL of the list of JSON values to which a call's path leads, `[error]` where it fails."""
    of = node.jsonPathInvocation()
    if of.PASSING() is not None or of.AS() is not None or of.jsonValueExpression().FORMAT() is not None:
        raise unsupported("PASSING, AS and FORMAT of a JSON path", node)
    text = compiler.value(of.jsonValueExpression().expression(), scope)
    if text.type.base == "json":
        raise unsupported("a JSON path over a value of type json", node)
    if text.type.base not in {"varchar", "unknown"}:
        raise refused("TYPE_MISMATCH", node, f"Cannot read input of type {text.type} as JSON using formatting JSON")
    path = _PATH.fullmatch(syntax.string_of(of.path))
    if path is None:
        raise unsupported(f"the JSON path {syntax.string_of(of.path)!r}", node)
    return f"t_json_path({text.sql}, {quoted(path[2])}, {'true' if path[1] == 'lax' else 'false'})"


def exists(compiler: Expressions, node: Node, scope: Scope) -> Value:
    """Return JSON_EXISTS: whether the path leads anywhere."""
    if node.jsonExistsErrorBehavior() is not None:
        raise unsupported("ON ERROR of JSON_EXISTS", node)
    name, items = fresh("j"), _items(compiler, node, scope)
    sql = f"list_transform([{items}], lambda {name}: len({name}) > 0 AND {name} <> ['error'])[1]"
    return Value(sql, BOOLEAN)


def value(compiler: Expressions, node: Node, scope: Scope) -> Value:
    """Return JSON_VALUE: the one scalar to which the path leads; null for none, or by ON EMPTY."""
    if node.errorBehavior is not None or (node.emptyBehavior is not None and node.emptyBehavior.expression() is None):
        raise unsupported("ON ERROR of JSON_VALUE", node)
    kind = compiler.type(syntax.text_of(node.type_()), node) if node.type_() is not None else VARCHAR
    if kind.base not in {"varchar", "bigint", "integer", "double", "boolean"}:
        raise unsupported(f"JSON_VALUE … RETURNING {kind}", node)
    empty = compiler.value(node.emptyBehavior.expression(), scope) if node.emptyBehavior is not None else None
    if empty is not None and empty.type.base != kind.base:
        raise unsupported("DEFAULT of another type ON EMPTY", node)
    name, items = fresh("j"), _items(compiler, node, scope)
    whens = f"WHEN len({name}) = 0 THEN {empty.sql if empty else 'NULL'}"
    whens += f" WHEN len({name}) > 1 OR {name}[1] = 'error' THEN NULL"
    whens += f" WHEN {name}[1][1:1] IN ('{{', '[') THEN NULL"
    sql = f"list_transform([{items}], lambda {name}: CASE {whens} ELSE {_scalar(f'{name}[1]', kind)} END)[1]"
    return Value(sql, kind)


def _scalar(text: str, kind: Type) -> str:
    """Return SQL of a JSON scalar as the type that is returned; what does not fit is an error and so null."""
    if kind.base == "varchar":
        return f"t_json_to_varchar({text})"
    cast = cast_sql(Value(text, Type("json")), kind)
    plain = {DOUBLE.base: r"-?[0-9][0-9.E+-]*", BOOLEAN.base: "true|false"} | dict.fromkeys(WHOLE, "-?[0-9]+")
    problem = fails("JSON_VALUE … RETURNING of another kind of value", kind.duckdb, known=False)
    return (
        f"CASE WHEN {text} = 'null' THEN NULL WHEN regexp_full_match({text}, '{plain[kind.base]}') THEN {cast} "
        f"ELSE {problem} END"
    )


def query(compiler: Expressions, node: Node, scope: Scope) -> Value:
    """Return JSON_QUERY: the one value to which the path leads as JSON, or all of them in an array."""
    if (
        node.RETURNING() is not None
        or node.QUOTES() is not None
        or node.emptyBehavior is not None
        or node.errorBehavior is not None
    ):
        raise unsupported("RETURNING, QUOTES, ON EMPTY and ON ERROR of JSON_QUERY", node)
    wrapper = node.jsonQueryWrapperBehavior()
    words = syntax.text_of(wrapper).upper().split() if wrapper is not None else ["WITHOUT"]
    if "CONDITIONAL" in words:
        raise unsupported("WITH CONDITIONAL WRAPPER", node)
    name, items = fresh("j"), _items(compiler, node, scope)
    many = f"t_json_array({name})" if words[0] == "WITH" else "NULL"
    one = f"t_json_array({name})" if words[0] == "WITH" else f"{name}[1]"
    whens = f"WHEN len({name}) = 0 OR {name}[1] = 'error' THEN NULL WHEN len({name}) > 1 THEN {many}"
    return Value(f"list_transform([{items}], lambda {name}: CASE {whens} ELSE {one} END)[1]", VARCHAR)
