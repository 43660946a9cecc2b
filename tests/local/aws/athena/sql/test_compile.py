"""Athena's SQL gives the same results here as in Trino: values from Trino's documentation, row by row."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import time_machine

from local.aws.athena.errors import Malformed, QueryFailed
from local.aws.athena.run import StatementRun
from local.aws.iam.rights import Principal

if TYPE_CHECKING:
    from local.aws.athena.results import ResultSet

D, TS, A, M = "DATE '2026-01-31'", "TIMESTAMP '2026-01-31 10:20:30.456'", "ARRAY['b', 'a']", "MAP(ARRAY['k'], ARRAY[1])"

EXPRESSIONS = {
    # dates and times
    f"{D} + INTERVAL '1' MONTH": ("date", "2026-02-28"),
    f"{D} - INTERVAL '7' DAY": ("date", "2026-01-24"),
    f"INTERVAL '1' DAY + {D}": ("date", "2026-02-01"),
    f"{TS} - INTERVAL '2' HOUR": ("timestamp", "2026-01-31 08:20:30.456"),
    f"date_add('day', -7, {D})": ("date", "2026-01-24"),
    f"date_add('quarter', 1, {D})": ("date", "2026-04-30"),
    f"date_add('hour', 2, {TS})": ("timestamp", "2026-01-31 12:20:30.456"),
    f"date_diff('day', DATE '2026-01-01', {D})": ("bigint", "30"),
    f"date_diff('second', {TS}, {TS} + INTERVAL '1' DAY)": ("bigint", "86400"),
    f"date_trunc('month', {D})": ("date", "2026-01-01"),
    f"date_trunc('week', {D})": ("date", "2026-01-26"),
    f"date_trunc('hour', {TS})": ("timestamp", "2026-01-31 10:00:00.000"),
    f"format_datetime({TS}, 'yyyy-MM-dd''T''HH:mm:ss.SSS')": ("varchar", "2026-01-31T10:20:30.456"),
    f"format_datetime({D}, 'EEE, d MMM yy')": ("varchar", "Sat, 31 Jan 26"),
    f"date_format({TS}, '%Y-%m-%d %H:%i:%s')": ("varchar", "2026-01-31 10:20:30"),
    "date_format(TIMESTAMP '2026-01-31 12:00:00', '%p %r')": ("varchar", "PM 12:00:00 PM"),
    "truncate(DECIMAL '123.45')": ("decimal", "123"),
    "date_format(TIMESTAMP '2026-01-31 11:59:59', '%p %r')": ("varchar", "AM 11:59:59 AM"),
    "date_parse('2026-01-02', '%Y-%m-%d')": ("timestamp", "2026-01-02 00:00:00.000"),
    "parse_datetime('2026-01-02', 'yyyy-MM-dd')": ("timestamp with time zone", "2026-01-02 00:00:00.000 UTC"),
    "from_iso8601_date('2026-01-01')": ("date", "2026-01-01"),
    "from_iso8601_timestamp('2026-01-01T01:02:03.456789Z')": (
        "timestamp with time zone",
        "2026-01-01 01:02:03.456 UTC",
    ),
    "CAST(from_iso8601_timestamp('2026-01-01T00:00:00Z') AS timestamp)": ("timestamp", "2026-01-01 00:00:00.000"),
    "CAST('2026-01-01 01:02:03' AS timestamp)": ("timestamp", "2026-01-01 01:02:03.000"),
    "TRY_CAST('2026-01-01T01:02:03' AS timestamp)": ("timestamp", None),
    "TRY_CAST('x' AS date)": ("date", None),
    f"CAST({TS} AS date)": ("date", "2026-01-31"),
    f"date({TS})": ("date", "2026-01-31"),
    f"to_iso8601({D})": ("varchar", "2026-01-31"),
    f"to_iso8601({TS})": ("varchar", "2026-01-31T10:20:30.456"),
    "to_unixtime(TIMESTAMP '1970-01-01 00:00:01')": ("double", "1.0"),
    "from_unixtime(1)": ("timestamp with time zone", "1970-01-01 00:00:01.000 UTC"),
    f"day_of_week({D})": ("bigint", "6"),
    f"dow({D})": ("bigint", "6"),
    f"week({D})": ("bigint", "5"),
    "year_of_week(DATE '2027-01-01')": ("bigint", "2026"),
    f"extract(year FROM {D})": ("bigint", "2026"),
    f"quarter({D})": ("bigint", "1"),
    f"millisecond({TS})": ("bigint", "456"),
    f"last_day_of_month({D})": ("date", "2026-01-31"),
    f"hour({TS} AT TIME ZONE 'Europe/Berlin')": ("bigint", "11"),
    "sequence(DATE '2026-01-01', DATE '2026-01-03')": ("array", "[2026-01-01, 2026-01-02, 2026-01-03]"),
    "sequence(DATE '2026-01-01', DATE '2026-03-01', INTERVAL '1' MONTH)": (
        "array",
        "[2026-01-01, 2026-02-01, 2026-03-01]",
    ),
    # numbers
    "7 / 2": ("integer", "3"),
    "7.0 / 2": ("decimal", "3.5"),
    "-7 % 3": ("integer", "-1"),
    "TRY(1 / 0)": ("integer", None),
    "TRY_CAST('x' AS bigint)": ("bigint", None),
    "greatest(1, NULL)": ("integer", None),
    "CAST(1 AS double)": ("double", "1.0"),
    "CAST(12345678 AS double)": ("double", "1.2345678E7"),
    "CAST(0.00012 AS double)": ("double", "1.2E-4"),
    "DECIMAL '1.50'": ("decimal", "1.50"),
    # arrays and maps
    f"element_at({A}, -1)": ("varchar", "a"),
    f"element_at({A}, 3)": ("varchar", None),
    f"({A})[1]": ("varchar", "b"),
    f"element_at({M}, 'k')": ("integer", "1"),
    f"element_at({M}, 'z')": ("integer", None),
    f"({M})['k']": ("integer", "1"),
    f"cardinality({A})": ("bigint", "2"),
    f"cardinality({M})": ("bigint", "1"),
    f"contains({A}, 'a')": ("boolean", "true"),
    f"array_join({A}, ', ')": ("varchar", "b, a"),
    "array_join(ARRAY['a', NULL], ',', '-')": ("varchar", "a,-"),
    "array_distinct(ARRAY['b', 'a', 'b'])": ("array", "[b, a]"),
    f"array_sort({A})": ("array", "[a, b]"),
    f"array_max({A})": ("varchar", "b"),
    "slice(ARRAY[1, 2, 3, 4], 2, 2)": ("array", "[2, 3]"),
    f"array_except({A}, ARRAY['a'])": ("array", "[b]"),
    f"arrays_overlap({A}, ARRAY['a'])": ("boolean", "true"),
    f"array_position({A}, 'a')": ("bigint", "2"),
    f"transform({A}, x -> x || '!')": ("array", "[b!, a!]"),
    f"filter({A}, x -> x > 'a')": ("array", "[b]"),
    "reduce(ARRAY[1, 2], 0, (s, x) -> s + x, s -> s * 2)": ("integer", "6"),
    f"any_match({A}, x -> x = 'a')": ("boolean", "true"),
    f"all_match({A}, x -> x = 'a')": ("boolean", "false"),
    f"none_match({A}, x -> x = 'z')": ("boolean", "true"),
    f"map_keys({M})": ("array", "[k]"),
    "CAST(ROW(1, 'a') AS ROW(x bigint, y varchar))": ("row", "{x=1, y=a}"),
    # JSON
    """json_extract_scalar('{"a": {"b": 1}}', '$.a.b')""": ("varchar", "1"),
    """json_extract_scalar('{"a": {"b": 1}}', '$.a')""": ("varchar", None),
    "json_extract_scalar('no json', '$.a')": ("varchar", None),
    """json_format(json_extract('{"a": [1, 2]}', '$.a'))""": ("varchar", "[1,2]"),
    """CAST(json_extract('{"a": "x"}', '$.a') AS varchar)""": ("varchar", "x"),
    """CAST(json_parse('["a", "b"]') AS ARRAY(varchar))""": ("array", "[a, b]"),
    """CAST(json_parse('{"a": 1}') AS MAP(varchar, bigint))""": ("map", "{a=1}"),
    "json_array_length('[1, 2]')": ("bigint", "2"),
    "json_format(CAST(MAP(ARRAY['a'], ARRAY[1]) AS json))": ("varchar", '{"a":1}'),
    # text
    "'a' || 'b'": ("varchar", "ab"),
    "concat('a', CAST(NULL AS varchar))": ("varchar", None),
    "split('a,b', ',')": ("array", "[a, b]"),
    "split_part('a-b', '-', 2)": ("varchar", "b"),
    "regexp_like('abc', 'b')": ("boolean", "true"),
    "regexp_replace('abcb', '(b)', '<$1>')": ("varchar", "a<b>c<b>"),
    "regexp_extract('abc', 'a(b)', 1)": ("varchar", "b"),
    "regexp_extract('abc', 'z')": ("varchar", None),
    "strpos('abc', 'c')": ("bigint", "3"),
    "lpad('7', 2, '0')": ("varchar", "07"),
    "format('%s-%d', 'a', 3)": ("varchar", "a-3"),
    "url_extract_host('https://open.spotify.com/album/1')": ("varchar", "open.spotify.com"),
    "lower(to_hex(md5(to_utf8('abc'))))": ("varchar", "900150983cd24fb0d6963f7d28e17f72"),
    "levenshtein_distance('abc', 'abd')": ("bigint", "1"),
    "'A' = 'a'": ("boolean", "false"),
}

QUERIES = {
    "SELECT approx_distinct(x), approx_percentile(x, 0.5), count_if(x > 1), arbitrary(x) FROM (VALUES 2, 2) AS t(x)":
        [["1", "2", "2", "2"]],
    "SELECT max_by(a, b), min_by(a, b) FROM (VALUES ('p', 1), ('q', 2)) AS t(a, b)": [["q", "p"]],
    "SELECT array_agg(a ORDER BY b DESC), map_agg(a, b) FROM (VALUES ('p', 1), ('q', 2)) AS t(a, b)":
        [["[q, p]", "{p=1, q=2}"]],
    "SELECT listagg(a, ',') WITHIN GROUP (ORDER BY a DESC) FROM (VALUES 'p', 'q') AS t(a)": [["q,p"]],
    "SELECT every(a), bool_or(a) FROM (VALUES true, false) AS t(a)": [["false", "true"]],
    "SELECT t.i, u.x, u.n FROM (SELECT 1 AS i, ARRAY['b', 'a'] AS a) AS t "
    "CROSS JOIN UNNEST(t.a) WITH ORDINALITY AS u (x, n) ORDER BY n": [["1", "b", "1"], ["1", "a", "2"]],
    "SELECT i, x FROM (VALUES (1, ARRAY['a']), (2, NULL)) AS t(i, a) LEFT JOIN UNNEST(a) AS u (x) ON TRUE ORDER BY i":
        [["1", "a"], ["2", None]],
    "SELECT i, x, n FROM (VALUES (1, ARRAY['a']), (2, NULL)) AS t(i, a) "
    "LEFT JOIN UNNEST(a) WITH ORDINALITY AS u (x, n) ON TRUE ORDER BY i": [["1", "a", "1"], ["2", None, None]],
    "SELECT k, v FROM (SELECT MAP(ARRAY['p', 'q'], ARRAY[1, 2]) AS m) CROSS JOIN UNNEST(m) AS u (k, v) ORDER BY k":
        [["p", "1"], ["q", "2"]],
    "SELECT f, o, n FROM (VALUES (7, 'x')) AS t(i, s) CROSS JOIN UNNEST(ARRAY['i', 's'], "
    "ARRAY[CAST(t.i AS varchar), t.s], ARRAY[NULL, t.s]) AS c (f, o, n) WHERE o IS DISTINCT FROM n": [["i", "7", None]],
    "SELECT -t.x AS x FROM (VALUES 1, 3, 2) AS t(x) ORDER BY t.x": [["-1"], ["-2"], ["-3"]],
    "SELECT x, y, n FROM UNNEST(ARRAY[1, 2], ARRAY['a']) WITH ORDINALITY AS t (x, y, n) ORDER BY n":
        [["1", "a", "1"], ["2", None, "2"]],
    "SELECT sum(x) OVER (ORDER BY x), row_number() OVER (ORDER BY x DESC), lag(x) OVER (ORDER BY x) "
    "FROM (VALUES 1, 2) AS t(x) ORDER BY x": [["1", "2", None], ["3", "1", "1"]],
    "SELECT x FROM (VALUES 1, NULL, 2) AS t(x) ORDER BY x DESC": [["2"], ["1"], [None]],
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 4) SELECT sum(n) FROM r": [["10"]],
    "SELECT a, count(*) FROM (VALUES ('p', 1), ('p', 2)) AS t(a, b) GROUP BY GROUPING SETS ((a), ()) ORDER BY a":
        [["p", "2"], [None, "2"]],
    "SELECT x FROM (VALUES 1, 2, 3) AS t(x) ORDER BY x OFFSET 1 LIMIT 1": [["2"]],
    "VALUES (1, 'a'), (2, 'b')": [["1", "a"], ["2", "b"]],
    "SELECT CAST(61000 / 60000 AS varchar) || ':' || lpad(CAST(61000 / 1000 % 60 AS varchar), 2, '0')": [["1:01"]],
    "SELECT 1;": [["1"]],
}  # fmt: skip

REFUSED = {
    "SELECT strftime(DATE '2026-01-01', '%Y')": "FUNCTION_NOT_FOUND: line 1:8: Function 'strftime' not registered",
    "SELECT nothing FROM (SELECT 1 AS a)": "COLUMN_NOT_FOUND: line 1:8: Column 'nothing' cannot be resolved",
    "SELECT 1 / 0": "DIVISION_BY_ZERO: Division by zero",
    "SELECT CAST('x' AS bigint)": "INVALID_CAST_ARGUMENT: Cannot cast 'x' to BIGINT",
    "SELECT CAST('2026-01-01T00:00:00Z' AS timestamp)": "INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp",
    f"SELECT ({A})[3]": "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: 3 > 2",
    f"SELECT ({M})['z']": "INVALID_FUNCTION_ARGUMENT: Key not present in map: z",
    "SELECT json_parse('no')": "INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: 'no'",
    "SELECT row_number() FILTER (WHERE true) OVER () FROM (VALUES 1) AS t(x)": "FUNCTION_NOT_AGGREGATE: line 1:8",
    "WITH w (a) AS (SELECT 1, 2) SELECT a FROM w": "MISMATCHED_COLUMN_ALIASES: line 1:6: Column alias list has 1",
    "CREATE VIEW v AS SELECT 1": "NOT_SUPPORTED: CREATE VIEW statements are not supported by the embedded Athena",
    "SELECT checksum(1)": "NOT_SUPPORTED: line 1:8: Function 'checksum' is not supported by the embedded Athena",
}

OTHER_TYPES = {
    "SELECT 1 FROM (SELECT current_date AS d) WHERE d = '2026-11-23'": "Cannot apply operator: date = varchar",
    "SELECT 1 FROM (SELECT current_date AS d) WHERE d BETWEEN '2026-11-01' AND d": "line 1:50: Cannot apply",
    "SELECT 1 FROM (SELECT '1' AS s) WHERE s > 0": "line 1:41: Cannot apply operator: varchar(1) > integer",
    "SELECT 1 FROM (SELECT '1' AS s) WHERE s IN (1, 2)": "line 1:41: IN value and list items must be ",
    "SELECT count(*) || ' rows'": "line 1:8: Unexpected parameters (bigint, varchar(5)) for function concat",
    "SELECT 'a' AS x UNION ALL SELECT 1": "column 1 in UNION query has incompatible types: varchar(1), integer",
}

EARLY_ALIASES = {
    "SELECT x + 1 AS y FROM (VALUES 1) AS t(x) WHERE y > 1": "line 1:49",
    "SELECT x + 1 AS y, count(*) FROM (VALUES 1) AS t(x) GROUP BY y": "line 1:62",
    "SELECT x + 1 AS y, y * 2 AS z FROM (VALUES 1) AS t(x)": "line 1:20",
}

MALFORMED = {
    "SELECT FROM WHERE": "line 1:",
    "SELECT 1 FROM t FORM x": "line 1:22: mismatched input 'x'",
    "SELECT a::varchar FROM t": "line 1:9: mismatched input ':'",
    "SELECT a FROM t LIMIT 1 OFFSET 1": "line 1:25: mismatched input 'OFFSET'",
    "SELECT a FROM t QUALIFY row_number() OVER () = 1": "line 1:",
    "SELECT a FROM t WHERE a ILIKE 'x'": "line 1:25: mismatched input 'ILIKE'",
    "SELECT 1; SELECT 2": "line 1:1: Only one sql statement is allowed.",
    "SELECT 'a": "line 1:8: mismatched input",
}


def run(sql: str, *parameters: str) -> ResultSet:
    """StatementRun a query that reads no table."""
    return StatementRun(sql, list(parameters), "default", Principal("arn:aws:iam::123456789012:root")).answer()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_has_trinos_type_and_value(expression: str) -> None:
    kind, value = EXPRESSIONS[expression]
    answer = run(f"SELECT {expression}")
    assert (answer.information()[0]["Type"], answer.rows[0][0]) == (kind, value)
    assert answer.columns == ["_col0"]


@pytest.mark.parametrize("sql", QUERIES)
def test_a_query_gives_trinos_rows(sql: str) -> None:
    assert run(sql).rows == QUERIES[sql]


@pytest.mark.parametrize("sql", REFUSED)
def test_what_athena_refuses_is_refused_in_its_words(sql: str) -> None:
    with pytest.raises(QueryFailed) as failed:
        run(sql)
    assert str(failed.value).startswith(REFUSED[sql])


@pytest.mark.parametrize("sql", OTHER_TYPES)
def test_types_that_do_not_go_together_are_refused_where_duckdb_would_cast(sql: str) -> None:
    with pytest.raises(QueryFailed) as failed:
        run(sql)
    assert str(failed.value).startswith("TYPE_MISMATCH: ")
    assert OTHER_TYPES[sql] in str(failed.value)


@pytest.mark.parametrize("sql", EARLY_ALIASES)
def test_an_alias_is_no_column_of_its_own_select(sql: str) -> None:
    with pytest.raises(QueryFailed) as failed:
        run(sql)
    assert str(failed.value).startswith(f"COLUMN_NOT_FOUND: {EARLY_ALIASES[sql]}: Column 'y' cannot be resolved")


@pytest.mark.parametrize("sql", MALFORMED)
def test_what_athena_cannot_parse_is_malformed(sql: str) -> None:
    with pytest.raises(Malformed) as failed:
        run(sql)
    assert str(failed.value).startswith(MALFORMED[sql])


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("'2026-11-23'", "2026-11-23"), ("7", "7"), ("'it''s'", "it's"), ("DATE '2026-11-23'", "2026-11-23"),
     ("NULL", None), ("2026-11-23", "1992"), ("CAST('7' AS bigint)", "7")],
)  # fmt: skip
def test_a_parameter_is_the_text_of_an_sql_literal(parameter: str, value: str | None) -> None:
    values = "VALUES '2026-11-23', '7', 'it''s', '1992', NULL"
    sql = f"SELECT x, '?' FROM ({values}) AS t(x) WHERE x IS NOT DISTINCT FROM CAST(? AS varchar)"  # noqa: S608 - our own values
    assert run(sql, parameter).rows == [[value, "?"]]


def test_parameters_are_bound_in_their_order_in_the_text() -> None:
    sql = "WITH t AS (SELECT 1 AS a WHERE ? = 1) SELECT a, (SELECT 5 WHERE 2 = ?) FROM t WHERE a + 2 = ?"
    assert run(sql, "1", "2", "3").rows == [["1", "5"]]


@pytest.mark.parametrize("sql", ["SELECT ?", "SELECT 1 ORDER BY ?", "SELECT 1 LIMIT ?", "SELECT count(*) HAVING 1 = ?"])
def test_a_parameter_outside_of_where_is_refused(sql: str) -> None:
    with pytest.raises(QueryFailed, match="WHERE clauses only"):
        run(sql, "1")


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        (["1"], "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 2 but found 1"),
        (["1", "Berlin"], "COLUMN_NOT_FOUND: Parameter 'Berlin': Column 'Berlin' cannot be resolved"),
        (["1", "(SELECT 1)"], "INVALID_PARAMETER_USAGE: Parameter '(SELECT 1)' is a query"),
    ],
)
def test_a_parameter_that_is_no_literal_is_refused(parameters: list[str], reason: str) -> None:
    with pytest.raises(QueryFailed) as failed:
        run("SELECT 1 WHERE ? = ?", *parameters)
    assert str(failed.value).startswith(reason)


def test_the_clock_of_a_query_is_the_servers_and_stands_at_its_start() -> None:
    asked = "current_date", "current_timestamp", "now()", "localtimestamp"
    with time_machine.travel(datetime(2028, 2, 29, 23, 59, 58, 765_432, tzinfo=UTC), tick=False):
        found = run(f"SELECT {', '.join(asked)}")
    moment = "2028-02-29 23:59:58.765"
    assert found.rows == [["2028-02-29", f"{moment} UTC", f"{moment} UTC", moment]]
    assert found.types[:2] == ["date", "timestamp(3) with time zone"]


@pytest.mark.parametrize("day", [28, 29])
def test_a_query_that_ran_before_has_the_date_of_its_new_run(day: int) -> None:
    with time_machine.travel(datetime(2028, 2, day, tzinfo=UTC)):
        assert run("SELECT current_date AS d").rows == [[f"2028-02-{day}"]]
