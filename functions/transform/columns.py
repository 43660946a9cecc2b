"""Columns of the records that have the expected shape: the same as `values`, for many records at once."""

from __future__ import annotations

from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from functions.transform.fields import FIELDS, Field, Kind
from functions.transform.parse.values import Unfit, day, instant

if TYPE_CHECKING:
    from collections.abc import Callable

Records = list[Any]  # Structs of one shape
_TEXT = pa.string()
_TYPES: dict[Kind, pa.DataType] = {
    "text": _TEXT,
    "lower": _TEXT,
    "whole": pa.int32(),
    "flag": pa.bool_(),
    "texts": pa.list_(_TEXT),
    "date": _TEXT,
}
_ID = attrgetter("id")


class Columns:
    """The mapped columns of a table's records, filled as records are read; dates are still texts."""

    def __init__(self, table: str) -> None:
        self._fields = FIELDS[table]
        self._values: dict[str, list[Any]] = {each.column: [] for each in self._fields}
        self._ids: dict[str, list[str]] = {each.column: [] for each in self._fields if each.kind == "ids"}

    def add(self, records: Records) -> None:
        """Add the values of records; for a list of IDs its length and the IDs."""
        for each in self._fields:
            found = values(records, each.path)
            if each.kind == "ids":
                self._ids[each.column] += map(_ID, chain.from_iterable(filter(None, found)))
                found = [None if inside is None else len(inside) for inside in found]
            self._values[each.column] += found

    def arrays(self) -> dict[str, pa.Array]:
        """Return the columns."""
        return {each.column: self._array(each) for each in self._fields}

    def _array(self, field: Field) -> pa.Array:
        found = self._values[field.column]
        if field.kind == "ids":
            return _lists(pa.array(found, pa.int32()), pa.array(self._ids[field.column], _TEXT))
        if field.kind == "lower":
            found = [None if each is None else each.lower() for each in found]
        return pa.array(found, _TYPES[field.kind])


def values(records: Records, path: tuple[str, ...]) -> list[Any]:
    """Return the value at a path of each record, None if a part of the path is missing."""
    found = list(map(attrgetter(path[0]), records))
    for name in path[1:]:
        get = attrgetter(name)
        found = [None if each is None else get(each) for each in found]
    return found


def _lists(lengths: pa.Array, inside: pa.Array) -> pa.ListArray:
    offsets = np.zeros(len(lengths) + 1, dtype=np.int32)
    np.cumsum(lengths.fill_null(0).to_numpy(), out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), inside, mask=lengths.is_null() if lengths.null_count else None)


def dates(texts: pa.Array) -> tuple[pa.Array, np.ndarray | None]:
    """Return the dates in texts, each distinct text parsed once, and a mask of the texts that are not dates."""
    return _distinct(texts, day, pa.date32())


def instants(texts: pa.Array) -> tuple[pa.Array, np.ndarray | None]:
    """Return the instants in texts, and a mask of the texts that are not instants."""
    kind = pa.timestamp("us", tz="UTC")
    try:
        return texts.cast(kind), None
    except pa.ArrowInvalid:
        return _distinct(texts, instant, kind)


def _distinct(
    texts: pa.Array, read: Callable[[object], object], kind: pa.DataType
) -> tuple[pa.Array, np.ndarray | None]:
    encoded = texts.dictionary_encode()
    found: list[object] = []
    bad = []
    for position, each in enumerate(encoded.dictionary.to_pylist()):
        try:
            found.append(read(each))
        except Unfit:
            found.append(None)
            bad.append(position)
    taken = pa.array(found, kind).take(encoded.indices)
    return taken, np.isin(encoded.indices.fill_null(-1).to_numpy(), bad) if bad else None
