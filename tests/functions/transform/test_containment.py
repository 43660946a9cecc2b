"""Invariant 12: inbox files never fail, empty or override Spotify's data; small days tolerate a few faults."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.shared.errors import ContractBroken
from functions.shared.tolerance import is_garbled, most_refused
from functions.transform import lines
from functions.transform.lines import Source
from functions.transform.parse import block_result
from tests.functions.transform.days import WRITTEN, album, an_id, artist, envelope, inbox, page, raw, run, track

ALBUM = "https://api.spotify.com/v1/albums"
GOOD = [envelope(artist(number)) for number in range(1, 53)]


def taken_down(number: int, tracks: int) -> Any:
    """Return an album of which Spotify took down the tracks: no names, no lengths."""
    gone = [track(100 * number + each, name="", duration_ms=0) for each in range(tracks)]
    return envelope(album(number, gone), url=f"{ALBUM}/{an_id(number)}")


def test_albums_that_were_taken_down_on_a_quiet_day_are_refused_and_the_day_is_not() -> None:
    written = run(
        [raw("artists", *GOOD), raw("albums", *(taken_down(n, 12) for n in (1, 2)))], max_quarantine_ratio=0.05
    )
    assert len(written.rows["quarantine"]) == 24
    assert written.summary["cases"] == {"read": 54, "refused": 2}


def test_the_pages_of_an_album_are_of_its_case() -> None:
    gone = [track(each, name="") for each in range(30)]
    pages = [envelope(page(gone), url=f"{ALBUM}/{an_id(1)}/tracks?offset={at}") for at in (50, 80)]
    written = run([raw("albums", taken_down(1, 50)), raw("album_tracks", *pages)])
    assert written.summary["cases"] == {"read": 3, "refused": 1}


def test_a_change_of_spotify_s_format_still_fails_a_small_day() -> None:
    changed = [envelope({**artist(number), "name": None}) for number in range(12)]
    with pytest.raises(ContractBroken, match=r"12 of 12 responses"):
        run([raw("artists", *changed)], max_quarantine_ratio=0.05)


@pytest.mark.parametrize(
    ("cases", "ratio", "most"),
    [(1, 0.05, 2), (10, 0.05, 5), (65, 0.05, 20), (400, 0.05, 20), (1000, 0.05, 50), (100, 0.29, 29), (100, 0, 0)],
)
def test_a_share_of_a_small_sample_is_no_measure(cases: int, ratio: float, most: int) -> None:
    assert most_refused(cases, ratio) == most


@pytest.mark.parametrize(("faulty", "rows", "garbled"), [(19, 19, False), (20, 39, True), (20, 40, False)])
def test_a_field_is_garbled_from_half_of_a_sample(faulty: int, rows: int, garbled: bool) -> None:
    assert is_garbled(faulty, rows) == garbled


JUNK: dict[str, tuple[str, bytes, str]] = {
    "a file of another kind": ("photo.png", b"\x89PNG\r\n", "object: its name ends in none of .json, .ndjson, .jsonl"),
    "a zero-byte upload": ("a.json", b"", "object: empty"),
    "white space": ("a.ndjson", b" \n\r\n", "object: empty"),
    "a byte order mark alone": ("a.json", b"\xef\xbb\xbf", "object: empty"),
}


@pytest.mark.parametrize(("name", "body", "reason"), JUNK.values(), ids=JUNK)
def test_a_file_that_holds_nothing_to_read_is_one_refused_record_of_its_key(
    name: str, body: bytes, reason: str
) -> None:
    written = run([inbox(name, body), raw("artists", GOOD[0])], max_quarantine_ratio=0.05)
    (refused,) = written.rows["quarantine"]
    assert (refused["source_key"].split("/")[-1], refused["source_line"]) == (name, 1)
    assert refused["reasons"][0].startswith(reason)
    assert len(written.rows["artists"]) == 1


def test_names_are_read_in_any_case() -> None:
    assert len(run([inbox("A.JSON", artist(1)), inbox("b.NdJson", artist(2))]).rows["artists"]) == 2


def test_dropped_files_do_not_fail_what_spotify_sent_and_fail_a_date_of_their_own() -> None:
    junk = inbox("junk.ndjson", *(b"junk\n" for _ in range(500)))
    assert len(run([raw("artists", GOOD[0]), junk], max_quarantine_ratio=0.05).rows["artists"]) == 1
    with pytest.raises(ContractBroken, match=r"500 of 501 responses"):
        run([junk, inbox("good.json", artist(1))], max_quarantine_ratio=0.05)


def test_who_is_followed_says_nothing_of_what_was_dropped() -> None:
    """The watch-list is not data from Spotify: with nothing else, a date is judged by its files."""
    followed = raw("watchlist", envelope({"id": an_id(4)}, url="state/watchlist.json"))
    with pytest.raises(ContractBroken, match=r"30 of 31 responses"):
        run(
            [followed, inbox("junk.ndjson", *[b"junk\n"] * 30), inbox("good.json", artist(1))],
            max_quarantine_ratio=0.05,
        )


def test_a_dropped_response_without_a_time_yields_to_spotify_s_of_the_day() -> None:
    """Its object was written an hour after Spotify's response."""
    written = run([inbox("old.json", artist(1, name="Dropped")), raw("artists", envelope(artist(1, name="Sent")))])
    assert [row["name"] for row in written.rows["artists"]] == ["Sent"]
    assert written.summary["conservation"]["inbox"]["duplicates"] == 1


