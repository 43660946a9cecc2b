"""The documented result of each oddity and each kind of damage (docs/decisions/0025): nothing is dropped silently."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.functions.transform.days import (
    album,
    an_id,
    artist,
    envelope,
    full_track,
    inbox,
    ndjson,
    page,
    raw,
    run,
    track,
)

if TYPE_CHECKING:
    from tests.functions.transform.days import Written

GOOD = envelope(artist(1))
Json = dict[str, Any]


def refused(written: Written) -> list[tuple[int, list[str]]]:
    """Return the line and the reasons of each quarantined record."""
    return sorted((row["source_line"], row["reasons"]) for row in written.rows["quarantine"])


def changed_track(**changed: object) -> Written:
    """Return the day on which one of an album's two tracks is changed."""
    return run([raw("albums", envelope(album(1, [track(1, **changed), track(2)])))])


LINES = {
    "no JSON": (b"what?\n", "line: not JSON"),
    "a truncated last line": (json.dumps(GOOD).encode()[:-40], "line: not JSON"),
    "no object": (b"[1]\n", "line: not an object"),
    "a number": (b"17\n", "line: not an object"),
    "two objects": (b'{"a":1}{"a":2}\n', "line: not JSON"),
    "no UTF-8": (b'{"body":{"name":"\xff"}}\n', "line: not UTF-8"),
    "no envelope": (b'{"id":"1"}\n', "line: not an envelope"),
    "an envelope without body": (ndjson(envelope(None)), "body: missing"),
    "a body that is no object": (ndjson(envelope([1])), "body: not an object"),
    "another status": (ndjson(envelope({}, status=500)), "answer: its status is not 200, 304 or 404"),
    "brackets without end": (b"[" * 100_000 + b"\n", "line: nested deeper than 200 levels"),
    "objects without end": (b'{"a":' * 100_000 + b"\n", "line: nested deeper than 200 levels"),
    "an object far too deep": (
        b'{"body":{"x":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_002 + b"\n",
        "line: nested deeper than 200 levels",
    ),
}


@pytest.mark.parametrize(("line", "reason"), LINES.values(), ids=LINES)
def test_a_line_that_is_no_answer_is_quarantined_and_its_neighbours_are_not(line: bytes, reason: str) -> None:
    written = run([raw("artists", GOOD, line)])
    assert refused(written) == [(2, [reason])]
    assert len(written.rows["artists"]) == 1


def test_an_object_over_two_lines_and_two_on_one_line_do_not_add_up() -> None:
    text = json.dumps(envelope(artist(2)))
    split = f"{text[:1]}\n{text[1:]}\n{text}{text}\n".encode()
    written = run([raw("artists", GOOD, split)])
    assert [line for line, _ in refused(written)] == [2, 3, 4]
    assert len(written.rows["artists"]) == 1


def test_blank_lines_and_carriage_returns_hold_nothing_and_count_as_lines() -> None:
    text = json.dumps(GOOD).encode()
    written = run([raw("artists", b"\n \r\n" + text + b"\r\n\n" + b"bad\n")])
    assert refused(written) == [(5, ["line: not JSON"])]
    assert len(written.rows["artists"]) == 1


def test_a_byte_order_mark_holds_nothing_at_the_start_of_whatever_line() -> None:
    lines = [b"\xef\xbb\xbf" + json.dumps(envelope(artist(number))).encode() + b"\n" for number in range(2)]
    written = run([raw("artists", *lines, b"\xef\xbb\xbf\n"), inbox("one.json", b"\xef\xbb\xbf", artist(5))])
    assert (len(written.rows["artists"]), refused(written)) == (3, [])


