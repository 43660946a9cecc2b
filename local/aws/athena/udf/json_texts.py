"""JSON as Trino parses, writes and searches it. A JSON value is its compact text; whole numbers stay exact."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from local.aws.athena.udf.numbers import java_double
from local.aws.athena.udf.register import NotKnown, Refused, given

_ESCAPED = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_STEP = re.compile(r"\.([A-Za-z_]\w*|\d+)|\[(\d+)\]|\[\"([^\"\\]*)\"\]|\['([^'\\]*)'\]", re.ASCII)
_MISSING = object()


@dataclass(frozen=True)
class Number:
    """A number with a fraction or an exponent, as it was written."""

    text: str

    @property
    def double(self) -> float:
        """Return its value as a double."""
        return float(self.text)


Members = tuple[tuple[str, Any], ...]


def _members(pairs: list[tuple[str, Any]]) -> Members:
    return tuple(pairs)


def _constant(text: str) -> NoReturn:
    raise ValueError(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_float=Number, parse_constant=_constant, strict=True)


def parsed(text: str) -> Any:
    """Return the value of a JSON text, objects as tuples of pairs; raise ValueError if it is not JSON."""
    return _DECODER.decode(text)


def _searched(text: str) -> Any:
    """Return the value of a text that is searched; _MISSING if it is not JSON.

    Trino reads such a text only as far as it must: where that makes a difference, nothing is known here.
    """
    try:
        return parsed(text)
    except ValueError as exc:
        if text.lstrip()[:1] in {"{", "[", '"'}:
            raise NotKnown("a search in text that is JSON only at its beginning") from exc
        return _MISSING


def written(value: Any, *, ordered: bool = False) -> str:
    """Return a value as compact JSON; `ordered` sorts keys, and keeps the last of those given twice."""
    if isinstance(value, tuple):
        pairs = sorted(dict(value).items()) if ordered else list(value)
        return "{" + ",".join(f"{_text(k)}:{written(v, ordered=ordered)}" for k, v in pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(each, ordered=ordered) for each in value) + "]"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Number):
        if math.isinf(value.double):
            raise NotKnown("a JSON number beyond a double")
        return java_double(value.double)
    return (
        {None: "null", True: "true", False: "false"}[value] if value is None or isinstance(value, bool) else str(value)
    )


def _text(value: str) -> str:
    if any(letter > "\uffff" or "\ud800" <= letter <= "\udfff" for letter in value):
        raise NotKnown("JSON of characters beyond the basic plane")
    return '"' + "".join(_ESCAPED.get(c) or (f"\\u{ord(c):04X}" if c < " " else c) for c in value) + '"'


@given("VARCHAR", "VARCHAR")
def json_parse(text: str) -> str:
    """Return json_parse: keys sorted, no spaces."""
    try:
        return written(parsed(text), ordered=True)
    except ValueError as exc:
        raise Refused(f"INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: '{text}'") from exc


@given("DOUBLE", "VARCHAR")
def json_double(value: float) -> str:
    """Return a double as JSON."""
    if math.isnan(value) or math.isinf(value):
        raise NotKnown("JSON of NaN and Infinity")
    return java_double(value)


@given("VARCHAR", "VARCHAR")
def json_text(text: str) -> str:
    """Return a text as JSON."""
    return _text(text)


@given("VARCHAR[]", "VARCHAR")
def json_array(items: list[str | None]) -> str:
    """Return a JSON array of JSON texts; null is null."""
    return "[" + ",".join("null" if item is None else item for item in items) + "]"


@given("VARCHAR[] VARCHAR[] BOOLEAN", "VARCHAR")
def json_object(names: list[str], items: list[str | None], ordered: bool) -> str:
    """Return a JSON object of names and JSON texts."""
    pairs = list(zip(names, items, strict=True))
    pairs = sorted(pairs) if ordered else pairs
    return "{" + ",".join(f"{_text(n)}:{'null' if i is None else i}" for n, i in pairs) + "}"


@lru_cache(maxsize=256)
def path(text: str) -> tuple[int | str, ...]:
    """Return the steps of a path such as $.a[0]["b"].

    Raises:
        Refused: Trino does not take it.
        NotKnown: it may.
    """
    steps: list[int | str] = []
    place = 1
    while text[:1] == "$" and place < len(text):
        step = _STEP.match(text, place)
        if step is None:
            break
        steps.append(int(step[2]) if step[2] else next(g for g in step.groups() if g is not None))
        place = step.end()
    if text[:1] != "$" or place < len(text):
        if re.search(r"[\\'\"@?(]", text):
            raise NotKnown(f"the JSON path {text!r}")
        raise Refused(f"INVALID_FUNCTION_ARGUMENT: Invalid JSON path: '{text}'")
    return tuple(steps)


def _found(value: Any, steps: tuple[int | str, ...]) -> Any:
    """Return the value at a path, the first of a repeated name; _MISSING if there is none."""
    for step in steps:
        if isinstance(value, list):
            place = int(step) if str(step).isdigit() else -1
            value = value[place] if 0 <= place < len(value) else _MISSING
        elif isinstance(value, tuple):
            value = next((item for name, item in value if name == str(step)), _MISSING)
        else:
            return _MISSING
    return value


@given("VARCHAR VARCHAR", "VARCHAR", may_be_null=True)
def json_extract(text: str, steps: str) -> str | None:
    """Return json_extract."""
    found = _found(_searched(text), path(steps))
    return None if found is _MISSING else written(found)


@given("VARCHAR VARCHAR", "VARCHAR", may_be_null=True)
def json_extract_scalar(text: str, steps: str) -> str | None:
    """Return json_extract_scalar: numbers as they were written."""
    found = _found(_searched(text), path(steps))
    if found is _MISSING or found is None or isinstance(found, (list, tuple)):
        return None
    if isinstance(found, bool):
        return "true" if found else "false"
    return found.text if isinstance(found, Number) else str(found)


@given("VARCHAR VARCHAR", "BIGINT", may_be_null=True)
def json_size(text: str, steps: str) -> int | None:
    """Return how many members a value has."""
    found = _found(_searched(text), path(steps))
    return None if found is _MISSING else len(found) if isinstance(found, (list, tuple)) else 0


@given("VARCHAR", "BIGINT", may_be_null=True)
def json_array_length(text: str) -> int | None:
    """Return how many items an array has; null if it is not an array."""
    found = _searched(text)
    return len(found) if isinstance(found, list) else None


@given("VARCHAR BIGINT", "VARCHAR", may_be_null=True)
def json_array_get(text: str, place: int) -> str | None:
    """Return an array's item, from the end where the place is negative: a text without its quotes."""
    items = _searched(text)
    if not isinstance(items, list) or not -len(items) <= place < len(items) or items[place] is None:
        return None
    return items[place] if isinstance(items[place], str) else written(items[place])


