"""Check that the policy of the stack's key allows AWS's services to use it; an existing key has its owner's policy."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ops.stack import Stack

Statement = dict[str, Any]


def refusals(stack: Stack) -> list[str] | None:
    """Return a sentence for each service that the key's policy does not allow, or None if it may not be read."""
    key = stack.outputs["key"]
    if not key["arn"]:
        return []
    try:
        answer = stack.client("kms").get_key_policy(KeyId=key["arn"], PolicyName="default")
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return None
    return list(lacking(json.loads(answer["Policy"])["Statement"], key["must_allow"]))


def lacking(written: Sequence[Statement], needed: Sequence[Statement]) -> Iterator[str]:
    """Yield a sentence for each needed statement that the existing ones do not allow.

    Of conditions, only the keys are compared: a statement allows a service only if the service sends each key that it
    tests, and a needed statement names the keys that its service sends.
    """
    for each in needed:
        service = each["Principal"]["Service"]
        allowed = [
            action for statement in written if _lets_in(statement, each) for action in _listed(statement, "Action")
        ]
        missing = [action for action in each["Action"] if not any(fnmatchcase(action, one) for one in allowed)]
        if missing:
            yield (
                f"{service} lacks {', '.join(missing)} on the stack's key ({each['Sid']}). "
                f"Add to the key's policy: {json.dumps(each)}"
            )


def _lets_in(statement: Statement, needed: Statement) -> bool:
    """Return whether a written statement covers a needed one's service, and tests only keys that this service sends."""
    principal = statement["Principal"]
    services = [] if isinstance(principal, str) else _listed(principal, "Service")
    named = principal == "*" or needed["Principal"]["Service"] in services
    return statement["Effect"] == "Allow" and named and _tested(statement) <= _tested(needed)


def _tested(statement: Statement) -> set[str]:
    """Return the condition keys that a statement tests; a service that sends one `aws:Source…` key sends all."""
    keys = {key.lower() for tests in statement.get("Condition", {}).values() for key in tests}
    return {"aws:source" if key.startswith("aws:source") else key for key in keys}


def _listed(holder: Statement, key: str) -> list[str]:
    found = holder.get(key, [])
    return [found] if isinstance(found, str) else list(found)
