"""The transform end to end, in memory."""

from __future__ import annotations

import gc
import io
import os
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime
from io import BytesIO
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from functions.shared import contract
from functions.shared.errors import ContractBroken
from functions.transform import accepted, drift, validate
from functions.transform import transform as transforming
from functions.transform.block import process
from functions.transform.gunzip import CHUNK, INFLATED_BYTES
from functions.transform.lines import Block, Buffers, Line, Source, blocks
from functions.transform.parse.block_result import BlockResult
from functions.transform.transform import Limits, transform
from tests.functions.transform.days import (
    DAY,
    WRITTEN,
    album,
    an_id,
    artist,
    envelope,
    full_track,
    inbox,
    page,
    raw,
    run,
    track,
)
from tests.functions.transform.test_invariants import as_objects


def test_an_album_becomes_a_row_and_its_tracks_rows_on_it() -> None:
    written = run([raw("albums", envelope(album(7)))])
    assert written.rows["albums"] == [
        {
            "album_id": an_id(7),
            "name": "Album 7",
            "first_seen": date(2026, 11, 1),
            "album_type": "album",
            "release_date": date(2020, 2, 29),
            "release_date_precision": "day",
            "total_tracks": 2,
            "label": "Own",
            "popularity": 30,
            "upc": "0123456789012",
            "artist_ids": [an_id(1)],
            "spotify_url": f"https://open.spotify.com/album/{an_id(7)}",
            "observed_at": datetime(2026, 11, 23, 6, 0, 0, 123456, tzinfo=UTC),
            "faults": None,
            "baseline": None,
        }
    ]
    assert [(row["track_id"], row["album_id"], row["isrc"]) for row in written.rows["tracks"]] == [
        (an_id(700), an_id(7), None),
        (an_id(701), an_id(7), None),
    ]


def test_every_table_gets_a_part_though_it_has_no_row() -> None:
    written = run([raw("artists", envelope(artist()))])
    assert {table: (each["rows"], each["parts"]) for table, each in written.summary["tables"].items()} == (
        dict.fromkeys(contract.TABLES, (0, 1)) | {"artists": (1, 1)}
    )


def test_a_page_of_tracks_belongs_to_the_album_of_its_address() -> None:
    url = f"https://api.spotify.com/v1/albums/{an_id(9)}/tracks?offset=50&limit=50"
    written = run([raw("album_tracks", envelope(page([track(1), None, track(2)]), url=url))])
    assert [row["album_id"] for row in written.rows["tracks"]] == [an_id(9)] * 2
    assert written.summary["conservation"]["album_tracks"]["nulls"] == 1


def test_a_looked_up_isrc_is_kept_though_the_album_came_later() -> None:
    looked_up = envelope(full_track(100), fetched_at="2026-11-23T05:00:00Z")
    written = run([raw("tracks", looked_up), raw("albums", envelope(album(1)))])
    assert [(row["track_id"], row["isrc"]) for row in written.rows["tracks"]] == [
        (an_id(100), "QZABC2600001"),
        (an_id(101), None),
    ]
    assert written.summary["conservation"]["tracks"]["duplicates"] == 1


def test_the_last_observation_wins() -> None:
    early, late = (
        envelope(artist(name=name), fetched_at=at)
        for name, at in (("Early", "2026-11-23T06:00:00Z"), ("Late", "2026-11-23T06:00:00.000001Z"))
    )
    for lines in ((early, late), (late, early)):
        written = run([raw("artists", *lines)])
        assert [row["name"] for row in written.rows["artists"]] == ["Late"]


def test_an_answer_without_a_body_and_the_watch_list_are_observations() -> None:
    api = "https://api.spotify.com/v1"
    written = run(
        [
            raw("albums", envelope(None, status=304, url=f"{api}/albums/{an_id(1)}?market=US")),
            raw("artists", envelope({"error": {"status": 404}}, status=404, url=f"{api}/artists/{an_id(2)}")),
            raw("tracks", envelope(None, status=404, url=f"{api}/tracks/{an_id(3)}")),
            raw("watchlist", envelope({"id": an_id(4)}, url="state/watchlist.json")),
        ]
    )
    assert [(row["entity"], row["entity_id"], row["status"]) for row in written.rows["observations"]] == [
        ("album", an_id(1), "unchanged"),
        ("artist", an_id(2), "gone"),
        ("artist", an_id(4), "followed"),
        ("track", an_id(3), "gone"),
    ]
    assert written.summary["drift"] == []
    assert {each["read"] for each in written.summary["conservation"].values()} == {1}


