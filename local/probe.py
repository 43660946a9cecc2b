"""Check that the embedded AWS enforces policies: two calls with the transform's role, which lacks one of them."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from functions.shared.keys import manifest

if TYPE_CHECKING:
    from local.session import Session

CODE = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    s3 = boto3.client("s3")
    return {name: told(getattr(s3, call["operation"]), call["arguments"]) for name, call in event.items()}

def told(operation, arguments):
    try:
        operation(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"
"""


def iam_enforced(session: Session, extracted: str | None) -> bool:
    """Return whether a write that the transform's role does not allow was refused, and a read that it allows was not.

    A function with that role and code of ours makes both calls; it is removed afterwards. `extracted` is a date whose
    manifest is there to be read; without one, the refusal alone decides.
    """
    bucket = session.outputs["raw_bucket"]
    asked = {"denied": {"operation": "put_object", "arguments": {"Bucket": bucket, "Key": "raw/probe", "Body": ""}}}
    expected = {"denied": "AccessDenied"}
    if extracted:
        arguments = {"Bucket": bucket, "Key": manifest(extracted)}
        asked["allowed"] = {"operation": "get_object", "arguments": arguments}
        expected["allowed"] = "done"
    return _asked_as(session, session.outputs["functions"]["transform"], asked) == expected


def _asked_as(session: Session, function_arn: str, asked: dict[str, Any]) -> dict[str, str]:
    client = session.client("lambda")
    like = client.get_function_configuration(FunctionName=function_arn)
    name = f"{function_arn.rsplit(':', 1)[1]}-probe"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as code:
        code.writestr("probe.py", CODE)
    client.create_function(
        FunctionName=name,
        Role=like["Role"],
        Runtime=like["Runtime"],
        Handler="probe.handler",
        Timeout=30,
        Code={"ZipFile": packed.getvalue()},
    )
    try:
        answers: dict[str, str] = json.load(client.invoke(FunctionName=name, Payload=json.dumps(asked))["Payload"])
        return answers
    finally:
        client.delete_function(FunctionName=name)
