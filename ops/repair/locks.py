"""The locks: show their holders, and release a lock whose holder no longer runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.shared import keys
from ops.errors import OpsError

if TYPE_CHECKING:
    from ops.stack import Stack


@dataclass(frozen=True)
class Held:
    """A lock, its holder, and whether that execution still runs."""

    lock_id: str
    holder: str
    acquired_at: str
    status: str

    @property
    def alive(self) -> bool:
        """True if the holder still runs."""
        return self.status in {"RUNNING", "PENDING_REDRIVE"}


def lock_id(what: str) -> str:
    """Return the lock ID of a date, or of `spotify`."""
    return what if what == keys.LEASE else keys.date_lock(what)


def holder_of(stack: Stack, lock: str) -> Held | None:
    """Return the holder of a lock, or None."""
    answer = stack.client("dynamodb").get_item(
        TableName=stack.outputs["lock_table"], Key={"lock_id": {"S": lock}}, ConsistentRead=True
    )
    item = answer.get("Item")
    return _held(stack, item) if item else None


def alive(stack: Stack) -> list[Held]:
    """Return the locks whose holders still run."""
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.outputs["lock_table"])
    held = (_held(stack, item) for page in pages for item in page["Items"])
    return sorted((each for each in held if each.alive), key=lambda each: each.lock_id)


def _held(stack: Stack, item: dict[str, dict[str, str]]) -> Held:
    holder = item["holder"]["S"]
    try:
        status = stack.client("stepfunctions").describe_execution(executionArn=holder)["status"]
    except ClientError as exc:
        if exc.response["Error"]["Code"] not in {"ExecutionDoesNotExist", "InvalidArn"}:
            raise
        status = "GONE"
    return Held(item["lock_id"]["S"], holder, item.get("acquired_at", {}).get("S", ""), status)


def release(stack: Stack, held: Held) -> None:
    """Delete a lock if the holder is still the one that was read.

    Raises:
        OpsError: another execution took it meanwhile.
    """
    try:
        stack.client("dynamodb").delete_item(
            TableName=stack.outputs["lock_table"],
            Key={"lock_id": {"S": held.lock_id}},
            ConditionExpression="holder = :holder",
            ExpressionAttributeValues={":holder": {"S": held.holder}},
        )
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        raise OpsError(f"{held.lock_id} is now held by another execution; run the command again.") from exc
