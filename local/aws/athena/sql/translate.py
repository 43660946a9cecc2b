"""A query in Trino's dialect, rewritten so that DuckDB computes what Trino would.

sqlglot translates most; the rules here are what it lacks, one function a rule, each applied to every node of a kind.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local.aws.athena.errors import QueryFailed
from local.aws.athena.sql import joda
from local.aws.athena.sql.parse import AthenaSql
from local.aws.athena.sql.unnest import call, unnest_columns

if TYPE_CHECKING:
    from collections.abc import Callable


def translate(tree: exp.Query) -> str:
    """Return DuckDB's SQL for a query in Trino's dialect."""
    _name_columns(tree)
    unnest_columns(tree)
    return tree.transform(_rewrite, copy=True).sql(dialect="duckdb")


def _rewrite(node: exp.Expr) -> exp.Expr:
    """Return what stands for a node in DuckDB's dialect."""
    rule = (_BY_NAME if isinstance(node, exp.Anonymous) else _BY_KIND).get(
        str(node.this).lower() if isinstance(node, exp.Anonymous) else type(node)
    )
    return rule(node) if rule else node


def _name_columns(tree: exp.Expr) -> None:
    """Give nameless columns Trino's names: _col0, _col1 ..."""
    for select in tree.find_all(exp.Select):
        for place, column in enumerate(select.expressions):
            if not isinstance(column, (exp.Alias, exp.Column, exp.Dot, exp.Star)):
                column.replace(exp.alias_(column.copy(), f"_col{place}"))


def _moved(node: exp.Expr) -> exp.Expr:
    """A date moved by an interval stays a date, a timestamp a timestamp."""
    left, right = node.this, node.expression
    if isinstance(right, exp.Interval):
        return call("trino_move", left.copy(), type(node)(this=left.copy(), expression=right.copy()))
    if isinstance(left, exp.Interval):
        return call("trino_move", right.copy(), type(node)(this=left.copy(), expression=right.copy()))
    return node


def _date_add(node: exp.Expr) -> exp.Expr:
    """date_add keeps the type of what it moves."""
    unit = exp.var(node.args["unit"].name)
    count = node.expression.copy()
    count = count if isinstance(count, exp.Literal) else exp.paren(count)
    if str(unit).lower() == "quarter":
        unit, count = exp.var("month"), exp.paren(count * 3)
    moved = exp.Add(this=node.this.copy(), expression=exp.Interval(this=count, unit=unit))
    return call("trino_move", node.this.copy(), moved)


def _date_trunc(node: exp.Expr) -> exp.Expr:
    """date_trunc of a date is a date."""
    return call("trino_date_trunc", exp.Literal.string(node.args["unit"].name.lower()), node.this.copy())


def _cast(node: exp.Expr) -> exp.Expr:
    """Casts where Trino is stricter (varchar to timestamp), or means another thing (JSON)."""
    target, value = node.args["to"], node.this
    strict = not isinstance(node, exp.TryCast)
    if target.this == exp.DataType.Type.TIMESTAMP:
        return call("trino_timestamp" if strict else "trino_try_timestamp", value.copy())
    if target.this == exp.DataType.Type.TIMESTAMPTZ:
        target.set("expressions", None)
    if target.this == exp.DataType.Type.DECIMAL and not target.expressions:
        return _decimal(node)
    if target.this == exp.DataType.Type.JSON:
        return call("to_json", value.copy())
    if target.is_type("varchar", "text", "char") and _is_json(value):
        return call("json_extract_string", value.copy(), exp.Literal.string("$"))
    return node


def _decimal(node: exp.Expr) -> exp.Expr:
    """A decimal literal has the digits it is written with; a cast without digits is to whole numbers."""
    digits = node.this.name.lstrip("+-") if node.this.is_string else ""
    whole, point, fraction = digits.partition(".")
    size = f"{len(whole + fraction)}, {len(fraction)}" if point else "38, 0"
    return type(node)(this=node.this.copy(), to=exp.DataType.build(f"DECIMAL({size})", dialect="duckdb"))


def _is_json(node: exp.Expr) -> bool:
    """Return whether an expression is JSON in Trino, as far as its outermost call tells."""
    if isinstance(node, exp.Anonymous):
        return str(node.this) in {"trino_json_extract", "trino_json_parse", "to_json"}
    return isinstance(node, (exp.JSONExtract, exp.ParseJSON)) and not isinstance(node, exp.JSONExtractScalar)


def _subscript(node: exp.Expr) -> exp.Expr:
    """A subscript that misses is an error; element_at gives null."""
    if node.args.get("safe") or len(node.expressions) != 1:
        return node
    key = node.expressions[0]
    return call("trino_key" if key.is_string else "trino_item", node.this.copy(), key.copy())


def _regexp_replace(node: exp.Expr) -> exp.Expr:
    """Java's $1 is RE2's backslash 1; every match is replaced."""
    text = node.args.get("replacement") or exp.Literal.string("")
    if text.is_string:
        text = exp.Literal.string(re.sub(r"\$(\d)", r"\\\1", text.name))
    return call("regexp_replace", node.this.copy(), node.expression.copy(), text.copy(), exp.Literal.string("g"))


def _regexp_extract(node: exp.Expr) -> exp.Expr:
    """No match is null."""
    group = node.args.get("group") or exp.Literal.number(0)
    return call("trino_regexp_extract", node.this.copy(), node.expression.copy(), group.copy())


def _at_time_zone(node: exp.Expr) -> exp.Expr:
    """The clock in a zone; DuckDB has no timestamp that remembers its zone."""
    instant = exp.cast(node.this.copy(), exp.DataType.Type.TIMESTAMPTZ)
    return call("timezone", node.args["zone"].copy(), instant)


