"""Window functions, and aggregates over windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws.athena.sql import syntax
from local.aws.athena.sql.casts import coerced
from local.aws.athena.sql.rules.aggregates import OTHER_AGGREGATES, WINDOWS, one, require_groupable, sort_item
from local.aws.athena.sql.types import BIGINT
from local.aws.athena.sql.values import Value, refused, unsupported

if TYPE_CHECKING:
    from local.aws.athena.sql.compilers import Expressions
    from local.aws.athena.sql.scopes import Scope
    from local.aws.athena.sql.syntax import Node

_WITH_RANK = {"row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile"}


def value(compiler: Expressions, name: str, node: Node, scope: Scope) -> Value:
    """Return a call of an aggregate: of a window in its place, or of a group through the grouped query."""
    if name in OTHER_AGGREGATES:
        raise unsupported(f"Function '{name}'", node)
    if node.over() is not None:
        return window(compiler, name, node, scope)
    if name in WINDOWS:
        raise refused("MISSING_OVER", node, f"Window function {name} requires an OVER clause")
    if scope.aggregate is None:
        raise refused(
            "EXPRESSION_NOT_SCALAR",
            node,
            f"{scope.place} cannot contain aggregations, window functions or grouping operations: "
            f"{syntax.text_of(node)[:80]}",
        )
    return scope.aggregate(node)


def window(compiler: Expressions, name: str, node: Node, scope: Scope) -> Value:
    """Return a call with OVER."""
    if not scope.allows_windows:
        raise refused(
            "EXPRESSION_NOT_SCALAR",
            node,
            f"{scope.place} cannot contain aggregations, window functions or grouping operations",
        )
    if node.setQuantifier() is not None or node.sortItem():
        raise unsupported(f"DISTINCT and ORDER BY in {name} … OVER", node)
    over = _over(compiler, node.over(), scope)
    where = ""
    if node.filter_() is not None:
        where = f" FILTER (WHERE {compiler.truth(node.filter_().booleanExpression(), scope, 'FILTER expression').sql})"
    arguments = [] if node.ASTERISK() is not None else [compiler.value(each, scope) for each in node.expression()]
    if name not in WINDOWS:
        if name in {"approx_distinct", "map_agg", "geometric_mean", "approx_percentile", "histogram"}:
            raise unsupported(f"{name} … OVER", node)
        sql, kind, after = one(name, arguments, node, distinct=False, star=node.ASTERISK() is not None, order="")
        if name == "avg" and kind.base == "decimal":
            parts = [one(each, arguments, node, distinct=False, star=False, order="")[0] for each in ("sum", "count")]
            total, count = (f"({part.replace('{W}', where)} OVER {over})" for part in parts)
            return Value(f"CAST(t_average(CAST({total} AS VARCHAR), {count}, {kind.digits[1]}) AS {kind.duckdb})", kind)
        return Value(after.format(f"({sql.replace('{W}', where)} OVER {over})"), kind)
    if where:
        raise refused("FUNCTION_NOT_AGGREGATE", node, f"Filter is only valid for aggregation functions: {name}")
    return _ranking(name, arguments, node, over)


def _ranking(name: str, arguments: list[Value], node: Node, over: str) -> Value:
    """Return a window function that is not an aggregate."""
    nulls = ""
    if node.nullTreatment() is not None and node.nullTreatment().getText().upper().startswith("IGNORE"):
        nulls = " IGNORE NULLS"
    if name in _WITH_RANK:
        if "ORDER BY" not in over and name in {"rank", "dense_rank", "percent_rank", "cume_dist"}:
            raise unsupported(f"{name} without ORDER BY", node)
        if len(arguments) != (name == "ntile"):
            raise refused("FUNCTION_NOT_FOUND", node, f"Unexpected parameters for function {name}")
        inside = arguments[0].sql if arguments else ""
        return Value(f"({name}({inside}) OVER {over})", WINDOWS[name] or BIGINT)
    one = arguments[0]
    if name == "nth_value" and not (
        len(arguments) > 1 and isinstance(arguments[1].constant, int) and arguments[1].constant > 0
    ):
        raise unsupported("nth_value of a place that is not a positive literal", node)
    if name in {"lag", "lead"} and "ROWS" in over + " " and " BETWEEN " in over:
        raise refused("INVALID_WINDOW_FRAME", node, f"Cannot specify window frame for {name} function")
    rest = [coerced(v, BIGINT) if p == 0 else coerced(v, one.type) for p, v in enumerate(arguments[1:])]
    if any(v.constant is not None and isinstance(v.constant, int) and v.constant < 0 for v in rest[:1]):
        raise refused("INVALID_FUNCTION_ARGUMENT", node, "Offset must be at least 0")
    if name in {"lag", "lead"} and "ORDER BY" not in over:
        raise unsupported(f"{name} without ORDER BY", node)
    held = one.sql if one.type.base != "unknown" else "CAST(NULL AS INTEGER)"
    inside = ", ".join([held, *(value.sql for value in rest)])
    return Value(f"({name}({inside}{nulls}) OVER {over})", one.type)


def _over(compiler: Expressions, node: Node, scope: Scope) -> str:
    """Return the window that OVER names or describes."""
    if node.windowName is not None:
        name = syntax.name_of(node.windowName).lower()
        if name not in scope.windows:
            raise refused("INVALID_WINDOW_REFERENCE", node, f"Cannot resolve WINDOW name {name}")
        return _window(compiler, scope.windows[name], scope)
    return _window(compiler, node.windowSpecification(), scope)


def _window(compiler: Expressions, node: Node, scope: Scope) -> str:
    if node.existingWindowName is not None:
        raise unsupported("a window that refines another", node)
    parts = []
    if node.partition:
        values = [compiler.value(each, scope) for each in node.partition]
        for each in values:
            require_groupable(each.type, node, distinct=each.type.base != "double")
        parts.append(f"PARTITION BY {', '.join(each.sql for each in values)}")
    if node.sortItem():
        parts.append(f"ORDER BY {', '.join(sort_item(compiler, each, scope) for each in node.sortItem())}")
    if node.windowFrame() is not None:
        parts.append(_frame(compiler, node, scope))
    return f"({' '.join(parts)})"


def _frame(compiler: Expressions, node: Node, scope: Scope) -> str:
    """Return a frame; RANGE with a distance only where DuckDB measures it as Trino does."""
    frame = node.windowFrame()
    if frame.getChildCount() != 1:
        raise unsupported("MEASURES and PATTERN of a window", node)
    extent = frame.frameExtent()
    kind = extent.frameType.text.upper()
    bounds = [_bound(compiler, each, scope, kind) for each in extent.frameBound()]
    if kind in {"RANGE", "GROUPS"} and not node.sortItem():
        raise unsupported(f"{kind} without ORDER BY", node)
    return f"{kind} BETWEEN {bounds[0]} AND {bounds[1] if len(bounds) > 1 else 'CURRENT ROW'}"


def _bound(compiler: Expressions, node: Node, scope: Scope, kind: str) -> str:
    name = type(node).__name__
    if name == "CurrentRowBoundContext":
        return "CURRENT ROW"
    if name == "UnboundedFrameContext":
        return f"UNBOUNDED {node.boundType.text.upper()}"
    found = compiler.value(node.expression(), scope)
    if not isinstance(found.constant, int) or found.constant < 0:
        raise unsupported("a frame bound that is not a literal", node)
    if kind == "RANGE" and found.type.base in {"interval day to second", "interval year to month"}:
        unit = "milliseconds" if found.type.base == "interval day to second" else "months"
        return f"to_{unit}({found.constant}) {node.boundType.text.upper()}"
    return f"{found.constant} {node.boundType.text.upper()}"
