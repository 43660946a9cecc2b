"""Athena's API: a query from QUEUED to its end, its results, its limits, and the rights that it uses."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.cloud import allow, new_name, role
from tests.local.lake import DAY_AND_RUN, Lake, client_of, parquet

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded

MANY = "UNNEST(sequence(1, 10000))"
LONG = f"SELECT count(*) FROM {MANY} AS a(x) CROSS JOIN {MANY} AS b(y) CROSS JOIN {MANY} AS c(z) WHERE x % 7 = y % 11"  # noqa: S608 - our own text


@pytest.fixture(scope="module")
def lake(aws: EmbeddedAws) -> Lake:
    """One published day of albums."""
    lake = Lake(aws)
    lake.table("albums", {"album_id": "string"}, DAY_AND_RUN)
    lake.put("albums/snapshot_date=2026-11-23/run_id=A/part.parquet", parquet(album_id=["a", 'b"c', None]))
    lake.partition("albums", "2026-11-23", "A")
    return lake


def rights(lake: Lake) -> dict[str, dict[str, Any]]:
    """Return the statements that a caller needs to query the lake, by purpose."""
    glue = "arn:aws:glue:us-east-1:123456789012"
    catalogue = [f"{glue}:catalog", f"{glue}:database/{lake.database}", f"{glue}:table/{lake.database}/albums"]
    s3 = f"arn:aws:s3:::{lake.bucket}"
    return {
        "athena": allow("athena:*", "*"),
        "table": allow("glue:GetTable", catalogue),
        "partitions": allow("glue:GetPartitions", catalogue),
        "list": allow(["s3:ListBucket", "s3:GetBucketLocation"], s3),
        "data": allow("s3:GetObject", f"{s3}/albums/*"),
        "results": allow("s3:PutObject", f"{s3}/results/*"),
    }


def test_parameters_are_bound(lake: Lake) -> None:
    found = lake.query("SELECT count(*) FROM albums WHERE snapshot_date = ? AND run_id = ?", "'2026-11-23'", "'A'")
    assert found.rows == [["3"]]
    assert found.execution["ExecutionParameters"] == ["'2026-11-23'", "'A'"]


def test_results_lie_as_csv_under_the_workgroups_location(lake: Lake) -> None:
    found = lake.query("SELECT album_id, 1 AS n FROM albums ORDER BY 1")
    location = found.execution["ResultConfiguration"]["OutputLocation"]
    assert location == f"s3://{lake.bucket}/results/{found.execution['QueryExecutionId']}.csv"
    body = lake.client("s3").get_object(Bucket=lake.bucket, Key=location.split("/", 3)[3])["Body"].read()
    assert body.decode() == '"album_id","n"\n"a","1"\n"b""c","1"\n,"1"\n'


def test_results_come_in_pages_of_which_the_first_row_is_the_header(lake: Lake) -> None:
    query = lake.start("SELECT x FROM UNNEST(sequence(1, 1500)) AS t(x) ORDER BY x")
    assert lake.ended(query).state == "SUCCEEDED"
    athena = lake.client("athena")
    first = athena.get_query_results(QueryExecutionId=query)
    second = athena.get_query_results(QueryExecutionId=query, NextToken=first["NextToken"])
    rows = [row["Data"][0]["VarCharValue"] for page in (first, second) for row in page["ResultSet"]["Rows"]]
    assert len(first["ResultSet"]["Rows"]) == 1000
    assert (rows[0], rows[1], rows[-1], len(rows)) == ("x", "1", "1500", 1501)
    assert "NextToken" not in second
    small = athena.get_query_results(QueryExecutionId=query, MaxResults=1)["ResultSet"]["Rows"]
    assert [row["Data"][0]["VarCharValue"] for row in small] == ["x"]
    for wrong in ({"MaxResults": 1001}, {"NextToken": "x"}):
        with pytest.raises(ClientError, match="InvalidRequestException"):
            athena.get_query_results(QueryExecutionId=query, **wrong)


def test_a_query_runs_beside_the_server_and_stops_when_told(lake: Lake) -> None:
    query = lake.start(LONG)
    began = time.monotonic()
    assert lake.query("SELECT 1").rows == [["1"]]
    athena = lake.client("athena")
    state = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]["State"]
    with pytest.raises(ClientError, match=r"Query has not yet finished. Current state: RUNNING"):
        athena.get_query_results(QueryExecutionId=query)
    athena.stop_query_execution(QueryExecutionId=query)
    found = lake.ended(query)
    assert (state, found.state, found.reason) == ("RUNNING", "CANCELLED", "Query was cancelled by user")
    assert time.monotonic() - began < 5


def test_text_that_is_no_sql_is_refused_at_once(lake: Lake) -> None:
    with pytest.raises(ClientError) as refused:
        lake.start("SELEC 1")
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"
    assert dict(refused.value.response)["AthenaErrorCode"] == "MALFORMED_QUERY"


def test_results_of_a_failed_query_are_refused(lake: Lake) -> None:
    found = lake.query("SELECT nothing FROM albums")
    assert found.execution["Status"]["AthenaError"]["ErrorMessage"] == found.reason
    with pytest.raises(ClientError, match=r"Query did not finish successfully. Final query state: FAILED"):
        lake.client("athena").get_query_results(QueryExecutionId=found.execution["QueryExecutionId"])


def test_one_request_token_starts_one_query(lake: Lake) -> None:
    token = new_name("token-that-is-at-least-32-characters")
    first = lake.start("SELECT 1", ClientRequestToken=token)
    assert lake.start("SELECT 1", ClientRequestToken=token) == first
    with pytest.raises(ClientError, match="Idempotent parameters do not match"):
        lake.start("SELECT 2", ClientRequestToken=token)


def test_an_enforced_workgroup_wins_over_the_requests_location(lake: Lake) -> None:
    query = lake.start("SELECT 1", ResultConfiguration={"OutputLocation": "s3://elsewhere/"})
    execution = lake.ended(query).execution
    assert execution["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{lake.bucket}/results/")


def test_a_workgroup_that_does_not_exist_is_refused(lake: Lake) -> None:
    with pytest.raises(ClientError, match="WorkGroup is not found"):
        lake.client("athena").start_query_execution(QueryString="SELECT 1", WorkGroup="nobodys")


def test_a_query_that_scans_more_than_the_workgroup_allows_is_cancelled(lake: Lake) -> None:
    limited = Lake(lake.aws)
    limited.client("athena").update_work_group(
        WorkGroup=limited.workgroup, ConfigurationUpdates={"BytesScannedCutoffPerQuery": 10_000_000}
    )
    limited.table("big", {"text": "string"})
    limited.put("big/part.parquet", parquet(text=["x"]))
    assert limited.query("SELECT count(*) FROM big").rows == [["1"]]
    limited.put("big/more.parquet", b" " * 10_000_001)
    found = limited.query("SELECT count(*) FROM big")
    assert found.state == "CANCELLED"
    assert found.reason.startswith("Query cancelled! : Bytes scanned limit was exceeded")


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ("table", "glue:GetTable"),
        ("partitions", "glue:GetPartitions"),
        ("list", "s3:GetBucketLocation"),
        ("data", "s3:GetObject"),
        ("results", "s3:PutObject"),
    ],
)
def test_a_query_needs_its_callers_rights(lake: Lake, missing: str, reason: str) -> None:
    statements = [statement for name, statement in rights(lake).items() if name != missing]
    caller = client_of(lake.aws, "athena", role(lake.aws, "lambda.amazonaws.com", *statements))
    found = lake.query("SELECT count(*) FROM albums", client=caller)
    assert found.state == "FAILED"
    assert f"is not authorized to perform: {reason} on resource: " in found.reason


def test_a_caller_with_these_rights_and_no_others_may_query(lake: Lake) -> None:
    caller = client_of(lake.aws, "athena", role(lake.aws, "lambda.amazonaws.com", *rights(lake).values()))
    assert lake.query("SELECT count(*) FROM albums", client=caller).rows == [["3"]]


def test_a_bucket_policy_that_denies_fails_the_query(lake: Lake) -> None:
    closed = Lake(lake.aws)
    closed.table("albums", {"album_id": "string"})
    closed.put("albums/part.parquet", parquet(album_id=["a"]))
    caller = client_of(lake.aws, "athena", role(lake.aws, "lambda.amazonaws.com", *rights(closed).values()))
    assert closed.query("SELECT count(*) FROM albums", client=caller).rows == [["1"]]
    resource = f"arn:aws:s3:::{closed.bucket}/albums/*"
    statement = allow("s3:GetObject", resource) | {"Effect": "Deny", "Principal": "*"}
    closed.client("s3").put_bucket_policy(
        Bucket=closed.bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    found = closed.query("SELECT count(*) FROM albums", client=caller)
    assert found.reason.startswith(f"PERMISSION_DENIED: Permission denied on S3 path: s3://{closed.bucket}/albums/")


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SHOW TABLES", [["albums"]]),
        ("SHOW TABLES IN DATABASE 'alb*'", [["albums"]]),
        ("SHOW PARTITIONS albums", [["snapshot_date=2026-11-23/run_id=A"]]),
        ("SHOW COLUMNS IN albums", [["album_id"], ["snapshot_date"], ["run_id"]]),
        ("DESCRIBE DATABASE.albums", [["album_id", "string", ""]]),
    ],
)
def test_statements_about_the_catalogue_answer(lake: Lake, sql: str, rows: list[list[str]]) -> None:
    found = lake.query(sql.replace("DATABASE", lake.database))
    assert found.rows[: len(rows)] == rows
    assert found.execution["StatementType"] == "UTILITY"


def test_explain_gives_a_plan_and_reads_nothing_into_the_answer(lake: Lake) -> None:
    found = lake.query("EXPLAIN SELECT count(*) FROM albums")
    assert found.columns == ["Query Plan"]
    assert found.rows


def test_a_few_thousand_rows_take_little_time(lake: Lake) -> None:
    many = Lake(lake.aws)
    many.table("tracks", {"track_id": "string", "name": "string"})
    many.put("tracks/part.parquet", parquet(track_id=[str(n) for n in range(5000)], name=["x"] * 5000))
    many.query("SELECT 1")
    found = many.query("SELECT name, count(DISTINCT track_id) FROM tracks GROUP BY name")
    assert found.rows == [["x", "5000"]]
    assert found.execution["Statistics"]["TotalExecutionTimeInMillis"] < 500
