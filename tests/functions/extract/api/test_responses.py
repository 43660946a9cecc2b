"""The table of DESIGN section 4, row by row, against the simulated Spotify."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx
import pytest

from functions.extract.api.clock import instant
from functions.extract.api.responses import retry_at
from functions.shared.errors import CredentialsRejected, PremiumLapsed, SpotifyRefused, SpotifyUnavailable
from tests.functions.extract.world import FEW_LOOKUPS, FIRST_DAY, Network, an_album, one_artist, world
from tests.often import one_in

pytestmark = pytest.mark.dateless("its clock is the simulation's")
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def test_200_is_landed_with_all_that_its_envelope_promises() -> None:
    made = one_artist()
    assert made.day(FIRST_DAY)[-1]["status"] == "DONE"
    (line,) = next(lines for part, lines in made.raw(FIRST_DAY).items() if part.startswith("artists/"))
    assert line.keys() == {"fetched_at", "first_seen", "url", "status", "etag", "body"}
    assert line["first_seen"] == FIRST_DAY
    assert line["fetched_at"].endswith("Z")
    assert line["etag"]
    assert line["body"] is not None
    assert line["body"]["id"] == line["url"].rpartition("/")[2]


def test_304_lands_without_a_body_and_is_asked_in_full_before_the_last_full_answer_expires() -> None:
    made = one_artist(refresh_days=5, retention_days=12)
    statuses: dict[str, list[tuple[str, int]]] = {}
    for number in range(26):
        today = (instant(f"{FIRST_DAY}T00:00:00Z") + timedelta(days=number)).date().isoformat()
        made.dawn(today)
        made.day(today)
        for part, lines in made.raw(today).items():
            if part.startswith(("albums/", "artists/")) and lines[0]["status"] != 404:
                statuses.setdefault(part, []).append((today, lines[0]["status"]))
    assert any(status == 304 for asked in statuses.values() for _, status in asked)
    for asked in statuses.values():
        full = [instant(f"{day}T00:00:00Z") for day, status in asked if status == 200]
        assert all(later - earlier <= timedelta(days=12) for earlier, later in pairwise(full))
        last = instant(f"{asked[-1][0]}T00:00:00Z")
        assert last - full[-1] <= timedelta(days=12)


@pytest.mark.parametrize("kind", ["token_expired", "token_missing"])
def test_401_once_costs_a_new_token_and_one_retry(kind: str) -> None:
    made = one_artist()
    made.control.inject(kind, group="albums")
    assert made.day(FIRST_DAY)[-1]["status"] == "DONE"
    tokens = [request for request in made.spotify.log.entries if request.group == "token"]
    assert len(tokens) == 2


def test_401_to_a_token_just_given_stops_and_says_what_to_do() -> None:
    made = one_artist()
    made.control.inject("token_expired", group="albums", times=2)
    with pytest.raises(CredentialsRejected, match="ops credentials"):
        made.day(FIRST_DAY)
    assert made.manifest(FIRST_DAY)["complete"] is False


@pytest.mark.parametrize(
    ("kind", "error", "advice"),
    [
        ("premium_lapsed", PremiumLapsed, "Premium subscription"),
        ("forbidden", SpotifyRefused, "developer dashboard"),
        ("bad_request", SpotifyRefused, "watch-list"),
    ],
)
def test_403_and_400_to_all_stop_with_what_to_do_and_none_is_retried(
    kind: str, error: type[Exception], advice: str
) -> None:
    made = one_artist()
    made.control.inject(kind, group="albums", times=None)
    with pytest.raises(error, match=advice):
        made.day(FIRST_DAY)
    asked = [request.path for request in made.asked("albums")]
    assert len(asked) == len(set(asked)) <= 1 + 5  # one, and a few others to find out whether it is that one's alone
    assert made.frontier()["artists"], "what was learned before is kept"


@pytest.mark.parametrize("kind", ["retry_after_short", "retry_after_date"])
def test_a_short_retry_after_is_waited_for_in_the_lambda(kind: str) -> None:
    made = one_artist()
    made.control.inject(kind, value=7)
    results = made.day(FIRST_DAY)
    assert [result["status"] for result in results] == ["DONE"]
    assert 6 <= sum(made.clock.sleeps) <= 8
    assert results[0]["waits_s"] >= 6


def test_a_short_retry_after_without_time_for_it_is_left_to_the_state_machine() -> None:
    made = one_artist()
    made.slice_s = 20
    made.control.inject("retry_after_short", value=25)
    results = made.day(FIRST_DAY)
    assert [result["status"] for result in results] == ["WAIT", "DONE"]
    assert made.clock.sleeps == []


def test_a_longer_retry_after_is_left_to_the_state_machine() -> None:
    made = one_artist()
    made.control.inject("retry_after_long", value=600)
    began = made.clock.now()
    results = made.day(FIRST_DAY)
    assert [result["status"] for result in results] == ["WAIT", "DONE"]
    assert results[0]["resume_at"] == "2026-11-23T06:10:00Z"
    assert results[-1]["waits_s"] >= 600
    assert made.clock.now() - began >= timedelta(seconds=600)
    assert made.clock.sleeps == []


def test_a_slice_that_is_called_before_its_wait_is_over_makes_no_call() -> None:
    made = one_artist()
    made.control.inject("retry_after_long", value=600)
    run = made.run(FIRST_DAY)
    made.slice(run)
    calls = len(made.spotify.log.entries)
    assert made.slice(run)["status"] == "WAIT"
    assert len(made.spotify.log.entries) == calls


UNTIMED = ["retry_after_absent", "retry_after_not_a_number", "retry_after_negative", "plain_text_429"]


@pytest.mark.parametrize(("kind", "requests"), [*((kind, 3) for kind in UNTIMED), ("banned_silently", 1)])
def test_429s_without_a_time_close_the_group_for_the_day_and_the_others_go_on(kind: str, requests: int) -> None:
    """A quota's server continues to refuse. Two short waits show that, unless the response names the quota."""
    made = one_artist()
    made.control.inject(kind, group="albums", times=None)
    result = made.day(FIRST_DAY)[-1]
    assert result["status"] == "PARTIAL"
    assert result["blocked"] == {"albums": "2026-11-24T00:00:00Z"}
    assert len(made.asked("albums")) == requests
    assert result["requests"]["artist_albums"] >= 2


