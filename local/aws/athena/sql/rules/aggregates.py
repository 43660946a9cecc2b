"""Aggregate and window functions: their names, their types, and DuckDB's SQL of each."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from local.aws.athena.sql import syntax
from local.aws.athena.sql.casts import coerced
from local.aws.athena.sql.operators import ORDERED
from local.aws.athena.sql.types import BIGINT, BOOLEAN, DOUBLE, TEXT, WHOLE, Type, array, coerces, decimal, map_of
from local.aws.athena.sql.values import Value, fails, quoted, refused, unsupported

if TYPE_CHECKING:
    from local.aws.athena.sql.compilers import Expressions
    from local.aws.athena.sql.scopes import Scope
    from local.aws.athena.sql.syntax import Node

AGGREGATES = frozenset(
    [
        "count",
        "count_if",
        "sum",
        "avg",
        "min",
        "max",
        "min_by",
        "max_by",
        "array_agg",
        "bool_and",
        "bool_or",
        "every",
        "arbitrary",
        "any_value",
        "stddev",
        "stddev_pop",
        "stddev_samp",
        "variance",
        "var_pop",
        "var_samp",
        "map_agg",
        "multimap_agg",
        "approx_distinct",
        "geometric_mean",
        "histogram",
        "approx_percentile",
    ]
)
OTHER_AGGREGATES = frozenset(
    [
        "approx_set",
        "approx_most_frequent",
        "bitwise_and_agg",
        "bitwise_or_agg",
        "bitwise_xor_agg",
        "checksum",
        "corr",
        "covar_pop",
        "covar_samp",
        "regr_intercept",
        "regr_slope",
        "regr_count",
        "regr_r2",
        "skewness",
        "kurtosis",
        "entropy",
        "evaluate_classifier_predictions",
        "map_union",
        "merge",
        "numeric_histogram",
        "reduce_agg",
        "set_agg",
        "set_union",
        "learn_classifier",
    ]
)
_MANY = 50
_WITHOUT_ORDER = frozenset(["array_sort", "cardinality", "array_max", "array_min", "contains", "arrays_overlap"])
"""Functions of an array that give the same whatever its order."""


WINDOWS = {
    "row_number": BIGINT, "rank": BIGINT, "dense_rank": BIGINT, "percent_rank": DOUBLE, "cume_dist": DOUBLE,
    "ntile": BIGINT, "lag": None, "lead": None, "first_value": None, "last_value": None, "nth_value": None,
}  # fmt: skip


def is_one(name: str) -> bool:
    """Return whether a function aggregates, or needs a window."""
    return name in AGGREGATES or name in OTHER_AGGREGATES or name in WINDOWS


def is_call(node: Node) -> bool:
    """Return whether a node is a call of an aggregate that is not one of a window."""
    name = type(node).__name__
    if name in {"ListaggContext", "GroupingOperationContext"}:
        return True
    if name != "FunctionCallContext" or node.over() is not None:
        return False
    return node.qualifiedName().getText().lower() in AGGREGATES | OTHER_AGGREGATES


def group(compiler: Expressions, node: Node, scope: Scope, column: str) -> tuple[str, Value]:
    """Return the SQL of an aggregate, and its value once it has a column.

    The arguments are compiled in `scope`, that of the rows.
    """
    if type(node).__name__ == "ListaggContext":
        found = listagg(compiler, node, scope)
        return found.sql, Value(column, found.type)
    name = node.qualifiedName().getText().lower()
    distinct = node.setQuantifier() is not None and node.setQuantifier().getText().upper() == "DISTINCT"
    star = node.ASTERISK() is not None
    arguments = [] if star else [compiler.value(each, scope) for each in node.expression()]
    where = ""
    if node.filter_() is not None:
        where = f" FILTER (WHERE {compiler.truth(node.filter_().booleanExpression(), scope, 'FILTER expression').sql})"
    order = ""
    if node.sortItem():
        if name not in {"array_agg", "map_agg", "multimap_agg", "arbitrary", "any_value"}:
            raise unsupported(f"ORDER BY in {name}", node)
        order = f" ORDER BY {', '.join(sort_item(compiler, each, scope) for each in node.sortItem())}"
    sql, kind, after = one(name, arguments, node, distinct=distinct, star=star, order=order)
    return sql.replace("{W}", where), Value(after.format(column), kind)


def one(  # noqa: C901 - one case a function
    name: str, arguments: list[Value], node: Node, *, distinct: bool, star: bool, order: str
) -> tuple[str, Type, str]:
    """Return an aggregate's SQL, its type, and a function that finishes its result."""
    d = "DISTINCT " if distinct else ""
    one = arguments[0] if arguments else None
    if name == "count":
        if star or not arguments:
            if distinct:
                raise unsupported("count(DISTINCT *)", node)
            return "count(*){W}", BIGINT, "{}"
        if len(arguments) > 1:
            raise refused("FUNCTION_NOT_FOUND", node, f"Unexpected parameters for function {name}")
        require_groupable(arguments[0].type, node, distinct=distinct)
        return f"count({d}{arguments[0].sql}){{W}}", BIGINT, "{}"
    if one is None or star:
        raise refused("FUNCTION_NOT_FOUND", node, f"Unexpected parameters () for function {name}")
    require_groupable(one.type, node, distinct=distinct)
    if name in {"min_by", "max_by", "map_agg", "multimap_agg"}:
        return _two(name, arguments, node, order, distinct=distinct)
    if len(arguments) > 1 and name != "approx_percentile":
        raise unsupported(f"{name} of {len(arguments)} arguments", node)
    if name in {"sum", "avg"}:
        return _sum_or_mean(name, one, node, d)
    if name in {"min", "max"}:
        return f"{name}({_ordered(one, node)}){{W}}", one.type, "{}"
    if name == "array_agg":
        if distinct and not order and not _order_is_lost(node):
            raise unsupported("array_agg(DISTINCT …) without ORDER BY, whose order is Athena's own,", node)
        return f"list({d}{one.sql}{order}){{W}}", array(one.type), "{}"
    if name in {"arbitrary", "any_value"}:
        return f"any_value({one.sql}{order}){{W}}", one.type, "{}"
    if name in {"bool_and", "every", "bool_or"}:
        return (
            f"{'bool_or' if name == 'bool_or' else 'bool_and'}({_as(one, BOOLEAN, node, name).sql}){{W}}",
            BOOLEAN,
            "{}",
        )
    if name == "count_if":
        return f"count(CASE WHEN {_as(one, BOOLEAN, node, name).sql} THEN 1 END){{W}}", BIGINT, "{}"
    if name == "histogram":
        if one.type.base not in {*WHOLE, "varchar", "boolean", "date"} or distinct:
            raise unsupported(f"histogram of {one.type}", node)
        counts = "map(map_keys({0}), list_transform(map_values({0}), lambda hv: CAST(hv AS BIGINT)))"
        return (
            f"histogram({one.sql}){{W}}",
            map_of(one.type, BIGINT),
            f"CASE WHEN {{0}} IS NULL THEN NULL ELSE {counts} END",
        )
    if name == "approx_percentile":
        return _percentile(arguments, node)
    if name == "approx_distinct":
        problem = fails("approx_distinct of more than fifty values", "BIGINT", known=False)
        return f"count(DISTINCT {one.sql}){{W}}", BIGINT, f"CASE WHEN {{0}} > {_MANY} THEN {problem} ELSE {{0}} END"
    if distinct:
        raise unsupported(f"{name}(DISTINCT …)", node)
    number = _as(one, DOUBLE, node, name).sql
    if name == "geometric_mean":
        if one.type.base == "decimal":
            raise unsupported(f"geometric_mean of {one.type}", node)
        return f"avg(ln({number})){{W}}", DOUBLE, "exp({})"
    by = {"stddev": "stddev_samp", "variance": "var_samp"}.get(name, name)
    return f"{by}({number}){{W}}", DOUBLE, "{}"


