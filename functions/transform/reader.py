"""Find the lines of a block that fit their shape, and read these with Arrow; the others are for the strict path."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from functions.transform.columns import inside, mapped, parsed
from functions.transform.drift import Drifted
from functions.transform.fields import TYPE
from functions.transform.parse import responses
from functions.transform.parse.responses import ENTITY_OF_URL, album_of
from functions.transform.shape import shape

if TYPE_CHECKING:
    from functions.transform.lines import Block, Line

RESPONSE = pa.field("response", pa.int32())
_UNKNOWN = "Object contains unknown field"
Columns = dict[str, pa.Array]


@dataclass
class Found:
    """The responses on the lines of a block that fit, in their order; `lines` are the numbers of these lines.

    `unfit` are the other lines. `strict` marks the responses for the strict path, `empty` those that hold no record.
    Rows end with the place of their response; `said` holds what a response says of all its rows.
    """

    unfit: list[Line]
    drift: Drifted
    lines: np.ndarray
    strict: np.ndarray
    empty: np.ndarray
    said: Columns = field(default_factory=dict)
    rows: dict[str, Columns] = field(default_factory=dict)


def read(block: Block) -> Found:
    """Return the content of a block's lines that fit their shape; the text of the other lines is overwritten."""
    fitting = _Fitting(block)
    fits = fitting.all()
    unfit = list(block.lines(~fits, drift_counted=False))
    block.blank(np.flatnonzero(~fits))
    lines = np.flatnonzero(fits)
    none = np.zeros(len(lines), dtype=bool)
    found = Found(unfit, fitting.drift, lines, none, none.copy())
    table = parsed(block, len(lines)) if len(lines) else None
    if table is None:
        found.strict[:] = True
    else:
        found.said = {name: table[name].chunk(0) for name in ("fetched_at", "first_seen", "baseline")}
        _take(found, block.dataset, table["body"].chunk(0), fitting.albums)
    return found


class _Fitting:
    """Decodes each line of a block once, which decides whether it fits; keeps the albums of pages of tracks."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._dataset = block.dataset
        self._shape = shape(block.dataset)
        self.albums: list[str | None] = []
        self.drift = Drifted()

    def all(self) -> np.ndarray:
        """Return which lines fit."""
        data = self._block.data
        return np.array([self._fits(data[start:end]) for start, end in pairwise(self._block.starts.tolist())])

    def _fits(self, text: memoryview) -> bool:
        """Return whether a line fits, is of the requested entity, and does not have too many tracks."""
        decoded = self._decode(text)
        if decoded is None or (self._dataset in TYPE and not _is_as_asked(decoded)):
            return False
        if self._dataset == "albums" and _has_too_many_tracks(decoded.body):
            return False
        if self._dataset == "album_tracks":
            self.albums.append(album_of(decoded.url) or album_of(decoded.body.href))
        self._shape.count([decoded], self.drift)
        return True

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
        self._shape = wider
        return decoded


def _is_as_asked(decoded: Any) -> bool:
    """Return whether a response is about the entity in its URL."""
    asked = ENTITY_OF_URL.search(decoded.url or "")
    return asked is None or asked[2] == decoded.body.id


def _has_too_many_tracks(album: Any) -> bool:
    """Return whether an album has more tracks than the strict path accepts; the strict path states the reason."""
    return album.tracks is not None and len(album.tracks.items or ()) > responses.MOST_TRACKS


def _take(found: Found, dataset: str, bodies: pa.StructArray, albums: list[str | None]) -> None:
    """Take the rows of some responses; the responses with a local file are for the strict path."""
    if dataset == "album_tracks":
        pages = inside(bodies, "items")
        found.empty |= pc.equal(pc.list_value_length(pages), 0).to_numpy(zero_copy_only=False)
        _take_tracks(found, pages.flatten(), pc.list_parent_indices(pages), pa.array(albums, pa.string()))
    elif dataset == "tracks":
        _take_tracks(found, bodies, pa.array(np.arange(len(bodies))), pa.nulls(len(bodies), pa.string()))
    else:
        every = pa.array(np.arange(len(bodies)), RESPONSE.type)
        found.rows[dataset] = mapped(dataset, bodies) | {RESPONSE.name: every}
    if dataset == "albums":
        pages = inside(bodies, "tracks", "items")
        _take_tracks(found, pages.flatten(), pc.list_parent_indices(pages), inside(bodies, "id"))


def _take_tracks(found: Found, tracks: pa.StructArray, places: pa.Array, albums: pa.Array) -> None:
    """Take tracks, the place of the response of each, and the albums of the responses: a track may name its own."""
    own = inside(tracks, "album", "id")
    on = albums.take(places)
    found.rows["tracks"] = mapped("tracks", tracks) | {
        "album_id": on if own.null_count == len(own) else pc.coalesce(own, on),
        RESPONSE.name: places.cast(RESPONSE.type),
    }
    local = inside(tracks, "is_local").fill_null(False)
    found.strict[places.filter(local).to_numpy()] = True
