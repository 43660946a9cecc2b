"""Find other stacks in the same account and region, and whether they use the same Spotify quota."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from ops.stack import Stack

PREFIX = "spotify-lake-"


@dataclass(frozen=True)
class Neighbour:
    """Another stack; `same_app` is None if its secret may not be read. `budgets` are its requests per day."""

    name: str
    same_app: bool | None
    budgets: dict[str, int]

    def sentence(self) -> str:
        """Return a sentence about the other stack's effect on this one."""
        if self.same_app is None:
            return (
                f"Stack {self.name} is in this account and region too. "
                "If it uses the same Spotify account, their budgets add up."
            )
        if self.same_app:
            return f"Stack {self.name} uses the same Spotify app: their budgets add up against one quota."
        return (
            f"Stack {self.name} uses another Spotify app. Spotify counts per developer account: "
            "if one account owns both apps, their budgets add up against one quota."
        )


def neighbours(stack: Stack) -> list[Neighbour]:
    """Return the other stacks of this project that run in the stack's account and region."""
    own = stack.outputs["state_machine_arn"].rsplit(":", 1)[1]
    pages = stack.client("stepfunctions").get_paginator("list_state_machines").paginate()
    names = sorted(each["name"] for page in pages for each in page["stateMachines"])
    app = _client_id(stack, stack.outputs["secret_arn"])
    others = [name for name in names if name.startswith(PREFIX) and name != own]
    return [
        Neighbour(name.removeprefix(PREFIX), _same(app, _client_id(stack, f"{name}-spotify")), _budgets(stack, name))
        for name in others
    ]


def _same(ours: str | None, theirs: str | None) -> bool | None:
    return ours == theirs if ours and theirs else None


def _client_id(stack: Stack, secret: str) -> str | None:
    try:
        text = stack.client("secretsmanager").get_secret_value(SecretId=secret).get("SecretString", "{}")
        found: dict[str, Any] = json.loads(text)
    except (ClientError, ValueError):
        return None
    return str(found.get("client_id") or "") or None


def _budgets(stack: Stack, name: str) -> dict[str, int]:
    try:
        answer = stack.client("lambda").get_function_configuration(FunctionName=f"{name}-extract")
    except ClientError:
        return {}
    found: dict[str, int] = json.loads(answer.get("Environment", {}).get("Variables", {}).get("BUDGETS", "{}"))
    return found
