"""Each fault as a client sees it, and the requests that a schedule gives it to."""

from __future__ import annotations

from collections import Counter
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from local.spotify.config import FaultSchedule
from local.spotify.faults.kinds import INSTEAD, KINDS, PAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.local.spotify.conftest import Simulation

TRANSIENT = (
    "broken_json",
    "closed",
    "empty_body",
    "html_502",
    "plain_text_429",
    "reset",
    "retry_after_short",
    "server_error",
    "slow",
    "token_expired",
    "token_missing",
    "truncated_gzip",
)
"""Kinds of faults that pass at a second or third try: they cost time and lose no data."""


def listing(simulation: Simulation) -> httpx.Response:
    return simulation.get(f"/artists/{simulation.artists[0]}/albums", limit=5)


@pytest.mark.parametrize(
    ("kind", "status", "headers", "text"),
    [
        ("retry_after_short", 429, {"retry-after": "1"}, "API rate limit exceeded"),
        ("retry_after_long", 429, {"retry-after": "600"}, ""),
        ("retry_after_absent", 429, {"retry-after": None}, ""),
        ("retry_after_not_a_number", 429, {"retry-after": "a while"}, ""),
        ("retry_after_negative", 429, {"retry-after": "-1"}, ""),
        ("plain_text_429", 429, {"content-type": "text/plain", "retry-after": None}, "Too many requests"),
        ("quota_exceeded", 429, {"retry-after": "86236"}, "QUOTA_EXCEEDED"),
        ("banned_silently", 429, {"retry-after": None}, "QUOTA_EXCEEDED"),
        ("html_502", 502, {"content-type": "text/html"}, "<html>"),
        ("html_200", 200, {"content-type": "text/html"}, "<html>"),
        ("token_expired", 401, {}, "The access token expired"),
        ("token_missing", 401, {}, "Access token missing"),
        ("premium_lapsed", 403, {}, "Active premium subscription required"),
        ("forbidden", 403, {}, "Forbidden"),
        ("bad_request", 400, {}, "Invalid limit"),
        ("not_found", 404, {}, "Resource not found"),
        ("server_error", 503, {}, "Server error."),
        ("empty_body", 200, {"content-type": "application/json; charset=utf-8"}, ""),
        ("broken_json", 200, {}, '{"id": "half'),
        ("not_an_object", 200, {}, "[]"),
        ("null_body", 200, {}, "null"),
        ("number_body", 200, {}, "42"),
        ("redirect_to_foreign_host", 302, {"location": "https://api.spotify.example.net/v1"}, ""),
    ],
)
def test_a_fault_takes_the_place_of_one_answer(
    simulate: Callable[..., Simulation], kind: str, status: int, headers: dict[str, str | None], text: str
) -> None:
    simulation = simulate()
    simulation.control.inject(kind)
    answer = listing(simulation)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in headers} == headers
    assert text in answer.text
    assert simulation.control.requests()[-1]["fault"] == kind
    simulation.control.lift_bans()
    assert listing(simulation).status_code == 200


