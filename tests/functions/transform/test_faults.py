"""A field that Spotify widens or garbles costs only the field: it is null, its text is in `faults`, the row stays."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functions.transform.days import album, an_id, artist, envelope, full_track, inbox, page, raw, run, track

Json = dict[str, Any]
NO_ID = "is no id, or holds something that is none"

TRACKS: dict[str, tuple[Json, str, str]] = {
    "a wrong type deep inside": ({"artists": [{"id": 5}]}, "artist_ids", 'not text; found [{"id":5}]'),
    "an artist with an id that is none": ({"artists": [{"id": "x"}]}, "artist_ids", f'{NO_ID}; found [{{"id":"x"}}]'),
    "artists that are no list": ({"artists": 5}, "artist_ids", "not a list of objects; found 5"),
    "an artist that is a text": ({"artists": ["x"]}, "artist_ids", 'not a list of objects; found ["x"]'),
    "no artists": ({"artists": None}, "artist_ids", "is missing; found null"),
    "a wrong type for an object": ({"external_urls": "x"}, "spotify_url", 'not inside an object; found "x"'),
    "a link to elsewhere": (
        {"external_urls": {"spotify": "http://x"}},
        "spotify_url",
        'does not start with https://open.spotify.com/; found "http://x"',
    ),
    "a text for a number": ({"duration_ms": "5"}, "duration_ms", 'not a number; found "5"'),
    "true for a number": ({"track_number": True}, "track_number", "not a number; found true"),
    "a fraction": ({"duration_ms": 1.5}, "duration_ms", "not a whole number; found 1.5"),
    "infinity": ({"duration_ms": float("inf")}, "duration_ms", 'not a whole number; found "inf"'),
    "a number beyond 32 bits": ({"duration_ms": 2**31}, "duration_ms", "beyond 32 bits; found 2147483648"),
    "a number beyond all bits": (
        {"duration_ms": 10**400},
        "duration_ms",
        f"beyond 32 bits; found 1{'0' * 199}… (401 characters)",
    ),
    "a text for true or false": ({"explicit": "no"}, "explicit", 'not true or false; found "no"'),
    "a zero duration": ({"duration_ms": 0}, "duration_ms", "is not above 0; found 0"),
    "no disc": ({"disc_number": None}, "disc_number", "is missing; found null"),
    "a surrogate in a link": (
        {"external_urls": {"spotify": "\ud800"}},
        "spotify_url",
        'holds a lone surrogate; found "\\ud800"',
    ),
}
ALBUMS: dict[str, tuple[Json, str, str]] = {
    "a type that the contract has not": (
        {"album_type": "mixtape"},
        "album_type",
        "is none of ['album', 'single', 'compilation']; found \"mixtape\"",
    ),
    "no type": ({"album_type": None}, "album_type", "is missing; found null"),
    "a month 00": ({"release_date": "1987-00"}, "release_date", 'not a calendar date; found "1987-00"'),
    "a day that no calendar has": (
        {"release_date": "2023-02-30"},
        "release_date",
        'not a calendar date; found "2023-02-30"',
    ),
    "a date in words": ({"release_date": "soon"}, "release_date", 'not a calendar date; found "soon"'),
    "a week": ({"release_date": "2019-W01-1"}, "release_date", 'not a calendar date; found "2019-W01-1"'),
    "an empty date": ({"release_date": ""}, "release_date", 'not a calendar date; found ""'),
    "a new precision": (
        {"release_date_precision": "decade"},
        "release_date_precision",
        "is none of ['day', 'month', 'year']; found \"decade\"",
    ),
    "a count below zero": ({"total_tracks": -1}, "total_tracks", "is below 0; found -1"),
    "tracks that are no page": ({"tracks": [1]}, "tracks", "not a page of tracks; found [1]"),
}


@pytest.mark.parametrize(("changed", "column", "fault"), TRACKS.values(), ids=TRACKS)
def test_a_garbled_field_of_a_track_is_null_and_its_fault_is_told(changed: Json, column: str, fault: str) -> None:
    written = run([raw("albums", envelope(album(1, [track(1, **changed), track(2)])))])
    garbled, sound = written.rows["tracks"]
    assert (garbled[column], garbled["faults"], sound["faults"]) == (None, [f"{column}: {fault}"], None)
    assert written.rows["quarantine"] == []


@pytest.mark.parametrize(("changed", "column", "fault"), ALBUMS.values(), ids=ALBUMS)
def test_a_garbled_field_of_an_album_is_null_and_its_fault_is_told(changed: Json, column: str, fault: str) -> None:
    written = run([raw("albums", envelope(album(1) | changed))])
    (found,) = written.rows["albums"]
    assert (found.get(column), found["faults"]) == (None, [f"{column}: {fault}"])
    assert (found["name"], written.rows["quarantine"]) == ("Album 1", [])


def test_genres_that_are_a_text_are_null_and_not_its_characters() -> None:
    (found,) = run([raw("artists", envelope(artist(1, genres="rock")))]).rows["artists"]
    assert (found["genres"], found["faults"]) == (None, ['genres: not a list; found "rock"'])


def test_an_object_that_is_null_leaves_the_field_inside_it_empty_without_a_fault() -> None:
    broken = artist(1, followers=None, genres="rock")  # read on the strict path because of its genres
    (found,) = run([raw("artists", envelope(broken))]).rows["artists"]
    assert (found["followers"], [each.partition(":")[0] for each in found["faults"]]) == (None, ["genres"])


def test_several_faults_of_a_row_are_told_in_order() -> None:
    written = run([raw("albums", envelope(album(1, [], release_date="1999-00", album_type="ep")))])
    assert [fault.split(":")[0] for fault in written.rows["albums"][0]["faults"]] == ["album_type", "release_date"]
    assert written.summary["faults"] == {
        "albums.album_type": {"rows": 1, "of": 1},
        "albums.release_date": {"rows": 1, "of": 1},
    }
    assert written.summary["conservation"]["albums"]["faults"] == 2


def test_the_summary_names_faulty_fields_in_order_whatever_the_order_of_their_rows() -> None:
    broken = [envelope(album(1, [], release_date="1999-00")), envelope(album(2, [], album_type="ep"))]
    for lines in (broken, broken[::-1]):
        assert [*run([raw("albums", *lines)]).summary["faults"]] == ["albums.album_type", "albums.release_date"]


def test_an_artist_of_a_track_with_an_empty_id_is_passed_over_as_one_without() -> None:
    written = run([raw("albums", envelope(album(1, [track(1, artists=[{"id": ""}, {"id": an_id(3)}])])))])
    (found,) = written.rows["tracks"]
    assert (found["artist_ids"], found["faults"]) == ([an_id(3)], None)


@pytest.mark.parametrize("fetched_at", ["yesterday", "2026-11-23", 5])
def test_a_response_without_a_readable_time_keeps_its_rows_and_yields_to_one_that_has_a_time(
    fetched_at: object,
) -> None:
    garbled = envelope(artist(1, name="No time"), fetched_at=fetched_at)
    written = run([raw("artists", garbled)])
    assert [row["faults"][0].split(":")[0] for row in written.rows["artists"]] == ["observed_at"]
    written = run([raw("artists", garbled, envelope(artist(1, name="At six")))])
    assert [row["name"] for row in written.rows["artists"]] == ["At six"]


@pytest.mark.parametrize("first_seen", ["2026-11-24", "9999-12-31", "never", 5])
def test_nothing_was_first_seen_after_the_date(first_seen: object) -> None:
    """Invariant 13, on both paths."""
    written = run([raw("artists", envelope(artist(1), first_seen=first_seen), envelope(artist(2)))])
    assert [str(row["first_seen"]) for row in written.rows["artists"]] == ["2026-11-23", "2026-11-01"]
    assert written.rows["artists"][0]["faults"][0].startswith("first_seen: ")


API = "https://api.spotify.com/v1"
RELINKED: Json = {"linked_from": {"id": an_id(100)}}


def test_a_relinked_lookup_is_of_the_track_that_was_asked_for() -> None:
    lookup = envelope(full_track(900, **RELINKED), url=f"{API}/tracks/{an_id(100)}?market=US")
    written = run([raw("tracks", lookup), raw("albums", envelope(album(1)))])
    assert [(row["track_id"], row["isrc"]) for row in written.rows["tracks"]] == [
        (an_id(100), "QZABC2600001"),
        (an_id(101), None),
    ]
    assert written.rows["tracks"][0]["spotify_url"] == f"https://open.spotify.com/track/{an_id(100)}"


def test_an_artist_who_was_merged_has_a_row_under_each_id() -> None:
    """Albums name the artist by the new ID; the watch-list, by the old one."""
    merged = envelope(artist(2), url=f"{API}/artists/{an_id(1)}", first_seen="2026-11-20")
    written = run([raw("artists", merged, envelope(artist(3), url=f"{API}/artists/{an_id(3)}"))])
    assert [(row["artist_id"], row["name"], str(row["first_seen"])) for row in written.rows["artists"]] == [
        (an_id(1), "Artist 2", "2026-11-20"),
        (an_id(2), "Artist 2", "2026-11-20"),
        (an_id(3), "Artist 3", "2026-11-01"),
    ]
    counted = written.summary["conservation"]["artists"]
    assert (counted["read"], counted["written"]) == (3, 3)


def test_a_relinked_lookup_that_stands_on_another_album_claims_no_row() -> None:
    url = f"{API}/tracks/{an_id(100)}?market=US"
    lookup = envelope(full_track(900, album_number=8, **RELINKED), url=url, album_id=an_id(1))
    written = run([raw("tracks", lookup), raw("albums", envelope(album(1)))])
    assert [row["track_id"] for row in written.rows["tracks"]] == [an_id(100), an_id(101)]
    counted = written.summary["conservation"]["tracks"]
    assert (counted["relinked"], counted["read"]) == (1, 0)


def test_an_album_that_comes_under_another_id_keeps_the_one_that_was_asked_for() -> None:
    written = run([raw("albums", envelope(album(9, [track(1)]), url=f"{API}/albums/{an_id(3)}"))])
    assert [row["album_id"] for row in written.rows["albums"]] == [an_id(3)]
    assert {row["album_id"] for row in written.rows["tracks"]} == {an_id(3)}


def test_what_a_person_dropped_keeps_the_id_it_came_with() -> None:
    dropped = envelope(full_track(900, **RELINKED), url=f"{API}/tracks/{an_id(100)}")
    assert [row["track_id"] for row in run([inbox("a.json", dropped)]).rows["tracks"]] == [an_id(900)]


def test_ten_thousand_unmapped_fields_take_no_longer_than_their_bytes() -> None:
    """They took 73 s; the suite's time-out notices."""
    many = {f"field number {number}": number for number in range(10_000)}
    written = run([raw("artists", envelope(artist(1, **many))), inbox("one.json", artist(2, **many))])
    assert len(written.rows["artists"]) == 2
    assert len(written.summary["drift"]) == 100


def test_an_empty_page_without_a_readable_time_is_one_empty_page() -> None:
    """The fast path counts an empty page and drops it; the strict path must not count the same page again."""
    written = run([raw("album_tracks", envelope(page([]), fetched_at="long ago"))])
    counted = written.summary["conservation"]["album_tracks"]
    assert (counted["lines"], counted["empty"], counted["read"]) == (1, 1, 0)
