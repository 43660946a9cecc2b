"""Return the resources of Glue, Athena and IAM calls as AWS evaluates them, and the leading key of a DynamoDB item.

ministack gives a Glue table's call the database's ARN and a crawler's call a table's. On AWS, a call on a table is
allowed only if it is on the catalog, on the database and on the table. A simulation is a call on whom it is about.
`dynamodb:LeadingKeys` ministack does not know.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import athena, dynamodb

from local.aws.patching import action, wrap

if TYPE_CHECKING:
    from collections.abc import Callable


@wrap(iam_actions, "extract_resource_arn")
def _extract(
    original: Callable[..., str], service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any
) -> str:
    """Return the most specific ARN of a call."""
    if service == "iam" and (simulated := rest[0].get("PolicySourceArn")):
        return str(simulated[0] if isinstance(simulated, list) else simulated)
    if service not in {"glue", "athena"}:
        return original(service, method, path, headers, body, *rest)
    region, account = rest[-2:]
    resource = (_glue if service == "glue" else _athena)(action(headers), json.loads(body or b"{}"))
    return f"arn:aws:{service}:{region}:{account}:{resource}" if resource != "*" else "*"


def _glue(action: str, asked: dict[str, Any]) -> str:
    """Return the resource of a Glue call."""
    if "Crawler" in action or action == "ListCrawls":
        name = asked.get("CrawlerName") or asked.get("Name")
        return f"crawler/{name}" if name else "*"
    if "Job" in action:
        return f"job/{asked.get('JobName') or asked.get('Name')}"
    database = asked.get("DatabaseName") or asked.get("DatabaseInput", {}).get("Name")
    if "Database" in action:
        database = database or asked.get("Name")
        return f"database/{database}" if database else "catalog"
    table = asked.get("TableName") or asked.get("TableInput", {}).get("Name") or asked.get("Name")
    if database:
        return f"table/{database}/{table or '*'}"
    return "catalog"


def _athena(_action: str, asked: dict[str, Any]) -> str:
    """Return the resource of an Athena call: the workgroup it names, or its query's."""
    query = athena._executions.get(asked.get("QueryExecutionId", ""))
    group = asked.get("WorkGroup") or (query or {}).get("WorkGroup")
    if group or "Query" in _action:
        return f"workgroup/{group or 'primary'}"
    return "*"


@wrap(iam_evaluator, "enforce")
def _enforce(original: Callable[..., Any], key: str, action: str, *rest: Any, **named: Any) -> Any:
    """Check a Glue table's database and catalog as well."""
    denied = original(key, action, *rest, **named)
    resource = named.get("resource_arn", "*")
    head, _, place = resource.partition(":table/" if ":table/" in resource else ":database/")
    if denied is not None or not action.startswith("glue:") or not place:
        return denied
    above = [f"{head}:catalog"] + ([f"{head}:database/{place.split('/')[0]}"] if ":table/" in resource else [])
    for arn in above:
        denied = denied or original(key, action, *rest, **named | {"resource_arn": arn})
    return denied


@wrap(iam_actions, "dynamodb_service_context")
def _item_keys(original: Callable[[bytes], dict[str, Any]], body: bytes) -> dict[str, Any]:
    """Return the condition keys of a DynamoDB call, with the partition key of the item it is about."""
    asked = json.loads(body or b"{}")
    table = dynamodb._tables.get(str(asked.get("TableName", "")).rsplit("/", 1)[-1])
    value = (asked.get("Item") or asked.get("Key") or {}).get((table or {}).get("pk_name"))
    leading = {"dynamodb:LeadingKeys": [str(next(iter(value.values())))]} if value else {}
    return original(body) | leading
