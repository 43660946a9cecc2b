"""Policies as data: statements, and the JSON document of a list of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pulumi

if TYPE_CHECKING:
    from collections.abc import Iterable

Condition = dict[str, dict[str, "pulumi.Input[str] | list[pulumi.Input[str]] | list[str]"]]


@dataclass(frozen=True)
class Statement:
    """One statement of a policy. `reason` says why its resource is `*`: AWS knows no narrower one."""

    actions: tuple[str, ...]
    resources: tuple[pulumi.Input[str], ...]
    when: Condition = field(default_factory=dict)
    effect: Literal["Allow", "Deny"] = "Allow"
    reason: str = ""

    def as_json(self, sid: str) -> dict[str, object]:
        """Return the statement as IAM writes it, its resources possibly still outputs."""
        written: dict[str, object] = {
            "Sid": sid,
            "Effect": self.effect,
            "Action": sorted(self.actions),
            "Resource": list(self.resources),
        }
        return written | ({"Condition": self.when} if self.when else {})


Right = list[Statement]


def allow(*actions: str, on: Iterable[pulumi.Input[str]], when: Condition | None = None) -> Right:
    """Return the right to do the actions on the resources."""
    return [Statement(actions, tuple(on), when or {})]


def anywhere(*actions: str, because: str) -> Right:
    """Return the right to do actions for which AWS knows no resource but `*`."""
    return [Statement(actions, ("*",), reason=because)]


def document(rights: Iterable[Right]) -> pulumi.Output[str]:
    """Return the policy document of these rights, equal statements written once."""
    merged: list[Statement] = []
    for right in rights:
        merged += [statement for statement in right if statement not in merged]
    statements = [statement.as_json(f"S{number}") for number, statement in enumerate(merged)]
    return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements})