@pytest.mark.parametrize("fetched_at", ["2019-01-01T00:00:00Z", "2026-11-25T00:00:00Z", "9999-12-31T00:00:00Z"])
def test_a_dropped_envelope_of_another_day_is_taken_as_one_without_a_time(fetched_at: str) -> None:
    """Otherwise the audit would refuse the whole run because of its row."""
    foreign = envelope(artist(1, name="Dropped"), fetched_at=fetched_at)
    written = run([inbox("old.json", foreign)])
    assert [row["observed_at"].isoformat() for row in written.rows["artists"]] == ["2026-11-23T07:00:00+00:00"]
    assert written.rows["artists"][0]["faults"][0].startswith("observed_at: is not of this date")
    written = run([inbox("old.json", foreign), raw("artists", envelope(artist(1, name="Sent")))])
    assert [row["name"] for row in written.rows["artists"]] == ["Sent"]


@pytest.mark.parametrize(
    ("fetched_at", "of_the_day"),
    [
        ("2026-11-21T23:59:59Z", False),
        ("2026-11-22T00:00:00Z", True),
        ("2026-11-24T23:59:59Z", True),
        ("2026-11-25T00:00:00Z", False),
    ],
)
def test_a_dropped_envelope_is_of_the_date_from_the_day_before_to_the_day_after(
    fetched_at: str, of_the_day: bool
) -> None:
    """The schedule's time zone may be half a day from UTC, in either direction."""
    written = run([inbox("old.json", envelope(artist(1), fetched_at=fetched_at))])
    (row,) = written.rows["artists"]
    assert (row["faults"] is None, f"{row['observed_at']:%Y-%m-%dT%H:%M:%SZ}" == fetched_at) == (of_the_day,) * 2


SINGLE = {"name": "T", "artists": [{"id": an_id(3), "name": "n", "type": "artist"}]}


@pytest.mark.parametrize("kind", [{}, {"type": None}, {"type": "Track"}], ids=repr)
def test_a_track_is_one_by_its_fields_whatever_its_type_says(kind: dict[str, object]) -> None:
    one = {**SINGLE, "id": an_id(1), "disc_number": 1, "track_number": 2, "duration_ms": 9, "album": {"id": an_id(2)}}
    written = run([inbox("one.json", one | kind)])
    assert {table: len(rows) for table, rows in written.rows.items() if rows} == {"tracks": 1}


@pytest.mark.parametrize("kind", [{}, {"type": None}, {"type": "ALBUM"}], ids=repr)
def test_an_album_is_one_by_its_fields_whatever_its_type_says(kind: dict[str, object]) -> None:
    one = {**SINGLE, "id": an_id(1), "album_type": "single", "total_tracks": 1}
    written = run([inbox("one.json", one | kind)])
    assert {table: len(rows) for table, rows in written.rows.items() if rows} == {"albums": 1}


def test_what_neither_type_nor_fields_name_is_refused_whole() -> None:
    written = run([inbox("one.json", {**SINGLE, "id": an_id(1)})])
    assert {table: len(rows) for table, rows in written.rows.items() if rows} == {"quarantine": 1}


def test_past_the_first_thousand_refused_records_of_an_object_the_rest_are_counted() -> None:
    written = run([inbox("many.ndjson", *(b"x\n" for _ in range(2_500))), inbox("few.ndjson", b"x\n")], workers=1)
    counted = written.summary["conservation"]["inbox"]
    assert (counted["quarantined"], counted["unkept"], len(written.rows["quarantine"])) == (2_501, 1_500, 1_001)
    assert [row["source_line"] for row in written.rows["quarantine"][-3:]] == [998, 999, 1000]
    assert written.summary["reasons"] == {"line: not JSON": 2_501}


def test_which_refused_records_are_kept_does_not_depend_on_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_result, "MOST_KEPT", 5)
    lines = [b"x\n" if number % 3 else envelope(artist(number, name="")) for number in range(60)]
    ways = [run([raw("artists", *lines)], block_bytes=size).rows["quarantine"] for size in (64, 1000, 1 << 20)]
    assert ways[0] == ways[1] == ways[2]
    assert [row["source_line"] for row in ways[0]] == [1, 2, 3, 4, 5]


