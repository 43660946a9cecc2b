"""Answer the provider functions that a program calls while it runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.deployment.errors import UnmappedInvoke

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.deployment.calls import Calls

Arguments = dict[str, Any]


def answer(token: str, arguments: Arguments, aws: Calls) -> dict[str, Any]:
    """Return the result of one provider function, such as aws:index/getRegion:getRegion."""
    if token not in ANSWERS:
        raise UnmappedInvoke(f"{token}: nothing in local/deployment/invokes.py answers this provider function.")
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


def _policy_document(arguments: Arguments, _aws: Calls) -> dict[str, Any]:
    document: dict[str, Any] = {
        "Version": arguments.get("version") or "2012-10-17",
        "Statement": [_statement(each) for each in arguments.get("statements") or []],
    }
    if arguments.get("policyId"):
        document["Id"] = arguments["policyId"]
    text = json.dumps(document)
    return {**arguments, "id": "policy", "json": text, "minifiedJson": text}


def _statement(given: dict[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": given.get("effect") or "Allow"}
    names = {
        "sid": "Sid",
        "actions": "Action",
        "notActions": "NotAction",
        "resources": "Resource",
        "notResources": "NotResource",
    }
    statement.update({name: given[key] for key, name in names.items() if given.get(key)})
    if given.get("principals"):
        statement["Principal"] = _principals(given["principals"])
    if given.get("notPrincipals"):
        statement["NotPrincipal"] = _principals(given["notPrincipals"])
    for condition in given.get("conditions") or []:
        tests = statement.setdefault("Condition", {}).setdefault(condition["test"], {})
        tests[condition["variable"]] = condition["values"]
    return statement


def _principals(given: list[dict[str, Any]]) -> str | dict[str, list[str]]:
    if any(each["type"] == "*" for each in given):
        return "*"
    principals: dict[str, list[str]] = {}
    for each in given:
        principals.setdefault(each["type"], []).extend(each["identifiers"])
    return principals


ANSWERS: dict[str, Callable[[Arguments, Calls], dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller,
    "aws:index/getRegion:getRegion": _region,
    "aws:index/getPartition:getPartition": _partition,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
}
