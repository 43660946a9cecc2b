"""Values between Pulumi's form and Terraform's, by the provider's schema."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from conformance.bridge.names import arguments, camel


class Unknown:
    """A value that is known only once the resource is created."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unknown)

    def __hash__(self) -> int:
        return 0


UNKNOWN = Unknown()
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET, OUTPUT = "1b47061264138c4ac30d75fd1eb44270", "d0e6a833031e9bbcd3f4e8bde6ca49a4"  # Pulumi's marks
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWNS = {  # pulumi/sdk/go/common/resource/plugin/rpc.go: one for each kind of value
    UNKNOWN_TEXT, "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a", "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
}  # fmt: skip
FILES = {("aws_lambda_function", "filename"), ("aws_s3_object", "source")}
"""Arguments that name a file; Pulumi has an asset or an archive there."""

Block = dict[str, Any]


def unwrapped(value: Any) -> Any:
    """Return Pulumi's value without the wrappers of secrets and outputs, `UNKNOWN` where it is unknown."""
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWNS else value
    if isinstance(value, list):
        return [unwrapped(each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get(SIGNATURE) in {SECRET, OUTPUT}:
        return unwrapped(value["value"]) if "value" in value else UNKNOWN
    return {key: unwrapped(each) for key, each in value.items()}


def wired(value: Any) -> Any:
    """Return a value as Pulumi reads it."""
    if isinstance(value, Unknown):
        return UNKNOWN_TEXT
    if isinstance(value, list):
        return [wired(each) for each in value]
    return {key: wired(each) for key, each in value.items()} if isinstance(value, dict) else value


def to_terraform(kind: str, block: Block, value: Any, *, top: bool = True) -> Any:
    """Return Pulumi's properties as a block of Terraform's, every argument of it there."""
    if value is None or isinstance(value, Unknown):
        return value
    made: dict[str, Any] = {}
    for name, argument in arguments(kind, block, top=top).items():
        given = value.get(name)
        if argument.block is None:
            made[argument.name] = _to_type(block["attributes"][argument.name]["type"], given)
        elif block["block_types"][argument.name]["nesting_mode"] == "single":
            made[argument.name] = None if argument.name == "timeouts" else _nested(kind, argument.block, given)
        elif given is None or isinstance(given, Unknown):
            made[argument.name] = [] if given is None else given
        else:
            many = given if isinstance(given, list) else [given]
            made[argument.name] = [_nested(kind, argument.block, each) for each in many]
    return made


def _nested(kind: str, block: Block, value: Any) -> Any:
    return to_terraform(kind, block, value, top=False)


def _to_type(type_: Any, value: Any) -> Any:
    """Return a value as an attribute of this type takes it: a type is a name, or its shape and the type in it."""
    if value is None or isinstance(value, Unknown):
        return value
    if type_ == "string":
        return _text(value)
    if type_ == "bool":
        return value if isinstance(value, bool) else value == "true"
    if type_ == "number":
        return float(value)
    if not isinstance(type_, list):
        return value
    shape, inner = type_
    if shape == "map":
        return {key: _to_type(inner, each) for key, each in value.items()}
    if shape in {"list", "set"}:
        return [_to_type(inner, each) for each in (value if isinstance(value, list) else [value])]
    return {key: _to_type(each, value.get(camel(key))) for key, each in inner.items()}


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return _file(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _file(asset: dict[str, Any]) -> str:
    """Return a path that stays the same while an asset's content does: the provider compares paths."""
    folder = Path(os.environ.get("STAND_IN_ASSETS", tempfile.gettempdir()))
    path = folder / str(asset["hash"])
    if not path.exists():  # none, or one to a file that was built again under another name
        path.unlink(missing_ok=True)
        path.symlink_to(Path(asset["path"]).resolve())
    return str(path)


def to_pulumi(kind: str, block: Block, value: Any, given: dict[str, Any] | None = None, *, top: bool = True) -> Any:
    """Return a block of Terraform's as Pulumi's properties; a file stays the asset that was `given`."""
    if isinstance(value, Unknown):
        return value
    made: dict[str, Any] = {}
    for name, argument in arguments(kind, block, top=top).items():
        part = value.get(argument.name)
        if part is None:
            continue
        if top and (kind, argument.name) in FILES:
            if name in (given or {}):
                made[name] = (given or {})[name]
        elif argument.block is None:
            made[name] = _attribute(block["attributes"][argument.name], part)
        elif isinstance(part, Unknown):
            made[name] = part
        elif block["block_types"][argument.name]["nesting_mode"] == "single":
            made[name] = to_pulumi(kind, argument.block, part, top=False)
        elif part:
            items = [to_pulumi(kind, argument.block, each or {}, top=False) for each in part]
            made[name] = items[0] if argument.one else items
    return made


def _attribute(attribute: dict[str, Any], value: Any) -> Any:
    found = _from_type(attribute["type"], value)
    hidden = attribute.get("sensitive") and found not in ("", None)
    return {SIGNATURE: SECRET, "value": found} if hidden else found


def _from_type(type_: Any, value: Any) -> Any:
    if value is None or isinstance(value, Unknown) or not isinstance(type_, list):
        return value
    shape, inner = type_
    if shape == "map":
        return {key: _from_type(inner, each) for key, each in value.items()}
    if shape in {"list", "set"}:
        return [_from_type(inner, each) for each in value]
    return {camel(key): _from_type(each, value[key]) for key, each in inner.items() if value.get(key) is not None}


def proposed(block: Block, prior: Any, config: Any) -> Any:
    """Return the state that Terraform's core proposes: the configuration, and the prior state's computed values."""
    if config is None or isinstance(config, Unknown):
        return config
    made = {}
    for name, attribute in block.get("attributes", {}).items():
        keep = config.get(name) is None and attribute.get("computed")
        made[name] = (prior or {}).get(name) if keep else config.get(name)
    for name, nested in block.get("block_types", {}).items():
        value = config.get(name)
        if isinstance(value, list):
            before = (prior or {}).get(name)
            value = _items(nested, before if isinstance(before, list) else [], value)
        made[name] = value
    return made


def _items(nested: Block, before: list[Any], now: list[Any]) -> list[Any]:
    """Pair each block of a list or a set with its earlier one, by place or by likeness."""
    block, made = nested["block"], []
    for place, item in enumerate(now):
        if nested["nesting_mode"] == "set":
            old = next((each for each in before if _alike(block, each, item)), None)
        else:
            old = before[place] if place < len(before) else None
        made.append(proposed(block, old, item))
    return made


def _alike(block: Block, old: Any, new: Any) -> bool:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return False
    return all(new.get(name) is None or new.get(name) == old.get(name) for name in block.get("attributes", {}))


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal to the provider: an absent block is an empty one, sets have no order."""
    if one in (None, [], {}) and other in (None, [], {}):
        return True
    if isinstance(one, list) and isinstance(other, list):
        ordered = len(one) == len(other) and all(map(same, one, other))
        return ordered or (len(one) == len(other) and all(any(same(each, old) for old in other) for each in one))
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same(one.get(key), other.get(key)) for key in {*one, *other})
    return bool(one == other)


def tells_the_same(one: Any, other: Any) -> bool:
    """Return whether a value that was read equals the configured one: absent, empty, false and zero are equal."""
    nothing: tuple[object, ...] = (None, "", [], {}, False, 0)
    if one in nothing and other in nothing:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return all(tells_the_same(one.get(key), other.get(key)) for key in {*one, *other})
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(any(tells_the_same(each, new) for new in other) for each in one)
    return bool(one == other)
