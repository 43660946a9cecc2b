"""New and vanished fields are named in the summary, and never fail a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from functions.transform import drift
from tests.functions.transform.days import album, artist, envelope, full_track, inbox, mention, raw, run, track

if TYPE_CHECKING:
    import pytest

    from functions.shared.events import Drift


def new(dataset: str, path: str, count: int, example_type: str) -> Drift:
    """Return the entry of an unmapped field."""
    return {"dataset": dataset, "path": path, "kind": "new", "count": count, "example_type": example_type}


def test_answers_as_they_are_known_do_not_drift() -> None:
    written = run(
        [
            raw("artists", envelope(artist())),
            raw("albums", envelope(album())),
            raw("tracks", envelope(full_track())),
        ]
    )
    assert written.summary["drift"] == []


def test_an_unmapped_field_is_named_with_its_path_count_and_type() -> None:
    tracks = [track(1, mood={"valence": 1}), track(2, mood={"valence": 2}), track(3, mood=None)]
    artists = [{"id": "0" * 22, "verified": True}]
    written = run([raw("albums", envelope(album(1, tracks, artists=artists, bpm=[120])))])
    assert written.summary["drift"] == [
        new("albums", "track.mood", 2, "object"),
        new("albums", "album.artists[].verified", 1, "true or false"),
        new("albums", "album.bpm", 1, "list"),
    ]


def test_names_of_fields_with_lone_surrogates_or_of_300_kb_are_named_within_bounds() -> None:
    """The runtime exits because of the first, and a state fails because of the second; the records are kept."""
    written = run([raw("artists", envelope({**artist(), "\ud800x": 1, "y" * 300_000: 2}))])
    assert next(each["path"] for each in written.summary["drift"]) == "artist.\\ud800x"
    assert len(json.dumps(written.summary["drift"], ensure_ascii=False).encode()) < 1_000
    assert written.summary["tables"]["artists"]["rows"] == 1


def test_a_hundred_fields_are_named_the_most_frequent_first() -> None:
    many = {f"field{number:03d}": 1 for number in range(101)}
    lines = [envelope(artist(number, **(many if number else {}), often=1)) for number in range(2)]
    drift = run([raw("artists", *lines)]).summary["drift"]
    assert drift[0] == new("artists", "artist.often", 2, "number")
    assert [each["path"] for each in drift[1:]] == [f"artist.field{number:03d}" for number in range(99)]


def test_an_unmapped_field_is_counted_once_though_its_line_is_read_twice() -> None:
    written = run([raw("albums", envelope(album(1, [track(1, duration_ms=0)], bpm=1)), envelope(album(2, bpm="fast")))])
    assert written.summary["drift"] == [new("albums", "album.bpm", 2, "number")]


def test_a_mapped_field_that_no_record_has_is_gone() -> None:
    written = run([raw("albums", *(envelope(album(number, label=None)) for number in range(3)))])
    assert written.summary["drift"] == [
        {"dataset": "albums", "path": "album.label", "kind": "gone", "count": 3, "example_type": "text"}
    ]


def test_a_field_that_one_record_has_is_not_gone() -> None:
    written = run([raw("albums", envelope(album(1, label=None)), envelope(album(2)))])
    assert written.summary["drift"] == []


def test_what_the_development_profile_does_not_send_is_not_gone() -> None:
    lean = artist()
    for name in ("genres", "followers", "popularity"):
        del lean[name]
    day = [raw("artists", envelope(lean))]
    assert run(day, profile="development").summary["drift"] == []
    assert {each["path"] for each in run(day, profile="extended").summary["drift"]} == {
        "artist.genres",
        "artist.followers.total",
        "artist.popularity",
    }


def test_nothing_is_gone_from_what_people_drop() -> None:
    assert run([inbox("old.json", {"type": "artist", "id": "0" * 22, "name": "n"})]).summary["drift"] == []


def test_entries_of_one_count_have_one_order_whatever_came_first() -> None:
    """Otherwise two runs over the same inputs would give different summaries (invariant 2)."""
    found = {}
    for dataset in ("tracks", "albums"):
        found[dataset] = drift.Drifted()
        for name in ("track.b", "track.a"):
            found[dataset].count(name, 1)
    for each in (found, dict(reversed(found.items()))):
        told = [(entry["dataset"], entry["path"]) for entry in drift.summary(each, "extended")]
        assert told == [("albums", "track.a"), ("albums", "track.b"), ("tracks", "track.a"), ("tracks", "track.b")]


def test_the_fields_of_many_blocks_are_counted_by_themselves_up_to_ten_thousand() -> None:
    found = drift.Drifted()
    for block in range(2):
        other = drift.Drifted()
        for number in range(6_000):
            other.count(f"track.{block}.{number}", 1)
        found.add(other)
    assert len(found.unmapped) == 10_000 + 1
    assert found.unmapped["track.…", "others"] == 2_000


def test_a_flood_of_new_fields_does_not_flood_the_summary() -> None:
    flood = {f"field{number}": number for number in range(500)}
    assert len(run([raw("artists", envelope(artist() | flood))]).summary["drift"]) == 100


def test_an_unmapped_text_of_another_type_refuses_nothing_and_is_no_drift() -> None:
    mentions = [mention(1) | {"name": 5, "uri": [], "external_urls": "x"}]
    tracks = [track(1, href=5, uri={"a": 1}), track(2, artists=mentions)]
    written = run([raw("albums", envelope(album(1, tracks, href=None, uri=False)), envelope(album(2)))])
    assert (len(written.rows["albums"]), len(written.rows["tracks"]), written.rows["quarantine"]) == (2, 4, [])
    assert written.summary["drift"] == []


def test_of_very_many_new_fields_the_first_are_counted_each_and_the_others_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drift, "MOST_COUNTED", 2)
    found = inbox("a.json", *(artist(number) | {f"field{number}": 1, "field1": "x"} for number in (1, 2, 3, 4)))
    assert run([found]).summary["drift"] == [
        new("inbox", "artist.field1", 4, "text"),
        new("inbox", "artist.…", 2, "others"),
        new("inbox", "artist.field2", 1, "number"),
    ]


def test_the_example_of_a_field_of_several_types_does_not_depend_on_their_order() -> None:
    told = []
    for values in ((1, "a"), ("a", 1)):
        drifted = drift.Drifted()
        for value in values:
            drifted.count("artist.new", value)
        told.append(drift.summary({"artists": drifted}, "development"))
    assert told[0] == told[1]
