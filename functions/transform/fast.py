"""Rows of a block on the fast path, and the lines with at least one record for the strict path."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from functions.shared import contract
from functions.transform.arrow_reader import parse
from functions.transform.columns import dates, fit_columns, instants
from functions.transform.drift import Drifted
from functions.transform.fields import TYPE
from functions.transform.parse.responses import ALBUM_OF_URL, PassedOver

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

LINE = pa.field("line", pa.int32())
_ALBUM_OF_URL = ALBUM_OF_URL.pattern.replace("(", "(?P<id>", 1)
_ENTITY_OF_URL = r"s/(?P<id>[0-9A-Za-z]{22})(?:[?]|$)"


@dataclass
class Fast:
    """The fast path's result of a block; arrays are by line, rows end in the position of their line.

    Rows of lines in `strict` or `passed_over` are among the rows still: they are dropped once all such lines are known.
    `scanned` are the lines whose drift is counted here, whatever becomes of them.
    """

    rows: dict[str, pa.Table]
    strict: np.ndarray
    scanned: np.ndarray
    nulls: np.ndarray
    passed_over: dict[int, PassedOver] = field(default_factory=dict)
    drift: Drifted = field(default_factory=Drifted)


@dataclass
class _Envelopes:
    """The envelopes of a block that Arrow read."""

    dataset: str
    lines: np.ndarray
    body: pa.StructArray
    url: pa.StringArray
    first_seen: pa.Array
    observed_at: pa.Array
    baseline: pa.Array


@dataclass
class _Group:
    """Records of one table in a block; `lines` are places among its envelopes, `album_ids` where tracks stood."""

    table: str
    records: pa.StructArray
    lines: np.ndarray
    album_ids: pa.Array | None = None


def read(dataset: str, data: memoryview, starts: np.ndarray, clean: np.ndarray, snapshot_date: date) -> Fast:
    """Return the rows of a block's clean lines; `starts` holds each line's offset and, last, the end."""
    parsed = parse(dataset, data, starts, clean)
    nothing = np.zeros(len(clean), dtype=bool)
    fast = Fast({}, nothing, nothing.copy(), np.zeros(len(clean), dtype=np.int64))
    fast.strict[parsed.strict] = True
    if parsed.known:
        run = _envelopes(dataset, parsed.known, snapshot_date, fast)
        for group in _groups(run, fast):
            _take(run, group, fast)
    for first, bodies in parsed.odd:
        plain = pa.array(fast.scanned[first : first + len(bodies)])
        fast.drift.scan(dataset, bodies.filter(plain))
    for line in fast.passed_over:
        fast.strict[line] = False
    return fast


def _envelopes(dataset: str, runs: list[tuple[int, pa.Table]], snapshot_date: date, fast: Fast) -> _Envelopes:
    """Return the envelopes; those that are not plain (other statuses, odd times, no body) go to the strict path."""
    lines = np.concatenate([np.arange(first, first + table.num_rows) for first, table in runs])
    table = pa.concat_tables([table for _, table in runs])
    body, first_seen, fetched_at, url, status, baseline = (
        table[name].combine_chunks() for name in ("body", "first_seen", "fetched_at", "url", "status", "baseline")
    )
    code = status.to_numpy(zero_copy_only=False)
    seen, unfit_seen = dates(first_seen)
    observed, unfit_observed = instants(fetched_at)
    plain = (code == 200) & _mask(body.is_valid()) & _mask(fetched_at.is_valid())
    for unfit in (unfit_seen, unfit_observed):
        plain &= True if unfit is None else ~unfit
    plain &= ~_mask(pc.greater(seen, pa.scalar(snapshot_date)).fill_null(False))
    if dataset in TYPE:
        plain &= ~_renamed(url, body)
    fast.strict[lines[~plain]] = True
    if (~plain & _mask(body.is_valid())).any():
        body = pc.if_else(pa.array(plain), body, pa.scalar(None, body.type))
    fast.scanned[lines[plain]] = True
    return _Envelopes(dataset, lines, body, url, seen.fill_null(snapshot_date), observed, baseline)


def _renamed(urls: pa.StringArray, bodies: pa.StructArray) -> np.ndarray:
    """Return which responses have another ID than their URL."""
    asked = pc.struct_field(pc.extract_regex(urls, _ENTITY_OF_URL), ["id"])
    return _mask(pc.not_equal(asked, pc.struct_field(bodies, ["id"])).fill_null(False))


def _groups(run: _Envelopes, fast: Fast) -> Iterator[_Group]:
    every = np.arange(len(run.lines), dtype=np.int32)
    if run.dataset == "album_tracks":
        items = pc.struct_field(run.body, ["items"])
        fast.strict[run.lines[_mask(items.is_null()) & _mask(run.body.is_valid())]] = True
        empty = _mask(pc.equal(items.value_lengths(), 0).fill_null(False))
        fast.passed_over.update((int(line), "empty") for line in run.lines[empty])
        href = pc.struct_field(run.body, ["href"])
        yield _on_albums(items, pc.coalesce(_album_of(run.url), _album_of(href)))
    else:
        yield _Group(run.dataset, run.body, every)
    if run.dataset == "albums":
        items = pc.struct_field(run.body, ["tracks", "items"])
        yield _on_albums(items, pc.struct_field(run.body, ["id"]))


def _album_of(urls: pa.StringArray) -> pa.StringArray:
    return pc.struct_field(pc.extract_regex(urls, _ALBUM_OF_URL), ["id"])


def _on_albums(items: pa.ListArray, album_ids: pa.Array) -> _Group:
    lines = pc.list_parent_indices(items)
    return _Group("tracks", items.flatten(), lines.to_numpy().astype(np.int32), album_ids.take(lines))


def _take(run: _Envelopes, group: _Group, fast: Fast) -> None:
    """Add a group's rows."""
    columns, unfit = fit_columns(group.table, group.records)
    unfit |= _foreign(group)
    fast.strict[run.lines[group.lines[unfit]]] = True
    if group.table == "tracks":
        own = pc.struct_field(group.records, ["album", "id"])
        columns["album_id"] = own if group.album_ids is None else pc.coalesce(own, group.album_ids)
    columns["faults"] = pa.nulls(len(group.lines), pa.list_(pa.string()))
    if group.table == "albums":
        columns["baseline"] = run.baseline.take(pa.array(group.lines))
    columns["first_seen"] = run.first_seen.take(pa.array(group.lines))
    columns["observed_at"] = run.observed_at.take(pa.array(group.lines))
    columns[LINE.name] = pa.array(run.lines[group.lines], pa.int32())
    schema = row_schema(group.table)
    rows = pa.table([columns[each.name] for each in schema], schema=schema)
    if group.records.null_count:
        rows = rows.filter(group.records.is_valid())  # not the records, which hold far more than a row
        if group.table != run.dataset:
            null = _mask(group.records.is_null())
            np.add.at(fast.nulls, run.lines[group.lines[null]], 1)
    fast.rows[group.table] = rows


def _foreign(group: _Group) -> np.ndarray:
    """Return which records are of another kind, or a local file."""
    other = pc.not_equal(pc.struct_field(group.records, ["type"]), TYPE[group.table]).fill_null(False)
    if group.table == "tracks":
        other = pc.or_(other, pc.struct_field(group.records, ["is_local"]).fill_null(False))
    return _mask(other)


def row_schema(table: str) -> pa.Schema:
    """Return the contract's columns, all nullable until they are validated, and the line."""
    return pa.schema([*unvalidated(table), LINE])


def unvalidated(table: str) -> pa.Schema:
    """Return the contract's columns, all nullable until they are validated."""
    return pa.schema([pa.field(each.name, each.type) for each in contract.arrow_schema(table)])


def _mask(flags: pa.Array) -> np.ndarray:
    found: np.ndarray = flags.to_numpy(zero_copy_only=False)
    return found
