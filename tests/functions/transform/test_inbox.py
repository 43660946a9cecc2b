"""The inbox: envelopes and bare responses of every kind."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from functions.transform.inbox.window import LONGEST_VALUE
from functions.transform.lines import Line, Source
from functions.transform.parse import responses, strict
from tests.functions.transform import days
from tests.functions.transform.days import album, an_id, artist, envelope, full_track, inbox, page, run, track

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functions.transform.days import Written


def ids(written: Written) -> dict[str, list[str]]:
    """Return the ids of the rows of each table that has rows."""
    names = {"artists": "artist_id", "albums": "album_id", "tracks": "track_id"}
    return {table: [row[name] for row in written.rows[table]] for table, name in names.items() if written.rows[table]}


PLAIN = {name: value for name, value in album(1).items() if name not in {"tracks", "label", "external_ids"}}
ANSWERS: dict[str, tuple[Any, dict[str, list[str]]]] = {
    "an artist": (artist(1), {"artists": [an_id(1)]}),
    "an album": (album(1, [track(5)]), {"albums": [an_id(1)], "tracks": [an_id(5)]}),
    "a track": (full_track(5), {"tracks": [an_id(5)]}),
    "an envelope": (envelope(artist(1)), {"artists": [an_id(1)]}),
    "a recorded answer": ({"source": "x", "url": None, "status": None, "body": artist(1)}, {"artists": [an_id(1)]}),
    "a page of albums": (page([PLAIN, None]), {"albums": [an_id(1)]}),
    "a page of an album's tracks": (
        page([track(5)], href=f"https://api.spotify.com/v1/albums/{an_id(1)}/tracks?offset=0"),
        {"tracks": [an_id(5)]},
    ),
    "a page of full tracks": (page([full_track(5)]), {"tracks": [an_id(5)]}),
    "a search": (
        {
            "artists": page([artist(1)]),
            "albums": page([PLAIN]),
            "tracks": page([full_track(5)]),
            "playlists": page([1]),
        },
        {"artists": [an_id(1)], "albums": [an_id(1)], "tracks": [an_id(5)]},
    ),
    "several artists": ({"artists": [artist(1), None, artist(2)]}, {"artists": [an_id(1), an_id(2)]}),
    "several albums": ({"albums": [album(1, [track(5)])]}, {"albums": [an_id(1)], "tracks": [an_id(5)]}),
    "several tracks": ({"tracks": [full_track(5)], "seeds": []}, {"tracks": [an_id(5)]}),
    "playlist items of the old shape": (page([{"added_at": None, "track": full_track(5)}]), {"tracks": [an_id(5)]}),
    "playlist items of the new shape": (page([{"item": full_track(5), "track": None}]), {"tracks": [an_id(5)]}),
    "a playlist": ({"type": "playlist", "tracks": page([{"track": full_track(5)}])}, {"tracks": [an_id(5)]}),
    "saved albums": (page([{"added_at": "x", "album": album(1, [])}]), {"albums": [an_id(1)]}),
    "a list of answers": ([artist(1), {"tracks": [full_track(5)]}], {"artists": [an_id(1)], "tracks": [an_id(5)]}),
    "an empty page": (page([]), {}),
    "a search for playlists": ({"playlists": page([{"id": "x"}])}, {}),
}


@pytest.mark.parametrize(("answer", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_each_kind_of_answer_gives_its_rows(answer: object, expected: dict[str, list[str]]) -> None:
    written = run([inbox("one.ndjson", answer)])
    assert (ids(written), written.rows["quarantine"]) == (expected, [])


@pytest.mark.parametrize("answer", [{}, {"display_name": "x"}, 5, {"artists": 5}, {"error": {"status": 404}}])
def test_what_holds_nothing_of_ours_is_quarantined_whole(answer: object) -> None:
    written = run([inbox("one.ndjson", answer)])
    assert (ids(written), len(written.rows["quarantine"])) == ({}, 1)


def test_an_episode_among_the_tracks_is_quarantined() -> None:
    episode = {"id": an_id(1), "type": "episode", "name": "n", "show": {}}
    written = run([inbox("one.ndjson", page([{"track": episode}, {"track": full_track(5)}]))])
    assert ids(written) == {"tracks": [an_id(5)]}
    assert "type: not track" in written.reasons()[0]


@pytest.mark.parametrize("name", ["a.json", "a.ndjson", "a.jsonl", "a.json.gz", "a.ndjson.gz", "a.jsonl.gz"])
def test_lines_are_read_whatever_the_object_is_called(name: str) -> None:
    key, data = inbox(name, artist(1), artist(2))
    written = run([(key, gzip.compress(data) if name.endswith(".gz") else data)])
    assert ids(written) == {"artists": [an_id(1), an_id(2)]}


@pytest.mark.parametrize("document", [artist(1), [artist(1)], {"artists": [artist(1)]}])
def test_a_document_over_many_lines_is_one_answer(document: object) -> None:
    key, _ = inbox("pretty.json")
    text = "\ufeff" + json.dumps(document, indent=2)
    assert ids(run([(key, text.encode())])) == {"artists": [an_id(1)]}


def test_a_document_that_breaks_off_is_one_refused_record() -> None:
    key, _ = inbox("pretty.json")
    written = run([(key, json.dumps(artist(1), indent=2).encode()[:-30])])
    assert written.reasons() == [["object: breaks off inside a list or a value"]]


def test_an_envelope_keeps_its_times_and_a_bare_answer_takes_its_object_s() -> None:
    written = run([inbox("two.ndjson", envelope(artist(1)), artist(2))])
    assert [(row["observed_at"].hour, row["first_seen"].day) for row in written.rows["artists"]] == [(6, 1), (7, 23)]


def test_every_recorded_answer_is_a_row_a_counted_duplicate_or_refused_with_a_reason(recorded: Path) -> None:
    written = run([inbox(path.name, path.read_bytes()) for path in sorted(recorded.glob("*.jsonl"))])
    counted = written.summary["conservation"]["inbox"]
    assert counted["read"] == counted["written"] + counted["quarantined"] + counted["duplicates"]
    assert {table for table, rows in written.rows.items() if rows} == {"artists", "albums", "tracks", "quarantine"}
    assert written.summary["quarantine_ratio"] < 0.05
    assert all(reasons for reasons in written.reasons())


def test_an_album_of_more_tracks_than_a_record_can_hold_keeps_its_row_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(responses, "MOST_TRACKS", 2)
    written = run([inbox("a.json", album(1, [track(5), track(6)]), album(2, [track(7), track(8), track(9)]))])
    assert ids(written) == {"albums": [an_id(1), an_id(2)], "tracks": [an_id(5), an_id(6)]}
    (faults,) = [row["faults"] for row in written.rows["albums"] if row["faults"]]
    assert faults[0].startswith("tracks: more than 2; found ")


@pytest.mark.parametrize("name", ["[{", '"[[', "}{\\[", "\\"])
def test_brackets_in_the_names_of_a_long_page_do_not_nest(name: str) -> None:
    """Each bracket once counted as one that stays open: a page of 201 such names was rejected."""
    written = run([inbox("a.json", {"artists": [artist(number, name=name) for number in range(250)]})])
    assert [row["name"] for row in written.rows["artists"]] == [name] * 250


def test_no_record_of_the_inbox_holds_more_tracks_with_id_and_name_than_an_album_may_have() -> None:
    smallest = json.dumps({"id": an_id(1), "name": "a"}, separators=(",", ":")) + ","
    assert responses.MOST_TRACKS * len(smallest) > LONGEST_VALUE


@pytest.mark.parametrize("at_once", [1, 2])
@pytest.mark.parametrize("bound", ["BATCH", "BATCH_BYTES"])
def test_records_are_settled_as_soon_as_their_number_or_their_bytes_are_many_and_counted_anew_then(
    bound: str, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time costs milliseconds, whatever the number."""
    source = Source(inbox("a.json")[0], "inbox", datetime(2026, 1, 1, tzinfo=UTC))
    lines = [Line(source, at, json.dumps(artist(at)).encode(), drift_counted=False) for at in (1, 2, 3, 4)]
    monkeypatch.setattr(strict, bound, at_once * (1 if bound == "BATCH" else len(lines[0].text)))
    found = strict.read("inbox", lines, date(2026, 1, 1))
    assert [rows.num_rows for _, rows in found.untimed] == [at_once] * (4 // at_once)
    monkeypatch.undo()
    whole = strict.read("inbox", lines, date(2026, 1, 1))
    assert pa.concat_tables(rows for _, rows in found.untimed) == pa.concat_tables(rows for _, rows in whole.untimed)


@pytest.mark.parametrize(
    ("written_at", "observed_at"),
    [
        ("2026-11-22T00:00:00+00:00", "2026-11-22T00:00:00+00:00"),
        ("2026-11-21T23:59:59+00:00", "2026-11-23T00:00:00+00:00"),
        ("2027-01-01T12:00:00+00:00", "2027-01-01T12:00:00+00:00"),
    ],
    ids=["the day before", "earlier than the day before", "long after"],
)
def test_a_bare_answer_was_observed_when_its_object_was_written_unless_that_was_before_its_date(
    written_at: str, observed_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The audit refuses rows from before the date; an object copied into the inbox may keep its time."""
    monkeypatch.setattr(days, "WRITTEN", datetime.fromisoformat(written_at))
    (row,) = run([inbox("one.json", artist(1))]).rows["artists"]
    assert row["observed_at"].isoformat() == observed_at


@pytest.mark.parametrize(
    ("fetched_at", "accepted"), [("2027-01-02T11:59:59Z", True), ("2027-01-02T12:00:00Z", False)], ids=["in", "after"]
)
def test_an_answer_was_given_within_a_day_after_its_object_was_written(
    fetched_at: str, accepted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(days, "WRITTEN", datetime(2027, 1, 1, 12, tzinfo=UTC))
    (row,) = run([inbox("one.json", envelope(artist(1), fetched_at=fetched_at))]).rows["artists"]
    assert (row["faults"] is None) == accepted


def test_a_line_of_which_an_album_and_its_tracks_are_refused_is_one_case_among_others() -> None:
    source = Source("raw/snapshot_date=2026-11-23/albums/x.ndjson.gz", "albums", datetime(2026, 11, 23, tzinfo=UTC))
    nameless = {"type": "album", "id": 1, "tracks": {"items": [{"type": "track", "id": 1}]}}
    lines = [Line(source, at, json.dumps(envelope(nameless)).encode(), drift_counted=False) for at in (1, 2)]
    assert len(strict.read("albums", lines, date(2026, 11, 23)).cases) == 2
