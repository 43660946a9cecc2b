"""Read from an error's text which principal AWS denied which action.

The texts differ by service (each pattern names where its text was seen). A text that does not name the role, the action
or the resource is completed from the state that failed: its function's role, the operation, the object.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.rehearsal.proof import Denial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# IAM user guide, "Troubleshoot access denied error messages": who, action, resource, "because" and the kind of policy.
# Lambda, Step Functions, Glue, Athena, KMS, SNS and newer S3 all word it so; quotes and the
# "(Service: …)" at the end vary.
WORDED = re.compile(
    r"(?:User|Service Principal|Principal): (?P<principal>\S+) is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?: on resources?: (?P<resource>\"[^\"]+\"|\S+)| on the resource associated with this ciphertext)?"
    r"(?:\s+(?P<why>because [^(\n]+|with an explicit deny[^(\n]*))?"
)
# EC2 and a few others send the details encoded; sts:DecodeAuthorizationMessage returns them (STS API reference).
ENCODED = re.compile(r"Encoded authorization failure message: (?P<encoded>\S+)")
# A function of the pipeline: functions/shared/aws.py says what it was doing and which operation was refused.
REFUSED = re.compile(r"Could not \w+ (?P<what>.+?): AWS refused (?P<operation>\w+) \((?P<code>[\w.]+)\)")
# Older S3, through boto3: the operation alone.
BOTO = re.compile(r"An error occurred \((?P<code>AccessDenied\w*|403)\) when calling the (?P<operation>\w+) operation")
# Athena: the object that could not be read or written, as "Permission denied on S3 path: s3://…" or "Access Denied".
S3_PATH = re.compile(
    r"(?:Permission denied on S3 path|Access denied when writing output to url|Access Denied[^\n]*?): (?P<path>s3://\S+?)[\s,]"
)
# Step Functions and Scheduler: the role itself.
ASSUMED = re.compile(r"authorized to assume|cannot be assumed|unable to assume", re.IGNORECASE)
ROLE = re.compile(r"arn:[\w-]+:(?:sts|iam)::\d*:(?:assumed-role|role)/(?P<path>[\w+=,.@/-]+)")

WHY = "AWS denied it"
OPERATIONS = {  # where an operation's right bears another name (Service Authorization Reference, Amazon S3)
    "ListObjectsV2": "ListBucket",
    "ListObjects": "ListBucket",
    "HeadObject": "GetObject",
    "HeadBucket": "ListBucket",
    "DeleteObjects": "DeleteObject",
    "UploadPart": "PutObject",
    "CreateMultipartUpload": "PutObject",
}


@dataclass(frozen=True)
class Known:
    """Facts about a failure besides its text: the role that acted, and the resource (or the state)."""

    role: str
    resource: str


def denials(text: str, known: Known, decode: Callable[[str], str]) -> list[Denial]:
    """Return each denial in an error's text, once; none if the error is about something else.

    `decode` returns the message that an encoded one stands for.
    """
    found = [*_worded(text, known), *_encoded(text, decode)]
    if not found:
        found = [*_refused(text, known), *_paths(text, known), *_assumed(text, known)]
    return list(dict.fromkeys(found))


def _worded(text: str, known: Known) -> Iterator[Denial]:
    for each in WORDED.finditer(text):
        why = " ".join((each["why"] or WHY).split()).rstrip(". ")
        resource = (each["resource"] or known.resource).strip('"').rstrip(".,")
        yield Denial(role_of(each["principal"]), each["action"], resource, why)


def _encoded(text: str, decode: Callable[[str], str]) -> Iterator[Denial]:
    for each in ENCODED.finditer(text):
        said: dict[str, Any] = json.loads(decode(each["encoded"]))
        context = said["context"]
        why = "a policy denies it" if said.get("explicitDeny") else "no policy allows it"
        yield Denial(role_of(context["principal"]["arn"]), context["action"], context["resource"], why)


def _refused(text: str, known: Known) -> Iterator[Denial]:
    for each in [*REFUSED.finditer(text), *BOTO.finditer(text)]:
        what = each.groupdict().get("what") or known.resource
        yield Denial(known.role, _action(each["operation"], what), _arn(what), f"{WHY} ({each['code']})")


def _paths(text: str, known: Known) -> Iterator[Denial]:
    for each in S3_PATH.finditer(f"{text} "):
        action = "s3:PutObject" if "writing output" in each[0] else "s3:GetObject"
        yield Denial(known.role, action, _arn(each["path"]), WHY)


def _assumed(text: str, known: Known) -> Iterator[Denial]:
    if ASSUMED.search(text):
        role = ROLE.search(text)
        yield Denial(
            "the service",
            "sts:AssumeRole",
            role[0] if role else known.role,
            "the role's trust policy does not allow it",
        )


def role_of(principal: str) -> str:
    """Return the role's name in a session's ARN, or the principal itself."""
    found = ROLE.search(principal)
    if found is None:
        return principal
    return found["path"].split("/")[0] if ":assumed-role/" in principal else found["path"].rsplit("/", 1)[-1]


def _action(operation: str, what: str) -> str:
    """Return the IAM action that an operation needs."""
    service = "s3" if what.startswith("s3://") else SERVICES.get(operation, "")
    name = OPERATIONS.get(operation, operation)
    return f"{service}:{name}" if service else name


SERVICES = {
    "GetSecretValue": "secretsmanager",
    "GetItem": "dynamodb",
    "GetPartitions": "glue",
    "BatchDeletePartition": "glue",
    "StartQueryExecution": "athena",
    "GetQueryExecution": "athena",
    "GetQueryResults": "athena",
    "StopQueryExecution": "athena",
    "DescribeExecution": "states",
    "GetExecutionHistory": "states",
    "DescribeStateMachineForExecution": "states",
}


def _arn(what: str) -> str:
    """Return an object's ARN for its URL; anything else as it is."""
    return what.replace("s3://", "arn:aws:s3:::", 1) if what.startswith("s3://") else what