def _order_is_lost(node: Node) -> bool:
    """Return whether an aggregate is an argument of a function whose result does not depend on the order of items."""
    parent = node.parentCtx
    while parent is not None and parent.getChildCount() == 1:
        parent = parent.parentCtx
    return type(parent).__name__ == "FunctionCallContext" and parent.qualifiedName().getText().lower() in _WITHOUT_ORDER


def _percentile(arguments: list[Value], node: Node) -> tuple[str, Type, str]:
    """Return approx_percentile of so few values that it is one of them: the one at `floor(share * count)`."""
    if len(arguments) != 2 or not isinstance(arguments[1].constant, (int, float, Decimal)):
        raise unsupported("approx_percentile with weights, or of a share that is not a literal", node)
    share = float(arguments[1].constant)
    if not 0 <= share <= 1:
        raise refused("INVALID_FUNCTION_ARGUMENT", node, "Percentile must be between 0 and 1")
    if arguments[0].type.base not in {*WHOLE, "double"}:
        raise unsupported(f"approx_percentile of {arguments[0].type}", node)
    kind = BIGINT if arguments[0].type.base in WHOLE else DOUBLE
    one = _as(arguments[0], kind, node, "approx_percentile")
    problem = fails("approx_percentile of more than twenty values", kind.duckdb, known=False)
    place = f"least(CAST(floor({share!r}::DOUBLE * len({{0}})) AS BIGINT), len({{0}}) - 1) + 1"
    after = f"CASE WHEN len({{0}}) > 20 THEN {problem} ELSE list_sort({{0}})[{place}] END"
    if node.filter_() is not None:
        raise unsupported("approx_percentile with FILTER", node)
    return f"list({_ordered(one, node)}) FILTER (WHERE {one.sql} IS NOT NULL)", kind, after


