"""The optimized Athena tasks run a query, wait for its end and hand on its rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.cloud import calls, new_name, role, run, task

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def workgroup(aws: EmbeddedAws) -> str:
    """A workgroup whose results go to a bucket of its own."""
    name = new_name("results")
    aws.client("s3").create_bucket(Bucket=name)
    location = {"ResultConfiguration": {"OutputLocation": f"s3://{name}/"}}
    aws.client("athena").create_work_group(Name=name, Configuration=location)
    return name


def query(workgroup: str, sql: str, **more: Any) -> dict[str, Any]:
    """Return a state machine that runs a query and then reads its rows."""
    ask = {"QueryString": sql, "WorkGroup": workgroup} | more
    read = {"QueryExecutionId": "{% $states.input.QueryExecution.QueryExecutionId %}"}
    definition = task("athena:startQueryExecution.sync", ask)
    states = definition["States"]
    del states["Work"]["End"]
    states["Work"]["Next"] = "Read"
    states["Read"] = task("athena:getQueryResults", read)["States"]["Work"]
    return definition


def test_a_query_is_awaited_and_its_rows_are_read(aws: EmbeddedAws, workgroup: str) -> None:
    ended = run(aws, query(workgroup, "SELECT 1 AS one, 'x' AS letter"))
    rows = json.loads(ended["output"])["ResultSet"]["Rows"]
    assert [[cell["VarCharValue"] for cell in row["Data"]] for row in rows] == [["one", "letter"], ["1", "x"]]


def test_parameters_are_bound_and_not_pasted(aws: EmbeddedAws, workgroup: str) -> None:
    sql = "SELECT said FROM (VALUES 'it''s ; DROP', 'other') AS t (said) WHERE said = ?"
    ended = run(aws, query(workgroup, sql, ExecutionParameters=["'it''s ; DROP'"]))
    rows = json.loads(ended["output"])["ResultSet"]["Rows"]
    assert rows[1]["Data"][0]["VarCharValue"] == "it's ; DROP"


def test_a_query_that_fails_fails_the_task_and_says_why(aws: EmbeddedAws, workgroup: str) -> None:
    ended = run(aws, query(workgroup, "SELECT no_such_column FROM (SELECT 1 AS one)"))
    cause = json.loads(ended["cause"])["QueryExecution"]
    assert (ended["error"], cause["Status"]["State"]) == ("States.TaskFailed", "FAILED")
    assert "no_such_column" in cause["Status"]["StateChangeReason"]


def test_waiting_needs_the_right_to_ask_about_the_query(aws: EmbeddedAws, workgroup: str) -> None:
    group = f"arn:aws:athena:{aws.region}:{aws.account_id}:workgroup/{workgroup}"
    results = [f"arn:aws:s3:::{workgroup}", f"arn:aws:s3:::{workgroup}/*"]
    may = role(
        aws,
        "states.amazonaws.com",
        {"Effect": "Allow", "Action": "athena:StartQueryExecution", "Resource": group},
        {"Effect": "Allow", "Action": ["s3:*"], "Resource": results},
    )
    ended = run(aws, query(workgroup, "SELECT 1 AS one"), role_arn=may)
    assert ended["error"] == "Athena.AmazonAthenaException"
    refused = {call["action"] for call in calls(aws, may) if not call["allowed"]}
    assert refused == {"athena:GetQueryExecution"}
