"""Return all fields of a resource that a client made; ministack drops some, or omits them in one protocol.

Terraform's AWS provider compares what it reads with what it planned; each of them would be a change that never ends.
A secret that was made without a value has none to read (test_secret_version_not_found, recorded on AWS 2024-06-13).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from ministack.services import cloudwatch, cloudwatch_logs, glue, s3, secretsmanager, stepfunctions

from local.aws.patching import Reply, Request, action, answered, refused, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

OF_A_CRAWLER = {
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
}
"""AWS's defaults of a crawler: terraform-provider-aws, internal/service/glue/crawler_test.go, which runs on AWS."""


@wrap(cloudwatch, "_describe_alarms")
def _alarms(
    original: Callable[..., Reply],
    params: Any,
    cbor_data: Request,
    is_cbor: bool,  # ministack's own signature
    is_json: bool = False,
) -> Reply:
    """Return alarms in the Query protocol with all the fields that ministack returns in its other protocols."""
    if is_cbor or is_json:
        return original(params, cbor_data, is_cbor, is_json)
    texts = {name: _one(params, name) for name in ("AlarmNamePrefix", "StateValue", "MaxRecords", "NextToken")}
    lists = {name: _many(params, name) for name in ("AlarmNames", "AlarmTypes")}
    asked = {name: value for name, value in {**texts, **lists}.items() if value}
    status, _, body = original(params, asked, is_cbor=False, is_json=True)
    if status != 200:  # HTTP's own number
        return original(params, cbor_data, is_cbor, is_json)
    told = _element("DescribeAlarmsResult", json.loads(body))
    reply: Reply = cloudwatch._xml(200, "DescribeAlarmsResponse", told)
    return reply


@wrap(cloudwatch, "_put_metric_alarm")
def _put_alarm(
    original: Callable[..., Reply],
    params: Any,
    cbor_data: Request,
    is_cbor: bool,  # ministack's own signature
    is_json: bool = False,
) -> Reply:
    """Keep the InsufficientDataActions of an alarm that is put in the Query protocol, where ministack drops them."""
    reply = original(params, cbor_data, is_cbor, is_json)
    if reply[0] == 200 and not is_cbor and not is_json:  # HTTP's own number
        cloudwatch._alarms[_one(params, "AlarmName")]["InsufficientDataActions"] = _many(
            params, "InsufficientDataActions"
        )
    return reply


def _one(params: Any, name: str) -> str:
    value: str = cloudwatch._p(params, name)
    return value


def _many(params: Any, name: str) -> list[str]:
    found: list[str] = []
    while value := _one(params, f"{name}.member.{len(found) + 1}"):
        found.append(value)
    return found


def _element(name: str, value: Any) -> str:
    """Return a value as the Query protocol writes it: lists as members, times in ISO 8601, unset ones not at all."""
    if value is None:
        return ""
    if isinstance(value, dict):
        inner = "".join(_element(key, each) for key, each in value.items())
    elif isinstance(value, list):
        inner = "".join(_element("member", each) for each in value)
    elif name.endswith("Timestamp"):
        inner = datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    else:
        inner = str(value).lower() if isinstance(value, bool) else escape(str(value))
    return f"<{name}>{inner}</{name}>"


@wrap(glue, "_create_crawler")
def _crawler(original: Callable[[Request], Reply], data: Request) -> Reply:
    """Create a crawler with the defaults that AWS gives, and keep its tags."""
    reply = original({**OF_A_CRAWLER, **data})
    if reply[0] == 200 and data.get("Tags"):  # HTTP's own number
        glue._tags[glue._arn("crawler", data["Name"])] = dict(data["Tags"])
    return reply


@wrap(s3, "_create_multipart_upload")
def _begin_upload(original: Callable[..., Reply], bucket: str, key: str, headers: dict[str, str]) -> Reply:
    """Keep the tags that an upload in parts begins with, until the object is there."""
    before = set(s3._multipart_uploads)
    reply = original(bucket, key, headers)
    for upload in set(s3._multipart_uploads) - before:
        s3._multipart_uploads[upload]["tagging"] = headers.get("x-amz-tagging", "")
    return reply


@wrap(s3, "_complete_multipart_upload")
def _end_upload(
    original: Callable[..., Reply], bucket: str, key: str, body: bytes, query: Any, headers: Any = None
) -> Reply:
    """Give the object the tags that its upload began with."""
    upload = s3._multipart_uploads.get(s3._qp(query, "uploadId")) or {}
    reply = original(bucket, key, body, query, headers)
    if reply[0] == 200 and upload.get("tagging"):  # HTTP's own number
        tags = {name: values[0] for name, values in parse_qs(upload["tagging"], keep_blank_values=True).items()}
        s3._object_tags[(bucket, key, reply[1].get("x-amz-version-id"))] = tags
    return reply


@wrap(stepfunctions, "_create_state_machine")
@wrap(stepfunctions, "_update_state_machine")
def _traced(original: Callable[[Request], Reply], data: Request) -> Reply:
    """Keep whether a state machine is traced: its description has it."""
    reply = original(data)
    if reply[0] == 200 and data.get("tracingConfiguration") is not None:  # HTTP's own number
        arn = data.get("stateMachineArn") or json.loads(reply[2])["stateMachineArn"]
        stepfunctions._state_machines[arn]["tracingConfiguration"] = data["tracingConfiguration"]
    return reply


@wrap(cloudwatch_logs, "handle_request")
async def _with_log_keys(
    original: Callable[..., Any], method: str, path: str, headers: dict[str, str], body: bytes, query: Any
) -> Reply:
    """Answer AssociateKmsKey and DisassociateKmsKey, by which a log group changes its key."""
    if action(headers) not in {"AssociateKmsKey", "DisassociateKmsKey"}:
        reply: Reply = await original(method, path, headers, body, query)
        return reply
    data = json.loads(body)
    name = data.get("logGroupName") or data["resourceIdentifier"].rpartition(":log-group:")[2].removesuffix(":*")
    group = cloudwatch_logs._log_groups.get(name)
    if group is None:
        return refused("ResourceNotFoundException", "The specified log group does not exist.")
    group["kmsKeyId"] = data.get("kmsKeyId")
    return answered({})


@wrap(secretsmanager, "_get_secret_value")
def _secret_value(original: Callable[[Request], Reply], data: Request) -> Reply:
    """Return a secret's value where there is one."""
    reply = original(data)
    if reply[0] != 200 or {"SecretString", "SecretBinary"} & set(json.loads(reply[2])):  # HTTP's own number
        return reply
    stage = data.get("VersionStage", "AWSCURRENT")
    said = f"Secrets Manager can't find the specified secret value for staging label: {stage}"
    return refused("ResourceNotFoundException", said)
