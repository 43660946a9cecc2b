"""Answer the provider functions that a program calls while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.deployment.errors import UnmappedInvoke

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.deployment.calls import Calls

Arguments = dict[str, Any]


def answer(token: str, arguments: Arguments, aws: Calls) -> dict[str, Any]:
    """Return the result of one provider function, such as aws:index/getRegion:getRegion."""
    if token not in ANSWERS:
        raise UnmappedInvoke(f"{token}: local/deployment/invokes.py does not implement this provider function.")
    return ANSWERS[token](arguments, aws)


def _caller(_arguments: Arguments, aws: Calls) -> dict[str, Any]:
    identity = aws.call("sts", "GetCallerIdentity", {})
    account = identity["Account"]
    return {"id": account, "accountId": account, "arn": identity["Arn"], "userId": identity["UserId"]}


def _region(arguments: Arguments, aws: Calls) -> dict[str, Any]:
    name = arguments.get("region") or arguments.get("name") or aws.region
    return {"id": name, "name": name, "region": name, "description": name, "endpoint": f"ec2.{name}.amazonaws.com"}


def _partition(_arguments: Arguments, _aws: Calls) -> dict[str, Any]:
    return {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws"}


ANSWERS: dict[str, Callable[[Arguments, Calls], dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
}
