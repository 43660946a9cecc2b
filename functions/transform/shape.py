"""Decode the lines that fit a known shape: msgspec Structs, made from the map of fields.

In a line that fits, every value fits its column, and no field is unknown. Every other line takes the strict path, which
names the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import getitem
from types import GenericAlias
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

import msgspec

from functions.transform.fields import FIELDS, TYPE, known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from functions.transform.drift import Drifted
    from functions.transform.fields import Kind, Known

Path = tuple[str, ...]  # names from the line inwards; lists have no name
Form = Any  # a dict of fields' forms for an object, [form] for a list of objects, or a type
READS = frozenset({"artists", "albums", "album_tracks", "tracks"})
LEFT_LEVELS = 5  # levels of a field left out on purpose; deeper lines take the strict path, so their depth is bounded
MOST_NEW = 32  # unmapped fields that a shape accepts; a line with more takes the strict path
LONGEST_NAME = 200


def _any_of(*types: Any) -> Any:
    """Return the union of types, some of them made at run time."""
    return getitem(Union, types)


_Left: Any = str | int | float | bool | None
for _ in range(LEFT_LEVELS):
    _Left = _any_of(str, int, float, bool, None, GenericAlias(list, (_Left,)), GenericAlias(dict, (str, _Left)))
_READ: dict[Kind, Any] = {
    "text": str,
    "lower": str,
    "whole": Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)],
    "flag": bool,
    "texts": list[str],
    "date": str,
}


@dataclass(frozen=True)
class _Must:
    """A field that must be present and not null."""

    form: Form


@dataclass(frozen=True)
class _Named:
    """An unmapped field, and its attribute in Python, where its own name may not be allowed."""

    attribute: str


def _record(table: str) -> Form:
    """Return the form of a record, its fields in alphabetical order, as Spotify sends them."""
    form = _form(known(table), {each.path: each.kind for each in FIELDS[table]})
    form["type"] = getitem(Literal, TYPE[table])
    if table == "albums":
        form["tracks"]["items"] = [_record("tracks")]
    if table == "tracks":
        form["is_local"] = bool
        form["album"] = dict.fromkeys(sorted(known("albums")), _Left) | {"id": str}
    return form


def _form(tree: Known, mapped: dict[Path, Kind]) -> Form:
    form: dict[str, Form] = {}
    for name, below in sorted(tree.items()):
        inside = {path[1:]: kind for path, kind in mapped.items() if path[0] == name}
        kind = inside.get(())
        if kind == "ids":
            form[name] = [_form(below or {}, {}) | {"id": _Must(Annotated[str, msgspec.Meta(min_length=1)])}]
        elif kind:
            form[name] = _READ[kind]
        else:
            form[name] = _Left if below is None else _form(below, inside)
    return form


def _line(dataset: str) -> Form:
    """Return the form of a dataset's lines, as extract writes them."""
    if dataset == "album_tracks":
        body = dict.fromkeys(sorted(known("albums")["tracks"] or ()), _Left)
        body |= {"href": str, "items": _Must([_record("tracks")])}
    else:
        body = _record(dataset)
    return {
        "fetched_at": _Must(str),
        "first_seen": str,
        "url": str,
        "status": _Must(Literal[200]),
        "etag": _Left,
        "body": _Must(body),
        "baseline": bool,
        "album_id": _Left,
    }


# The paths of the records in a dataset's lines, and the first part of their unmapped fields' names ("": not counted).
_NAMED: dict[str, dict[Path, str]] = {
    "artists": {("body",): "artist"},
    "albums": {("body",): "album", ("body", "tracks", "items"): "track", ("body", "tracks", "items", "album"): ""},
    "album_tracks": {("body", "items"): "track", ("body", "items", "album"): ""},
    "tracks": {("body",): "track", ("body", "album"): ""},
}


@dataclass(frozen=True)
class _New:
    """An unmapped field: the path of its objects, its attribute there, and its name in drift."""

    inside: Path
    attribute: str
    path: str


class Shape:
    """A decoder of a dataset's lines, with some unmapped fields besides the mapped ones."""

    def __init__(self, dataset: str, more: frozenset[Path]) -> None:
        self._dataset = dataset
        self._more = more
        self._form = _line(dataset)
        self._new = [self._add(path, f"_{number}") for number, path in enumerate(sorted(more))]
        self.decode: Callable[[memoryview], Any] = msgspec.json.Decoder(_struct(self._form)).decode

    def _add(self, path: Path, attribute: str) -> _New:
        """Add an unmapped field to the form."""
        form, name = self._form, ""
        for depth, step in enumerate(path[:-1], 1):
            below = form[step]
            start = _NAMED[self._dataset].get(path[:depth])
            name = start if start is not None else name and f"{name}.{step}{'[]' * isinstance(below, list)}"
            form = _bare(below)
        form[path[-1]] = _Named(attribute)
        return _New(path[:-1], attribute, name and f"{name}.{path[-1]}")

    def extended(self, line: memoryview) -> Shape | None:
        """Return the shape with a line's unmapped fields too; None if there are none, or too many."""
        try:
            found = frozenset(_unknown(self._form, msgspec.json.decode(line), ()))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        more = self._more | found
        if not found or len(more) > MOST_NEW or any(len(path[-1]) > LONGEST_NAME for path in found):
            return None
        return shape(self._dataset, more)

    def count(self, lines: list[Any], drift: Drifted) -> None:
        """Count the unmapped fields of the records on lines that this shape decoded."""
        for new in self._new:
            if new.path:
                for each in _objects(lines, new.inside):
                    drift.count(new.path, getattr(each, new.attribute))


@lru_cache(maxsize=64)
def shape(dataset: str, more: frozenset[Path] = frozenset()) -> Shape:
    """Return a dataset's shape; making one takes milliseconds."""
    return Shape(dataset, more)


def _struct(form: dict[str, Form]) -> type[msgspec.Struct]:
    """Return a Struct of an object's fields."""
    fields: list[Any] = []
    renamed: dict[str, str] = {}
    for name, each in form.items():
        if isinstance(each, _Named):
            fields.append((each.attribute, _Left, None))
            renamed[each.attribute] = name
        elif isinstance(each, _Must):
            fields.append((name, _type(each.form)))
        else:
            fields.append((name, _any_of(_type(each), None), None))
    return msgspec.defstruct("Object", fields, rename=renamed, forbid_unknown_fields=True, kw_only=True, gc=False)


def _type(form: Form) -> Any:
    if isinstance(form, dict):
        return _struct(form)
    return GenericAlias(list, (_struct(form[0]),)) if isinstance(form, list) else form


def _bare(form: Form) -> Form:
    """Return the form of an object that must be present, or of each object of a list."""
    form = form.form if isinstance(form, _Must) else form
    return form[0] if isinstance(form, list) else form


def _unknown(form: Form, value: object, path: Path) -> Iterator[Path]:
    form = _bare(form)
    if isinstance(value, list):
        for each in value:
            yield from _unknown(form, each, path)
    elif isinstance(value, dict) and isinstance(form, dict):
        for name, each in value.items():
            if name in form:
                yield from _unknown(form[name], each, (*path, name))
            else:
                yield (*path, name)


def _objects(lines: Iterable[Any], path: Path) -> Iterable[Any]:
    """Return the objects at a path of the lines."""
    for name in path:
        found: list[Any] = []
        for each in lines:
            value = getattr(each, name)
            if isinstance(value, list):
                found += value
            elif value is not None:
                found.append(value)
        lines = found
    return lines
