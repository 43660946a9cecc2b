"""Athena's SQL at its bounds: the type and value of what is just taken, and the refusal of what is not."""

from __future__ import annotations

from collections import OrderedDict
from types import SimpleNamespace
from typing import Any

import pytest

from local.aws.athena.errors import QueryFailed
from local.aws.athena.sql import plan
from tests.local.aws.athena.sql.test_compile import run

D, E = "DECIMAL '12.345'", "DECIMAL '1234.5'"
CLOCK = "TIMESTAMP '2026-01-31 10:20:30"
ZONED = "from_iso8601_timestamp('2026-01-01T00:00:00Z')"
NINES = "9" * 38

TAKEN = {
    "2147483647": ("integer", "2147483647"), "2147483648": ("bigint", "2147483648"),
    "-2147483648": ("integer", "-2147483648"), "-2147483649": ("bigint", "-2147483649"),
    "9223372036854775807": ("bigint", "9223372036854775807"),
    "-9223372036854775808": ("bigint", "-9223372036854775808"),
    "0x1F": ("integer", "31"), "-0b11": ("integer", "-3"), "to_hex(X'1F 2a')": ("varchar", "1F2A"),
    "0.0": ("decimal(1,1)", "0.0"), "DECIMAL '0'": ("decimal(1,0)", "0"),
    f"DECIMAL '{NINES}'": ("decimal(38,0)", NINES),
    f"{D} + {E}": ("decimal(8,3)", "1246.845"), f"{E} + {D}": ("decimal(8,3)", "1246.845"),
    f"{D} - {E}": ("decimal(8,3)", "-1222.155"), f"{E} - {D}": ("decimal(8,3)", "1222.155"),
    f"{D} * {E}": ("decimal(10,4)", "15239.9025"), f"{D} / {E}": ("decimal(6,3)", "0.010"),
    f"{E} / {D}": ("decimal(10,3)", "100.000"), f"{D} % {E}": ("decimal(5,3)", "12.345"),
    f"{E} % {D}": ("decimal(5,3)", "0.000"), "0.1 * 0.1": ("decimal(2,2)", "0.01"),
    f"0.{'1' * 19} * 0.{'1' * 19}": ("decimal(38,38)", "0.01234567901234567900987654320987654321"),
    "ceiling(DECIMAL '12')": ("decimal(2,0)", "12"), "ceiling(DECIMAL '12.5')": ("decimal(3,0)", "13"),
    "floor(DECIMAL '12.55')": ("decimal(3,0)", "12"), "truncate(DECIMAL '0.5')": ("decimal(1,0)", "0"),
    "truncate(DECIMAL '12.55')": ("decimal(2,0)", "12"), "CAST(1 AS decimal(38, 0))": ("decimal(38,0)", "1"),
    "CAST(DECIMAL '9.94' AS decimal(2,1))": ("decimal(2,1)", "9.9"),
    f"IF(true, {D}, {E})": ("decimal(7,3)", "12.345"), f"IF(true, {E}, {D})": ("decimal(7,3)", "1234.500"),
    "IF(true, TINYINT '1', 1)": ("integer", "1"), "IF(true, BIGINT '1', 1)": ("bigint", "1"),
    "IF(true, 'a', 'abc')": ("varchar(3)", "a"), "IF(true, 'abc', 'a')": ("varchar(3)", "abc"),
    f"IF(true, {CLOCK}', {CLOCK}.12')": ("timestamp(2)", "2026-01-31 10:20:30.000"),
    f"IF(true, {CLOCK}.12', {CLOCK}')": ("timestamp(2)", "2026-01-31 10:20:30.120"),
    f"{CLOCK}.123' - {CLOCK}'": ("interval day to second", "0 00:00:00.123"),
    f"{CLOCK}' - {CLOCK}.123'": ("interval day to second", "-0 00:00:00.123"),
    f"{CLOCK}' + INTERVAL '1' SECOND": ("timestamp(3)", "2026-01-31 10:20:31.000"),
    f"{CLOCK}.1234' + INTERVAL '1' SECOND > {CLOCK}.1233' + INTERVAL '1' SECOND": ("boolean", "true"),
    f"CAST({CLOCK}.1235' AS timestamp(3))": ("timestamp(3)", "2026-01-31 10:20:30.124"),
    f"CAST({CLOCK}.123456' AS timestamp(6)) = {CLOCK}.123456'": ("boolean", "true"),
    f"CAST({ZONED} AS timestamp(3) with time zone)": ("timestamp(3) with time zone", "2026-01-01 00:00:00.000 UTC"),
    "CAST('2026-01-01 00:00:00.123' AS timestamp(3) with time zone)":
        ("timestamp(3) with time zone", "2026-01-01 00:00:00.123 UTC"),
    f"date_add('millisecond', 1, {CLOCK}.123')": ("timestamp(3)", "2026-01-31 10:20:30.124"),
    f"date_add('millisecond', 1, {CLOCK}.12')": ("timestamp(2)", "2026-01-31 10:20:30.120"),
    f"to_iso8601({CLOCK}.123')": ("varchar", "2026-01-31T10:20:30.123"),
    "to_unixtime(TIMESTAMP '1970-01-01 00:00:01.500')": ("double", "1.5"),
    "from_unixtime(1, 'UTC')": ("timestamp(3) with time zone", "1970-01-01 00:00:01.000 UTC"),
    "CAST(1234 AS varchar(4))": ("varchar(4)", "1234"), "CAST('abcd' AS varchar(3))": ("varchar(3)", "abc"),
    "CAST('abcd' AS varchar(4))": ("varchar(4)", "abcd"),
    "ROW(1, 'a', true)[1]": ("integer", "1"), "ROW(1, 'a', true)[3]": ("boolean", "true"),
    "CAST(JSON '{\"a\": 1, \"b\": [2]}' AS ROW(a json, b json)).a": ("json", "1"),
    "CAST(JSON '{\"a\": 1, \"b\": [2]}' AS ROW(a json, b json)).b": ("json", "[2]"),
    "cardinality(sequence(1, 10000))": ("bigint", "10000"),
    "cardinality(zip(ARRAY[1], ARRAY[2]))": ("bigint", "1"),
    f"cardinality(zip({', '.join(['ARRAY[1]'] * 5)}))": ("bigint", "1"),
    "U&'a\\00e4'": ("varchar(2)", "aä"), "'it''s'": ("varchar(4)", "it's"),
    "CAST(2 AS decimal(30,0)) * CAST(3 AS decimal(30,0))": ("decimal(38,0)", "6"),
    "concat_ws(',', 'a')": ("varchar", "a"), "coalesce(1, 2)": ("integer", "1"), "format('%s', 1)": ("varchar", "1"),
}  # fmt: skip

