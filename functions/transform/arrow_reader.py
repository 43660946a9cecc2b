"""Read envelopes with Arrow and the known schema; name the lines it cannot take, for the strict path."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.json

from functions.transform.columns import read_type
from functions.transform.drift import has_unmapped

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEXT = pa.string()
_MENTION = {"id": _TEXT}
# Texts in nearly every record that nobody maps: to be told of them costs Arrow less than to find out.
_UNMAPPED = {"href": _TEXT, "uri": _TEXT}
_UNMAPPED_IN_MENTION = {"name": _TEXT, "type": _TEXT, "external_urls": pa.struct({"spotify": _TEXT})} | _UNMAPPED


def _schemas(more: dict[str, pa.DataType], mention: dict[str, pa.DataType]) -> dict[str, pa.Schema]:
    """Return the schema of each dataset's lines: what is mapped, what else is looked at, and `more` of each record."""
    ids = pa.list_(pa.struct(mention))
    more = {"type": _TEXT} | more
    track = read_type("tracks", {"is_local": pa.bool_(), "album": pa.struct(_MENTION)} | more, ids)
    items = {"items": pa.list_(track)}
    bodies = {
        "artists": read_type("artists", more, ids),
        "albums": read_type("albums", {"tracks": pa.struct(items)} | more, ids),
        "album_tracks": pa.struct(items | {"href": _TEXT}),
        "tracks": track,
    }
    around = {"fetched_at": _TEXT, "first_seen": _TEXT, "url": _TEXT, "status": pa.float64(), "baseline": pa.bool_()}
    return {dataset: pa.schema(around | {"body": body}) for dataset, body in bodies.items()}


_ASKED = _schemas(_UNMAPPED, _MENTION | _UNMAPPED_IN_MENTION)
_SCHEMA = _schemas({}, _MENTION)
READS = frozenset(_SCHEMA)
RUN_BYTES = 2 << 20  # what is read again when a line in it cannot be
ROW = re.compile(r"in row ([0-9]+)")


@dataclass
class Parsed:
    """The envelopes that Arrow could read, and the lines it could not.

    Each run of lines is a pair: the position of its first line, and its table. `known` holds the schema's fields only;
    `odd` holds all fields of the bodies of those runs in which a field is not mapped.
    """

    known: list[tuple[int, pa.Table]] = field(default_factory=list)
    odd: list[tuple[int, pa.StructArray]] = field(default_factory=list)
    strict: list[int] = field(default_factory=list)

    def add(self, dataset: str, first: int, table: pa.Table) -> None:
        """Add a run; most of its bytes are freed here, before the next run is read."""
        if has_unmapped(dataset, table.schema.field("body").type):
            self.odd.append((first, table["body"].combine_chunks()))
        self.known.append((first, table.select(_SCHEMA[dataset].names).cast(_SCHEMA[dataset])))


def parse(dataset: str, data: memoryview, starts: np.ndarray, clean: np.ndarray) -> Parsed:
    """Return the envelopes on a block's clean lines; `starts` holds each line's offset and, last, the end."""
    parsed = Parsed(strict=[int(line) for line in np.flatnonzero(~clean)])
    waiting = list(_runs(starts, clean))[::-1]
    while waiting:
        first, end = waiting.pop()
        if first == end:
            continue
        lines = pa.py_buffer(data)[int(starts[first]) : int(starts[end])]
        try:
            parsed.add(dataset, first, _read(dataset, lines, end - first))
        except pa.ArrowInvalid as exc:
            waiting += _around(exc, first, end, parsed)
    return parsed


def _runs(starts: np.ndarray, clean: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield runs of clean lines, the first and the one after the last, of about `RUN_BYTES` each."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], clean, [False])).astype(np.int8)))
    for first, end in edges.reshape(-1, 2).tolist():
        cuts = np.searchsorted(starts, np.arange(starts[first] + RUN_BYTES, starts[end], RUN_BYTES)).tolist()
        yield from pairwise([first, *dict.fromkeys(cuts), end])


def _read(dataset: str, lines: pa.Buffer, count: int) -> pa.Table:
    table = pyarrow.json.open_json(
        pa.BufferReader(lines),
        read_options=pyarrow.json.ReadOptions(use_threads=False, block_size=lines.size + 1),
        parse_options=pyarrow.json.ParseOptions(explicit_schema=_ASKED[dataset], unexpected_field_behavior="infer"),
    ).read_all()
    if table.num_rows != count:
        raise pa.ArrowInvalid(f"{table.num_rows} objects on {count} lines")
    return table


def _around(exc: pa.ArrowInvalid, first: int, end: int, parsed: Parsed) -> Iterator[tuple[int, int]]:
    """Yield the runs to try next: those around the row that Arrow named, or each half."""
    named = ROW.search(str(exc))
    if end - first == 1:
        parsed.strict.append(first)
    elif named and first + int(named[1]) < end:
        bad = first + int(named[1])
        parsed.strict.append(bad)
        yield from ((bad + 1, end), (first, bad))
    else:
        middle = (first + end) // 2
        yield from ((middle, end), (first, middle))
