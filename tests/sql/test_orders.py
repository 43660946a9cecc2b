"""Each ORDER BY is total: two engines, or two runs, give the same rows in the same order, also under a LIMIT."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from infra.rendering.sql import SQL
from local.aws.athena.sql import syntax
from tests.sql.test_statements import ALL

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = {
    "news": {"entity", "entity_id", "album_id"},
    "withdrawn": {"entity", "entity_id", "album_id"},
    "albums_current": {"album_id"},
    "artists_current": {"artist_id"},
    "catalogue_changes": {"snapshot_date", "change", "entity", "entity_id", "album_id", "field"},
    "new_releases": {"album_id"},
    "quarantine": {"snapshot_date", "dataset", "source_key", "source_line", "record_id", "record"},
    "runs": {"run_id"},
    "track_artists": {"track_id", "album_id", "artist_id"},
    "tracks_current": {"track_id", "album_id"},
}
"""The columns that tell the rows of a view apart. A record that was rejected twice on one line is the same in each."""


def nodes(tree: Any, name: str) -> Iterator[Any]:
    """Yield the nodes of a class in a tree, from the outside to the inside."""
    if type(tree).__name__ == f"{name}Context":
        yield tree
    for child in tree.getChildren() if hasattr(tree, "getChildren") else ():
        yield from nodes(child, name)


def words(node: Any) -> str:
    """Return an expression's text without the alias of its relation."""
    return str(node.getText()).lower().rsplit(".", 1)[-1]


def fixed(select: Any) -> set[str]:
    """Return the columns that WHERE holds to one value."""
    found = nodes(select.where, "Predicated") if select.where is not None else ()
    equal = (each for each in found if each.predicate() is not None and each.predicate().getText().startswith("="))
    return {words(each.valueExpression()) for each in equal}


def needed(select: Any, outer: str) -> set[str]:
    """Return the columns that an order must name so that no two rows tie: the groups, or the columns of KEYS."""
    names = {
        each.identifier().getText(): words(each.expression())
        for each in nodes(select, "SelectSingle")
        if each.identifier()
    }
    if select.groupBy() is not None:
        alias = {expression: name for name, expression in names.items()}
        keys = {words(each) for each in nodes(select.groupBy(), "GroupingSet")}
        return {alias.get(key, key) for key in keys}
    tables = [words(each) for each in nodes(select, "TableName")]
    assert tables, outer
    return KEYS[tables[0]] - fixed(select)


ORDERED = [name for name, sql in ALL.items() if not name.startswith("view ") and "ORDER BY" in sql]


def query_of(name: str) -> Any:
    """Return the outer query of a statement."""
    return next(nodes(syntax.statement(ALL[name]), "QueryNoWith"))


@pytest.mark.parametrize("name", ORDERED)
def test_an_order_leaves_no_ties(name: str) -> None:
    query = query_of(name)
    if not query.sortItem():
        return  # the order is that of a window or of a query in it
    order = {words(each.expression()) for each in query.sortItem()}
    select = next(nodes(query.queryTerm(), "QuerySpecification"))
    named = {
        alias: words(e.expression())
        for e in nodes(select, "SelectSingle")
        if e.identifier()
        for alias in [e.identifier().getText()]
    }
    order |= {named[each] for each in order if each in named}
    assert needed(select, name) <= order, "end the order with what tells the rows apart"


def test_an_order_with_ties_is_found() -> None:
    """The test above can fail: this is whats_new as it was."""
    tree = syntax.statement("SELECT n.name FROM new_releases AS n ORDER BY n.release_date DESC, n.name LIMIT 20")
    query = next(nodes(tree, "QueryNoWith"))
    select = next(nodes(query, "QuerySpecification"))
    assert not needed(select, "") <= {words(each.expression()) for each in query.sortItem()}


def test_tracks_come_by_disc_before_they_come_by_number() -> None:
    """Otherwise the first tracks of two discs stand side by side."""
    orders = [[words(each.expression()) for each in query.sortItem()] for query in map(query_of, ORDERED)]
    before = [order[order.index("track_number") - 1] for order in orders if "track_number" in order]
    assert before
    assert {*before} == {"disc_number"}


# The bounds are repeated here, so that a changed bound fails a test. A page and a message have at most this many rows.
MOST_ROWS = {
    "digest/questions/albums": 5_000, "digest/questions/changes": 5_000,
    "report/questions/changes": 600, "report/questions/new_albums": 300, "report/questions/new_tracks": 1_500,
    "report/questions/refused": 100,
    "queries/frequent_collaborators": 20, "queries/last_runs": 30, "queries/longest_tracks": 10,
    "queries/unplayable_tracks": 50, "queries/what_changed": 50, "queries/whats_gone": 20, "queries/whats_new": 50,
}  # fmt: skip


def test_a_list_that_may_be_long_has_its_most_rows() -> None:
    files = [*(SQL / "queries").glob("*.sql"), *(SQL.parent / "functions").glob("*/questions/*.sql")]
    found = {
        "/".join(file.with_suffix("").parts[-3:] if file.parent.name == "questions" else ("queries", file.stem)): limit[
            1
        ]
        for file in files
        if (limit := re.search(r"^LIMIT (\d+)$", file.read_text(), re.MULTILINE))
    }
    assert found == {name: str(most) for name, most in MOST_ROWS.items()}