def test_which_of_the_refused_records_of_one_line_are_kept_does_not_depend_on_their_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(block_result, "MOST_KEPT", 3)
    source = lines.Source("raw/x", "albums", datetime(2026, 11, 23, tzinfo=UTC))
    kept = []
    for records in ("abcde", "edcba"):
        refusals = block_result.Refusals()
        for each in records:
            refusals.refuse("albums", source, 1, ["why"], each)
        kept.append([each["record"] for each in refusals])
    assert kept[0] == kept[1]


def test_while_records_are_refused_at_most_twice_as_many_are_held_as_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_result, "MOST_KEPT_IN_ALL", 4)
    refusals, held = block_result.Refusals(), []
    for number in range(20):
        refusals.refuse("inbox", Source(f"{number}.json", "inbox", WRITTEN), 1, ["why"], {})
        held.append(len([*refusals]))
    assert max(held) == 8


def test_of_many_files_each_keeps_equally_many_of_its_refused_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(block_result, "MOST_KEPT_IN_ALL", 10)
    files = [inbox(name, b"x\n" * count) for name, count in (("a.json", 40), ("b.json", 40), ("c.json", 1))]
    spotifys = raw("artists", *(envelope(artist(number, name="")) for number in range(1, 5)))
    for given, size in ((files, 1 << 20), (files[::-1], 1 << 20), (files[::-1], 16)):
        written = run([spotifys, *given], block_bytes=size)
        kept = [(row["source_key"].rsplit("/")[-1], row["source_line"]) for row in written.rows["quarantine"]]
        expected = [*(("a.json", line) for line in range(1, 6)), *(("b.json", line) for line in range(1, 5))]
        assert kept[:-4] == [*expected, ("c.json", 1)] or kept[4:] == [*expected, ("c.json", 1)]
        counted = written.summary["conservation"]
        assert (counted["inbox"]["quarantined"], counted["inbox"]["unkept"], counted["artists"]["unkept"]) == (
            81,
            71,
            0,
        )


def test_the_line_after_one_that_is_too_long_to_hold_has_the_next_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST", 1_000)
    written = run([raw("artists", b"x" * 200_000 + b"\n", b"y\n")], block_bytes=1_024)
    assert [(row["source_line"], row["record"][1]) for row in written.rows["quarantine"]] == [(1, "x"), (2, "y")]


@pytest.mark.parametrize("more", [0, 1], ids=["as long", "longer"])
def test_a_line_may_be_as_long_as_the_limit_and_no_longer(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    line = json.dumps(envelope(artist(1))).encode()
    monkeypatch.setattr(lines, "LONGEST", len(line) - more)
    written = run([raw("artists", line + b"\n")])
    assert (len(written.rows["artists"]), len(written.rows["quarantine"])) == (1 - more, more)


@pytest.mark.parametrize("name", ["{}.json", "{}.csv"], ids=["read", "not read"])
def test_what_is_refused_of_many_files_is_handed_on_in_blocks(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The texts would fill the memory if one block held those of all files."""
    monkeypatch.setattr(lines, "MOST_VALUES", 20)
    many = [(Source(name.format(number), "inbox", WRITTEN), io.BytesIO(b"x")) for number in range(100)]
    assert max(len(block.refused) for block in lines.blocks(many, lines.Buffers(1 << 20))) <= 20
    long = [(Source(name.format(number), "inbox", WRITTEN), io.BytesIO(b"x" * 5_000)) for number in range(19)]
    found = [sum(len(each.head) for each in block.refused) for block in lines.blocks(long, lines.Buffers(1 << 12))]
    assert max(found) <= 5_000
    monkeypatch.setattr(lines, "MOST_TEXT", 1 << 12)
    again = [(source, io.BytesIO(b"x" * 5_000)) for source, _ in long]
    few = [sum(len(each.head) for each in block.refused) for block in lines.blocks(again, lines.Buffers(1 << 16))]
    assert max(few) <= 5_000


@pytest.mark.parametrize(
    "given",
    [inbox("notes.csv", b"x" * 5_000), inbox("words.json", b"x" * 5_000), raw("artists", b"x" * 5_000 + b"\n")],
    ids=["not read", "inbox", "too long"],
)
def test_of_what_is_refused_unread_the_first_thousand_characters_are_kept(
    given: tuple[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """This is enough to find it; the object itself stays in place."""
    monkeypatch.setattr(lines, "LONGEST", 4_000)
    (row,) = run([given]).rows["quarantine"]
    assert row["record"] == f'"{"x" * 1024}"'
