"""Invariant 9, over the log of every call of daily, repeated, inbox and failing runs: no right is missing or unused."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from functions.shared.keys import run_id, run_record
from tests.executions.rights import Call, Rights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.executions.pipeline import Pipeline

pytestmark = pytest.mark.dateless("a right has no date")
ROLES = (
    "resolve", "extract", "freeze", "transform", "audit", "publish", "sweep", "digest", "report",
    "pipeline", "crawler", "daily", "inbox",
)  # fmt: skip
EMPTY_DATE = "2026-02-02"
DESTROYING = {
    "s3": ("DeleteObject", "DeleteObjectVersion", "DeleteBucket", "PutBucketPolicy"),
    "glue": ("DeleteTable", "UpdateTable", "CreateTable", "DeleteDatabase", "BatchDeletePartition", "UpdateCrawler"),
    "dynamodb": ("DeleteItem", "DeleteTable", "Scan", "BatchWriteItem"),
    "lambda": ("UpdateFunctionCode", "UpdateFunctionConfiguration", "DeleteFunction"),
    "states": ("StartExecution", "StopExecution", "DeleteStateMachine", "UpdateStateMachine"),
    "athena": ("DeleteWorkGroup", "UpdateWorkGroup", "CreateNamedQuery"),
    "secretsmanager": ("PutSecretValue", "UpdateSecret", "DeleteSecret"),
    "kms": ("ScheduleKeyDeletion", "PutKeyPolicy", "CreateGrant"),
    "sns": ("Subscribe", "SetTopicAttributes", "DeleteTopic"),
    "sqs": ("ReceiveMessage", "DeleteMessage", "PurgeQueue"),
    "logs": ("DeleteLogGroup", "PutRetentionPolicy", "GetLogEvents"),
}
MAY_DESTROY = {
    ("sweep", "s3:DeleteObject"),
    ("sweep", "glue:BatchDeletePartition"),
    ("pipeline", "dynamodb:DeleteItem"),
    ("daily", "states:StartExecution"),
    ("inbox", "states:StartExecution"),
}
SHARED = {("crawler", "logs:CreateLogStream"), ("crawler", "logs:PutLogEvents")}
"""Requests about a resource of the whole account: one log group takes the streams of every stack's crawler."""


@pytest.fixture(scope="module")
def rights(stack: Pipeline, first_day: str, inbox_day: str) -> Rights:
    """Rights and calls of a day, an inbox, a repeated day, a rehearsal, a failure, and of rare cases of each."""
    (part, *_) = stack.keys("curated", f"albums/snapshot_date={first_day}/")
    left_by_a_failed_run = f"albums/snapshot_date={EMPTY_DATE}/run_id=0/part-00000.parquet"
    stack.put("curated", left_by_a_failed_run, stack.read("curated", part))
    repeated = stack.daily(first_day).must_succeed()
    stack.run({"mode": "rehearsal"}).must_succeed()
    run = {**repeated.output["run"], "run_id": "0"}
    transform_missing_objects(stack, run)
    stack.client("dynamodb").put_item(
        TableName=stack.outputs["lock_table"],
        Item={"lock_id": {"S": f"date#{EMPTY_DATE}"}, "holder": {"S": repeated.arn}, "expires_at": {"N": "9999999999"}},
    )
    failed = stack.run({"mode": "replay", "snapshot_date": EMPTY_DATE}).must_fail("NoInputs")
    row = run_record(run_id(stack.began(failed.arn), failed.arn))
    stack.client("s3").delete_object(Bucket=stack.bucket("curated"), Key=row)
    stack.client("lambda").invoke(
        FunctionName=stack.outputs["functions"]["report"],
        Payload=json.dumps({"run": {**run, "execution_arn": failed.arn}}),
    )
    return Rights.of(stack.session)


def transform_missing_objects(stack: Pipeline, run: dict[str, Any]) -> None:
    """Ask for a transform of inputs that are gone: the frozen list itself, an object of raw, one of the inbox."""
    gone = [f"{zone}/snapshot_date={EMPTY_DATE}/gone.json" for zone in ("raw", "inbox")]
    for number, key in enumerate(gone, 1):
        found = {"key": key, "etag": '"0"', "size_bytes": 1, "last_modified": "2026-02-02T00:00:00Z"}
        inputs = {"run_id": str(number), "snapshot_date": EMPTY_DATE, "digest": "", "objects": [found]}
        stack.put("raw", f"runs/{number}/inputs.json", json.dumps(inputs).encode())
    for number in range(len(gone) + 1):
        answer = stack.client("lambda").invoke(
            FunctionName=stack.outputs["functions"]["transform"],
            Payload=json.dumps({"run": run, "inputs_key": f"runs/{number}/inputs.json"}),
        )
        assert json.load(answer["Payload"])["errorType"] == "InputsChanged"


def test_every_role_of_the_stack_is_asked_about(rights: Rights) -> None:
    assert sorted(rights.role(noun) for noun in ROLES) == sorted(rights.policies)


@pytest.mark.parametrize("noun", ROLES)
def test_every_action_resource_and_condition_value_is_needed(rights: Rights, noun: str) -> None:
    assert "\n".join(rights.unneeded(rights.role(noun))) == ""


def test_every_recorded_call_is_allowed_by_its_roles_own_policy(rights: Rights) -> None:
    assert {call for call in rights.calls if rights.decision(call) != "Allow"} == set()


@pytest.mark.parametrize("noun", ROLES)
def test_a_neighbour_of_a_call_is_refused(rights: Rights, noun: str) -> None:
    """The same call on another stack, prefix or key is refused, and so is a deletion, unless it is the role's work."""
    role = rights.role(noun)
    asked = {
        neighbour
        for call in rights.calls
        if call.role == role and call.resource != "*"
        for neighbour in neighbours(call)
        if (noun, neighbour.action) not in MAY_DESTROY | SHARED
    }
    assert asked
    assert {f"{each.action} {each.resource}" for each in asked if rights.decision(each) == "Allow"} == set()


def neighbours(call: Call) -> Iterator[Call]:
    """Yield calls that a role which may make this call must not make."""
    service = call.action.split(":")[0]
    yield replace(call, resource=another_stacks(call.resource))
    if prefix := call.context.get("s3:prefix"):
        yield replace(call, context={**call.context, "s3:prefix": f"elsewhere/{prefix}"})
    if re.fullmatch(r"s3:(Get|Put|Delete)Object", call.action):
        bucket, key = call.resource.split("/", 1)
        yield replace(call, resource=f"{bucket}/elsewhere/{key}")
    yield from (replace(call, action=f"{service}:{verb}") for verb in DESTROYING.get(service, ()))


def another_stacks(resource: str) -> str:
    """Return the ARN of the same resource of another stack, or of another key."""
    named = resource.replace("spotify-lake-dev", "spotify-lake-other").replace("spotify_dev", "spotify_other")
    return named if named != resource else f"{resource}0"


def test_nobody_writes_where_runs_start(rights: Rights, stack: Pipeline) -> None:
    marker = f"arn:aws:s3:::{stack.bucket('raw')}/inbox/snapshot_date=2026-11-23/_READY"
    for noun in ROLES:
        assert rights.decision(Call(rights.role(noun), "s3:PutObject", marker)) != "Allow"


def test_only_extract_may_have_the_secret(rights: Rights, stack: Pipeline) -> None:
    action = "secretsmanager:GetSecretValue"
    secret = stack.outputs["secret_arn"]
    may = {noun for noun in ROLES if rights.decision(Call(rights.role(noun), action, secret)) == "Allow"}
    assert may == {"extract"}
