"""Track who makes the call that is being served: a request's access key, or the role a service acts with.

ministack remembers a request's principal by ARN only, and calls its own services as root. Here every call has an access
key, and a service that acts with a role does it with a session of that role, so that one evaluation serves all.
"""

from __future__ import annotations

import hashlib
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ministack.core import iam_evaluator
from ministack.core.router import extract_access_key_id
from ministack.services import sts

from local.aws.patching import having, wrap

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

_caller: ContextVar[str] = ContextVar("embedded_aws_caller", default="")
"""The access key of the call that is being served; empty means the administrator."""


def role_session(role_arn: str, name: str) -> str:
    """Return the access key of a session of a role; the same role and name always give the same one."""
    account, role = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    digest = hashlib.sha256(f"{role_arn}/{name}".encode()).hexdigest()
    key = f"ASIA{digest[:16].upper()}"
    sts.register_session(
        key,
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
            "UserId": f"{role}:{name}",
            "SecretAccessKey": digest,
            "SessionToken": digest,
        },
    )
    return key


def acting_as(key: str) -> AbstractContextManager[None]:
    """Serve the calls inside as calls of `key`: without a signature, with its role's policies."""
    arn = str(sts._sessions[key]["Arn"]) if key in sts._sessions else ""
    return having(
        (_caller, key),
        (iam_evaluator._request_caller_arn, arn),
        (iam_evaluator._request_origin, ("127.0.0.1", True)),
        (iam_evaluator._signed_request, None),
        (iam_evaluator._anonymous, False),
    )


@wrap(iam_evaluator, "pin_request_caller")
def _pin(original: Callable[..., None], headers: dict[str, str], query_params: dict[str, Any] | None = None) -> None:
    """Keep the access key of a request."""
    _caller.set(extract_access_key_id(headers, query_params))
    original(headers, query_params)
