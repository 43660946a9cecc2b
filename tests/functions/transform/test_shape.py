"""Lines that fit their shape are decoded once; all other lines give the same on the strict path."""

from __future__ import annotations

import json
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pyarrow.json as json_reader
import pytest

from functions.transform import columns
from functions.transform.block import process
from functions.transform.lines import Buffers, Source, blocks
from functions.transform.parse import responses
from functions.transform.shape import READS, Shape, _line, _record, shape
from tests.functions.transform.days import (
    DAY,
    WRITTEN,
    album,
    an_id,
    artist,
    envelope,
    full_track,
    mention,
    page,
    run,
    track,
)
from tests.functions.transform.test_invariants import as_objects, check_conservation, check_paths_agree
from tests.often import one_in, some

if TYPE_CHECKING:
    from functions.transform.parse.block_result import BlockResult

# The bounds are repeated here, so that a changed bound fails a test.
LEFT_LEVELS, MOST_NEW, LONGEST_NAME = 5, 32, 200
ALBUM = envelope(album(1))
LINES: dict[str, tuple[str, Any]] = {
    "artists": ("artists", envelope(artist())),
    "albums": ("albums", ALBUM),
    "album_tracks": (
        "album_tracks",
        envelope(page([track(1)]), url=f"https://api.spotify.com/v1/albums/{an_id(1)}/tracks"),
    ),
    "tracks": ("tracks", envelope(full_track())),
    "an artist of the development profile": (
        "artists",
        envelope({name: each for name, each in artist().items() if name not in {"genres", "followers", "popularity"}}),
    ),
    "first seen on the date": ("artists", envelope(artist(), first_seen=DAY)),
    "no first_seen": ("artists", envelope(artist(), first_seen=None)),
    "an album of the baseline": ("albums", envelope(album(1), baseline=True)),
    "a track that was looked up": ("tracks", envelope(full_track(), album_id=an_id(1))),
    "an unmapped field": ("artists", envelope(artist(verified=True))),
    "unmapped fields at every depth": (
        "albums",
        envelope(
            album(
                1,
                [
                    track(
                        1,
                        external_urls={"spotify": "https://open.spotify.com/x", "web": 1},
                        album={"id": an_id(1), "z": 2},
                    )
                ],
                artists=[mention() | {"rank": 1}],
                tracks_total=2,
            ),
            trace="x",
        ),
    ),
    "fields that Python cannot name": ("artists", envelope(artist(**{"class": 1, "a.b": 2, "_0": 3, "": 4}))),
}
ODD: dict[str, bytes] = {
    "the same key twice": b'"popularity":1,"popularity":2,',
    "the same unmapped key twice": b'"bpm":1,"bpm":2,',
    "the same key twice, the first of another type": b'"popularity":"x","popularity":2,',
    "the same key twice, the last null": b'"popularity":1,"popularity":null,',
    "1.0 for an integer": b'"popularity":1.0,',
    "minus zero": b'"popularity":-0,',
    "an exponent": b'"popularity":1e1,',
    "32 bits and one": b'"popularity":2147483648,',
    "64 bits": b'"popularity":9223372036854775808,',
    "64 bits, left": b'"images":9223372036854775808,',
    "100 digits, left": b'"images":%s,' % (b"9" * 100),
    "a number beyond doubles, left": b'"images":1e999,',
    "NaN": b'"popularity":NaN,',
    "NaN, left": b'"images":NaN,',
    "a lone surrogate": b'"name":"\\ud800",',
    "a lone surrogate, left": b'"images":["\\udc00"],',
    "no UTF-8, left": b'"images":"\xff",',
    "no UTF-8 in a key": b'"im\xff":1,',
    "a surrogate in UTF-8": b'"images":"\xed\xa0\x80",',
    "an escaped key": b'"p\\u006fpularity":7,',
    "a zero byte escaped": b'"label":"\\u0000",',
    "a control character": b'"label":"\x01",',
    "a wrong escape": b'"label":"\\x",',
    "a leading zero": b'"popularity":01,',
    "a missing digit": b'"popularity":1.,',
    "two commas": b'"popularity":1,,',
    "deep, left": b'"images":%s1%s,' % (b"[" * (LEFT_LEVELS + 3), b"]" * (LEFT_LEVELS + 3)),
    "150 deep, left": b'"images":%s1%s,' % (b"[" * 150, b"]" * 150),
    "deeper than responses, left": b'"images":%s1%s,' % (b"[" * 500, b"]" * 500),
    "deeper than responses, unmapped": b'"bpm":%s1%s,' % (b"[" * 500, b"]" * 500),
    "deeper than Python follows": b'"bpm":%s1%s,' % (b"[" * 100_000, b"]" * 100_000),
    "capitals that Python and Arrow make small differently": '"album_type":"S\u0130NGLE",'.encode(),
    "an artist without id": b'"artists":[{"name":"x"},null],',
    "a list with a null": b'"genres":["x",null],',
    "null among tracks": b'"tracks":{"items":[null]},',
}


