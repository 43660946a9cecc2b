"""For each statement of a role, requests that it must allow and neighboring requests that the role must be denied.

They are derived from the statement: a wildcard stands for an example, a literal becomes another name beside it. A
neighbor is denied by the whole role, so a role that was widened shows as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ops.errors import OpsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ops.rehearsal.statements import Role, Statement

EXAMPLE = "rehearsal"
LITERAL = re.compile(r"[^/:*?]+")
COMPARED = frozenset({"stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike"})

Context = dict[str, tuple[str, tuple[str, ...]]]
"""Condition keys with the simulator's type of each, and its values."""


@dataclass(frozen=True)
class Case:
    """Requests of a role, each action on each resource, and the expected decision on all of them."""

    role: Role
    expected: Literal["allowed", "denied", "explicitly denied"]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    context: Context


def cases(role: Role, operations: Callable[[str], Sequence[str]]) -> Iterator[Case]:
    """Yield the cases of a role; `operations` returns the names of a service's API operations.

    Raises:
        OpsError: a statement uses a condition operator that no case can be derived from.
    """
    for statement in role.statements:
        examples = tuple(example(each) for each in statement.resources)
        contexts = list(_contexts(statement))
        if statement.effect == "Deny":
            yield Case(role, "explicitly denied", statement.actions, examples, contexts[0])
            continue
        for context in contexts:
            yield Case(role, "allowed", statement.actions, examples, context)
        beside = tuple(filter(None, (neighbor(each) for each in statement.resources)))
        if beside:
            yield Case(role, "denied", statement.actions, beside, contexts[0])
        for context in _neighboring_contexts(statement, contexts[0]):
            yield Case(role, "denied", statement.actions, examples, context)
        if not beside and not statement.conditions:
            yield Case(role, "denied", tuple(_other_actions(role, statement, operations)), examples, {})


def example(pattern: str) -> str:
    """Return a text that the pattern matches; `*` alone, which names no resource, stays."""
    return pattern if pattern == "*" else pattern.replace("*", EXAMPLE).replace("?", "x")


def neighbor(pattern: str) -> str:
    """Return a text that the pattern does not match, with another last name before its first wildcard; "" without one.

    The other name begins with another letter, since a wildcard may follow right after it. The first five fields of an
    ARN (service, region, account) are not names: they stay.
    """
    head, rest = _split(pattern)
    fixed = re.split(r"[*?]", rest, maxsplit=1)[0]
    names = list(LITERAL.finditer(fixed))
    if not names:
        return ""
    start, name = names[-1].start(), names[-1][0]
    return head + example(f"{rest[:start]}{'next-' if name.startswith('o') else 'other-'}{rest[start:]}")


def _split(pattern: str) -> tuple[str, str]:
    if not pattern.startswith("arn:"):
        return "", pattern
    *head, rest = pattern.split(":", 5)
    return ":".join([*head, ""]), rest


def _contexts(statement: Statement) -> Iterator[Context]:
    """Yield contexts that meet the conditions: one with the first value of each key, then one for each other value."""
    met = {key: [*_meeting(operator, values)] for operator, key, values in _conditions(statement)}
    kinds = {key: _kind(operator) for operator, key, _ in _conditions(statement)}
    base: Context = {key: (kinds[key], (values[0],)) for key, values in met.items() if values}
    yield base
    for key, values in met.items():
        for value in values[1:]:
            yield base | {key: (kinds[key], (value,))}


def _neighboring_contexts(statement: Statement, base: Context) -> Iterator[Context]:
    """Yield contexts that miss the conditions by one key."""
    for operator, key, values in _conditions(statement):
        kind = _kind(operator)
        if _plain(operator) == "null":
            yield (
                (base | {key: (kind, (EXAMPLE,))})
                if values == ["true"]
                else {name: value for name, value in base.items() if name != key}
            )
        elif _plain(operator) == "bool":
            yield base | {key: (kind, ("false" if values == ["true"] else "true",))}
        elif other := neighbor(values[0]):
            yield base | {key: (kind, (other,))}


def _conditions(statement: Statement) -> Iterator[tuple[str, str, list[str]]]:
    for operator, keys in statement.conditions.items():
        if _plain(operator) not in {"null", "bool", *COMPARED}:
            raise OpsError(
                f"No request can be derived from the condition operator {operator}; add it to ops.rehearsal."
            )
        for key, values in keys.items():
            yield operator, key, values


def _meeting(operator: str, values: list[str]) -> Iterator[str]:
    """Yield values of a key that meet a condition on it; none where the key must be absent."""
    match _plain(operator):
        case "null":
            yield from [EXAMPLE] if values == ["false"] else []
        case "bool":
            yield values[0]
        case _:
            exact = _plain(operator).startswith("stringequals")
            yield from (value if exact else value.replace("*", EXAMPLE) for value in values)


def _plain(operator: str) -> str:
    return operator.lower().rsplit(":", 1)[-1].removesuffix("ifexists")


def _kind(operator: str) -> str:
    if _plain(operator) == "bool":
        return "boolean"
    return "stringList" if ":" in operator else "string"


def _other_actions(role: Role, statement: Statement, operations: Callable[[str], Sequence[str]]) -> Iterator[str]:
    """Yield, for each service of a statement on `*`, an operation that no statement of the role names."""
    declared = {action for each in role.statements for action in each.actions}
    for service in sorted({action.split(":")[0] for action in statement.actions}):
        named = (f"{service}:{operation}" for operation in sorted(operations(service)))
        yield next(action for action in named if action not in declared)
