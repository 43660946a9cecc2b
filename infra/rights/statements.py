"""Policies as data: statements, and the JSON document of a list of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pulumi

if TYPE_CHECKING:
    from collections.abc import Iterable

Condition = dict[str, dict[str, "pulumi.Input[str] | list[pulumi.Input[str]] | list[str]"]]


@dataclass(frozen=True)
class Statement:
    """One statement of a policy. `reason` states why its resource is `*`: AWS has no narrower one for the action."""

    actions: tuple[str, ...]
    resources: tuple[pulumi.Input[str], ...]
    when: Condition = field(default_factory=dict)
    effect: Literal["Allow", "Deny"] = "Allow"
    reason: str = ""


Right = list[Statement]


def allow(*actions: str, on: Iterable[pulumi.Input[str]], when: Condition | None = None) -> Right:
    """Return the right to do the actions on the resources."""
    return [Statement(actions, tuple(on), when or {})]


def anywhere(*actions: str, because: str) -> Right:
    """Return the right to do actions for which AWS has no resource but `*`."""
    return [Statement(actions, ("*",), reason=because)]


class PolicyStatements(pulumi.ComponentResource):
    """The statements of the policy of the same name, for the policy pack; it creates no resource of its own.

    In a preview, a policy's text is unknown while one ARN in it is, but its statements are known: the policy pack
    validates them before anything is created, and `pulumi preview --diff` shows a changed statement by itself.
    """

    def __init__(
        self, name: str, of: Literal["role", "bucket"], statements: list[dict[str, object]], parent: pulumi.Resource
    ) -> None:
        opts, props = pulumi.ResourceOptions(parent=parent), {"of": of, "statements": statements}
        super().__init__("spotify-lake:infra:PolicyStatements", name, props, opts)
        self.register_outputs({})


def document(rights: Iterable[Right]) -> pulumi.Output[str]:
    """Return the policy document of these rights; statements that differ only in resources are merged."""
    return pulumi.Output.from_input(written(rights)).apply(_merged)


def written(rights: Iterable[Right]) -> list[dict[str, object]]:
    """Return the statements of these rights as in a policy document, unmerged."""
    return [
        {
            "Effect": each.effect,
            "Action": sorted(each.actions),
            "Resource": list(each.resources),
            "Condition": each.when,
        }
        for right in rights
        for each in right
    ]


def _merged(statements: list[dict[str, Any]]) -> str:
    merged: dict[str, list[str]] = {}
    for each in statements:
        resources = merged.setdefault(json.dumps({**each, "Resource": None}, sort_keys=True), [])
        resources += [resource for resource in each["Resource"] if resource not in resources]
    numbered = []
    for number, (text, resources) in enumerate(merged.items()):
        statement = {"Sid": f"S{number}", **json.loads(text), "Resource": resources}
        numbered.append({key: value for key, value in statement.items() if value != {}})
    return json.dumps({"Version": "2012-10-17", "Statement": numbered})