@given("VARCHAR VARCHAR", "BOOLEAN", may_be_null=True)
def json_array_has(text: str, item: str) -> bool | None:
    """Return whether an array of scalars holds one; null if it is not an array."""
    items = _searched(text)
    if not isinstance(items, list):
        return None
    if any(isinstance(each, (list, tuple, Number)) for each in items):
        raise NotKnown("json_array_contains of an array that holds fractions, arrays or objects")
    return any(item == written(each) for each in items)


@given("VARCHAR", "BOOLEAN")
def is_json_scalar(text: str) -> bool:
    """Return whether a JSON text is neither object nor array."""
    try:
        return not isinstance(parsed(text), (list, tuple))
    except ValueError as exc:
        raise Refused(f"INVALID_FUNCTION_ARGUMENT: Invalid JSON value: {text}") from exc


@given("VARCHAR VARCHAR BOOLEAN", "VARCHAR[]")
def json_path(text: str, steps: str, lax: bool) -> list[str]:
    """Return the values to which an SQL/JSON path of names and places leads, as JSON; no items where it fails."""
    try:
        items = [parsed(text)]
    except ValueError:
        return ["error"]
    for name, place in re.findall(r'\.(?:"?([A-Za-z_]\w*)"?)|\[(\d+|\*)\]', steps):
        items = [each for item in items for each in _step(item, name, place, lax=lax)]
        if _MISSING in items:
            return ["error"]
    return [written(item) for item in items]


def _step(item: Any, name: str, place: str, *, lax: bool) -> list[Any]:
    """Return the values after one step of an SQL/JSON path; lax mode unwraps arrays and wraps other values."""
    if name:
        items = item if lax and isinstance(item, list) else [item]
        found = [value for each in items if isinstance(each, tuple) for key, value in each if key == name]
        return found or ([] if lax else [_MISSING])
    array = item if isinstance(item, list) else [item] if lax else None
    if array is None:
        return [_MISSING]
    if place == "*":
        return list(array)
    return [array[int(place)]] if int(place) < len(array) else [] if lax else [_MISSING]
