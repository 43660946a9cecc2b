"""Checks of the table's rows about DynamoDB."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.aws.stepfunctions import task_errors
from tests.local.cloud import key_table, new_name, role, run, task

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

ITEM = {"id": {"S": "date#2026-11-23"}, "holder": {"S": "me"}}


def _put(aws: EmbeddedAws, table: str, **more: Any) -> dict[str, Any]:
    return run(aws, task("dynamodb:putItem", {"TableName": table, "Item": ITEM, **more}))


def _ends_as_the_sdk_says(cause: str, status: int, code: str) -> bool:
    told, _, proxy = cause.rpartition("; Request ID: ")
    said = f"(Service: AmazonDynamoDBv2; Status Code: {status}; Error Code: {code}"
    return told.endswith(said) and proxy.endswith("; Proxy: null)")


def malformed_request(aws: EmbeddedAws) -> None:
    ended = _put(aws, "/x")
    assert ended["error"] == "DynamoDB.AmazonDynamoDBException"
    assert ended["cause"].startswith("1 validation error detected: Value '/x' at 'tableName' failed to satisfy constr")
    assert _ends_as_the_sdk_says(ended["cause"], 400, "ValidationException")


def item_that_is_missing(aws: EmbeddedAws) -> None:
    ended = _put(aws, key_table(aws), Item=None)
    assert ended["error"] == "DynamoDB.AmazonDynamoDBException"
    assert "Value null at 'item' failed to satisfy constraint: Member must not be null" in ended["cause"]


def malformed_condition(aws: EmbeddedAws) -> None:
    ended = _put(aws, key_table(aws), ConditionExpression="holder ==== :me")
    assert ended["error"] == "DynamoDB.AmazonDynamoDBException"
    assert _ends_as_the_sdk_says(ended["cause"], 400, "ValidationException")


def table_that_is_missing(aws: EmbeddedAws) -> None:
    ended = run(aws, task("dynamodb:getItem", {"TableName": new_name("gone"), "Key": {"id": {"S": "a"}}}))
    assert ended["error"] == "DynamoDB.ResourceNotFoundException"
    assert _ends_as_the_sdk_says(ended["cause"], 400, "ResourceNotFoundException")


def condition_that_does_not_hold(aws: EmbeddedAws) -> None:
    table = key_table(aws)
    _put(aws, table)
    other = {"id": ITEM["id"], "holder": {"S": "other"}}
    ended = _put(aws, table, Item=other, ConditionExpression="attribute_not_exists(id)")
    assert ended["error"] == "DynamoDB.ConditionalCheckFailedException"
    assert ended["cause"].startswith("The conditional request failed (Service: AmazonDynamoDBv2; Status Code: 400; ")
    kept = aws.client("dynamodb").get_item(TableName=table, Key={"id": ITEM["id"]})["Item"]
    assert kept["holder"] == {"S": "me"}


def lock_is_taken_by_one(aws: EmbeddedAws) -> None:
    table, condition = key_table(aws), "attribute_not_exists(id) OR holder IN (:me, :dead)"

    def take(me: str, dead: str = "nobody") -> str | None:
        item = {"id": ITEM["id"], "holder": {"S": me}}
        values = {":me": {"S": me}, ":dead": {"S": dead}}
        ended = _put(aws, table, Item=item, ConditionExpression=condition, ExpressionAttributeValues=values)
        error: str | None = ended.get("error")
        return error

    refused = "DynamoDB.ConditionalCheckFailedException"
    assert [take("a"), take("b"), take("a"), take("b", dead="a"), take("a")] == [None, refused, None, None, refused]


def names_of_server_errors() -> None:
    """The embedded DynamoDB has no such errors: the table of names is what a fault would be named by."""
    assert task_errors.DYNAMODB["InternalServerError"] == "InternalServerErrorException"
    assert task_errors.DYNAMODB["RequestLimitExceeded"] == "RequestLimitExceededException"


def denied_request(aws: EmbeddedAws) -> None:
    put = task("dynamodb:putItem", {"TableName": "t", "Item": ITEM})
    ended = run(aws, put, role_arn=role(aws, "states.amazonaws.com"))
    assert ended["error"] == "DynamoDB.AmazonDynamoDBException"
    assert json.dumps(ended["cause"]).count("not authorized to perform: dynamodb:PutItem") == 1


def item_that_nobody_put(aws: EmbeddedAws) -> None:
    ended = run(aws, task("dynamodb:getItem", {"TableName": key_table(aws), "Key": {"id": {"S": "gone"}}}))
    assert (ended["status"], "Item" in json.loads(ended["output"])) == ("SUCCEEDED", False)


def condition_of_an_update_and_a_delete(aws: EmbeddedAws) -> None:
    table, refused = key_table(aws), "DynamoDB.ConditionalCheckFailedException"

    def change(action: str, me: str, **more: Any) -> str | None:
        values = {":me": {"S": me}, **({":later": {"N": "2"}} if more else {})}
        given = {"ConditionExpression": "holder = :me", "ExpressionAttributeValues": values, **more}
        ended = run(aws, task(f"dynamodb:{action}", {"TableName": table, "Key": {"id": ITEM["id"]}, **given}))
        error: str | None = ended.get("error")
        return error

    later = {"UpdateExpression": "SET expires_at = :later"}
    assert [change("updateItem", "me", **later), change("deleteItem", "me")] == [refused] * 2
    _put(aws, table)
    assert [change("updateItem", "other", **later), change("deleteItem", "other")] == [refused] * 2
    assert change("updateItem", "me", **later) is None
    held = aws.client("dynamodb").get_item(TableName=table, Key={"id": ITEM["id"]})["Item"]
    assert (held["expires_at"], held["holder"]) == ({"N": "2"}, {"S": "me"})
    assert [change("deleteItem", "me"), change("deleteItem", "me")] == [None, refused]


def table_in_pages(aws: EmbeddedAws) -> None:
    table, dynamodb = key_table(aws), aws.client("dynamodb")
    for number in range(3):
        dynamodb.put_item(TableName=table, Item={"id": {"S": str(number)}})
    pages = list(dynamodb.get_paginator("scan").paginate(TableName=table, PaginationConfig={"PageSize": 2}))
    assert [len(page["Items"]) for page in pages] == [2, 1]
    assert ("LastEvaluatedKey" in pages[0], "LastEvaluatedKey" in pages[1]) == (True, False)