REFUSED = {
    "9223372036854775808": "INVALID_LITERAL", "-9223372036854775809": "INVALID_LITERAL",
    f"DECIMAL '{NINES}9'": "INVALID_LITERAL", f"{CLOCK}.1234567'": "NOT_SUPPORTED",
    f"0.{'1' * 20} * 0.{'1' * 19}": "NOT_SUPPORTED", "CAST(1 AS decimal(39, 0))": "TYPE_NOT_FOUND",
    "CAST(1 AS decimal(0, 0))": "TYPE_NOT_FOUND", "CAST(NULL AS timestamp(7))": "NOT_SUPPORTED",
    f"{CLOCK}.1234' - {CLOCK}'": "NOT_SUPPORTED", f"{CLOCK}' - {CLOCK}.1234'": "NOT_SUPPORTED",
    f"CAST({ZONED} AS timestamp(2) with time zone)": "NOT_SUPPORTED", f"to_iso8601({CLOCK}.1234')": "NOT_SUPPORTED",
    "CAST('2026-01-01 00:00:00.1234' AS timestamp(3) with time zone)": "NOT_SUPPORTED",
    "CAST(1234 AS varchar(3))": "INVALID_CAST_ARGUMENT",
    "ROW(1, 2)[0]": "INVALID_FUNCTION_ARGUMENT", "ROW(1, 2)[3]": "INVALID_FUNCTION_ARGUMENT",
    "sequence(1, 10001)": "INVALID_FUNCTION_ARGUMENT", "zip(ARRAY[1])": "NOT_SUPPORTED",
    f"zip({', '.join(['ARRAY[1]'] * 6)})": "NOT_SUPPORTED", "concat_ws(',')": "FUNCTION_NOT_FOUND",
    "coalesce(1)": "INVALID_FUNCTION_ARGUMENT", "format('%s %s', 1)": "INVALID_FUNCTION_ARGUMENT",
    "ceiling(DECIMAL '12', 1)": "FUNCTION_NOT_FOUND", "from_unixtime(1, 2, 3)": "NOT_SUPPORTED",
    f"to_unixtime({CLOCK}.1234')": "NOT_SUPPORTED", f"{CLOCK}.1234'": "NOT_SUPPORTED: A timestamp of more than three",
    f"{CLOCK}.1234' + INTERVAL '1' SECOND": "NOT_SUPPORTED: A timestamp of more than three",
    "nth_value(x) OVER (ORDER BY x) FROM (VALUES 1) AS t(x)": "NOT_SUPPORTED",
    "count(1, 2)": "FUNCTION_NOT_FOUND", "ROW(1, 2) IN (SELECT 1, 2)": "NOT_SUPPORTED: line 1:18: IN (query) of a row",
    "approx_percentile(x, 1.1) FROM (VALUES 1) AS t(x)": "INVALID_FUNCTION_ARGUMENT",
    "approx_percentile(x, -0.1) FROM (VALUES 1) AS t(x)": "INVALID_FUNCTION_ARGUMENT",
    "approx_distinct(x) FROM UNNEST(sequence(1, 51)) AS t(x)": "NOT_SUPPORTED",
    "lag(x, -1) OVER (ORDER BY x) FROM (VALUES 1) AS t(x)": "INVALID_FUNCTION_ARGUMENT",
    "nth_value(x, 0) OVER (ORDER BY x) FROM (VALUES 1) AS t(x)": "NOT_SUPPORTED",
    "sum(x) OVER (ORDER BY x ROWS -1 PRECEDING) FROM (VALUES 1) AS t(x)": "NOT_SUPPORTED",
    "1 ORDER BY 0": "INVALID_COLUMN_REFERENCE", "1 ORDER BY 2": "INVALID_COLUMN_REFERENCE",
    "x FROM (VALUES 1) AS t(x) GROUP BY 0": "INVALID_COLUMN_REFERENCE",
    "x FROM (VALUES 1) AS t(x) GROUP BY 2": "INVALID_COLUMN_REFERENCE",
    "1 FROM other.d.t": "CATALOG_NOT_FOUND: line 1:15: Catalog 'other'",
    "1 FROM awsdatacatalog.information_schema.t": "NOT_SUPPORTED: line 1:15: Table 'information_schema.t'",
    "1 FROM information_schema.t": "NOT_SUPPORTED: line 1:15: Table 'information_schema.t'",
}  # fmt: skip

