"""The fast path's columns: the same as `values`, for all records of a block at once, in Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from functions.transform.fields import FIELDS, Field, Kind
from functions.transform.parse.values import Unfit, day, instant

if TYPE_CHECKING:
    from collections.abc import Callable

_READ = {
    "text": pa.string(),
    "lower": pa.string(),
    "whole": pa.float64(),  # so that 1.0 is read as well as 1
    "flag": pa.bool_(),
    "texts": pa.list_(pa.string()),
    "date": pa.string(),
}
INT32 = 2**31 - 1


def read_type(table: str, extra: dict[str, pa.DataType], mention: pa.DataType) -> pa.DataType:
    """Return the Arrow type of a record with its mapped fields, and what else the reader looks at."""
    mapped = [(field.path, mention if field.kind == "ids" else _READ[field.kind]) for field in FIELDS[table]]
    return _struct(mapped + [((name,), kind) for name, kind in extra.items()])


def _struct(leaves: list[tuple[tuple[str, ...], pa.DataType]]) -> pa.DataType:
    fields = []
    for name in dict.fromkeys(path[0] for path, _ in leaves):
        below = [(path[1:], kind) for path, kind in leaves if path[0] == name]
        fields.append((name, below[0][1] if not below[0][0] else _struct(below)))
    return pa.struct(fields)


def fit_columns(table: str, records: pa.StructArray) -> tuple[dict[str, pa.Array], np.ndarray]:
    """Return the mapped columns of all records, and which records hold a value that only the strict path can name."""
    unfit = np.zeros(len(records), dtype=bool)
    columns = {}
    for field in FIELDS[table]:
        columns[field.column], bad = _fit(field, pc.struct_field(records, list(field.path)))
        if bad is not None:
            unfit |= bad
    return columns, unfit


def _fit(field: Field, values: pa.Array) -> tuple[pa.Array, np.ndarray | None]:
    convert = _CONVERT.get(field.kind)
    return convert(values) if convert else (values, None)


def _lower(values: pa.Array) -> tuple[pa.Array, None]:
    return pc.utf8_lower(values), None


def _whole(values: pa.Array) -> tuple[pa.Array, np.ndarray | None]:
    try:
        return values.cast(pa.int32()), None
    except pa.ArrowInvalid:
        fits = pc.and_(pc.equal(pc.trunc(values), values), pc.less_equal(pc.abs(values), INT32)).fill_null(True)
        return pc.if_else(fits, values, None).cast(pa.int32()), pc.invert(fits).to_numpy(zero_copy_only=False)


def _texts(values: pa.Array) -> tuple[pa.Array, None]:
    return _without_nulls(values, values.flatten()), None


def _ids(values: pa.Array) -> tuple[pa.Array, None]:
    return _without_nulls(values, pc.struct_field(values.flatten(), ["id"])), None


def _without_nulls(lists: pa.ListArray, items: pa.Array) -> pa.ListArray:
    """Return lists as long as `lists`, over `items`, of which the nulls are left out."""
    lengths = lists.value_lengths().fill_null(0).to_numpy()
    if items.null_count:
        kept = pc.is_valid(items)
        lengths = np.bincount(pc.list_parent_indices(lists).filter(kept).to_numpy(), minlength=len(lists))
        items = items.filter(kept)
    offsets = np.zeros(len(lists) + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    mask = lists.is_null() if lists.null_count else None
    return pa.ListArray.from_arrays(pa.array(offsets), items, mask=mask)


def dates(values: pa.Array) -> tuple[pa.Array, np.ndarray | None]:
    """Return dates of texts, each distinct text read once, and which are not dates."""
    return _distinct(values, day, pa.date32())


def instants(values: pa.Array) -> tuple[pa.Array, np.ndarray | None]:
    """Return instants of texts, and which are not instants."""
    kind = pa.timestamp("us", tz="UTC")
    try:
        return values.cast(kind), None
    except pa.ArrowInvalid:
        return _distinct(values, instant, kind)


def _distinct(
    values: pa.Array, read: Callable[[object], object], kind: pa.DataType
) -> tuple[pa.Array, np.ndarray | None]:
    encoded = values.dictionary_encode()
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


_CONVERT: dict[Kind, Callable[[pa.Array], tuple[pa.Array, np.ndarray | None]]] = {
    "lower": _lower,
    "whole": _whole,
    "texts": _texts,
    "ids": _ids,
    "date": dates,
}