def test_what_was_not_modified_gone_or_only_listed_claims_no_row_and_is_counted() -> None:
    listing = f"https://api.spotify.com/v1/artists/{an_id(1)}/albums"
    gone = envelope({"error": {"status": 404}}, status=404, url=listing)
    written = run(
        [
            raw("albums", envelope(None, status=304, url=listing), gone),
            raw("artist_albums", envelope(page([album(1), album(2)]))),
        ]
    )
    assert all(not rows for rows in written.rows.values())
    albums, listings = (written.summary["conservation"][each] for each in ("albums", "artist_albums"))
    assert (albums["lines"], albums["not_modified"], albums["gone"], albums["read"]) == (2, 1, 1, 0)
    assert (listings["listings"], listings["listed"], listings["read"]) == (1, 2, 0)


def test_too_much_quarantine_stops_the_run_and_names_the_first_refused_records() -> None:
    bad = [envelope(artist(number, name="")) for number in range(1, 8)]
    with pytest.raises(ContractBroken, match=r"7 of 8 responses .* name: is shorter than 1 \(7\)") as failed:
        run([raw("artists", *bad, envelope(artist(9)))], max_quarantine_ratio=0.5)
    key = f"raw/snapshot_date={DAY}/artists/00000.ndjson.gz"
    assert f"First: {', '.join(f'{key}:{line}' for line in range(1, 6))}. Reasons" in str(failed.value)


def test_the_rejected_share_of_the_responses_is_told_and_each_dataset_accounted_for_by_name() -> None:
    summary = run([raw("tracks", envelope(full_track())), raw("artists", envelope(artist(1, name="")))]).summary
    assert summary["quarantine_ratio"] == 0.5
    assert [*summary["conservation"]] == ["artists", "tracks"]


@pytest.mark.parametrize(("octets", "started"), [(9, 0), (10, 1)])
def test_lines_for_the_strict_path_are_read_once_they_are_worth_a_call(
    monkeypatch: pytest.MonkeyPatch, octets: int, started: int
) -> None:
    monkeypatch.setattr(transforming, "LEFT_BYTES", 10)
    with ThreadPoolExecutor(1) as threads:
        work = transforming._Work(threads, Limits(date(2026, 11, 23), "extended", 1.0))
        source = Source("raw/d/artists/0.ndjson", "artists", WRITTEN)
        work._leave("artists", [Line(source, 1, b"x" * octets, False)])
        assert (len(work.running), "artists" in work.left) == (started, not started)


def test_the_results_of_calls_are_collected_in_the_order_in_which_they_were_started() -> None:
    work = transforming._Work(None, Limits(date(2026, 11, 23), "extended", 1.0))  # type: ignore[arg-type]  # none is started
    first, second = Future[BlockResult](), Future[BlockResult]()
    first.set_result(BlockResult("artists"))
    work.running.extend((first, second))
    work.collect(1)
    assert [*work.running] == [second]


def test_of_a_run_that_is_refused_only_its_refused_records_are_written() -> None:
    put: list[str] = []
    key, body = raw("artists", *(envelope(artist(number, name="")) for number in range(3)))
    with pytest.raises(ContractBroken):
        transform(
            [(Source(key, "artists", datetime(2026, 11, 23, tzinfo=UTC)), io.BytesIO(body))],
            Limits(date(2026, 11, 23), "extended", 0.05),
            lambda table, _number, _part: put.append(table),
        )
    assert put == ["quarantine"]


def test_a_bare_answer_is_observed_when_its_object_was_written_and_first_seen_that_day() -> None:
    written = run([inbox("one.json", artist())])
    assert [(row["observed_at"].hour, str(row["first_seen"])) for row in written.rows["artists"]] == [(7, DAY)]


def test_the_first_blocks_are_smaller_and_no_line_is_cut() -> None:
    line = b'{"id":"' + b"x" * 90 + b'"}\n'
    count, most = 30_000, 800_000
    source = Source("albums/00000.ndjson", "albums", datetime(2026, 11, 23, tzinfo=UTC))
    sizes = [len(block.data) for block in blocks([(source, BytesIO(line * count))], Buffers(most))]
    assert sum(sizes) == count * len(line)
    assert all(size % len(line) == 0 for size in sizes)
    assert sizes[0] < most / 4 < max(sizes) < most + CHUNK


def test_a_block_is_read_where_one_that_was_given_back_stood_and_no_line_is_lost() -> None:
    lines = [b'{"id":"%06d"}\n' % number for number in range(20_000)]
    source = Source("albums/00000.ndjson", "albums", datetime(2026, 11, 23, tzinfo=UTC))
    buffers = Buffers(20_000)
    places, found = set(), []
    for block in blocks([(source, BytesIO(b"".join(lines)))], buffers):
        places.add(np.frombuffer(block.buffer, np.uint8).ctypes.data)
        found += [bytes(block.data[start:end]) for start, end in pairwise(block.starts.tolist())]
        buffers.give(block.buffer)
    assert found == lines
    assert len(places) == 2