TWO = "FROM (VALUES (2, 1), (1, 2)) AS t(a, b)"
QUERIES = {
    'SELECT "x""y" FROM (VALUES 7) AS t("x""y")': [["7"]],
    f"SELECT b, a {TWO} ORDER BY 1": [["1", "2"], ["2", "1"]],
    f"SELECT b, a {TWO} ORDER BY 2": [["2", "1"], ["1", "2"]],
    f"SELECT b, a, count(*) {TWO} GROUP BY 1, 2 ORDER BY 1": [["1", "2", "1"], ["2", "1", "1"]],
    "SELECT t.r.x, r.x FROM (SELECT CAST(ROW(7) AS ROW(x integer)) AS r) AS t": [["7", "7"]],
    "SELECT approx_percentile(x, 0), approx_percentile(x, 1), count(x) FROM (VALUES 1, 2) AS t(x)": [["1", "2", "2"]],
    "SELECT approx_distinct(x) FROM UNNEST(sequence(1, 50)) AS t(x)": [["50"]],
    f"SELECT lag(a, 0) OVER (ORDER BY a), lag(a, 1, -7) OVER (ORDER BY a), nth_value(a, 1) OVER (ORDER BY a), "
    f"sum(a) OVER (ORDER BY a ROWS 0 PRECEDING) {TWO} ORDER BY 1": [["1", "-7", "1", "1"], ["2", "1", "1", "2"]],
    f"SELECT sum(a) OVER (ORDER BY a ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) {TWO} ORDER BY 1": [["2"], ["3"]],
}  # fmt: skip


def test_what_is_just_taken_has_trinos_type_and_value() -> None:
    """All in one query, since each takes as long as all."""
    found = run(f"SELECT {', '.join(TAKEN)}")
    assert dict(zip(TAKEN, zip(found.types, found.rows[0], strict=True), strict=True)) == TAKEN


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_just_beyond_is_refused(sql: str) -> None:
    with pytest.raises(QueryFailed) as failed:
        run(f"SELECT {sql}")
    assert str(failed.value).startswith(REFUSED[sql])


@pytest.mark.parametrize("sql", QUERIES)
def test_a_query_gives_trinos_rows_at_its_bounds(sql: str) -> None:
    assert run(sql).rows == QUERIES[sql]


@pytest.mark.parametrize(("keys", "kind"), [(31, "integer"), (32, "bigint")])
def test_as_many_keys_of_grouping_as_an_integer_has_bits_for_give_one(keys: int, kind: str) -> None:
    names = ", ".join(f"c{each}" for each in range(keys))
    rows = f"(VALUES ({', '.join(map(str, range(keys)))})) AS t({names})"
    found = run(f"SELECT grouping({names}) FROM {rows} GROUP BY {names}")  # noqa: S608  names that are made here
    assert (found.types, found.rows) == ([kind], [["0"]])


def test_the_plans_of_the_last_512_queries_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def plan_of(sql: str, *_: object) -> Any:
        made.append(sql)
        return SimpleNamespace(sources=())

    monkeypatch.setattr(plan, "_plans", OrderedDict())
    monkeypatch.setattr(plan, "_made", plan_of)
    for sql in [*map(str, range(513)), "512", "1", "0"]:
        plan.plan(sql, (), "d", Any)  # type: ignore[arg-type]  # it reads no table
    assert made == [*map(str, range(513)), "0"]
