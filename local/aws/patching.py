"""Replace functions of ministack's: decorators note what takes which place, `install` puts a module's into theirs.

Beside them, what many replacements need: ARNs, answers in JSON, context variables.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextvars import ContextVar
    from types import ModuleType

Reply = tuple[int, dict[str, str], bytes]
Request = dict[str, Any]
F = TypeVar("F", bound="Callable[..., Any]")


class Replacement(NamedTuple):
    """A function for a name in a module, a class or a dict; `wraps`: it is called with the original first."""

    owner: Any
    name: str
    function: Callable[..., Any]
    wraps: bool


replacements: dict[str, list[Replacement]] = {}
"""The replacements of each imported module, in the order in which they are installed."""


def wrap(owner: Any, name: str) -> Callable[[F], F]:
    """Note a function that is called in the place of `owner.name`: with the original, then the call's arguments."""
    return partial(_note, owner, name, wraps=True)


def instead_of(owner: Any, name: str) -> Callable[[F], F]:
    """Note a function that takes the place of `owner.name`, or of a dict's entry, without the original."""
    return partial(_note, owner, name, wraps=False)


def _note(owner: Any, name: str, function: F, *, wraps: bool) -> F:
    replacements.setdefault(function.__module__, []).append(Replacement(owner, name, function, wraps))
    return function


def install(module: ModuleType) -> None:
    """Put a module's replacements into their places; then run its own `install()`, if it has one."""
    for each in replacements.get(module.__name__, []):
        placed = each.function
        if each.wraps:
            original = getattr(each.owner, each.name)
            placed = update_wrapper(partial(each.function, original), original)
        if isinstance(each.owner, dict):
            each.owner[each.name] = placed
        else:
            setattr(each.owner, each.name, placed)
    getattr(module, "install", lambda: None)()


def arn(service: str, resource: str) -> str:
    """Return the ARN of a resource in the account and region of the request."""
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


def answered(body: Request) -> Reply:
    """Return the answer of a call in JSON."""
    reply: Reply = json_response(body)
    return reply


def refused(code: str, message: str, **more: str) -> Reply:
    """Return the refusal of a call in JSON, with more members."""
    reply: Reply = error_response_json(code, message, 400, extra=more or None)
    return reply


def action(headers: dict[str, str]) -> str:
    """Return the action that a request in JSON names."""
    return headers.get("x-amz-target", "").rpartition(".")[2]


@contextmanager
def having(*values: tuple[ContextVar[Any], Any]) -> Iterator[None]:
    """Have context variables hold these values inside."""
    tokens = [(variable, variable.set(value)) for variable, value in values]
    try:
        yield
    finally:
        for variable, token in tokens:
            variable.reset(token)
