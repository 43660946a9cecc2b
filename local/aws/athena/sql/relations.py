"""FROM: tables, queries, joins and UNNEST as DuckDB's, with the columns that a query may name."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from local.aws.athena.sql import syntax
from local.aws.athena.sql.casts import coerced
from local.aws.athena.sql.operators import require_comparable
from local.aws.athena.sql.scopes import Column, Scope
from local.aws.athena.sql.trees import Relation, has, renamed
from local.aws.athena.sql.types import BIGINT, Type, common
from local.aws.athena.sql.values import Value, fresh, refused, unsupported

if TYPE_CHECKING:
    from local.aws.athena.sql.compilers import Queries
    from local.aws.athena.sql.syntax import Node


def of(queries: Queries, node: Node, scope: Scope) -> Relation:
    """Return the relation of a node of FROM; `scope` has the columns that a lateral one may name."""
    name = type(node).__name__
    if name == "JoinRelationContext":
        return _join(queries, node, scope)
    if name == "RelationDefaultContext":
        return _sampled(queries, node.sampledRelation(), scope)
    raise unsupported(syntax.text_of(node)[:60], node)


def _sampled(queries: Queries, node: Node, scope: Scope) -> Relation:
    if node.sampleType() is not None:
        raise unsupported("TABLESAMPLE", node)
    pattern = node.patternRecognition()
    if pattern.getChildCount() > 1:
        raise unsupported("MATCH_RECOGNIZE", node)
    aliased = pattern.aliasedRelation()
    found = _primary(queries, aliased.relationPrimary(), scope)
    if aliased.identifier() is None:
        return found
    alias = syntax.name_of(aliased.identifier()).lower()
    names = iter(renamed(aliased, [column.name for column in found.columns if not column.hidden], alias))
    columns = [replace(c, name=c.name if c.hidden else next(names), qualifier=(alias,)) for c in found.columns]
    return Relation(found.sql, columns, found.reads)


def _primary(queries: Queries, node: Node, scope: Scope) -> Relation:
    name = type(node).__name__
    if name == "TableNameContext":
        if node.queryPeriod() is not None:
            raise unsupported("FOR … AS OF", node)
        return queries.table(node.qualifiedName())
    if name == "SubqueryRelationContext":
        return _query(queries, node.query())
    if name == "LateralContext":
        raise unsupported("LATERAL", node)
    if name == "UnnestContext":
        return unnest(queries, node, scope)
    if name == "ParenthesizedRelationContext":
        return of(queries, node.relation(), scope)
    raise unsupported(syntax.text_of(node)[:60], node)


def _query(queries: Queries, node: Node) -> Relation:
    found = queries.query(node, None)
    alias = fresh("r")
    columns = [Column(c.name, c.type, f"{alias}.c{place}") for place, c in enumerate(found.columns)]
    return Relation(f"({found.sql}) AS {alias}", columns, found.reads)


def unnest(queries: Queries, node: Node, scope: Scope) -> Relation:
    """Return UNNEST: arrays side by side, maps as two columns, rows as their members."""
    values = [queries.expressions.value(each, scope) for each in node.expression()]
    alias, inner, columns = fresh("u"), [], []
    lengths: list[str] = []
    for place, value in enumerate(values):
        kind = value.type
        if kind.base not in {"array", "map"}:
            raise refused("TYPE_MISMATCH", node, f"Cannot unnest type: {kind}")
        if kind.base == "map":
            inner.append(f"unnest(map_entries({value.sql})) AS u{place}")
            lengths.append(f"CAST(cardinality({value.sql}) AS BIGINT)")
            columns += [
                Column(None, kind.members[0], f"{alias}.u{place}.key"),
                Column(None, kind.members[1], f"{alias}.u{place}.value"),
            ]
            continue
        inner.append(f"unnest({value.sql}) AS u{place}")
        lengths.append(f"len({value.sql})")
        item = kind.members[0]
        if item.base == "row":
            columns += [
                Column(n, m, f"({alias}.u{place}).f{p}")
                for p, (n, m) in enumerate(zip(item.names, item.members, strict=True))
            ]
        else:
            columns.append(Column(None, item, f"{alias}.u{place}"))
    if node.ORDINALITY() is not None:
        longest = f"greatest({', '.join(f'coalesce({each}, 0)' for each in lengths)})"
        inner.append(f"unnest(range(1, {longest} + 1)) AS o")
        columns.append(Column(None, BIGINT, f"{alias}.o"))
    return Relation(f"LATERAL (SELECT {', '.join(inner)}) AS {alias}", columns)


def beside(left: Relation, right: Relation) -> Relation:
    """Return two relations crossed."""
    return Relation(f"{left.sql} CROSS JOIN {right.sql}", left.columns + right.columns, left.reads + right.reads)


def _join(queries: Queries, node: Node, scope: Scope) -> Relation:
    if node.NATURAL() is not None:
        raise refused("NOT_SUPPORTED", node, "Natural join not supported")
    left = of(queries, node.left, scope)
    around = Scope(left.columns, scope, place="JOIN")
    if has(node, "CROSS"):
        return beside(left, _sampled(queries, node.right, around))
    right = of(queries, node.rightRelation, around)
    words = node.joinType().getText().upper()
    kind = next((each for each in ("LEFT", "RIGHT", "FULL") if words.startswith(each)), "INNER")
    criteria = node.joinCriteria()
    if right.sql.startswith("LATERAL") and (
        kind not in {"LEFT", "INNER"}
        or criteria.booleanExpression() is None
        or criteria.booleanExpression().getText().upper() != "TRUE"
    ):
        raise refused("NOT_SUPPORTED", node, f"{kind} JOIN involving UNNEST is only supported with condition ON TRUE")
    if criteria.booleanExpression() is None:
        return _using(node, criteria, kind, left, right)
    both = Scope(left.columns + right.columns, scope, place="JOIN clause")
    condition = queries.expressions.truth(criteria.booleanExpression(), both, "JOIN ON clause")
    if kind == "FULL" and not _is_equality(criteria.booleanExpression()):
        raise unsupported("FULL JOIN by another condition than equalities", node)
    sql = f"({left.sql} {kind} JOIN {right.sql} ON {condition.sql})"
    return Relation(sql, both.columns, left.reads + right.reads)


def _is_equality(node: Node) -> bool:
    """Return whether a condition is an equality, or several."""
    name = type(node).__name__
    if name == "AndContext":
        return all(_is_equality(each) for each in node.booleanExpression())
    if name != "PredicatedContext" or node.predicate() is None:
        return False
    predicate = node.predicate()
    return type(predicate).__name__ == "ComparisonContext" and predicate.comparisonOperator().getText() == "="


def _using(node: Node, criteria: Node, kind: str, left: Relation, right: Relation) -> Relation:
    """Return a join by columns of the same name, which are then one column each and no side's."""
    names = [syntax.name_of(each).lower() for each in criteria.identifier()]
    merged, conditions = [], []
    for name in names:
        sides = [[c for c in side.columns if c.name is not None and c.name.lower() == name] for side in (left, right)]
        if any(len(side) != 1 for side in sides):
            raise refused("COLUMN_NOT_FOUND", node, f"Column '{name}' is missing or ambiguous on one side of the join")
        (a,), (b,) = sides
        common_kind = common(a.type, b.type)
        if common_kind is None:
            raise refused("TYPE_MISMATCH", node, f"Column '{name}' has types {a.type} and {b.type}")
        require_comparable(common_kind, "=", node)
        one, other = (coerced(Value(str(c.sql), c.type), common_kind).sql for c in (a, b))
        conditions.append(f"{one} = {other}")
        shown = {"INNER": one, "LEFT": one, "RIGHT": other}.get(kind, f"coalesce({one}, {other})")
        merged.append(Column(a.name, common_kind, shown))
    rest = [c for side in (left, right) for c in side.columns if c.name is None or c.name.lower() not in names]
    sql = f"({left.sql} {kind} JOIN {right.sql} ON {' AND '.join(conditions)})"
    return Relation(sql, merged + rest, left.reads + right.reads)


def of_table(database: str, name: str, columns: list[tuple[str, Type]], *, with_path: bool) -> Relation:
    """Return a table of the catalogue, or a view, as the relation of that name."""
    alias, relation = fresh("t"), f"{database}.{name}"
    found = [Column(n, k, f'{alias}."{n}"', ("awsdatacatalog", database, name)) for n, k in columns]
    if with_path:
        found.append(
            Column("$path", Type("varchar"), f'{alias}."$path"', ("awsdatacatalog", database, name), hidden=True)
        )
    return Relation(f'"{relation}" AS {alias}', found, Counter([relation]))