def processed(dataset: str, *lines: object) -> BlockResult:
    """Return the result of one block of lines, before the strict path."""
    return of_one_block(dataset, *(json.dumps(line).encode() for line in lines))


def of_one_block(dataset: str, *lines: bytes) -> BlockResult:
    """Return the same of lines as they are written."""
    data = b"".join(line + b"\n" for line in lines)
    (block,) = blocks([(Source("a/b/c.ndjson", dataset, WRITTEN), BytesIO(data))], Buffers(1 << 20))
    return process(block, date.fromisoformat(DAY))


@pytest.mark.parametrize(("dataset", "line"), LINES.values(), ids=LINES)
def test_a_plain_line_never_needs_the_strict_path(dataset: str, line: object) -> None:
    """The strict path gives the same, and takes ten times as long."""
    assert processed(dataset, line, line).left == []
    day = [(dataset, json.dumps(line).encode())] * 2
    check_paths_agree(day, run(as_objects(day, 1)))


@pytest.mark.parametrize("dataset", some({"albums"}, ["artists", "albums", "tracks"]))
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_line_comes_to_the_same_on_both_paths(odd: bytes, dataset: str) -> None:
    """Also instead of the usual field, and not only before or after it: an equal key is odd by itself."""
    bodies: dict[str, Any] = {"artists": artist, "albums": album, "tracks": full_track}
    body = bodies[dataset](1)
    plain = json.dumps(envelope(body)).encode()
    body.pop(odd.split(b'"')[1].decode(errors="replace"), None)
    for line in (plain, json.dumps(envelope(body)).encode()):
        lines = [line.replace(b'"body": {', b'"body": {' + odd), line[:-2] + b"," + odd[:-1] + b"}}"]
        day = [(dataset, each) for each in (*lines, plain)]
        check_paths_agree(day, run(as_objects(day, 1)))


def test_a_line_of_a_wrong_type_is_not_searched_for_unmapped_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search decodes the line again, and finds nothing that the strict path would not."""
    searched: list[memoryview] = []
    monkeypatch.setattr(Shape, "extended", lambda _, line: searched.append(line))
    assert len(processed("artists", envelope(artist(popularity="x"))).left) == 1
    assert searched == []
    assert len(processed("artists", envelope(artist(bpm=1))).left) == len(searched) == 1


@pytest.mark.parametrize("dataset", one_in(4, sorted(READS)))
@pytest.mark.parametrize("line", [b"null", b"[]", b"{}", b"1", b'"x"', b"{}{}", b'{"body":null}', b"nul", b"\x00"])
def test_a_line_that_holds_no_object_is_refused_on_both_paths(line: bytes, dataset: str) -> None:
    written = run(as_objects([(dataset, line)], 1))
    check_conservation([(dataset, line)], written)
    check_paths_agree([(dataset, line)], written)


def test_an_album_of_too_many_tracks_keeps_its_row_alone_on_both_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once only the strict path had the bound: the same tracks were rows, or not if one of them had a fault."""
    monkeypatch.setattr(responses, "MOST_TRACKS", 2)
    albums = (
        album(1, [track(1), track(2)]),
        album(2, [track(number, bpm=1) for number in (3, 4, 5)]),
        album(3, [track(6), track(7), track(8, duration_ms=0)]),
    )
    assert [len(processed("albums", envelope(each)).left) for each in albums] == [0, 1, 1]
    day = [("albums", json.dumps(envelope(each)).encode()) for each in albums]
    written = run(as_objects(day, 1))
    check_paths_agree(day, written)
    assert [row["track_id"] for row in written.rows["tracks"]] == [an_id(1), an_id(2)]
    faults = [row["faults"] for row in written.rows["albums"]]
    assert faults[0] is None
    assert all(each[0].startswith("tracks: more than 2; found ") for each in faults[1:])


def test_more_unmapped_fields_than_a_shape_takes_up_are_counted_by_the_strict_path() -> None:
    flood = {f"field{number}": number for number in range(MOST_NEW + 1)}
    assert len(processed("artists", envelope(artist() | flood)).left) == 1
    del flood["field0"]
    assert processed("artists", envelope(artist() | flood)).left == []
    day = [("artists", json.dumps(envelope(artist(number) | {f"f{number}": 1})).encode()) for number in range(100)]
    written = run(as_objects(day, 1))
    assert len(written.summary["drift"]) == 100
    check_paths_agree(day, written)


def test_fields_that_come_after_each_other_are_all_counted() -> None:
    lines = [envelope(artist(number, **{f"f{number % 3}": number})) for number in range(30)]
    result = processed("artists", *lines)
    assert result.left == []
    assert sum(result.drift.unmapped.values()) == 30
    assert {path for path, _ in result.drift.unmapped} == {"artist.f0", "artist.f1", "artist.f2"}


