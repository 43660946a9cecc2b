"""Every resource that the program declared when it was last deployed, with its inputs.

For a stack on AWS that is Pulumi's state (`pulumi stack export`); for the local stack, what its deployment remembers.
Only there is each policy as the program wrote it, to be compared with the one that AWS has now.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Declared:
    """One resource: its type such as `aws:iam/role:Role`, the program's inputs, and what AWS added."""

    type: str
    name: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]


def from_state(exported: Mapping[str, Any]) -> list[Declared]:
    """Return the resources of an exported Pulumi state."""
    resources = exported["deployment"].get("resources", [])
    return [
        _declared(each["urn"], each.get("inputs", {}), {**each.get("outputs", {}), "id": each.get("id", "")})
        for each in resources
    ]


def from_memory(remembered: Mapping[str, Any]) -> list[Declared]:
    """Return the resources of the local deployment that the last program declared."""
    return [
        _declared(urn, each["inputs"], {**each["outputs"], "id": each["id"]})
        for urn, each in remembered.items()
        if each["inputs"] is not None
    ]


def _declared(urn: str, inputs: dict[str, Any], outputs: dict[str, Any]) -> Declared:
    """Return one resource; a URN reads `urn:pulumi:STACK::PROJECT::PARENT'S TYPE$TYPE::NAME`."""
    _, _, types, name = urn.split("::", 3)
    return Declared(types.rsplit("$", 1)[-1], name, inputs, outputs)