def test_gzip_that_breaks_off_keeps_the_lines_before_and_names_the_line_it_broke_in() -> None:
    key, data = raw("artists", *(envelope(artist(number, name=str(hash(str(number))))) for number in range(2000)))
    written = run([(key, data[: len(data) // 2])])
    kept = len(written.rows["artists"])
    assert 0 < kept < 2000
    assert refused(written) == [(kept + 1, ["object: its gzip breaks off here"])]


def test_gzip_with_a_wrong_checksum_is_named() -> None:
    key, data = raw("artists", GOOD)
    written = run([(key, data[:-8] + b"\0" * 8)])
    assert refused(written) == [(2, ["object: its gzip is damaged here"])]


def test_what_looks_like_gzip_and_is_none_is_named() -> None:
    assert refused(run([(raw("artists")[0], b"\x1f\x8bno gzip")])) == [(1, ["object: its gzip is damaged here"])]


def test_gzip_of_many_members_with_padding_is_read_whole() -> None:
    members = [gzip.compress(ndjson(envelope(artist(number)))) for number in range(3)]
    written = run([(raw("artists")[0], b"\0\0".join(members) + b"\0" * 600_000)])
    assert (len(written.rows["artists"]), refused(written)) == (3, [])


def test_an_empty_object_holds_nothing() -> None:
    written = run([(raw("artists")[0], b""), raw("artists", part="00001")])
    assert written.summary["tables"]["artists"]["rows"] == 0
    assert written.rows["quarantine"] == []


def test_a_line_of_100_mb_is_refused_by_its_length_and_not_held() -> None:
    long = b'{"body":"' + b"x" * 100_000_000 + b'"}\n'
    written = run([raw("artists", long, GOOD)])
    assert refused(written) == [(1, ["line: longer than 32 MiB"])]
    assert len(written.rows["quarantine"][0]["record"]) < 2000
    assert len(written.rows["artists"]) == 1


TRACKS: dict[str, tuple[Json, list[str]]] = {
    "an empty name": ({"name": ""}, ["name: is shorter than 1"]),
    "no name": ({"name": None}, ["name: is missing"]),
    "no id": ({"id": None}, ["track_id: is missing"]),
    "an id of another length": ({"id": "abc"}, ["track_id: is no id, or holds something that is none"]),
    "an id with a newline": ({"id": an_id(1) + "\n"}, ["track_id: is no id, or holds something that is none"]),
    "an episode": ({"type": "episode"}, ["type: not track"]),
    "a lone surrogate": ({"name": "\ud800"}, ["name: holds a lone surrogate"]),
    "several at once": (
        {"name": "", "disc_number": 0, "explicit": 1},
        ["disc_number: is below 1", "explicit: not true or false", "name: is shorter than 1"],
    ),
    "a local file": (
        {"is_local": True, "id": None, "duration_ms": 0},
        ["duration_ms: is not above 0", "is_local: a local file, not on Spotify", "track_id: is missing"],
    ),
}


@pytest.mark.parametrize(("changed", "reasons"), TRACKS.values(), ids=TRACKS)
def test_a_track_that_breaks_the_contract_is_quarantined_with_all_its_reasons(
    changed: Json, reasons: list[str]
) -> None:
    written = changed_track(**changed)
    assert refused(written) == [(1, reasons)]
    assert [row["track_id"] for row in written.rows["tracks"]] == [an_id(2)]
    assert len(written.rows["albums"]) == 1


def test_a_track_that_is_no_object_is_quarantined() -> None:
    written = run([raw("albums", envelope(album(1, ["x", track(2)])))])
    assert refused(written) == [(1, ["record: not an object"])]


def test_an_entry_that_is_null_is_counted() -> None:
    written = run([raw("albums", envelope(album(1, [None, track(2)])))])
    assert (refused(written), written.summary["conservation"]["albums"]["nulls"]) == ([], 1)


def test_floats_that_are_whole_are_accepted() -> None:
    written = changed_track(duration_ms=1000.0, track_number=2.0)
    assert refused(written) == []
    assert [row["duration_ms"] for row in written.rows["tracks"]] == [1000, 1002]


DATES: dict[str, tuple[str, str | None]] = {
    "a year": ("1999", "1999-01-01"),
    "a month": ("1999-07", "1999-07-01"),
    "a leap day": ("2024-02-29", "2024-02-29"),
    "the year 0000, unknown": ("0000", None),
    "0000 with month and day": ("0000-00-00", None),
}


@pytest.mark.parametrize(("given", "expected"), DATES.values(), ids=DATES)
def test_a_release_date_of_any_precision_becomes_its_first_day(given: str, expected: str | None) -> None:
    written = run([raw("albums", envelope(album(1, release_date=given)))])
    (row,) = written.rows["albums"]
    found = row["release_date"]
    assert (str(found) if found else None, row["faults"], refused(written)) == (expected, None, [])


def test_an_upper_case_album_type_is_lowered() -> None:
    written = run([raw("albums", envelope(album(1, album_type="ALBUM")))])
    assert [row["album_type"] for row in written.rows["albums"]] == ["album"]


def test_an_artist_without_id_is_left_out_of_a_track_s_artists() -> None:
    written = changed_track(artists=[{"id": None, "name": "x"}, None, {"id": an_id(3)}])
    assert [row["artist_ids"] for row in written.rows["tracks"]] == [[an_id(3)], [an_id(1)]]


def test_a_refused_record_is_json_that_a_person_can_read_back() -> None:
    written = changed_track(name="\ud800", duration_ms=float("inf"))
    record = json.loads(written.rows["quarantine"][0]["record"])
    assert (record["id"], record["name"], record["duration_ms"]) == (an_id(1), "\ud800", "inf")


def test_an_error_answer_that_was_dropped_is_refused() -> None:
    written = run([inbox("errors.ndjson", {"error": {"status": 401, "message": "The access token expired"}})])
    assert refused(written) == [(1, ["answer: an error, not data"])]


def test_a_page_of_tracks_without_an_album_is_refused_track_by_track() -> None:
    written = run([raw("album_tracks", envelope(page([track(1), track(2)])))])
    assert refused(written) == [(1, ["album_id: is missing"])] * 2


def test_a_lookup_of_a_track_without_album_is_refused() -> None:
    written = run([raw("tracks", envelope(full_track(1, album=None)))])
    assert refused(written) == [(1, ["album_id: is missing"])]
