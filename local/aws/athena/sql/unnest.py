"""UNNEST of Trino's that DuckDB's cannot do: of a map into key and value, of several arrays side by side."""

from __future__ import annotations

from typing import Any

from sqlglot import exp


def call(name: str, *arguments: exp.Expr | str | None) -> exp.Anonymous:
    """Return a call of a DuckDB function or macro."""
    return exp.Anonymous(this=name, expressions=[a for a in arguments if a is not None])


def unnest_columns(tree: exp.Expr) -> None:
    """Turn UNNEST of a map into its entries, and of several arrays into columns side by side."""
    for unnest in list(tree.find_all(exp.Unnest)):
        alias: Any = unnest.args.get("alias")
        names: list[str] = [column.name for column in alias.args.get("columns") or []] if alias else []
        offset = unnest.args.get("offset")
        ordinal = offset.name if isinstance(offset, exp.Identifier) else names.pop() if offset and names else None
        arrays = unnest.expressions
        if not alias or len(names) < 2:
            continue
        if len(arrays) == 1:
            unnest.set("expressions", [call("map_entries", arrays[0].copy())])
            columns = [f'e."{part}" AS "{name}"' for part, name in zip(("key", "value"), names, strict=True)]
            source = _lateral(unnest.expressions, ["e"], ordinal, columns)
        else:
            source = _lateral([a.copy() for a in arrays], names, ordinal, [f'"{name}"' for name in names])
        unnest.replace(exp.Lateral(this=exp.Subquery(this=source), alias=exp.TableAlias(this=alias.this.copy())))


def _lateral(arrays: list[exp.Expr], items: list[str], ordinal: str | None, columns: list[str]) -> exp.Expr:
    """Return the rows that some arrays give side by side; the shorter are filled with nulls."""
    inner = exp.Select()
    for array, name in zip(arrays, items, strict=True):
        inner = inner.select(exp.alias_(call("unnest", array), name, quoted=True))
    if ordinal:
        longest = [call("coalesce", call("len", array.copy()), exp.Literal.number(0)) for array in arrays]
        length = call("greatest", *longest) if len(longest) > 1 else longest[0]
        numbers = call("unnest", call("range", exp.Literal.number(1), length + 1))
        inner = inner.select(exp.alias_(numbers, ordinal, quoted=True))
        columns = [*columns, f'"{ordinal}"']
    return exp.select(*columns).from_(exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("_u"))))
