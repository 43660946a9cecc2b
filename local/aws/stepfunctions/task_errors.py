"""The optimized tasks of DynamoDB and SNS name their errors as the SDK for Java 1 does, with its wording of the cause.

Sources are LocalStack's snapshot tests, recorded on AWS: test_put_item_invalid_table_name (2023-05-12) and
test_invalid_param (2023-05-16) for a malformed request to DynamoDB, test_publish_base_error_topic_arn and
test_fifo_message_attribute (2025-11-06) for SNS. The SDK's classes:
https://docs.aws.amazon.com/AWSJavaSDK/latest/javadoc/com/amazonaws/services/dynamodbv2/model/AmazonDynamoDBException.html.
What SNS takes as Subject and Message: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html.
"""

from __future__ import annotations

import html
import json
import re
import uuid
from typing import TYPE_CHECKING, Any

from ministack.services import dynamodb, sns
from ministack.services import stepfunctions as sfn

from local.aws.patching import instead_of, wrap

if TYPE_CHECKING:
    from collections.abc import Callable


# The subclasses of AmazonDynamoDBException that a call for one item may raise; any other error is that class itself.
DYNAMODB = {
    "ConditionalCheckFailedException": "ConditionalCheckFailedException",
    "InternalServerError": "InternalServerErrorException",
    "ItemCollectionSizeLimitExceededException": "ItemCollectionSizeLimitExceededException",
    "ProvisionedThroughputExceededException": "ProvisionedThroughputExceededException",
    "RequestLimitExceeded": "RequestLimitExceededException",
    "ResourceNotFoundException": "ResourceNotFoundException",
    "TransactionConflictException": "TransactionConflictException",
}
SNS = {
    "AuthorizationError": "AuthorizationErrorException",
    "EndpointDisabled": "EndpointDisabledException",
    "InternalError": "InternalErrorException",
    "InvalidParameter": "InvalidParameterException",
    "InvalidSecurity": "InvalidSecurityException",
    "KMSAccessDenied": "KMSAccessDeniedException",
    "KMSDisabled": "KMSDisabledException",
    "KMSInvalidState": "KMSInvalidStateException",
    "KMSNotFound": "KMSNotFoundException",
    "KMSThrottling": "KMSThrottlingException",
    "NotFound": "NotFoundException",
    "ParameterValueInvalid": "InvalidParameterValueException",
    "PlatformApplicationDisabled": "PlatformApplicationDisabledException",
    "Throttled": "ThrottledException",
}
TABLE = re.compile(r"[a-zA-Z0-9_.-]+")
TABLE_ARN = re.compile(r"arn:aws[a-z-]*:dynamodb:.+:table/[a-zA-Z0-9_.-]+")
SUBJECT = re.compile(r"[^\x00-\x1f\x7f-\x9f]{1,99}")
LONGEST_MESSAGE = 262_144


@instead_of(sfn._SERVICE_DISPATCH, "arn:aws:states:::dynamodb:putItem")
@instead_of(sfn._SERVICE_DISPATCH, "arn:aws:states:::dynamodb:getItem")
@instead_of(sfn._SERVICE_DISPATCH, "arn:aws:states:::dynamodb:updateItem")
@instead_of(sfn._SERVICE_DISPATCH, "arn:aws:states:::dynamodb:deleteItem")
def run_dynamodb(resource: str, arguments: dict[str, Any]) -> Any:
    """Run one DynamoDB task and return its result."""
    action = resource.rpartition(":")[2]
    if invalid := _invalid(action, arguments):
        raise _error("DynamoDB", "AmazonDynamoDBException", "AmazonDynamoDBv2", 400, "ValidationException", invalid)
    call = {"putItem": dynamodb._put_item, "getItem": dynamodb._get_item, "deleteItem": dynamodb._delete_item,
            "updateItem": dynamodb._update_item}[action]  # fmt: skip
    status, _, body = call(arguments)
    result = json.loads(body) if body else {}
    if status >= 400:
        code = result.get("__type", "InternalServerError").rsplit("#", 1)[-1].rsplit(".", 1)[-1]
        name = DYNAMODB.get(code, "AmazonDynamoDBException")
        raise _error("DynamoDB", name, "AmazonDynamoDBv2", status, code, result.get("message", ""))
    return result


def _invalid(action: str, arguments: dict[str, Any]) -> str:
    """Return what DynamoDB's front refuses about a request before the table is asked, or an empty text."""
    table, member = str(arguments.get("TableName", "")), "Item" if action == "putItem" else "Key"
    wrong = ""
    if not TABLE.fullmatch(table) and not TABLE_ARN.fullmatch(table):
        pattern = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
        wrong = f"Value '{table}' at 'tableName' failed to satisfy constraint: {pattern}"
    elif arguments.get(member) is None:
        wrong = f"Value null at '{member.lower()}' failed to satisfy constraint: Member must not be null"
    return wrong and f"1 validation error detected: {wrong}"


@instead_of(sfn._SERVICE_DISPATCH, "arn:aws:states:::sns:publish")
def run_sns(_resource: str, arguments: dict[str, Any]) -> Any:
    """Run one SNS task and return its result; a message that is not a text is sent as JSON."""
    message = arguments.get("Message")
    if message is not None and not isinstance(message, str):
        arguments = {**arguments, "Message": json.dumps(message, separators=(",", ":"))}
    status, _, body = sns._publish(arguments)
    answer = bytes(body).decode() if isinstance(body, (bytes, bytearray)) else str(body)
    if status >= 400:
        code, said = _member(answer, "Code"), _member(answer, "Message")
        raise _error("SNS", SNS.get(code, "AmazonSNSException"), "AmazonSNS", status, code, said)
    return {"MessageId": _member(answer, "MessageId")}


def _member(xml: str, name: str) -> str:
    found = re.search(f"<{name}>(.*?)</{name}>", xml, re.DOTALL)
    return html.unescape(found[1]) if found else ""


def _error(service: str, name: str, long_name: str, status: int, code: str, message: str) -> Any:
    """Return a task's error in the words of the SDK for Java 1."""
    request = str(uuid.uuid4())
    told = f"Service: {long_name}; Status Code: {status}; Error Code: {code}; Request ID: {request}; Proxy: null"
    return sfn._ExecutionError(f"{service}.{name}", f"{message} ({told})")


@wrap(sns, "_publish")
def _publish(original: Callable[[Any], Any], params: dict[str, Any]) -> Any:
    """Publish what SNS takes: a subject of 1 to 99 characters without line breaks, a message that is not empty."""
    subject, message = sns._p(params, "Subject"), sns._p(params, "Message")
    if "Subject" in params and not SUBJECT.fullmatch(subject):
        return sns._error("InvalidParameter", "Invalid parameter: Subject", 400)
    if not message:
        return sns._error("InvalidParameter", "Invalid parameter: Empty message", 400)
    if len(message.encode()) > LONGEST_MESSAGE:
        return sns._error("InvalidParameter", "Invalid parameter: Message too long", 400)
    if sns._p(params, "MessageStructure") == "json" and not _has_default(message):
        return sns._error("InvalidParameter", "Invalid parameter: Message Structure - No default entry in JSON", 400)
    if not any(sns._p(params, target) for target in ("TopicArn", "TargetArn", "PhoneNumber")):
        _, refused = sns._get_topic("")
        return refused
    return original(params)


def _has_default(message: str) -> bool:
    """Return whether a message is a JSON object with a text for the protocols that have none of their own."""
    try:
        forms = json.loads(message)
    except ValueError:
        return False
    return isinstance(forms, dict) and isinstance(forms.get("default"), str)