def require_groupable(kind: Type, node: Node, *, distinct: bool) -> None:
    """Raise QueryFailed unless DuckDB is known to find the same values equal."""
    if distinct and (kind.holds("json", "timestamp with time zone", "double", "real") or kind.base in {"map", "row"}):
        raise unsupported(f"DISTINCT of {kind}", node)


def _as(found: Value, kind: Type, node: Node, name: str) -> Value:
    if not coerces(found.type, kind) or found.type.base == "real":
        raise refused("FUNCTION_NOT_FOUND", node, f"Unexpected parameters ({found.type}) for function {name}")
    return coerced(found, kind)


def _ordered(found: Value, node: Node) -> str:
    """Return SQL of a value that is compared; a NaN among doubles is not known here."""
    kind = found.type
    if kind.base == "double" and not found.never_nan:
        problem = fails("The least or greatest of NaN", "DOUBLE", known=False)
        return f"CASE WHEN isnan({found.sql}) THEN {problem} ELSE {found.sql} END"
    if kind.base == "timestamp with time zone" and kind.zone is None:
        raise unsupported("The least or greatest of timestamps in different zones", node)
    if kind.base not in ORDERED - {"real"}:
        if kind.base in {"map", "json"}:
            raise refused("FUNCTION_NOT_FOUND", node, f"Unexpected parameters ({kind})")
        raise unsupported(f"The least or greatest of {kind}", node)
    return found.sql


def _sum_or_mean(name: str, one: Value, node: Node, d: str) -> tuple[str, Type, str]:
    kind = one.type
    if kind.base in WHOLE:
        return (
            (f"sum({d}{one.sql}){{W}}", BIGINT, "CAST({} AS BIGINT)")
            if name == "sum"
            else (f"avg({d}{one.sql}){{W}}", DOUBLE, "{}")
        )
    if kind.base == "double":
        return f"{name}({d}{one.sql}){{W}}", DOUBLE, "{}"
    if kind.base == "decimal":
        total = decimal(38, kind.digits[1])
        if name == "sum":
            return f"sum({d}CAST({one.sql} AS {total.duckdb})){{W}}", total, "{}"
        pair = f"struct_pack(s := sum({d}CAST({one.sql} AS {total.duckdb})){{W}}, n := count({d}{one.sql}){{W}})"
        return pair, kind, f"CAST(t_average(CAST(({{0}}).s AS VARCHAR), ({{0}}).n, {kind.digits[1]}) AS {kind.duckdb})"
    if kind.base in {"real", "interval day to second", "interval year to month", "unknown"}:
        raise unsupported(f"{name} of {kind}", node)
    raise refused("FUNCTION_NOT_FOUND", node, f"Unexpected parameters ({kind}) for function {name}")