@pytest.mark.parametrize("kind", UNTIMED)
@pytest.mark.parametrize("times", [1, 2])
def test_a_429_without_a_time_that_passes_costs_a_short_wait_and_no_request_of_the_day(kind: str, times: int) -> None:
    """The server of a rate: it responds again a moment later."""
    made = one_artist()
    made.control.inject(kind, group="albums", times=times, after=1)
    result = made.day(FIRST_DAY)[-1]
    assert (result["status"], result["blocked"]) == ("DONE", {})
    assert 5 <= sum(made.clock.sleeps) <= 40


@pytest.mark.parametrize(("kind", "seconds"), [("quota_exceeded", 600), ("quota_exceeded", 40_000)])
def test_a_used_up_quota_closes_its_group_until_the_time_named(kind: str, seconds: int) -> None:
    made = one_artist()
    made.control.inject(kind, group="albums", value=seconds)
    result = made.day(FIRST_DAY)[-1]
    assert result["status"] == "PARTIAL"
    assert instant(result["blocked"]["albums"]) - NOW >= timedelta(seconds=seconds)
    assert len(made.asked("albums")) == 1


def test_a_wait_longer_than_the_state_machine_waits_closes_the_group() -> None:
    made = one_artist()
    made.control.inject("retry_after_long", group="albums", value=3000)
    result = made.day(FIRST_DAY)[-1]
    assert result["blocked"]["albums"] == "2026-11-23T06:50:00Z"


@pytest.mark.parametrize(
    "kind",
    one_in(
        3,
        [
            "server_error",
            "html_502",
            "html_200",
            "empty_body",
            "broken_json",
            "not_an_object",
            "null_body",
            "number_body",
            "invalid_utf8",
            "closed",
            "slow",
            "reset",
            "truncated_gzip",
        ],
    ),
)
def test_what_a_second_try_may_mend_is_tried_again_and_loses_nothing(kind: str) -> None:
    made = one_artist()
    made.control.inject(kind, group="albums", times=2)
    result = made.day(FIRST_DAY)[-1]
    assert (result["status"], result["failed_calls"]) == ("DONE", 0)


@pytest.mark.parametrize("kind", one_in(2, ["server_error", "broken_json", "reset", "slow"]))
def test_what_no_try_mends_is_counted_and_left_for_the_next_run(kind: str) -> None:
    made = one_artist()
    made.control.inject(kind, path=f"/albums/{an_album()}", times=5)
    result = made.day(FIRST_DAY)[-1]
    assert (result["status"], result["failed_calls"]) == ("PARTIAL", 1)
    assert "left for the next run: albums 1 (the last error: " in result["reasons"][-1]
    assert result["reasons"][-1].endswith(f"): album {an_album()}.")
    assert ".)" not in result["reasons"][-1]
    assert made.day(FIRST_DAY, made.run(FIRST_DAY, 1))[-1]["status"] == "DONE"


def test_a_listing_that_fails_is_left_for_the_next_run_too() -> None:
    made = one_artist()
    made.control.inject("server_error", group="artist_albums", times=None)
    result = made.day(FIRST_DAY)[-1]
    asked = [request.query for request in made.asked("artist_albums")]
    assert asked.count(asked[0]) == 4 + 1  # once more, behind the rest
    assert [reason.partition(":")[0] for reason in result["reasons"]] == [
        "Requests that failed after retries and are left for the next run"
    ]