def _pattern(node: exp.Expr, pattern: exp.Expr) -> exp.Literal:
    """Return the strftime pattern for the Joda pattern a call carries."""
    if not pattern.is_string:
        raise QueryFailed(f"NOT_SUPPORTED: {node.sql(dialect=AthenaSql)}: the pattern is no literal")
    try:
        return exp.Literal.string(joda.strftime(pattern.name))
    except ValueError as exc:
        raise QueryFailed(f"INVALID_FUNCTION_ARGUMENT: {exc}") from exc


def _matches(template: str) -> Callable[[exp.Expr], exp.Expr]:
    """Return a rule for any_match and its kin, from the count of matching elements."""

    def rule(node: exp.Expr) -> exp.Expr:
        array, condition = (argument.copy() for argument in node.expressions)
        kept = exp.ArrayFilter(this=array, expression=condition)
        count = call("len", kept)
        return exp.paren(
            {
                "any": exp.GT(this=count, expression=exp.Literal.number(0)),
                "none": exp.EQ(this=count, expression=exp.Literal.number(0)),
                "all": exp.EQ(this=count, expression=call("len", array.copy())),
            }[template]
        )

    return rule


def _reduce(node: exp.Expr) -> exp.Expr:
    """reduce(array, start, merge, finish): DuckDB's has no finish, so its lambda is put around."""
    finish = node.args.get("finish")
    bare = exp.Reduce(this=node.this.copy(), initial=node.args["initial"].copy(), merge=node.args["merge"].copy())
    if not finish:
        return bare
    name, body = finish.expressions[0].name, finish.this.copy()
    if isinstance(body, (exp.Column, exp.Identifier)) and body.name == name:
        return bare
    for use in list(body.find_all(exp.Identifier)):
        if use.name == name:
            (use.parent if isinstance(use.parent, exp.Column) else use).replace(exp.paren(bare.copy()))
    return exp.paren(body)


def _json(macro: str) -> Callable[[exp.Expr], exp.Expr]:
    """Return a rule that reads JSON by a path, text that is no JSON as null."""

    def rule(node: exp.Expr) -> exp.Expr:
        path = node.expression
        text = path.sql(dialect=AthenaSql).strip("'") if isinstance(path, exp.JSONPath) else path.name
        return call(macro, node.this.copy(), exp.Literal.string(text))

    return rule


def _sequence(node: exp.Expr) -> exp.Expr:
    """A sequence of numbers, dates (which stay dates) or timestamps."""
    step = node.args.get("step")
    macro = "trino_sequence" if step else "trino_range"
    return call(macro, node.args["start"].copy(), node.args["end"].copy(), step.copy() if step else None)


def _renamed(name: str) -> Callable[[exp.Expr], exp.Expr]:
    """Return a rule that calls another function with the same arguments."""
    return lambda node: call(name, *(value.copy() for value in _arguments(node)))


def _clock(*types: exp.DType) -> Callable[[exp.Expr], exp.Expr]:
    """Return the rule for the query's start, cast to each type in turn: DuckDB would ask the machine's clock."""
    start: exp.Expr = call("getvariable", exp.Literal.string("query_start"))
    for each in types:
        start = exp.cast(start, each)
    return lambda _node: start.copy()


def _arguments(node: exp.Expr) -> list[exp.Expr]:
    """Return a call's arguments in order."""
    if isinstance(node, exp.Anonymous):
        return list(node.expressions)
    found = [node.args.get(key) for key in ("this", "expression", "start", "end", "length")]
    return [value for value in found if isinstance(value, exp.Expr)] + list(node.args.get("expressions") or [])


_BY_KIND: dict[Any, Callable[[Any], exp.Expr]] = {
    exp.Add: _moved,
    exp.Sub: _moved,
    exp.DateAdd: _date_add,
    exp.TimestampTrunc: _date_trunc,
    exp.DateTrunc: _date_trunc,
    exp.CurrentDate: _clock(exp.DataType.Type.DATE),
    exp.CurrentTime: _clock(exp.DataType.Type.TIMETZ),
    exp.CurrentTimestamp: _clock(),
    exp.Localtime: _clock(exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIME),
    exp.Localtimestamp: _clock(exp.DataType.Type.TIMESTAMP),
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Bracket: _subscript,
    exp.RegexpReplace: _regexp_replace,
    exp.RegexpExtract: _regexp_extract,
    exp.AtTimeZone: _at_time_zone,
    exp.Reduce: _reduce,
    exp.JSONExtractScalar: _json("trino_json_scalar"),
    exp.JSONExtract: _json("trino_json_extract"),
    exp.ParseJSON: lambda node: call("trino_json_parse", node.this.copy()),
    exp.GenerateSeries: _sequence,
    exp.ParseDatetime: lambda node: exp.cast(
        call("strptime", node.this.copy(), _pattern(node, node.args["format"])), exp.DataType.Type.TIMESTAMPTZ
    ),
    exp.ArrayDistinct: lambda node: call("trino_distinct", node.this.copy()),
    exp.ArrayToString: lambda node: call(
        "trino_join", node.this.copy(), node.expression.copy(), (node.args.get("null") or exp.null()).copy()
    ),
    exp.Format: _renamed("printf"),
    exp.ArraySize: _renamed("cardinality"),
    exp.ArraySlice: _renamed("trino_slice"),
}

_BY_NAME: dict[Any, Callable[[Any], exp.Expr]] = {
    "format_datetime": lambda node: call("strftime", node.expressions[0].copy(), _pattern(node, node.expressions[1])),
    "any_match": _matches("any"),
    "all_match": _matches("all"),
    "none_match": _matches("none"),
    "millisecond": _renamed("trino_millisecond"),
    "slice": _renamed("trino_slice"),
    "codepoint": _renamed("trino_codepoint"),
}
