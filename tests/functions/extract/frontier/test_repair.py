"""A frontier damaged by an earlier release is repaired before a slice works, and the run says so (invariant 13)."""

from __future__ import annotations

import json
from datetime import date, timedelta

import httpx
import pytest

from functions.extract.frontier import document as frontier
from functions.extract.frontier.document import empty
from functions.extract.frontier.repair import is_valid_etag, repair
from functions.extract.raw.store import packed
from functions.shared import keys
from tests.functions.extract.world import FIRST_DAY, World, world
from tests.often import one_in

pytestmark = pytest.mark.dateless("its clock is the simulation's")
SECOND_DAY = (date.fromisoformat(FIRST_DAY) + timedelta(days=1)).isoformat()
GOOD, OTHER, BAD = "2" * 22, "4" * 22, "/" * 22


def keep(made: World, document: frontier.Document) -> None:
    made.store.objects[keys.FRONTIER] = (packed(document), "by-hand")


@pytest.mark.parametrize("ahead", one_in(3, ["2026-12-24", "2062-11-24", "9999-12-31"]))
def test_a_run_of_a_date_ahead_hides_none_of_the_days_until_then(ahead: str) -> None:
    """Resolve refuses such a run; a frontier may still have marks of one."""
    made, quiet = (world(artists=3, albums=4, budgets={"tracks": 0}) for _ in range(2))
    for each in (made, quiet):
        each.day(FIRST_DAY)
    made.day(ahead)
    for each in (made, quiet):
        each.dawn(SECOND_DAY)
        each.spotify.log.entries.clear()
    result = made.day(SECOND_DAY)[-1]
    quiet.day(SECOND_DAY)
    assert f"request dates after {SECOND_DAY}" in result["notes"][0]
    assert {r.path for r in made.asked("artist_albums")} == {r.path for r in quiet.asked("artist_albums")}
    seen = made.frontier()
    assert {each["first_seen"] for each in seen["albums"].values()} <= {FIRST_DAY, SECOND_DAY}
    assert set(quiet.frontier()["albums"]) <= set(seen["albums"])


def test_a_redrive_after_midnight_keeps_what_the_next_day_has_seen() -> None:
    made = world(artists=2, albums=2, budgets={"tracks": 0})
    late = made.run(FIRST_DAY)
    made.dawn(SECOND_DAY)
    made.day(SECOND_DAY)
    before = made.frontier()
    assert made.slice(late)["status"] == "PARTIAL"
    assert made.frontier() == before


def test_ids_and_etags_that_are_not_valid_leave_the_frontier_and_are_counted() -> None:
    document = frontier.empty()
    document["artists"] = {BAD: {"at": FIRST_DAY}, GOOD: {"etag": '"\xe9"', "full": FIRST_DAY, "at": FIRST_DAY}}
    document["albums"] = {
        "abc": {"first_seen": FIRST_DAY, "via": [GOOD]},
        GOOD: {"first_seen": FIRST_DAY, "via": ["search:tag:new", "zzz", GOOD], "next": "/albums/zzz/tracks?offset=50"},
    }
    document["tracks"] = {GOOD: {"album": "abc", "first_seen": FIRST_DAY}}
    document["searches"] = {"search:x": {"rest": "/nowhere", "etag": "a\nb"}}
    told = repair(document, FIRST_DAY)
    assert set(document["artists"]) == set(document["albums"]) == {GOOD}
    assert document["albums"][GOOD] == {"first_seen": FIRST_DAY, "via": ["search:tag:new", GOOD]}
    assert (document["tracks"], document["searches"]) == ({}, {"search:x": {}})
    assert "etag" not in document["artists"][GOOD]
    assert [sentence.split()[3:5] for sentence in told] == [["2", "IDs"], ["2", "ETags"], ["2", "pages"]]
    assert repair(document, FIRST_DAY) == []


def test_the_first_id_that_is_not_valid_is_named_and_no_more_of_it_than_forty_characters() -> None:
    document = empty()
    document["artists"] = {"!" * 41: {}, "?": {}}
    (told,) = repair(document, FIRST_DAY)
    assert f"the first {'!' * 40!r}:" in told


@pytest.mark.parametrize(
    ("etag", "valid"),
    [
        ('"a"', True),
        ('W/"x-1"', True),
        ("", False),
        ("x", True),
        ("é", False),
        ("a\n", False),
        ("x" * 512, True),
        ("x" * 513, False),
        (None, False),
    ],
)
def test_an_etag_is_one_that_can_be_sent_back(etag: str | None, valid: bool) -> None:
    assert is_valid_etag(etag) is valid


@pytest.mark.parametrize(
    "mark", ["at", "full", "gone", "walked", "complete", "listed", "short", "paged", "heard", "recounted"]
)
def test_a_mark_of_today_stays_and_one_of_tomorrow_goes(mark: str) -> None:
    document = frontier.empty()
    document["albums"] = {GOOD: {"first_seen": FIRST_DAY, "via": [GOOD]}, OTHER: {"first_seen": FIRST_DAY, "via": []}}
    document["albums"][GOOD] |= {mark: FIRST_DAY}  # type: ignore[misc]  # one of its marks
    document["albums"][OTHER] |= {mark: SECOND_DAY}  # type: ignore[misc]
    assert repair(document, FIRST_DAY)[0].startswith("The frontier had 1 request dates after")
    assert (mark in document["albums"][GOOD], mark in document["albums"][OTHER]) == (True, False)