@pytest.mark.parametrize(("size", "left"), [(LONGEST_NAME, 0), (LONGEST_NAME + 1, 1)])
def test_a_field_with_a_very_long_name_is_read_strictly(size: int, left: int) -> None:
    """A shape is cached, and with it the names of its fields."""
    assert len(processed("artists", envelope(artist(1, **{"x" * size: 1}))).left) == left


@pytest.mark.parametrize(("levels", "left"), [(LEFT_LEVELS, 0), (LEFT_LEVELS + 1, 1)])
def test_what_is_left_on_purpose_is_followed_a_few_levels_deep(levels: int, left: int) -> None:
    deep: object = 1
    for _ in range(levels):
        deep = [deep]
    assert len(processed("artists", envelope(artist(1, images=deep))).left) == left


@pytest.mark.parametrize("at", range(3))
@pytest.mark.parametrize("piece", [1, 1000, 1 << 20])
def test_lines_that_do_not_fit_are_passed_over_wherever_they_are(
    at: int, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A piece that Arrow parses may hold a part of a line, or nothing but lines that do not fit."""
    monkeypatch.setattr(columns, "CHUNK", piece)
    fits = [json.dumps(envelope(album(number, [track(number)]))).encode() for number in range(2)]
    unfit = [b"1", b"{" + b" " * 5000 + b"}", b"null", b"\xff" * 3000, b"[" * 3000]
    day = [("albums", line) for line in (*fits[:at], *unfit, *fits[at:])]
    assert len(of_one_block("albums", *(line for _, line in day)).left) == len(unfit)
    written = run(as_objects(day, 1))
    assert [row["album_id"] for row in written.rows["albums"]] == [an_id(0), an_id(1)]
    check_paths_agree(day, written)


def test_a_line_may_be_longer_than_the_pieces_that_arrow_parses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "CHUNK", 64)
    assert (
        processed("artists", envelope(artist(1)), envelope(artist(2, name="x" * 9999)), envelope(artist(3))).left == []
    )


def test_lines_of_which_arrow_makes_another_number_of_rows_take_the_strict_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No such line is known; each row would be taken for that of another line."""
    read_json = json_reader.read_json
    monkeypatch.setattr(json_reader, "read_json", lambda *given: read_json(*given)[1:])
    assert len(processed("artists", *[envelope(artist(number)) for number in range(3)]).left) == 3


def test_a_block_that_arrow_does_not_read_takes_the_strict_path_and_its_drift_is_counted_once() -> None:
    """The last of two equal keys counts; Arrow rejects them."""
    plain = json.dumps(envelope(artist(1, bpm=1))).encode()
    twice = json.dumps(envelope(artist(2))).encode().replace(b'"name":', b'"popularity": 1, "popularity": 2, "name":')
    assert twice.count(b'"popularity"') > 1
    day = [("artists", plain), ("artists", twice)]
    result = of_one_block("artists", plain, twice)
    assert [line.drift_counted for line in result.left] == [True, True]
    assert result.drift.unmapped == {("artist.bpm", "number"): 1}
    check_paths_agree(day, run(as_objects(day, 1)))


def test_a_line_of_a_track_that_is_a_local_file_is_read_strictly() -> None:
    assert len(processed("tracks", envelope(full_track(is_local=True)), envelope(full_track(2))).left) == 1


def test_a_track_is_on_the_album_that_it_names_and_else_on_that_of_its_page() -> None:
    url = f"https://api.spotify.com/v1/albums/{an_id(1)}/tracks"
    tracks = [track(1, album={"id": an_id(2)}), track(2), track(3, album={"id": None})]
    result = processed("album_tracks", envelope(page(tracks), url=url))
    ((_, rows),) = result.rows
    assert rows["album_id"].to_pylist() == [an_id(2), an_id(1), an_id(1)]


@pytest.mark.parametrize("dataset", sorted(READS))
def test_the_fields_of_a_record_are_in_the_order_in_which_spotify_sends_them(dataset: str) -> None:
    """By name: msgspec looks first for the field that comes after the one that it has read."""
    record, body = _record(dataset.removeprefix("album_")), _line(dataset)["body"].form
    assert dataset != "album_tracks" or {"limit", "next", "offset"} < set(body)
    for form in (record, body, *(each for each in record.values() if isinstance(each, dict))):
        assert list(form) == sorted(form)


def test_unmapped_fields_are_taken_up_by_name() -> None:
    more = frozenset(("body", name) for name in "hgfedcba")
    assert [each.path for each in shape("artists", more)._new] == [f"artist.{name}" for name in "abcdefgh"]


def test_a_shape_is_made_once() -> None:
    wider = shape("artists").extended(memoryview(json.dumps(envelope(artist(bpm=1))).encode()))
    assert wider is not None
    assert wider is shape("artists").extended(memoryview(json.dumps(envelope(artist(2, bpm="x"))).encode()))