def test_a_batch_that_fails_is_taken_apart_until_one_is_left() -> None:
    made = world(artists=6, albums=4, app="extended", profile="extended", budgets={"tracks": 0}, oddities="none")
    whole = world(artists=6, albums=4, app="extended", profile="extended", budgets={"tracks": 0}, oddities="none")
    whole.day(FIRST_DAY)
    poisoned = sorted(whole.frontier()["albums"])[3]

    class Poisoned(Network):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if poisoned in str(request.url):
                return httpx.Response(500)
            return super().handle_request(request)

    made.transport = lambda: Poisoned(made.spotify, lambda: None)  # type: ignore[method-assign]  # another network
    result = made.day(FIRST_DAY)[-1]
    assert "albums 1" in result["reasons"][-1]
    missing = [album for album, seen in made.frontier()["albums"].items() if "full" not in seen]
    assert missing == [poisoned]


def test_an_outage_that_ends_while_it_is_looked_into_costs_no_wait_and_loses_nothing() -> None:
    made = one_artist()
    made.control.inject("server_error", group="albums", times=20)
    results = made.day(FIRST_DAY)
    assert [result["status"] for result in results] == ["DONE"]  # the next in line responds: they are tried once more
    assert results[-1]["failed_calls"] == 0


def test_a_spotify_that_stays_down_ends_the_day_partial_with_what_there_is() -> None:
    made = one_artist()
    made.control.inject("server_error", group="albums", times=None)
    results = made.day(FIRST_DAY)
    assert results[-1]["status"] == "PARTIAL"
    assert "seems to be down" in results[-1]["reasons"][0]
    assert len(made.asked("albums")) <= 4 * (5 * 4 + 5)


@pytest.mark.slow
def test_a_spotify_that_recovers_each_time_does_not_end_the_day() -> None:
    """Five outages in one day, each with a wait, and answers between them."""
    made = world(artists=4, albums=6, budgets=FEW_LOOKUPS)
    for after in (0, 2, 4, 6, 8):
        made.control.inject("server_error", group="albums", times=25, after=after)
    results = made.day(FIRST_DAY)
    assert [result["status"] for result in results] == ["WAIT"] * 5 + ["DONE"]
    assert results[-1]["failed_calls"] == 0


def test_a_spotify_that_was_down_all_along_is_an_error() -> None:
    made = one_artist()
    made.control.inject("server_error", times=None)
    with pytest.raises(SpotifyUnavailable, match="Nothing could be extracted"):
        made.day(FIRST_DAY)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5),
        ("0", 1),
        ("1.5", 1.5),
        ("Mon, 23 Nov 2026 06:01:00 GMT", 60),
        ("9" * 400, None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date_or_not_at_all(header: str | None, seconds: float | None) -> None:
    assert retry_at(header, NOW) == (None if seconds is None else NOW + timedelta(seconds=seconds))


def test_a_profile_that_is_wrong_for_the_app_is_named_and_corrected_for_the_run() -> None:
    made = world(artists=3, app="development", profile="extended", budgets={"tracks": 0})
    right = world(artists=3, app="development", profile="development", budgets={"tracks": 0})
    right.day(FIRST_DAY)
    result = made.day(FIRST_DAY)[-1]
    assert result["status"] == "DONE"
    assert "Set `profile` to 'development'" in result["notes"][0]
    assert made.raw(FIRST_DAY).keys() == right.raw(FIRST_DAY).keys()
    assert [request.status for request in made.asked()].count(403) == 1
    made.dawn("2026-11-24")
    assert "Set `profile`" in made.day("2026-11-24")[-1]["notes"][0]
    assert [request.status for request in made.asked()].count(403) == 1


def test_an_extended_app_is_asked_in_batches_and_large_pages() -> None:
    made = world(artists=30, albums=8, app="extended", profile="extended", oddities="none")
    result = made.day(FIRST_DAY)[-1]
    assert result["status"] == "DONE"
    assert result["requests"]["artists"] == 1
    assert result["requests"]["albums"] == -(-len(made.frontier()["albums"]) // 20)
    assert result["requests"]["search"] >= 1
    assert result["records"]["albums"] == len(made.frontier()["albums"])


def test_an_app_that_may_ask_more_than_configured_is_named_and_asked_in_batches() -> None:
    made = world(artists=3, app="extended", budgets={"tracks": 0})
    result = made.day(FIRST_DAY)[-1]
    assert result["status"] == "DONE"
    assert "Set `profile` to 'extended'" in result["notes"][0]
    assert any("/albums" in request.path and "ids=" in request.query for request in made.asked("albums"))


def test_an_older_development_app_with_the_full_shape_is_tried_once_in_a_while() -> None:
    made = world(artists=3, budgets={"tracks": 0}, refresh_days=3, retention_days=9)
    made.control.set_app(shape="old")
    assert [result["status"] for result in made.days(FIRST_DAY, 6)] == ["DONE"] * 6
    probes = [made.day_of(request) for request in made.asked("search")]
    assert probes == sorted(set(probes))
    assert 1 <= len(probes) <= 3
    assert not made.raw(FIRST_DAY).keys() & {"search/probe.ndjson.gz"}
