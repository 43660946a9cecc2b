"""Convert Pulumi's inputs to the parameters of a boto3 call.

Pulumi's AWS provider writes `memorySize`, `512.0` and lists of one where the API writes `MemorySize`, `512` and a
structure. botocore's own service descriptions say which, so no mapper converts by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from local.deployment.errors import WrongInput

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.model import ListShape, MapShape, Shape, StructureShape


def to_shape(client: BaseClient, operation: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return `inputs` as the parameters of `operation` ("CreateTable"); absent (None) inputs are left out.

    Raises:
        WrongInput: the operation has no parameter of that name, or a value does not fit its parameter.
    """
    shape = client.meta.service_model.operation_model(operation).input_shape
    if shape is None:
        raise WrongInput(f"{operation} takes no parameters, found {sorted(inputs)}.")
    return cast("dict[str, Any]", _convert(shape, inputs, operation))


def _convert(shape: Shape, value: object, path: str) -> object:
    if shape.type_name == "structure":
        return _structure(cast("StructureShape", shape), value, path)
    if shape.type_name == "list":
        return _list(cast("ListShape", shape), value, path)
    if shape.type_name == "map":
        return _map(cast("MapShape", shape), value, path)
    return _scalar(shape, value, path)


def _structure(shape: StructureShape, value: object, path: str) -> dict[str, object]:
    if isinstance(value, list) and len(value) == 1:  # Terraform's blocks of at most one
        value = value[0]
    if not isinstance(value, dict):
        raise WrongInput(f"{path} is {value!r}; expected an object with members of {sorted(shape.members)}.")
    members = {_folded(name): name for name in shape.members}
    converted: dict[str, object] = {}
    for key, item in value.items():
        if item is None:
            continue
        member = key if key in shape.members else members.get(_folded(key))
        if member is None:
            raise WrongInput(f"{path} has no member for {key!r}; it has {sorted(shape.members)}.")
        converted[member] = _convert(shape.members[member], item, f"{path}.{member}")
    return converted


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


def _list(shape: ListShape, value: object, path: str) -> list[object]:
    if isinstance(value, dict) and _is_tags(shape):
        return [dict(zip(shape.member.members, pair, strict=True)) for pair in value.items()]  # type: ignore[attr-defined]  # a list's member is typed as the base Shape
    items = value if isinstance(value, list) else [value]
    return [_convert(shape.member, item, f"{path}[{index}]") for index, item in enumerate(items)]


def _is_tags(shape: ListShape) -> bool:
    members = getattr(shape.member, "members", {})
    return [_folded(name) for name in members] in (["key", "value"], ["tagkey", "tagvalue"])


def _map(shape: MapShape, value: object, path: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise WrongInput(f"{path} is {value!r}; expected a map.")
    return {key: _convert(shape.value, item, f"{path}.{key}") for key, item in value.items() if item is not None}


def _scalar(shape: Shape, value: object, path: str) -> object:
    if shape.type_name in {"integer", "long"}:
        return _whole_number(value, path)
    if shape.type_name in {"float", "double"} and isinstance(value, int | float):
        return float(value)
    if shape.type_name == "boolean" and value in {"true", "false"}:
        return value == "true"
    if shape.type_name == "string" and isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dict | list):
        raise WrongInput(f"{path} is {value!r}; expected a {shape.type_name}.")
    return value


def _whole_number(value: object, path: str) -> int:
    try:
        if isinstance(value, str | float | int) and float(value).is_integer():
            return int(float(value))
    except ValueError:
        pass
    raise WrongInput(f"{path} is {value!r}; expected a whole number.")
