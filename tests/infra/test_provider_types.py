"""The provider's SDK declares every input, down to the innermost key, with its type."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import pulumi
import pulumi_aws as aws
import pytest

if TYPE_CHECKING:
    from tests.infra.recording import Recorded, Registered

SCALARS = (str, bool, int, float)


def arguments_of(token: str) -> type:
    """The class of arguments of a resource type such as `aws:s3/bucket:Bucket`."""
    _, module, noun = re.split(r"[:]", token)
    package = getattr(aws, {"lambda": "lambda_"}.get(module.split("/")[0], module.split("/")[0]))
    resource = getattr(package, noun)
    (arguments,) = (
        get_type_hints(overload)["args"]
        for overload in typing.get_overloads(resource.__init__)
        if "args" in inspect.signature(overload).parameters
    )
    found: type = arguments if inspect.isclass(arguments) else get_args(arguments)[0]
    return found


def wrong(value: Any, hint: Any, where: str) -> list[str]:
    """Return the parts of a value that the type does not allow; unions are tried one by one for the best result."""
    origin = get_origin(hint)
    if origin in {typing.Union, types.UnionType}:
        answers = [wrong(value, each, where) for each in get_args(hint) if each is not type(None)]
        return min(answers, key=len, default=[])
    if origin in {pulumi.Output, typing.Awaitable} or (origin is not None and "Awaitable" in str(origin)):
        return [f"{where}: an output"]
    if origin in {list, Sequence}:
        (inner,) = get_args(hint)
        if not isinstance(value, list):
            return [f"{where}: {value!r} is no list"]
        return [each for number, item in enumerate(value) for each in wrong(item, inner, f"{where}[{number}]")]
    if origin in {dict, Mapping}:
        inner = get_args(hint)[1]
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no mapping"]
        return [each for key, item in value.items() for each in wrong(item, inner, f"{where}.{key}")]
    if inspect.isclass(hint) and hint.__name__.endswith("Args"):
        return wrong_keys(value, get_type_hints(vars(hint)["__init__"]), where)
    if hint in SCALARS:
        fits = isinstance(value, (int, float)) if hint in {int, float} else isinstance(value, hint)
        return [] if fits else [f"{where}: {value!r} is no {hint.__name__}"]
    return [] if hint is Any or not inspect.isclass(hint) or isinstance(value, hint) else [f"{where}: {hint}"]


def wrong_keys(value: Any, hints: dict[str, Any], where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no object"]
    named = {re.sub(r"(?<!^)(?=[A-Z])", "_", key).lower(): item for key, item in value.items()}
    unknown = [f"{where}.{key} is not declared" for key in named if key not in hints]
    return unknown + [
        each for key, item in named.items() if key in hints for each in wrong(item, hints[key], f"{where}.{key}")
    ]


def faults(resource: Registered) -> list[str]:
    hints = get_type_hints(vars(arguments_of(resource.type))["__init__"])
    return wrong_keys(resource.inputs, hints, f"{resource.type} {resource.name}")


@pytest.mark.parametrize("which", ["stack", "prod", "otherwise"])
def test_every_input_is_declared_by_the_provider(which: str, request: pytest.FixtureRequest) -> None:
    recorded: Recorded = request.getfixturevalue(which)
    assert not [fault for each in recorded.resources if each.custom for fault in faults(each)]


def test_a_wrong_input_would_be_found(stack: Recorded) -> None:
    table = next(each for each in stack.resources if each.type.endswith(":Table"))
    table.inputs["ttl"]["attributName"] = table.inputs["ttl"].pop("attributeName")
    try:
        assert faults(table) == ["aws:dynamodb/table:Table spotify-lake-dev-locks.ttl.attribut_name is not declared"]
    finally:
        table.inputs["ttl"]["attributeName"] = table.inputs["ttl"].pop("attributName")
