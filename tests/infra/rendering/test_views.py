"""The views in Glue's form: every placeholder is filled, and every column has Trino's type name."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
import sqlglot

from infra.rendering.contract_sql import expand
from infra.rendering.sql import SQL, SqlInvalid, fill
from infra.rendering.views import parse, presto_type
from tests.often import one_in

if TYPE_CHECKING:
    from tests.infra.recording import Recorded

NAMES = sorted(path.stem for path in (SQL / "views").glob("*.sql"))


@pytest.mark.parametrize("name", one_in(3, NAMES))
def test_a_view_reads_as_athena_reads_it(stack: Recorded, name: str) -> None:
    table = stack.of_type("CatalogTable")[f"spotify-lake-dev-view-{name}"]
    text = table["viewOriginalText"]
    document = json.loads(base64.b64decode(text.removeprefix("/* Presto View: ").removesuffix(" */")))
    assert "${" not in document["originalSql"]
    statement = sqlglot.parse_one(document["originalSql"], read="athena")
    assert isinstance(statement, sqlglot.exp.Query)
    selected = statement.named_selects
    assert selected == [each["name"] for each in document["columns"]]
    assert selected == [each["name"] for each in table["storageDescriptor"]["columns"]]


@pytest.mark.parametrize("name", NAMES)
def test_a_view_is_one_for_athena_and_for_trino(stack: Recorded, name: str) -> None:
    """Athena refuses a view without SerDe information; Trino takes a description for the comment that marks a view."""
    table = stack.of_type("CatalogTable")[f"spotify-lake-dev-view-{name}"]
    assert table["storageDescriptor"]["serDeInfo"] == {"name": "-", "serializationLibrary": "-"}
    assert table["parameters"] == {"presto_view": "true", "comment": "Presto View"}
    assert "description" not in table


@pytest.mark.parametrize("name", sorted(path.stem for path in (SQL / "queries").glob("*.sql")))
def test_a_saved_query_is_filled_in_and_parses(stack: Recorded, name: str) -> None:
    query = stack.of_type("NamedQuery")[f"spotify-lake-dev-query-{name}"]
    assert "${" not in query["query"]
    assert sqlglot.parse_one(query["query"], read="athena")
    assert query["database"] == "spotify_dev"


@pytest.mark.parametrize(
    ("hive", "presto"),
    [
        ("string", "varchar"),
        ("int", "integer"),
        ("timestamp", "timestamp(3)"),
        ("array<string>", "array(varchar)"),
        ("map<string,bigint>", "map(varchar, bigint)"),
    ],
)
def test_types_have_trinos_names(hive: str, presto: str) -> None:
    assert presto_type(hive) == presto


def test_a_view_without_columns_is_refused() -> None:
    with pytest.raises(SqlInvalid, match="declares no column"):
        parse("empty", "-- Nothing.\nSELECT 1")


def test_a_line_that_declares_nothing_is_refused() -> None:
    with pytest.raises(SqlInvalid, match="'-- colum: a int x' is not understood"):
        parse("odd", "-- Odd.\n-- colum: a int x\nSELECT 1 AS a")


def test_a_placeholder_that_nothing_fills_is_named() -> None:
    known = {"ViewsDatabase": "v", "LakeDatabase": "l"}
    with pytest.raises(SqlInvalid, match=r"sql/x.sql has the placeholder \$\{Lake\}.* LakeDatabase, ViewsDatabase"):
        fill("SELECT * FROM ${Lake}.a", known, "sql/x.sql")


def test_fields_that_a_response_may_leave_out_are_fewer_than_the_fields() -> None:
    fields, optional = ((expand(f"{what} of tracks") or "").split(", ") for what in ("fields", "optional"))
    assert "'popularity'" in optional
    assert "'name'" not in optional
    assert set(optional) < set(fields)
