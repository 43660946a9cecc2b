"""Mappers: functions that each create one type of registered resource in the embedded AWS."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.deployment.errors import UnmappedInput, UnmappedType, WrongInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from local.deployment.calls import Calls


DESTROYED = "it says how to destroy; a local stack is destroyed whole, by removing its state"


@dataclass(frozen=True)
class Created:
    """A created resource: its ID, and the outputs that AWS decided (the inputs are outputs as well)."""

    id: str
    outputs: dict[str, Any] = field(default_factory=dict)


@dataclass
class Resource:
    """One registered resource on its way into the embedded AWS.

    A mapper reads each input with `take`, `require` or `rest`; what it never reads is an error afterwards, unless its
    registration says why it is left. `known_id` is the id this resource had when it was deployed before, or None.
    """

    type: str
    name: str
    inputs: Mapping[str, Any]
    aws: Calls
    known_id: str | None = None
    taken: set[str] = field(default_factory=set)

    def take(self, key: str) -> Any:  # the parser's edge: an input is any JSON
        """Return an input, or None if the program does not set it."""
        self.taken.add(key)
        return self.inputs.get(key)

    def require(self, key: str) -> Any:  # the parser's edge: an input is any JSON
        """Return an input that must be set."""
        value = self.take(key)
        if value is None:
            raise WrongInput(f"{key!r} is not set; found {sorted(self.inputs)}.")
        return value

    def rest(self) -> dict[str, Any]:
        """Return every set input not taken yet, for a call whose parameters have the same names."""
        left = {key: value for key, value in self.inputs.items() if key not in self.taken and value is not None}
        self.taken.update(left)
        return left

    def physical_name(self, key: str = "name", after: str | None = None) -> str:
        """Return the name the program chose, the one given last time, or a new one as Pulumi would make it.

        `after` is the last sign of an ID before the name; without it, the ID is the name.
        """
        known = self.known_id.rsplit(after, 1)[-1] if self.known_id and after else self.known_id
        chosen = self.take(key) or known
        return str(chosen) if chosen else f"{self.name}-{secrets.token_hex(4)[:7]}"

    def check_all_taken(self) -> None:
        """Raise `UnmappedInput` where the mapper would drop an input silently."""
        dropped = {k for k, v in self.inputs.items() if v is not None} - self.taken
        if dropped:
            raise UnmappedInput(
                f"{self.type} {self.name!r} sets {', '.join(sorted(dropped))}, which its mapper in "
                "local/deployment/services does not use. Use it there, or leave it there with a reason."
            )


@dataclass(frozen=True)
class Mapper:
    """A mapper and the inputs that it ignores, each with its reason."""

    create: Callable[[Resource], Created]
    leaves: Mapping[str, str]


MAPPERS: dict[str, Mapper] = {}


def maps(
    type_: str, leaves: Mapping[str, str] | None = None
) -> Callable[[Callable[[Resource], Created]], Callable[[Resource], Created]]:
    """Return a decorator that registers a mapper for a Pulumi type token."""

    def register(create_one: Callable[[Resource], Created]) -> Callable[[Resource], Created]:
        MAPPERS[type_] = Mapper(create_one, leaves or {})
        return create_one

    return register


def create(resource: Resource) -> Created:
    """Create one resource and return its ID and outputs.

    Raises:
        UnmappedType: nobody maps its type.
        UnmappedInput: its mapper leaves an input without a reason.
    """
    mapper = MAPPERS.get(resource.type)
    if mapper is None:
        raise UnmappedType(
            f"{resource.type} {resource.name!r}: no mapper in local/deployment/services creates this type locally."
        )
    resource.taken.update(mapper.leaves)
    created = mapper.create(resource)
    resource.check_all_taken()
    return created
