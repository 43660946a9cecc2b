"""One row per entity and day, whatever order its observations come in."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest

from functions.transform import kept, merge, parquet
from tests.functions.transform.days import Json, album, an_id, artist, envelope, full_track, inbox, raw, run, track
from tests.often import some


def at(second: int) -> str:
    """Return an instant of the day."""
    return f"2026-11-23T06:00:{second:02d}Z"


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_of_equal_times_the_rows_themselves_decide(order: tuple[int, ...]) -> None:
    lines = [envelope(artist(1, name=name)) for name in "cab"]
    written = run([raw("artists", *(lines[each] for each in order))])
    assert [row["name"] for row in written.rows["artists"]] == ["a"]
    assert written.summary["conservation"]["artists"]["duplicates"] == 2


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_the_earliest_first_seen_is_kept(order: tuple[int, ...]) -> None:
    days = ["2026-11-20", "2026-11-01", "2026-11-23"]
    lines = [envelope(artist(1), first_seen=day, fetched_at=at(second)) for second, day in enumerate(days)]
    written = run([raw("artists", *(lines[each] for each in order))])
    assert [str(row["first_seen"]) for row in written.rows["artists"]] == ["2026-11-01"]


def test_what_only_a_whole_answer_says_is_taken_from_the_last_that_says_it() -> None:
    lookups = [
        envelope(full_track(1, external_ids={"isrc": isrc}), fetched_at=at(second))
        for second, isrc in enumerate(["QZABC2600001", "QZABC2600002"])
    ]
    on_album = envelope(album(1, [track(1, name="Last")]), fetched_at=at(9))
    written = run([raw("tracks", *lookups), raw("albums", on_album)])
    assert [(row["name"], row["isrc"]) for row in written.rows["tracks"]] == [("Last", "QZABC2600002")]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_one_listing_to_which_it_is_new_is_enough(order: tuple[int, ...]) -> None:
    lines = [
        envelope(album(1, []), fetched_at=at(second), baseline=said) for second, said in enumerate([True, False, True])
    ]
    written = run([raw("albums", *(lines[each] for each in order))])
    assert [row["baseline"] for row in written.rows["albums"]] == [False]


@pytest.mark.parametrize("spotifys", [True, False])
def test_what_a_file_of_another_lake_says_of_its_past_does_not_count_beside_spotifys_own_response(
    *, spotifys: bool
) -> None:
    """Its artist has been followed there for longer, or was just followed there; its line was fetched later."""
    own = envelope(album(1, [track(1)]), first_seen="2026-11-22", baseline=spotifys, fetched_at=at(1))
    other = envelope(album(1, [track(1)]), first_seen="2024-02-29", baseline=not spotifys, fetched_at=at(2))
    rows = run([raw("albums", own), inbox("a.ndjson", other, other, album(1, [track(1)]))]).rows
    assert [(str(row["first_seen"]), row["baseline"]) for row in rows["albums"]] == [("2026-11-22", spotifys)]
    assert [str(row["first_seen"]) for row in rows["tracks"]] == ["2026-11-22"]


def test_what_only_files_say_of_an_album_counts() -> None:
    unsaid = envelope(album(1, []), first_seen="2026-11-20", fetched_at=at(2))
    said = envelope(album(1, []), first_seen="0001-01-01", baseline=True, fetched_at=at(1))
    rows = run([inbox("a.ndjson", unsaid, said, album(2, []))]).rows["albums"]
    assert [(str(row["first_seen"]), row["baseline"]) for row in rows] == [("0001-01-01", True), ("2026-11-23", None)]


def test_what_every_answer_says_is_not_filled_from_an_older_one() -> None:
    lines = [envelope(album(1, [track(1, is_playable=flag)]), fetched_at=at(n)) for n, flag in enumerate([True, None])]
    assert [row["is_playable"] for row in run([raw("albums", *lines)]).rows["tracks"]] == [None]


def test_a_track_on_two_albums_is_two_rows() -> None:
    written = run([raw("albums", *(envelope(album(number, [track(1)])) for number in (1, 2)))])
    assert [row["album_id"] for row in written.rows["tracks"]] == [an_id(1), an_id(2)]


@pytest.mark.parametrize("loose", [64 << 20, 10_000, 0], ids=["as they are", "packed now and then", "packed each time"])
@pytest.mark.parametrize("at_once", some({2}, [1, 2, 3, 8]))
def test_how_many_rows_are_merged_at_once_does_not_matter(
    monkeypatch: pytest.MonkeyPatch, at_once: int, loose: int
) -> None:
    """Few or many rows of an artist, a track, an album, with and without what is filled, first seen on other days."""
    dice = Random(at_once)
    lines, looked_up, albums = [], [], []
    for number in [*range(6), *[6] * 30, *[dice.randrange(6) for _ in range(30)]]:
        known: Json = {"popularity": dice.choice([None, None, None, dice.randrange(100)]), "name": dice.choice("ab")}
        when = {"first_seen": f"2026-11-{dice.randint(1, 9):02d}", "fetched_at": at(dice.randrange(5))}
        lines.append(envelope(artist(number, **known), **when))
        isrc = dice.choice([{}, {}, {}, {}, {"isrc": f"QZABC26{dice.randrange(100_000):05d}"}])
        looked_up.append(envelope(full_track(number, external_ids=isrc, **known), **when))
        said: Json = dice.choice([{}, {}, {"baseline": True}, {"baseline": False}])
        albums.append(envelope(album(number, [], **known), **when, **said))
    objects = [
        raw("artists", *lines[:30]),
        raw("tracks", *looked_up[:40]),
        raw("albums", *albums),
        inbox("a.ndjson", *lines[60:], *lines[:5], *albums[:5]),
        raw("artists", *lines[30:60]),
        raw("tracks", *looked_up[40:]),
    ]
    wanted = run(objects)
    monkeypatch.setattr(merge, "AT_ONCE", at_once)
    monkeypatch.setattr(kept, "MOST_LOOSE", loose)
    monkeypatch.setattr(kept, "BATCH", at_once)
    monkeypatch.setattr(kept, "BATCH_BYTES", 300)
    monkeypatch.setattr(kept, "RANGE", 2)
    found = run(objects)
    assert found.summary == wanted.summary
    assert found.rows == wanted.rows
    assert wanted.summary["conservation"]["tracks"]["duplicates"] > 50


def test_rows_are_sorted_by_key_across_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS_OF_A_PART", 7)
    written = run([raw("artists", *(envelope(artist(number)) for number in (5, 3, 9, *range(100, 80, -1))))])
    found = [row["artist_id"] for row in written.rows["artists"]]
    assert found == sorted(found)
    assert len(written.parts["artists"]) == written.summary["tables"]["artists"]["parts"] == 4


def test_the_bytes_hold_neither_pandas_nor_arrow_s_own_metadata() -> None:
    part = run([raw("artists", envelope(artist()))]).parts["artists"][0]
    assert b"pandas" not in part
    assert b"ARROW:schema" not in part
