"""Check the caller's rights on the KMS key of a resource; ministack encrypts without asking.

Only for customer-managed keys, with `kms:ViaService`: reading needs `kms:Decrypt`, writing `kms:GenerateDataKey`, an
upload in parts and a message both. So a role that forgets its key fails here as on AWS. Whoever makes a key with tags
may also tag keys: every key of the account and region, since this one has no tags yet.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb, kms, s3, secretsmanager, sns, sqs

from local.aws.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.aws.iam.rights import Principal

READ = ("kms:Decrypt",)
WRITE = ("kms:GenerateDataKey",)
BOTH = (*READ, *WRITE)
KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"

_in_parts: ContextVar[bool] = ContextVar("embedded_aws_in_parts", default=False)
_refused: ContextVar[tuple[str, str] | None] = ContextVar("embedded_aws_refused_key", default=None)


def _bucket(resource: str) -> str | None:
    headers: dict[str, str] = s3._bucket_default_sse_headers(resource.split(":", 5)[5].split("/", 1)[0])
    return headers.get(KEY_HEADER)


def _object(resource: str) -> str | None:
    bucket, _, key = resource.split(":", 5)[5].partition("/")
    held = (s3._buckets.get(bucket) or {}).get("objects", {}).get(key, {})
    headers: dict[str, str] = held.get("preserved_headers", {})
    return headers.get(KEY_HEADER)


def _table(resource: str) -> str | None:
    table = dynamodb._tables.get(resource.rsplit("/", 1)[-1]) or {}
    return (table.get("SSEDescription") or {}).get("KMSMasterKeyArn")


def _secret(resource: str) -> str | None:
    return (secretsmanager._resolve(resource)[1] or {}).get("KmsKeyId")


def _topic(resource: str) -> str | None:
    return ((sns._topic_by_arn_any_scope(resource) or {}).get("attributes") or {}).get("KmsMasterKeyId")


def _queue(resource: str) -> str | None:
    return ((sqs._queue_by_arn(resource) or {}).get("attributes") or {}).get("KmsMasterKeyId")


NEEDS: Mapping[str, tuple[Callable[[str], str | None], tuple[str, ...]]] = {
    "s3:GetObject": (_object, READ),
    "s3:GetObjectVersion": (_object, READ),
    "s3:PutObject": (_bucket, WRITE),
    "secretsmanager:GetSecretValue": (_secret, READ),
    "secretsmanager:PutSecretValue": (_secret, BOTH),
    "sns:Publish": (_topic, BOTH),
    "sqs:SendMessage": (_queue, BOTH),
    "sqs:ReceiveMessage": (_queue, READ),
} | {f"dynamodb:{name}Item": (_table, READ) for name in ("Get", "Put", "Update", "Delete")}


def needed(action: str, resource: str) -> tuple[str, tuple[str, ...], dict[str, str]]:
    """Return the key that a call needs ("" if none), the KMS action, and the condition keys of that check."""
    find, actions = NEEDS.get(action, (None, ()))
    record = kms._resolve_key(find(resource) or "") if find else None
    if record is None or record.get("KeyManager", "CUSTOMER") != "CUSTOMER":
        return "", (), {}
    if action == "s3:PutObject" and _in_parts.get():
        actions = BOTH
    return record["Arn"], actions, {"kms:ViaService": f"{action.split(':', 1)[0]}.{get_region()}.amazonaws.com"}


def may(principal: Principal, action: str, resource: str, **context: Any) -> bool:
    """Return whether a principal may do `action`, its rights on the resource's key included."""
    key, actions, via = needed(action, resource)
    return principal.may(action, resource, **context) and all(principal.may(one, key, **via) for one in actions)


@wrap(iam_evaluator, "enforce")
def _enforce(original: Callable[..., Any], caller: str, action: str, service: str, region: str, **named: Any) -> Any:
    """Check a call's rights on the key as well."""
    _refused.set(None)
    denied = original(caller, action, service, region, **named)
    if denied is None and _tags_a_new_key(action, named):
        every_key = f"arn:aws:kms:{region}:{get_account_id()}:key/*"
        return original(caller, "kms:TagResource", service, region, **{**named, "resource_arn": every_key})
    key, actions, via = ("", (), {}) if denied is not None else needed(action, named.get("resource_arn", "*"))
    for one in actions:
        denied = original(caller, one, "kms", region, resource_arn=key, service_context=via)
        if denied is not None:
            _refused.set((one, key))
            break
    return denied


def _tags_a_new_key(action: str, named: Mapping[str, Any]) -> bool:
    return action == "kms:CreateKey" and any(key.lower() == "aws:tagkeys" for key in named.get("service_context") or ())


@wrap(iam_actions, "access_denied_response")
def _word(original: Callable[..., Any], service: str, action: str, principal: str, *rest: Any, **named: Any) -> Any:
    """Name the key in a refusal, if the key caused it."""
    refused = _refused.get()
    if refused is not None:
        named["message"] = iam_actions.identity_denial_message(refused[0], principal, refused[1], explicit_deny=False)
    return original(service, action, principal, *rest, **named)


@wrap(iam_actions, "s3_service_context")
def _note(original: Callable[..., Any], action: str, query: dict[str, Any] | None, *rest: Any) -> Any:
    """Note whether an object comes in parts."""
    _in_parts.set(bool({"uploads", "uploadId"} & set(query or {})))
    return original(action, query, *rest)