def test_a_retry_after_may_be_a_date(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    simulation.control.inject("retry_after_date", value=90)
    when = parsedate_to_datetime(listing(simulation).headers["retry-after"])
    assert when.timestamp() == simulation.spotify.clock.now() + 90


def test_a_body_may_be_no_utf8(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    simulation.control.inject("invalid_utf8")
    with pytest.raises(UnicodeDecodeError):
        listing(simulation).content.decode()


@pytest.mark.parametrize(
    ("kind", "error"),
    [("slow", httpx.ReadTimeout), ("reset", httpx.ReadError), ("closed", httpx.RemoteProtocolError)],
)
def test_a_connection_breaks_or_takes_too_long(
    simulate: Callable[..., Simulation], kind: str, error: type[httpx.TransportError]
) -> None:
    simulation = simulate()
    before = simulation.spotify.clock.now()
    simulation.control.inject(kind)
    with pytest.raises(error):
        listing(simulation)
    assert simulation.spotify.clock.now() - before == (5 if kind == "slow" else 0)  # httpx waits 5 s
    assert listing(simulation).status_code == 200


def test_a_slow_answer_comes_to_those_who_wait_and_the_clock_has_moved(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    before = simulation.spotify.clock.now()
    simulation.control.inject("slow", value=4)
    assert listing(simulation).status_code == 200
    assert simulation.spotify.clock.now() - before == 4


def test_gzip_may_end_too_early(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    simulation.control.inject("truncated_gzip")
    answer = listing(simulation)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|Invalid"):
        answer.json()


def page_with(kind: str, simulation: Simulation) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a page as it should be, and as the fault makes it."""
    right: dict[str, Any] = listing(simulation).json()
    simulation.control.inject(kind)
    return right, listing(simulation).json()


LIES: dict[str, Callable[[dict[str, Any], dict[str, Any]], object]] = {
    "next_to_foreign_host": lambda _, page: httpx.URL(page["next"]).host == "api.spotify.example.net",
    "next_to_itself": lambda _, page: "offset" not in page["next"] and "spotify.test" in page["next"],
    "empty_page_with_next": lambda right, page: page["items"] == [] and page["next"] == right["next"] is not None,
    "null_items": lambda right, page: page["items"] == [None, *right["items"], None],
    "short_page": lambda right, page: page["items"] == right["items"][:-2] and page["next"] == right["next"],
    "total_lies": lambda right, page: page["total"] == right["total"] + 2,
    "doubled_item": lambda right, page: page["items"] == [*right["items"], right["items"][0]],
}


@pytest.mark.parametrize("kind", sorted(PAGES))
def test_a_page_may_mislead(simulate: Callable[..., Simulation], kind: str) -> None:
    assert LIES[kind](*page_with(kind, simulate()))


@pytest.mark.parametrize("path", ["/albums/{album}", "/search?q=tag:new&type=album"])
def test_pages_inside_albums_and_searches_mislead_too(simulate: Callable[..., Simulation], path: str) -> None:
    simulation = simulate()
    album = listing(simulation).json()["items"][0]["id"]
    simulation.control.inject("total_lies")
    simulation.client.get(path.format(album=album))
    assert simulation.control.requests()[-1]["fault"] == "total_lies"


def test_a_page_fault_waits_for_a_page(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    simulation.control.inject("null_items")
    assert simulation.get(f"/artists/{simulation.artists[0]}").status_code == 200
    assert None in listing(simulation).json()["items"]
    assert None not in listing(simulation).json()["items"]


def test_a_fault_meets_the_calls_it_is_meant_for_as_often_as_it_should(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    simulation.control.inject("server_error", group="artist_albums", after=1, times=2)
    simulation.control.inject("not_found", path=simulation.artists[1], times=None)
    assert [listing(simulation).status_code for _ in range(4)] == [200, 503, 503, 200]
    answers = [simulation.get(f"/artists/{artist}").status_code for artist in simulation.artists[:3] * 2]
    assert answers == [200, 404, 200] * 2
    simulation.control.clear_faults()
    assert simulation.get(f"/artists/{simulation.artists[1]}").status_code == 200


def test_the_token_endpoint_fails_too(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    simulation.control.inject("server_error", group="token", value=500)
    url = "http://spotify.test/api/token"
    assert listing(simulation).status_code == 200
    assert simulation.client.post(url).status_code == 500


def test_a_quota_fault_bans_for_real_until_it_is_over(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    simulation.control.inject("quota_exceeded", group="artist_albums", value=600)
    assert listing(simulation).headers["retry-after"] == "600"
    assert listing(simulation).status_code == 429
    assert simulation.get(f"/artists/{simulation.artists[0]}").status_code == 200
    simulation.control.move_clock(600 + 60)
    assert listing(simulation).status_code == 200


def outcomes(simulation: Simulation, seed: int, artists: list[str]) -> dict[str, list[str]]:
    """Return what each of six attempts at each artist met under a schedule, by artist."""
    simulation.control.schedule_faults(seed=seed, rate=0.5, kinds=list(TRANSIENT))
    for artist in artists * 6:
        try:
            simulation.get(f"/artists/{artist}")
        except httpx.TransportError:
            continue
    met: dict[str, list[str]] = {}
    for entry in simulation.control.requests():
        met.setdefault(str(entry["path"]), []).append(str(entry["fault"]))
    return met


def test_a_seeded_schedule_is_the_same_whatever_the_order_of_calls(simulate: Callable[..., Simulation]) -> None:
    artists = simulate().artists
    forward = outcomes(simulate(), 3, artists)
    assert forward == outcomes(simulate(), 3, artists[::-1])
    assert forward != outcomes(simulate(), 4, artists)


def test_a_schedule_lets_bounded_retries_through(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    simulation.control.schedule_faults(rate=1.0, kinds=["server_error"], in_a_row=2)
    statuses = Counter(listing(simulation).status_code for _ in range(9))
    assert statuses == {503: 6, 200: 3}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_can_be_scheduled(simulate: Callable[..., Simulation], kind: str) -> None:
    simulation = simulate()
    simulation.control.schedule_faults(rate=1.0, kinds=[kind])
    try:
        listing(simulation)
    except httpx.TransportError:
        assert kind not in PAGES
    assert simulation.control.requests()[-1]["fault"] == kind


def test_a_fault_nobody_knows_is_refused_with_those_there_are(simulate: Callable[..., Simulation]) -> None:
    with pytest.raises(ValueError, match=r"No fault is called 'flood'; there are .*html_502"):
        simulate().control.inject("flood")
    with pytest.raises(
        ValueError, match=f"The fault schedule names drip, flood; there are {', '.join(sorted(KINDS))}."
    ):
        simulate(schedule=FaultSchedule(kinds=("flood", "drip")))


def test_the_transient_kinds_are_kinds() -> None:
    assert set(TRANSIENT) <= KINDS
    assert not set(INSTEAD) & set(PAGES)