@pytest.mark.parametrize(("mark", "left"), [("at", set()), ("full", set()), ("listed", {"etag", "gone"})])
def test_with_a_response_of_tomorrow_goes_what_it_said(mark: str, left: set[str]) -> None:
    document = frontier.empty()
    document["albums"][GOOD] = {"first_seen": FIRST_DAY, "via": [], "etag": '"x"', "gone": FIRST_DAY}
    document["albums"][GOOD] |= {mark: SECOND_DAY}  # type: ignore[misc]  # one of its marks
    repair(document, FIRST_DAY)
    assert document["albums"][GOOD].keys() - {"first_seen", "via"} == left


@pytest.mark.parametrize(("day", "kept"), [(FIRST_DAY, True), (SECOND_DAY, False)])
def test_what_failed_or_was_found_out_today_stays_and_what_was_tomorrow_goes(day: str, kept: bool) -> None:
    document = frontier.empty()
    document["failing"]["albums/x"] = {"days": 1, "last": day}
    document["missing"]["albums/y"] = {"first": FIRST_DAY, "last": day, "times": 1}
    document["profile"] = {"configured": "development", "found": "extended", "at": day}
    document["full_shape_at"] = day
    repair(document, FIRST_DAY)
    found = (document["failing"], document["missing"], document["profile"], document.get("full_shape_at"))
    assert tuple(bool(each) for each in found) == (kept,) * 4


@pytest.mark.parametrize(
    "bad", one_in(3, ["abc", "a/b" * 7 + "x", "ab\ncd" * 4 + "xy", "\ud800" * 22, "x" * 1100, "z" * 22])
)
def test_an_id_that_is_not_valid_is_left_out_of_a_listing_and_the_rest_is_read(bad: str) -> None:
    made = world(artists=2, albums=3, budgets={"tracks": 0})
    artist = made.control.watchlist()["artists"][0]["id"]
    damaged: list[str] = []

    def instead(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith(f"/artists/{artist}/albums") or damaged:
            return None
        damaged.append(request.url.path)
        items = [{"id": bad, "name": "x", "artists": [{"id": artist}]}, {"id": GOOD, "artists": [{"id": artist}]}]
        body = json.dumps({"items": items, "next": None, "total": 2})
        return httpx.Response(200, content=body, headers=[(b"etag", b'"caf\xe9"')])

    made.instead = instead
    for number in range(3):
        today = (date.fromisoformat(FIRST_DAY) + timedelta(days=number)).isoformat()
        made.dawn(today)
        result = made.day(today)[-1]
        if number == 0:
            assert any("no valid ID and were left out: 1." in note for note in result["notes"])
    assert damaged
    seen = made.frontier()
    assert bad not in seen["albums"]
    assert GOOD in seen["albums"]
    assert not any(bad in key for key in made.store.objects)


def closed(until: str, client: str | None = None) -> dict[str, object]:
    """Return a quota document of a group that is closed."""
    app = {"client": client} if client else {}
    return {
        "day_ends_at": "2026-11-24T00:00:00.000000Z", "calls": {}, "blocked_until": {"albums": until},
        "blocked_why": {"albums": "429"}, "paused_until": None,
        "window": {"since": "1970-01-01T00:00:00Z", "until": "1970-01-01T00:00:00Z", "calls": 0},
        "run": {"run_id": "another"}, **app,
    }  # fmt: skip


@pytest.mark.parametrize("year", ["2031", "2062", "9999"])
def test_a_group_closed_for_years_is_opened_and_the_run_says_so(year: str) -> None:
    made = world(artists=1, albums=2, budgets={"tracks": 0})
    made.store.write(keys.QUOTA, closed(f"{year}-01-01T00:00:00Z"))
    result = made.day(FIRST_DAY)[-1]
    assert result["status"] == "DONE"
    assert "albums: closed for longer than Spotify ever closes a group" in result["notes"][0]


@pytest.mark.parametrize(("client", "status"), [(None, "PARTIAL"), ("another app", "DONE")])
def test_a_closed_group_belongs_to_the_app_that_it_was_closed_for(client: str | None, status: str) -> None:
    """A document without an app was written by an earlier release: it counts as this app's."""
    made = world(artists=1, albums=2, budgets={"tracks": 0})
    made.store.write(keys.QUOTA, closed("2026-11-25T00:00:00Z", client))
    result = made.day(FIRST_DAY)[-1]
    assert result["status"] == status
    assert ("closed for the previous app" in str(result.get("notes"))) is (status == "DONE")
    quota = json.loads(made.store.objects[keys.QUOTA][0])
    assert quota["client"] not in {None, "another app"}
    made.store.write(keys.QUOTA, quota | {"blocked_until": {"albums": "2026-11-25T00:00:00Z"}})
    again = made.slice(made.run(FIRST_DAY, 7))
    assert again["blocked"] == {"albums": "2026-11-25T00:00:00Z"}