def _two(name: str, arguments: list[Value], node: Node, order: str, *, distinct: bool) -> tuple[str, Type, str]:
    """Return min_by, max_by, map_agg and multimap_agg, which take pairs."""
    if len(arguments) != 2 or distinct:
        raise unsupported(f"{name} of {len(arguments)} arguments", node)
    first, second = arguments
    held = first.sql if first.type.base != "unknown" else f"CAST(NULL AS {first.type.duckdb})"
    if name in {"map_agg", "multimap_agg"}:
        if first.type.base not in ORDERED - {"double", "real", "timestamp with time zone"}:
            raise unsupported(f"{name} of {first.type}", node)
        inside = (
            f"struct_pack(k := {held}, v := {second.sql if second.type.base != 'unknown' else 'CAST(NULL AS INTEGER)'})"
        )
        entries = (
            "list_filter({0}, lambda mx, mi: mx.k IS NOT NULL AND list_position(list_transform({0}, lambda my: my.k), "
            "mx.k) = mi)"
        )
        held_by_key = second.type
        if name == "multimap_agg":
            held_by_key = array(second.type)
            of_key = "list_transform(list_filter({0}, lambda mv: mv.k = me.k), lambda mw: mw.v)"
            entries = f"list_transform({entries}, lambda me: struct_pack(k := me.k, v := {of_key}))"
        after = f"CASE WHEN {{0}} IS NULL THEN NULL ELSE map_from_entries({entries}) END"
        return f"list({inside}{order}){{W}}", map_of(first.type, held_by_key), after
    by = "arg_min_null" if name == "min_by" else "arg_max_null"
    return f"{by}({held}, {_ordered(second, node)}){{W}}", first.type, "{}"


def listagg(compiler: Expressions, node: Node, scope: Scope) -> Value:
    """Return LISTAGG … WITHIN GROUP (ORDER BY …)."""
    if scope.aggregate is not None:
        return scope.aggregate(node)
    if node.listAggOverflowBehavior() is not None or node.setQuantifier() is not None:
        raise unsupported("ON OVERFLOW and DISTINCT of LISTAGG", node)
    one = compiler.value(node.expression(), scope)
    if one.type.base != "varchar":
        raise refused("FUNCTION_NOT_FOUND", node, f"Expected expression of varchar, but it has {one.type} type")
    separator = quoted(syntax.string_of(node.string())) if node.string() is not None else "''"
    order = ", ".join(sort_item(compiler, each, scope) for each in node.sortItem())
    return Value(f"string_agg({one.sql}, {separator} ORDER BY {order})", TEXT)


def sort_item(compiler: Expressions, node: Node, scope: Scope, value: Value | None = None) -> str:
    """Return SQL of one item of an ORDER BY, nulls last by default."""
    found = value or compiler.value(node.expression(), scope)
    if found.type.base not in ORDERED and not (found.type.base == "array" and found.type.members[0].base in ORDERED):
        if found.type.base in {"map", "json"}:
            raise refused(
                "TYPE_MISMATCH", node, f"Type {found.type} is not orderable, and therefore cannot be used in ORDER BY"
            )
        raise unsupported(f"ORDER BY {found.type}", node)
    way = "DESC" if node.ordering is not None and node.ordering.text.upper() == "DESC" else "ASC"
    nulls = node.nullOrdering.text.upper() if node.nullOrdering is not None else "LAST"
    return f"{found.sql} {way} NULLS {nulls}"
