"""The declared policies as statements: of roles, and of resources with a policy of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ops.declared import Declared

Conditions = dict[str, dict[str, list[str]]]


@dataclass(frozen=True)
class Statement:
    """One statement; `principals` is empty in a role's policy, and reads `Service: events.amazonaws.com` elsewhere."""

    effect: str
    principals: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Conditions

    def claims(self) -> Iterator[tuple[str, str, str, str, str]]:
        """Yield a statement's claims: one for each principal, action and resource."""
        conditions = json.dumps(self.conditions, sort_keys=True)
        for principal in self.principals or ("",):
            for action in self.actions:
                for resource in self.resources:
                    yield self.effect, principal, action, resource, conditions


@dataclass(frozen=True)
class Role:
    """A role that the program declared: its name and ARN in AWS, what it may do, and who may assume it."""

    name: str
    arn: str
    statements: tuple[Statement, ...]
    trust: tuple[Statement, ...]


def roles(declared: Sequence[Declared]) -> list[Role]:
    """Return the declared roles by name, each with the statements of its inline policies."""
    policies = [each for each in declared if each.type == "aws:iam/rolePolicy:RolePolicy"]
    found = []
    for each in declared:
        if each.type == "aws:iam/role:Role":
            name = str(each.outputs["name"])
            may = [
                one for policy in policies if policy.inputs["role"] == name for one in parsed(policy.inputs["policy"])
            ]
            found.append(
                Role(name, str(each.outputs["arn"]), tuple(may), tuple(parsed(each.inputs["assumeRolePolicy"])))
            )
    return sorted(found, key=lambda role: role.name)


def parsed(document: str | dict[str, Any]) -> list[Statement]:
    """Return the statements of a policy document; a text, or a list of texts, becomes a tuple."""
    read = json.loads(document) if isinstance(document, str) else document
    return [
        Statement(
            effect=each["Effect"],
            principals=tuple(_principals(each.get("Principal", {}))),
            actions=tuple(sorted(listed(each["Action"]))),
            resources=tuple(sorted(listed(each.get("Resource", "")))),
            conditions=_conditions(each.get("Condition", {})),
        )
        for each in _statements(read)
    ]


def listed(value: str | bool | list[Any]) -> list[str]:
    """Return a value, or a list of values, as texts."""
    values = value if isinstance(value, list) else [value]
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in values]


def _statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    found = document["Statement"]
    return [found] if isinstance(found, dict) else list(found)


def _principals(written: str | dict[str, Any]) -> list[str]:
    if isinstance(written, str):
        return [written]
    return sorted(f"{kind}: {each}" for kind, values in written.items() for each in listed(values))


def _conditions(written: dict[str, dict[str, Any]]) -> Conditions:
    return {
        operator: {key: sorted(listed(values)) for key, values in keys.items()} for operator, keys in written.items()
    }
