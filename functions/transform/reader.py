"""Decode each line of a block once and split it into columns; leave lines that do not fit for the strict path."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, pairwise, repeat
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa

from functions.transform.columns import Columns, Records, values
from functions.transform.drift import Drifted
from functions.transform.fields import TYPE
from functions.transform.parse import responses
from functions.transform.parse.responses import ENTITY_OF_URL, PassedOver, album_of
from functions.transform.shape import shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.transform.lines import Block

LINE = pa.field("line", pa.int32())
CHUNK = 1 << 18  # bytes of lines decoded at a time, so that their objects fit in the processor's cache
_UNKNOWN = "Object contains unknown field"


class Rows:
    """Rows of one table as they are read, and the line of each; for tracks also their album."""

    def __init__(self, table: str) -> None:
        self._table = table
        self.columns = Columns(table)
        self.lines: list[np.ndarray] = []
        self.album_ids: list[str | None] = []

    def arrays(self) -> dict[str, pa.Array]:
        """Return the columns, the line last."""
        found = self.columns.arrays()
        if self._table == "tracks":
            found["album_id"] = pa.array(self.album_ids, pa.string())
        return found | {LINE.name: pa.array(np.concatenate(self.lines), LINE.type)}


@dataclass
class Found:
    """The lines of a block that were read. All arrays and lists are by line; rows end with their line number.

    `strict` marks the lines for the strict path. `counted` marks the decoded lines: their drift is counted here, even
    if their rows are dropped.
    """

    strict: np.ndarray
    counted: np.ndarray
    fetched_at: list[str | None]
    first_seen: list[str | None]
    baseline: list[bool | None]
    rows: dict[str, Rows] = field(default_factory=dict)
    passed_over: dict[int, PassedOver] = field(default_factory=dict)
    drift: Drifted = field(default_factory=Drifted)


@dataclass
class _Group:
    """Records of one table, the line of each, and the album of each track by its place."""

    table: str
    records: Records
    lines: np.ndarray
    album_ids: list[str | None] = field(default_factory=list)


def read(block: Block) -> Found:
    """Return the content of a block's lines that fit their shape."""
    reader = _Reader(block.dataset, len(block.starts) - 1)
    data, begun = block.data, 0
    for line, (start, end) in enumerate(pairwise(block.starts.tolist())):
        reader.add(line, data[start:end])
        if end - begun > CHUNK:
            reader.flush()
            begun = end
    reader.flush()
    return reader.found


class _Reader:
    """Decodes lines, and splits them into columns, some at a time."""

    def __init__(self, dataset: str, count: int) -> None:
        self._dataset = dataset
        self._shape = shape(dataset)
        self._decoded: Records = []
        self._lines: list[int] = []
        every = np.ones(count, dtype=bool)
        self.found = Found(every, ~every, [None] * count, [None] * count, [None] * count)

    def add(self, line: int, text: memoryview) -> None:
        """Decode a line; skip a line that does not fit, is not of the requested entity, or has too many tracks."""
        decoded = self._decode(text)
        if decoded is None or (self._dataset in TYPE and not _is_as_asked(decoded)):
            return
        if self._dataset != "albums" or not _has_too_many_tracks(decoded.body):
            self._decoded.append(decoded)
            self._lines.append(line)

    def _decode(self, text: memoryview) -> Any:
        try:
            return self._shape.decode(text)
        except msgspec.ValidationError as exc:
            if not str(exc).startswith(_UNKNOWN):
                return None
        except (msgspec.MsgspecError, ValueError):
            return None
        return self._decode_wider(text)

    def _decode_wider(self, text: memoryview) -> Any:
        """Return a line with unmapped fields, decoded by a wider shape; None if it does not fit that either."""
        wider = self._shape.extended(text)
        if wider is None:
            return None
        try:
            decoded = wider.decode(text)
        except (msgspec.MsgspecError, ValueError):
            return None
        self.flush()
        self._shape = wider
        return decoded

    def flush(self) -> None:
        """Split the decoded lines into columns, and free them."""
        decoded, lines, self._decoded, self._lines = self._decoded, self._lines, [], []
        if not lines:
            return
        found = self.found
        found.strict[lines] = False
        found.counted[lines] = True
        self._shape.count(decoded, found.drift)
        for line, each in zip(lines, decoded, strict=True):
            found.fetched_at[line], found.first_seen[line] = each.fetched_at, each.first_seen
            found.baseline[line] = each.baseline
        for group in self._groups(decoded, np.array(lines, np.int32)):
            self._take(group)

    def _groups(self, decoded: Records, lines: np.ndarray) -> Iterator[_Group]:
        bodies = values(decoded, ("body",))
        if self._dataset == "album_tracks":
            pages = values(bodies, ("items",))
            empty = (line for line, page in zip(lines.tolist(), pages, strict=True) if not page)
            self.found.passed_over.update(dict.fromkeys(empty, "empty"))
            yield _on_albums(pages, lines, [album_of(each.url) or album_of(each.body.href) for each in decoded])
            return
        yield _Group(self._dataset, bodies, lines, [None] * len(bodies))
        if self._dataset == "albums":
            yield _on_albums(values(bodies, ("tracks", "items")), lines, values(bodies, ("id",)))

    def _take(self, group: _Group) -> None:
        """Add a group's rows; the lines of local files are read strictly."""
        rows = self.found.rows.setdefault(group.table, Rows(group.table))
        rows.columns.add(group.records)
        rows.lines.append(group.lines)
        if group.table == "tracks":
            own = values(group.records, ("album", "id"))
            stood = zip(own, group.album_ids, strict=True)
            rows.album_ids += [on if each is None else each for each, on in stood] if any(own) else group.album_ids
            local = values(group.records, ("is_local",))
            if True in local:
                self.found.strict[group.lines[[each is True for each in local]]] = True


def _is_as_asked(decoded: Any) -> bool:
    """Return whether a response is about the entity in its URL."""
    asked = ENTITY_OF_URL.search(decoded.url or "")
    return asked is None or asked[2] == decoded.body.id


def _has_too_many_tracks(album: Any) -> bool:
    """Return whether an album has more tracks than the strict path accepts; the strict path states the reason."""
    return album.tracks is not None and len(album.tracks.items or ()) > responses.MOST_TRACKS


def _on_albums(pages: list[Records | None], lines: np.ndarray, albums: list[str | None]) -> _Group:
    """Return the tracks of some albums' pages."""
    counts = [len(page or ()) for page in pages]
    tracks = list(chain.from_iterable(filter(None, pages)))
    return _Group("tracks", tracks, lines.repeat(counts), list(chain.from_iterable(map(repeat, albums, counts))))
