"""Read lines that fit their shape with Arrow, and return their mapped fields as columns."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from functions.transform.fields import FIELDS, Field, Kind
from functions.transform.parse.values import Unfit, day, instant

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.transform.lines import Block

CHUNK = 4 << 20  # bytes of lines that Arrow parses at a time, so that they stay in the processor's cache
_TEXT, _FLAG = pa.string(), pa.bool_()
_ENVELOPE = {"fetched_at": _TEXT, "first_seen": _TEXT, "baseline": _FLAG}
_TYPES: dict[Kind, pa.DataType] = {
    "text": _TEXT,
    "lower": _TEXT,
    "whole": pa.int32(),
    "flag": _FLAG,
    "texts": pa.list_(_TEXT),
    "ids": pa.list_(pa.struct([("id", _TEXT)])),
    "date": _TEXT,
}


def parsed(block: Block, count: int) -> pa.Table | None:
    """Return a block's `count` lines as one row each, without the fields that no column needs.

    Returns None if Arrow does not read them as msgspec does: it rejects an object with the same mapped key twice.
    """
    longest = int(np.diff(block.starts).max())
    options = pj.ReadOptions(use_threads=False, block_size=max(CHUNK, longest))
    try:
        found = pj.read_json(pa.BufferReader(block.data), options, _parsing(block.dataset))
    except pa.ArrowInvalid:
        return None
    return found.combine_chunks() if found.num_rows == count else None


def mapped(table: str, records: pa.StructArray) -> dict[str, pa.Array]:
    """Return the mapped columns of a table's records; dates are still texts."""
    return {each.column: _column(each, records) for each in FIELDS[table]}


def inside(records: pa.StructArray, *path: str) -> pa.Array:
    """Return the value at a path of each record, null if a part of the path is missing."""
    return pc.struct_field(records, list(path))


def _column(field: Field, records: pa.StructArray) -> pa.Array:
    found = inside(records, *field.path)
    if field.kind == "ids":
        missing = found.is_null() if found.null_count else None
        return pa.ListArray.from_arrays(found.offsets, found.values.field("id"), mask=missing)
    return _distinct(found, _lower, _TEXT)[0] if field.kind == "lower" else found


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


@cache
def _parsing(dataset: str) -> pj.ParseOptions:
    body = {"items": [_record("tracks")]} if dataset == "album_tracks" else _record(dataset)
    fields = _type(_ENVELOPE | {"body": body})
    return pj.ParseOptions(explicit_schema=pa.schema(list(fields)), unexpected_field_behavior="ignore")


def _record(table: str) -> dict[str, Any]:
    """Return the types of a record's mapped fields, of its tracks, and of the fields that decide what to do with it."""
    form: dict[str, Any] = {}
    for each in FIELDS[table]:
        around = form
        for name in each.path[:-1]:
            around = around.setdefault(name, {})
        around[each.path[-1]] = _TYPES[each.kind]
    if table == "albums":
        form["tracks"] = {"items": [_record("tracks")]}
    if table == "tracks":
        form |= {"is_local": _FLAG, "album": {"id": _TEXT}}
    return form


def _type(form: Any) -> pa.DataType:
    if isinstance(form, dict):
        return pa.struct([(name, _type(each)) for name, each in form.items()])
    return pa.list_(_type(form[0])) if isinstance(form, list) else form


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


def _distinct(texts: pa.Array, read: Callable[[Any], object], kind: pa.DataType) -> tuple[pa.Array, np.ndarray | None]:
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
