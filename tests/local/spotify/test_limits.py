"""The two mechanisms that answer 429, and conditional requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.spotify.config import Limits
from local.spotify.messages import ApiRequest, ApiResponse
from local.spotify.service import Spotify

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.local.spotify.conftest import Simulation

QUOTA = {"error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}}


def artist(simulation: Simulation, **headers: str) -> httpx.Response:
    return simulation.client.get(f"/artists/{simulation.artists[0]}", headers=headers)


def listing(simulation: Simulation) -> httpx.Response:
    return simulation.get(f"/artists/{simulation.artists[0]}/albums")


def test_more_calls_than_the_window_holds_are_told_to_wait_until_the_first_has_left_it(
    simulate: Callable[..., Simulation],
) -> None:
    simulation = simulate(limits=Limits(calls_per_30_s=2))
    assert artist(simulation).status_code == 200
    simulation.control.move_clock(10)
    assert listing(simulation).status_code == 200
    refused = artist(simulation)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "20")
    assert "reason" not in refused.json()["error"]
    simulation.control.move_clock(20)
    assert artist(simulation).status_code == 200
    assert artist(simulation).status_code == 429


def test_a_wait_of_less_than_a_second_is_told_as_one(simulate: Callable[..., Simulation]) -> None:
    """And of more, as the whole seconds after which the call goes through."""
    simulation = simulate(limits=Limits(calls_per_30_s=1))
    assert artist(simulation).status_code == 200
    for seconds, wait in ((9.5, "21"), (20.0, "1")):
        simulation.control.move_clock(seconds)
        assert artist(simulation).headers["retry-after"] == wait
    simulation.control.move_clock(1)
    assert artist(simulation).status_code == 200


def test_a_spent_quota_bans_its_group_and_no_other(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(limits=Limits(quotas={"artists": 2}, ban_s=1_000, ban_penalty_s=0))
    assert [artist(simulation).status_code for _ in range(3)] == [200, 200, 429]
    refused = artist(simulation)
    assert (refused.json(), refused.headers["retry-after"]) == (QUOTA, "1000")
    assert listing(simulation).status_code == 200
    simulation.control.move_clock(1_000)
    assert [artist(simulation).status_code for _ in range(3)] == [200, 200, 429]


def test_a_ban_may_not_say_when_it_ends(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(limits=Limits(quotas={"artists": 0}, ban_retry_after=False))
    refused = artist(simulation)
    assert refused.json() == QUOTA
    assert "retry-after" not in refused.headers


def test_calling_during_a_ban_makes_it_longer_and_shows_in_the_log(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(limits=Limits(ban_penalty_s=60))
    simulation.control.ban("artists", 500)
    assert artist(simulation).headers["retry-after"] == "560"
    assert artist(simulation).headers["retry-after"] == "620"
    assert [entry["banned"] for entry in simulation.control.requests() if entry["group"] == "artists"] == [True, True]


def test_a_quota_counts_the_calls_of_its_period(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(limits=Limits(quotas={"artists": 2}, quota_period_s=100))
    assert [artist(simulation).status_code for _ in range(2)] == [200, 200]
    simulation.control.move_clock(100)
    assert [artist(simulation).status_code for _ in range(2)] == [200, 200]


def test_batch_and_single_calls_share_a_quota(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(profile="extended", limits=Limits(quotas={"artists": 1}))
    assert simulation.get("/artists", ids=simulation.artists[0]).status_code == 200
    assert artist(simulation).json() == QUOTA


def test_an_unchanged_answer_is_304_and_a_changed_one_is_sent_anew(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    path = f"/artists/{simulation.artists[0]}/albums?include_groups=album,single&limit=10"
    etags: dict[str, Any] = {}
    for day in ("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"):
        simulation.control.set_date(day)
        answer = simulation.client.get(path)
        assert etags.setdefault(answer.headers["etag"], answer.content) == answer.content
        again = simulation.client.get(path, headers={"if-none-match": f'"other", W/{answer.headers["etag"]}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
    assert len(etags) > 1
    assert len(set(etags.values())) == len(etags)


@pytest.mark.parametrize(("counts", "last"), [(True, 429), (False, 304)], ids=["304 costs", "304 is free"])
def test_whether_a_304_costs_quota_is_configuration(
    simulate: Callable[..., Simulation], counts: bool, last: int
) -> None:
    simulation = simulate(limits=Limits(quotas={"artists": 2}, not_modified_counts=counts))
    etag = artist(simulation).headers["etag"]
    answers = [artist(simulation, **{"if-none-match": etag}).status_code for _ in range(2)]
    assert answers == [304, last]


def test_large_answers_are_compressed_for_those_who_take_it(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    packed = artist(simulation)
    plain = artist(simulation, **{"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()


@pytest.mark.parametrize(("size", "packed"), [(399, False), (400, True)])
def test_small_answers_are_sent_as_they_are(size: int, packed: bool) -> None:
    """A gzip of a few bytes is longer than they are."""
    call = ApiRequest("GET", "/v1/artists/x", "", {"accept-encoding": "gzip"}, b"", "http://spotify.test")
    answer = Spotify._spoiled(ApiResponse(200, b"x" * size), call, None)
    assert ("content-encoding" in answer.headers) is packed
    assert (answer.body == b"x" * size) is not packed
