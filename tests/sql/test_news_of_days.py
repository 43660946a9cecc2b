"""Days of extraction through transform and views: an album found after the baseline is told once, on its first row."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from functions.shared import contract, keys
from functions.transform.lines import Source
from functions.transform.transform import Limits, transform
from tests.functions.extract.world import FIRST_DAY, World, world
from tests.sql.lake_of_days import LakeOfDays

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = [pytest.mark.embedded, pytest.mark.soak]


def day(number: int) -> str:
    return (date.fromisoformat(FIRST_DAY) + timedelta(days=number)).isoformat()


def publish(lake: LakeOfDays, made: World, on: str, *, show: bool = True) -> None:
    """Turn what was extracted on a date into a run, and publish it."""
    written = datetime.fromisoformat(f"{on}T07:00:00+00:00")
    objects = [
        (Source(key, key.split("/")[2], written), io.BytesIO(made.store.objects[key][0]))
        for key in made.store.keys(keys.raw_date(on))
        if key.endswith(".gz")
    ]

    def put(table: str, number: int, part: memoryview) -> None:
        lake.lake.put(keys.part(table, on, "r", number), bytes(part))

    transform(objects, Limits(date.fromisoformat(on), "development", 1.0), put)
    for table in contract.TABLES:
        lake.lake.partition(table, on, "r")
    if show:
        lake.publish(on, "r")


def told(lake: LakeOfDays) -> dict[str, str]:
    """Return the albums that are news, and the date on which each is reported."""
    rows = lake.ask("SELECT entity_id, reported_on FROM news WHERE entity = 'album'")
    assert max(Counter(row[0] for row in rows).values(), default=1) == 1
    return {row[0] or "": row[1] or "" for row in rows}


def first_rows(lake: LakeOfDays) -> dict[str, str]:
    rows = lake.ask("SELECT album_id, min(snapshot_date) FROM albums GROUP BY album_id")
    return {row[0] or "": row[1] or "" for row in rows}


def test_albums_that_wait_for_budget_are_told_on_their_first_row_and_a_followed_artist_s_catalogue_never(
    aws: EmbeddedAws,
) -> None:
    made, lake = world(artists=6, albums=12, budgets={"tracks": 1}, new_ratio=0.08), LakeOfDays.empty(aws)
    whole = [entry["id"] for entry in made.control.watchlist()["artists"]]
    made.follow(artists=whole[:4])
    budgets = {1: 3, 3: 12, 4: 12}
    for number in range(7):
        made.dawn(day(number))
        if number == 3:
            made.follow()  # two more artists, whose catalogues take days to fetch
        made.config = replace(made.config, budgets=made.config.budgets | {"albums": budgets.get(number, 10_000)})
        made.day(day(number))
        publish(lake, made, day(number))
    seen, rows = made.frontier()["albums"], first_rows(lake)
    new = {album for album, each in seen.items() if not each["baseline"]}
    assert new, "the simulation released something"
    assert any(rows.get(album, "") > seen[album]["first_seen"] for album in new), "something waited for budget"
    assert told(lake) == {album: rows[album] for album in new if album in rows}
    late = {album for album, each in seen.items() if each["baseline"] and each["first_seen"] == day(3)}
    assert {rows[album] for album in late if album in rows} > {day(3)}, "the catalogue took more than a day"


def test_a_relinked_lookup_over_days_adds_no_track_and_removes_none(aws: EmbeddedAws) -> None:
    made, lake = world(artists=4, albums=30, refresh_days=3, retention_days=8), LakeOfDays.empty(aws)
    catalogue = made.spotify.snapshot
    relinked = [each for each in catalogue.albums if each.oddity == "relinked" and each.kind != "compilation"]
    for number in range(6):
        made.dawn(day(number))
        made.day(day(number))
        publish(lake, made, day(number))
    album = catalogue.album(relinked[0].key)
    counted = lake.ask(f"SELECT count(*) FROM tracks_current WHERE album_id = '{album.id}' AND gone_on IS NULL")  # noqa: S608  a generated id
    assert counted == [[str(album.track_count)]]
    changed = lake.ask(
        f"SELECT change, entity_id FROM catalogue_changes WHERE album_id = '{album.id}' AND change <> 'changed'"  # noqa: S608  a generated id
    )
    assert changed == []
