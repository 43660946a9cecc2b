"""The views' rows for a few days, in the embedded Athena."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from infra.rendering.sql import SQL, fill
from infra.rendering.views import View, all_views, presto_type
from tests.often import one_in
from tests.sql.lake_of_days import LakeOfDays, album, an_id, artist, observation, track

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

FOLLOWED = [observation("artist", number, "followed") for number in (1, 2)]


@pytest.fixture(scope="module")
def days(aws: EmbeddedAws) -> LakeOfDays:
    """Return four published days, and a run of the second that failed."""
    lake = LakeOfDays(aws)
    tracks = [track(100, 10), track(101, 10, track_number=2), track(110, 11)]
    lake.run(
        "2026-11-01",
        "r1",
        artists=[artist(1), artist(2)],
        albums=[album(10, total_tracks=2, baseline=False), album(11, baseline=False)],
        tracks=tracks,
        observations=FOLLOWED,
    )
    lake.run("2026-11-02", "failed", albums=[album(10, name="Never shown", total_tracks=2)])
    lake.run(
        "2026-11-02",
        "r2",
        observations=[FOLLOWED[0], observation("album", 10, "unchanged"), observation("album", 11, "gone")],
    )
    lake.run(
        "2026-11-03",
        "r3",
        first_seen="2026-11-01",
        albums=[album(10, name="Album X", label="New Label"), album(11)],
        tracks=[track(100, 10, duration_ms=2000), track(110, 11)],
        observations=[FOLLOWED[0]],
    )
    lake.run("2026-11-04", "r4", observations=[FOLLOWED[0]])
    for number in range(1, 5):
        lake.publish(f"2026-11-0{number}", f"r{number}")
    return lake


def changes(days: LakeOfDays, day: str) -> list[list[str | None]]:
    return days.ask(
        "SELECT change, entity, entity_id, field, old_value, new_value FROM catalogue_changes "  # noqa: S608  our own day
        f"WHERE snapshot_date = DATE '{day}' ORDER BY change, entity, entity_id, field"
    )


@pytest.mark.parametrize("view", one_in(3, all_views()), ids=lambda view: view.name)
def test_a_view_returns_the_columns_that_its_file_declares(days: LakeOfDays, view: View) -> None:
    ended = days.shown.query(f"SELECT * FROM {view.name}")  # noqa: S608  our own view
    assert ended.state == "SUCCEEDED", ended.reason
    assert ended.columns == [each["Name"] for each in view.columns]
    declared = [presto_type(each["Type"]).split("(")[0] for each in view.columns]
    assert [kind.split("(")[0] for kind in ended.types] == declared


def test_a_run_that_is_not_published_is_not_seen(days: LakeOfDays) -> None:
    assert days.ask("SELECT name FROM albums WHERE snapshot_date = DATE '2026-11-02'") == []


def test_what_is_met_for_the_first_time_is_added(days: LakeOfDays) -> None:
    met = [(change, entity, entity_id) for change, entity, entity_id, *_ in changes(days, "2026-11-01")]
    assert met == [
        ("added", "album", an_id(10)),
        ("added", "album", an_id(11)),
        ("added", "artist", an_id(1)),
        ("added", "artist", an_id(2)),
        ("added", "track", an_id(100)),
        ("added", "track", an_id(101)),
        ("added", "track", an_id(110)),
    ]


def test_what_spotify_knows_no_more_is_removed_and_who_left_the_watch_list_is_no_longer_followed(
    days: LakeOfDays,
) -> None:
    assert changes(days, "2026-11-02") == [
        ["no longer followed", "artist", an_id(2), None, None, None],
        ["removed", "album", an_id(11), None, None, None],
    ]


def test_each_field_that_changed_is_a_row_and_what_is_there_again_has_returned(days: LakeOfDays) -> None:
    """The label is not a change: a response may leave it out, so null has no meaning."""
    assert changes(days, "2026-11-03") == [
        ["changed", "album", an_id(10), "name", "Album 10", "Album X"],
        ["changed", "album", an_id(10), "total_tracks", "2", "1"],
        ["changed", "track", an_id(100), "duration_ms", "1000", "2000"],
        ["removed", "track", an_id(101), None, None, None],
        ["returned", "album", an_id(11), None, None, None],
    ]


def test_a_day_on_which_nothing_was_visited_changes_nothing(days: LakeOfDays) -> None:
    assert changes(days, "2026-11-04") == []


def test_the_current_rows_are_the_last_observations(days: LakeOfDays) -> None:
    assert days.ask("SELECT album_id, name, snapshot_date FROM albums_current ORDER BY album_id") == [
        [an_id(10), "Album X", "2026-11-03"],
        [an_id(11), "Album 11", "2026-11-03"],
    ]
    assert days.ask("SELECT DISTINCT snapshot_date FROM artists_current") == [["2026-11-01"]]


def test_a_release_has_its_artists_names_and_the_date_it_was_met(days: LakeOfDays) -> None:
    assert days.ask("SELECT name, artists, first_seen FROM new_releases ORDER BY name") == [
        ["Album 11", "[Artist 1]", "2026-11-01"],
        ["Album X", "[Artist 1]", "2026-11-01"],
    ]


def test_each_artist_of_a_track_is_a_row(days: LakeOfDays) -> None:
    rows = days.ask(f"SELECT artist_id, position FROM track_artists WHERE track_id = '{an_id(110)}' ORDER BY position")  # noqa: S608  our own id
    assert rows == [[an_id(1), "1"], [an_id(2), "2"]]


def test_what_is_gone_stays_in_the_current_views_with_the_day_it_went(aws: EmbeddedAws) -> None:
    """An album that came back, one that is gone, and a track that left its album; gone tracks are not counted."""
    lake = LakeOfDays(aws)
    on_10 = [track(100, 10), track(101, 10, track_number=2)]
    lake.run(
        "2026-11-01",
        "r",
        artists=[artist(1)],
        albums=[album(10, total_tracks=2), album(11), album(12)],
        tracks=[*on_10, track(110, 11), track(120, 12)],
    )
    lake.run("2026-11-02", "r", observations=[observation("album", number, "gone") for number in (11, 12)])
    lake.run("2026-11-03", "r", observations=[observation("album", 11, "gone"), observation("album", 12, "unchanged")])
    lake.run("2026-11-04", "r", albums=[album(10)], tracks=on_10[:1], observations=[observation("artist", 1, "gone")])
    for number in range(1, 5):
        lake.publish(f"2026-11-0{number}", "r")
    current = lake.ask("SELECT album_id, gone_on FROM albums_current ORDER BY album_id")
    assert current == [[an_id(10), None], [an_id(11), "2026-11-02"], [an_id(12), None]]
    assert lake.ask("SELECT track_id, gone_on FROM tracks_current ORDER BY track_id") == [
        [an_id(100), None],
        [an_id(101), "2026-11-04"],
        [an_id(110), "2026-11-02"],
        [an_id(120), None],
    ]
    assert lake.ask("SELECT entity, entity_id, name, gone_on FROM withdrawn ORDER BY entity, entity_id") == [
        ["album", an_id(11), "Album 11", "2026-11-02"],
        ["artist", an_id(1), "Artist 1", "2026-11-04"],
        ["track", an_id(101), "Track 101", "2026-11-04"],
        ["track", an_id(110), "Track 110", "2026-11-02"],
    ]
    names = {"LakeDatabase": lake.lake.database, "ViewsDatabase": lake.shown.database}
    longest = (SQL / "queries" / "longest_tracks.sql").read_text()
    assert len(lake.ask(fill(longest, names, "longest_tracks"))) == 2


def test_a_track_that_leaves_its_album_and_comes_back_is_removed_and_returned(aws: EmbeddedAws) -> None:
    lake = LakeOfDays(aws)
    whole = [track(100, 10), track(101, 10, track_number=2)]
    for number, on in enumerate((whole, whole[:1], whole), 1):
        lake.run(f"2026-11-0{number}", "r", albums=[album(10, total_tracks=len(on))], tracks=on)
        lake.publish(f"2026-11-0{number}", "r")
    found = lake.ask(
        "SELECT snapshot_date, change, entity_id FROM catalogue_changes "
        "WHERE entity = 'track' AND change <> 'added' ORDER BY 1"
    )
    assert found == [["2026-11-02", "removed", an_id(101)], ["2026-11-03", "returned", an_id(101)]]


def test_a_field_that_is_null_for_a_fault_never_changed_and_is_compared_with_what_it_was(aws: EmbeddedAws) -> None:
    lake = LakeOfDays(aws)
    garbled = {"album_type": None, "faults": ['album_type: is none of the known; found "ep"']}
    days: list[dict[str, Any]] = [{}, garbled, {**garbled, "name": "Renamed"}, {"album_type": "single"}]
    for number, given in enumerate(days, 1):
        lake.run(f"2026-11-0{number}", "r", albums=[album(10, **given)])
        lake.publish(f"2026-11-0{number}", "r")
    found = lake.ask(
        "SELECT snapshot_date, field, old_value, new_value FROM catalogue_changes "
        "WHERE change = 'changed' ORDER BY 1, 2"
    )
    assert found == [
        ["2026-11-03", "name", "Album 10", "Renamed"],
        ["2026-11-04", "album_type", "album", "single"],
        ["2026-11-04", "name", "Renamed", "Album 10"],
    ]


def test_a_field_that_never_was_without_a_fault_has_nothing_to_be_compared_with(aws: EmbeddedAws) -> None:
    lake = LakeOfDays(aws)
    lake.run("2026-11-01", "r", albums=[album(10, album_type=None, faults=["album_type: x; found 1"])])
    lake.run("2026-11-02", "r", albums=[album(10)])
    for number in (1, 2):
        lake.publish(f"2026-11-0{number}", "r")
    assert lake.ask("SELECT field FROM catalogue_changes WHERE change = 'changed'") == []


def test_what_happens_on_one_day_or_twice_is_told_once_on_the_first(aws: EmbeddedAws) -> None:
    """Album 13 has more tracks than it counts, 14 and artist 2 were there and gone on a day, 16 counted none first."""
    lake = LakeOfDays(aws)
    of_13 = [track(130 + place, 13, track_number=place) for place in (1, 2, 3)]
    of_15 = [track(150 + place, 15, track_number=place) for place in (1, 2)]
    lake.run(
        "2026-11-01",
        "r",
        artists=[artist(2), artist(3)],
        albums=[
            *(album(13), album(14), album(15, total_tracks=2)),
            *(album(16, total_tracks=0, baseline=False), album(17, total_tracks=2, baseline=False)),
        ],
        tracks=[*of_13, *of_15, track(171, 17)],
        observations=[observation("album", 14, "gone"), observation("artist", 2, "gone")],
    )
    lake.run(
        "2026-11-02",
        "r",
        artists=[artist(3, name="Renamed too")],
        albums=[album(13), album(15, name="Renamed"), album(16), album(17, total_tracks=2)],
        tracks=[*of_13[:2], of_15[0], track(161, 16), *(track(number, 17) for number in (171, 172, 173))],
    )
    lake.run("2026-11-03", "r", observations=[observation("album", 15, "gone"), observation("artist", 3, "gone")])
    for number in range(1, 4):
        lake.publish(f"2026-11-0{number}", "r")
    assert lake.ask(
        "SELECT entity, entity_id, name, gone_on FROM withdrawn ORDER BY entity, entity_id"
    ) == [
        ["album", an_id(14), "Album 14", "2026-11-01"],
        ["album", an_id(15), "Renamed", "2026-11-03"],
        ["artist", an_id(2), "Artist 2", "2026-11-01"],
        ["artist", an_id(3), "Renamed too", "2026-11-03"],
        ["track", an_id(133), "Track 133", "2026-11-02"],
        ["track", an_id(151), "Track 151", "2026-11-03"],
        ["track", an_id(152), "Track 152", "2026-11-02"],
    ]  # fmt: skip
    found = lake.ask(
        "SELECT snapshot_date, change, entity, name FROM catalogue_changes "
        "WHERE entity <> 'track' AND change NOT IN ('added', 'changed') ORDER BY 1, 2, 3, 4"
    )
    assert found == [
        ["2026-11-01", "removed", "album", "Album 14"],
        ["2026-11-01", "removed", "artist", "Artist 2"],
        ["2026-11-03", "removed", "album", "Renamed"],
        ["2026-11-03", "removed", "artist", "Renamed too"],
    ]
    of_date = "SELECT entity_id, kind FROM news WHERE entity = 'track' AND reported_on = DATE '2026-11-02' ORDER BY 1"
    assert lake.ask(of_date) == [[an_id(number), "with its album"] for number in (161, 172, 173)]