def test_a_line_longer_than_a_block_comes_whole_and_its_buffer_is_not_kept() -> None:
    lines = [b"[%s]\n" % (b"7" * length) for length in (10, 400_000, 20, 900_000, 30)]
    source = Source("albums/00000.ndjson", "albums", datetime(2026, 11, 23, tzinfo=UTC))
    buffers = Buffers(1000)
    found = []
    for block in blocks([(source, BytesIO(b"".join(lines)))], buffers):
        found.append(bytes(block.data))
        buffers.give(block.buffer)
    assert b"".join(found) == b"".join(lines)
    assert {len(buffers.take()) for _ in range(9)} == {1000 + INFLATED_BYTES}


@pytest.mark.slow
def test_the_validation_is_ready_before_the_first_row_comes() -> None:
    code = """
import sys
import pyarrow as pa
from functions.shared import contract
from functions.transform.validate import violations
schema = contract.arrow_schema("observations")
before = set(sys.modules)
violations("observations", pa.table([["artist"], ["x"], ["gone"], [0]], schema=schema))
print(sorted(name for name in set(sys.modules) - before if name.startswith("pandera")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_dataset_without_a_table_stays_in_raw_and_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a dataset exists before its records become rows."""
    for module in (accepted, drift, transforming):
        monkeypatch.setattr(module, "DATASETS", (*module.DATASETS, "markets"))
    written = run([raw("artists", envelope(artist(1))), raw("markets", envelope({"markets": ["DE"]}))])
    markets = written.summary["conservation"]["markets"]
    assert (markets["listings"], markets["read"], markets["quarantined"]) == (1, 0, 0)
    assert len(written.rows["artists"]) == 1


def test_a_line_of_one_character_is_a_line_without_its_end_too() -> None:
    (block,) = blocks([(Source("a/b/c.ndjson", "artists", WRITTEN), BytesIO(b"1"))], Buffers(1 << 20))
    assert bytes(block.data) == b"1\n"


def test_reasons_that_are_equally_frequent_come_by_name() -> None:
    written = run(as_objects([("artists", b'"\xff"'), ("artists", b"nul"), ("artists", b"1"), ("artists", b"2")], 1))
    assert [*written.summary["reasons"]] == ["line: not an object", "line: not JSON", "line: not UTF-8"]


def test_a_column_without_values_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every check ignores null values, and takes as long as with others."""
    monkeypatch.setattr(validate, "_series", None)
    column = validate._schema("artists").columns["popularity"]
    assert column.checks
    assert [*validate._broken(column, pa.chunked_array([pa.nulls(2, pa.int32())]))] == []


def test_libraries_are_told_their_threads_and_memory_before_they_are_imported() -> None:
    """They read it once. In an interpreter of its own: here they may have been imported by others before."""
    said = "import functions.transform.columns, os, pyarrow; print(pyarrow.default_memory_pool().backend_name)"
    environment = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    done = subprocess.run(
        [sys.executable, "-c", said], env=environment, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout == "system\n"
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"


def test_garbage_is_not_searched_for_while_lines_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    enabled: list[bool] = []

    def fail(*_: object) -> None:
        enabled.append(gc.isenabled())
        raise LookupError

    monkeypatch.setattr(transforming, "process", fail)
    with pytest.raises(LookupError):
        run([raw("artists", envelope(artist()))])
    assert (enabled, gc.isenabled()) == ([False], True)


@pytest.mark.parametrize(
    ("objects", "most"),
    [
        ([raw("artists", envelope(artist()), part=f"{number:05d}") for number in range(9)], 2),
        ([inbox("a.json", b"{}\n" * 9)], 1),
    ],
    ids=["raw", "inbox"],
)
def test_one_block_at_a_time_takes_the_strict_path(
    objects: list[tuple[str, bytes]], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the interpreter's lock, and each takes many times the memory of its lines."""
    running: set[int] = set()
    seen: list[int] = []

    def watched(block: Block, snapshot_date: date) -> BlockResult:
        running.add(id(block))
        time.sleep(0.01)
        seen.append(len(running))
        running.discard(id(block))
        return process(block, snapshot_date)

    monkeypatch.setattr(transforming, "process", watched)
    run(objects, block_bytes=1, workers=2)
    assert max(seen) == most
    assert len(seen) >= 9
