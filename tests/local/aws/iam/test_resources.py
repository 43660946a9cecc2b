"""The resources of Glue and Athena calls are those that AWS evaluates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.local.cloud import allow, calls, new_name, role, run, task

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded


@pytest.fixture
def lake(aws: EmbeddedAws) -> str:
    """A Glue database with a table `albums`."""
    name = new_name("lake").replace("-", "_")
    glue = aws.client("glue")
    glue.create_database(DatabaseInput={"Name": name})
    glue.create_table(DatabaseName=name, TableInput={"Name": "albums", "StorageDescriptor": {"Columns": []}})
    return name


def arns(aws: EmbeddedAws, *resources: str) -> list[str]:
    """Return ARNs of Glue resources."""
    return [f"arn:aws:glue:{aws.region}:{aws.account_id}:{resource}" for resource in resources]


def test_a_table_is_read_only_with_rights_on_catalog_database_and_table(aws: EmbeddedAws, lake: str) -> None:
    needed = arns(aws, "catalog", f"database/{lake}", f"table/{lake}/albums")
    read = task("aws-sdk:glue:getTable", {"DatabaseName": lake, "Name": "albums"})
    may = role(aws, "states.amazonaws.com", allow("glue:GetTable", needed))
    assert run(aws, read, role_arn=may)["status"] == "SUCCEEDED"
    assert sorted(call["resource"] for call in calls(aws, may)) == sorted(needed)
    for missing in needed:
        less = allow("glue:GetTable", [arn for arn in needed if arn != missing])
        assert run(aws, read, role_arn=role(aws, "states.amazonaws.com", less))["error"] == "Glue.AccessDeniedException"


@pytest.mark.parametrize(
    ("call", "arguments", "resource"),
    [
        pytest.param("glue:startCrawler", {"Name": "mine"}, "glue:us-east-1:{}:crawler/mine", id="crawler"),
        pytest.param("glue:getPartitions", {"DatabaseName": "d", "TableName": "t"},
                     "glue:us-east-1:{}:table/d/t", id="table"),
        pytest.param("athena:startQueryExecution", {"QueryString": "SELECT 1", "WorkGroup": "w"},
                     "athena:us-east-1:{}:workgroup/w", id="workgroup"),
    ],
)  # fmt: skip
def test_a_call_is_about_what_it_names(aws: EmbeddedAws, call: str, arguments: dict[str, Any], resource: str) -> None:
    nothing = role(aws, "states.amazonaws.com")
    run(aws, task(f"aws-sdk:{call}", arguments), role_arn=nothing)
    assert [asked["resource"] for asked in calls(aws, nothing)] == [f"arn:aws:{resource.format(aws.account_id)}"]
