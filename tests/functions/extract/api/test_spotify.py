"""One request to Spotify: the number of tries, the waits between them, and the errors that end it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import httpx
import pytest

from functions.extract.api.config import GROUPS
from functions.extract.api.endpoint import Endpoint
from functions.extract.api.limiter import Limiter
from functions.extract.api.request import Request
from functions.extract.api.signals import BudgetSpent, GroupBlocked, OutOfTime, Paused, RequestFailed, TooManyFailures
from functions.extract.api.spotify import Account, Spotify, connect
from functions.extract.api.tokens import Credentials
from functions.extract.context import SliceContext
from functions.extract.quota import QuotaLedger
from functions.shared.errors import CredentialsRejected
from tests.functions.extract.world import FIRST_DAY, MemoryStore, world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ATTEMPTS, SHORT_WAITS, MOST_REDIRECTS, LONGEST_BACKOFF_S, LONGEST_SLEEP_S = (
    4,
    4,
    3,
    8.0,
    30.0,
    # The bounds are repeated here, so that a changed bound fails a test.
)
NO_TIME = r"^the Lambda's time is nearly over$"
API, TOKEN = "https://api.test/v1", "https://accounts.test/api/token"
ALBUM = Request(Endpoint("albums", ("one",)))
OK = httpx.Response(200, json={"id": "one"})


class Clock:
    """A clock that a sleep puts forward, and that refuses a sleep no Lambda may take."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 6, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert 0 <= seconds <= LONGEST_SLEEP_S
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


class Desk:
    """A client of a network that gives these responses in turn, the last one for ever, with this much time left."""

    def __init__(self, *responses: httpx.Response | Exception, left_s: float = 800.0, window: int = 1000) -> None:
        self.responses, self.left_s, self.window = list(responses), left_s, window
        self.clock, self.asked = Clock(), 0
        self.requests: list[httpx.Request] = []
        self.token_requests = 0
        self.tokens: list[Callable[[], httpx.Response]] = []
        run = world(artists=1).run(FIRST_DAY)
        self.run = {**run, "ends_at": "2026-11-24T00:00:00Z"}
        self.quota = QuotaLedger(MemoryStore(), self.run, dict.fromkeys(GROUPS, 100), self.clock)  # type: ignore[arg-type]  # a run with another end

    def time_left(self) -> float:
        return self.left_s - sum(self.clock.slept)

    def _respond(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) == TOKEN:
            self.token_requests += 1
            return self.tokens.pop(0)() if self.tokens else httpx.Response(200, json={"access_token": "secret-token"})
        self.asked += 1
        self.requests.append(request)
        found = self.responses.pop(0) if len(self.responses) > 1 else self.responses[0]
        if isinstance(found, Exception):
            raise found
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)

    @contextmanager
    def api(self, max_wait_minutes: int = 20) -> Iterator[Spotify]:
        config = replace(world(artists=1).config, max_wait_minutes=max_wait_minutes)
        context = SliceContext(self.run, config, MemoryStore(), self.clock, self.time_left)  # type: ignore[arg-type]  # a run with another end
        account = Account(f"{API}/", TOKEN, Credentials("id", "the-app-secret"))
        limiter = Limiter(self.clock, self.time_left, self.window)
        with connect(context, account, self.quota, limiter, httpx.MockTransport(self._respond)) as api:
            yield api

    def fetch(self, max_wait_minutes: int = 20) -> object:
        with self.api(max_wait_minutes) as api:
            return api.fetch(ALBUM).body


def too_many(seconds: object = None, reason: str | None = None) -> httpx.Response:
    headers = {} if seconds is None else {"retry-after": str(seconds)}
    return httpx.Response(429, headers=headers, json={"error": {"reason": reason}})


def test_an_answer_is_charged_once() -> None:
    desk = Desk(OK)
    assert desk.fetch() == {"id": "one"}
    assert (desk.asked, desk.quota.spent("albums"), desk.clock.slept) == (1, 1, [])


def test_a_request_that_the_full_window_keeps_back_is_not_charged() -> None:
    """A charge is a request of the day's budget: a request that is never sent would be lost to it."""
    desk = Desk(OK, left_s=20.0, window=1)
    with desk.api() as api:
        api.fetch(ALBUM)
        with pytest.raises(Paused):
            api.fetch(ALBUM)
    assert (desk.asked, desk.quota.spent("albums")) == (1, 1)


def test_what_fails_is_tried_so_often_with_jitter_and_each_try_is_charged() -> None:
    desk = Desk(httpx.Response(503, text="busy"))
    with pytest.raises(RequestFailed, match="503 busy"):
        desk.fetch()
    assert (desk.asked, desk.quota.spent("albums"), len(desk.clock.slept)) == (ATTEMPTS, ATTEMPTS, ATTEMPTS - 1)
    assert all(0 <= each <= LONGEST_BACKOFF_S for each in desk.clock.slept)
    lucky = Desk(*[httpx.ReadError("cut")] * (ATTEMPTS - 1), OK)
    assert lucky.fetch() == {"id": "one"}


def test_the_waits_between_tries_grow_to_a_limit_and_no_two_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise all clients that failed at one time would come back at one time."""
    monkeypatch.setattr("functions.extract.api.spotify.ATTEMPTS", 12)
    desk = Desk(httpx.Response(503, text="busy"))
    with pytest.raises(RequestFailed):
        desk.fetch()
    assert len(desk.clock.slept) == 11
    assert max(desk.clock.slept) <= LONGEST_BACKOFF_S
    assert len(set(desk.clock.slept)) == 11


def test_what_fails_where_the_budget_has_no_room_for_another_try_has_failed() -> None:
    """Otherwise the request would use up the rest of the budget each day, and its item would never be named."""
    desk = Desk(httpx.Response(503, text="busy"), httpx.Response(502, text="gone"))
    desk.quota.reserve(["albums"] * 98)
    for _ in range(98):
        desk.quota.charge("albums")
    with pytest.raises(RequestFailed, match="502 gone"):
        desk.fetch()
    assert (desk.asked, desk.quota.spent("albums")) == (2, 100)
    with pytest.raises(BudgetSpent):
        desk.fetch()


def test_a_closed_group_is_found_after_the_token_is_granted_so_that_credentials_can_be_checked_without_it() -> None:
    desk = Desk(OK)
    desk.quota.block("albums", datetime(2026, 11, 23, 12, tzinfo=UTC), "429")
    with desk.api() as api:
        before = api.authorised
        with pytest.raises(GroupBlocked):
            api.fetch(ALBUM)
        assert (before, api.authorised, desk.asked) == (False, True, 0)


def test_what_no_other_try_improves_on_is_tried_once() -> None:
    desk = Desk(httpx.Response(410, text="gone for good"))
    with pytest.raises(RequestFailed, match="410 gone for good"):
        desk.fetch()
    assert (desk.asked, desk.clock.slept) == (1, [])


def test_no_try_is_begun_nor_waited_for_once_time_is_over() -> None:
    over = Desk(OK, left_s=0.0)
    with pytest.raises(OutOfTime, match=NO_TIME):
        over.fetch()
    assert (over.asked, over.token_requests, over.quota.spent("albums")) == (0, 0, 0)
    late = Desk(OK)
    with late.api() as api:
        api.fetch(ALBUM)
        late.left_s = 0.0
        with pytest.raises(OutOfTime, match=NO_TIME):
            api.fetch(ALBUM)  # with the token of before
    assert late.asked == 1
    failing = Desk(httpx.Response(503), left_s=1e-9)
    with pytest.raises(OutOfTime, match=NO_TIME):
        failing.fetch()
    assert (failing.asked, failing.clock.slept) == (1, [])


def test_short_waits_are_sat_out() -> None:
    desk = Desk(too_many(7), too_many(LONGEST_SLEEP_S), OK)
    assert desk.fetch() == {"id": "one"}
    assert desk.clock.slept == [7.0, LONGEST_SLEEP_S]


def test_a_wait_of_nothing_is_a_second() -> None:
    desk = Desk(too_many("Mon, 23 Nov 2026 05:00:00 GMT"), OK)
    assert desk.fetch() == {"id": "one"}
    assert desk.clock.slept == [1.0]


def test_a_wait_longer_than_a_lambda_sleeps_is_the_state_machines() -> None:
    desk = Desk(too_many(LONGEST_SLEEP_S + 1), OK)
    with pytest.raises(Paused) as paused:
        desk.fetch()
    assert paused.value.until == desk.clock.now() + timedelta(seconds=LONGEST_SLEEP_S + 1)
    assert (desk.quota.paused_until, desk.clock.slept, desk.asked) == (paused.value.until, [], 1)


@pytest.mark.parametrize(("left_s", "sat_out"), [(7.5, True), (7.0, False)])
def test_a_short_wait_that_the_lambda_has_no_time_for_is_the_state_machines(left_s: float, sat_out: bool) -> None:
    desk = Desk(too_many(7), OK, left_s=left_s)
    if sat_out:
        assert desk.fetch() == {"id": "one"}
    else:
        with pytest.raises(Paused, match="for 7 s"):
            desk.fetch()


@pytest.mark.parametrize(("waits", "sat_out"), [(SHORT_WAITS, True), (SHORT_WAITS + 1, False)])
def test_short_waits_one_after_the_other_are_limited(waits: int, sat_out: bool) -> None:
    """Otherwise one request could use the whole Lambda, half a minute at a time."""
    desk = Desk(*[too_many(3)] * waits, OK)
    if sat_out:
        assert desk.fetch() == {"id": "one"}
    else:
        with pytest.raises(Paused):
            desk.fetch()
    assert desk.clock.slept == [3.0] * SHORT_WAITS


def test_a_429_without_a_time_is_waited_out_twice_and_then_closes_its_group() -> None:
    """Both waits together are shorter than one that a Lambda may sleep."""
    desk = Desk(too_many(), too_many(), OK)
    assert desk.fetch() == {"id": "one"}
    assert desk.clock.slept == [5.0, 15.0]
    silent = Desk(too_many())
    with pytest.raises(GroupBlocked, match="albums is blocked until 2026-11-24 00:00:00 UTC"):
        silent.fetch()
    assert (silent.clock.slept, silent.asked) == ([5.0, 15.0], 3)


@pytest.mark.parametrize(
    ("refusal", "until", "why"),
    [
        (too_many(1200 + 1), "2026-11-23T06:20:01Z", "429"),
        (too_many(5, "QUOTA_EXCEEDED"), "2026-11-23T06:00:05Z", "429 QUOTA_EXCEEDED"),
        (too_many(None, "QUOTA_EXCEEDED"), "2026-11-24T00:00:00Z", "429 QUOTA_EXCEEDED, without saying until when"),
    ],
    ids=["longer than the state machine waits", "a quota", "a quota until nobody knows when"],
)
def test_a_group_is_closed_where_no_wait_helps(refusal: httpx.Response, until: str, why: str) -> None:
    desk = Desk(refusal, OK)
    with pytest.raises(GroupBlocked, match=f"albums is blocked until {until[:10]} {until[11:19]} UTC"):
        desk.fetch()
    assert (desk.quota.blocked(), desk.quota.why("albums"), desk.clock.slept) == ({"albums": until}, why, [])


def test_the_longest_wait_of_the_state_machine_closes_no_group() -> None:
    desk = Desk(too_many(1200), OK)
    with pytest.raises(Paused):
        desk.fetch(max_wait_minutes=20)
    assert desk.quota.blocked() == {}


def test_a_refused_token_is_replaced_once() -> None:
    desk = Desk(httpx.Response(401), OK)
    assert desk.fetch() == {"id": "one"}
    assert desk.token_requests == 2
    always = Desk(httpx.Response(401, text="Bearer secret-token is not valid"))
    with pytest.raises(CredentialsRejected, match="401 'Bearer ••• is not valid' to a new token"):
        always.fetch()
    assert always.asked == 2


def test_redirects_inside_the_api_are_followed_so_far_and_each_is_charged() -> None:
    moved = httpx.Response(302, headers={"location": "/v1/albums/two"})
    desk = Desk(*[moved] * MOST_REDIRECTS, OK)
    assert desk.fetch() == {"id": "one"}
    assert desk.quota.spent("albums") == MOST_REDIRECTS + 1
    with pytest.raises(RequestFailed, match=f"more than {MOST_REDIRECTS} redirects"):
        Desk(*[moved] * (MOST_REDIRECTS + 1), OK).fetch()


def test_what_lands_carries_the_address_that_was_asked_not_where_it_was_redirected_to() -> None:
    desk = Desk(httpx.Response(301, headers={"location": "/v1/albums/two"}), OK)
    with desk.api() as api:
        assert api.fetch(ALBUM).url == f"{API}/albums/one"


def test_without_a_token_every_call_would_fail() -> None:
    desk = Desk(OK)
    desk.tokens = [lambda: httpx.Response(503, text="the-app-secret")] * 10
    with pytest.raises(TooManyFailures, match="503 without a token"):
        desk.fetch()
    assert desk.asked == 0


def test_an_error_shows_no_secret_that_a_proxy_repeats() -> None:
    desk = Desk(httpx.Response(410, text="secret-token and the-app-secret"))
    with pytest.raises(RequestFailed) as failed:
        desk.fetch()
    assert str(failed.value) == "410 ••• and •••"


def test_a_request_carries_the_token_and_the_etag_of_what_is_known() -> None:
    desk = Desk(OK, httpx.Response(304))
    with desk.api() as api:
        api.fetch(ALBUM)
        assert api.fetch(replace(ALBUM, etag='"known"')).status == 304
    first, second = desk.requests
    assert (first.method, str(first.url)) == ("GET", f"{API}/albums/one")
    assert first.headers["authorization"] == "Bearer secret-token"
    assert "if-none-match" not in first.headers
    assert second.headers["if-none-match"] == '"known"'


@pytest.mark.parametrize(("left_s", "slept"), [(10.0, [0.5, 1.0, 2.0]), (0.5, [])])
def test_each_backoff_is_at_most_twice_the_one_before_and_shorter_than_the_time_left(
    monkeypatch: pytest.MonkeyPatch, left_s: float, slept: list[float]
) -> None:
    monkeypatch.setattr("random.uniform", lambda _, most: most)
    desk = Desk(httpx.Response(503), left_s=left_s)
    with pytest.raises(RequestFailed if slept else OutOfTime):
        desk.fetch()
    assert desk.clock.slept == slept


def test_a_token_endpoint_that_asks_for_a_short_wait_gets_it() -> None:
    desk = Desk(OK)
    desk.tokens = [lambda: httpx.Response(429, headers={"retry-after": "7"})]
    desk.tokens.append(lambda: httpx.Response(200, json={"access_token": "secret-token"}))
    assert desk.fetch() == {"id": "one"}
    assert desk.clock.slept == [7.0]


def test_no_place_in_the_window_is_taken_before_there_is_time_and_nothing_is_charged_before_a_place() -> None:
    made, api = list[str](), Spotify.__new__(Spotify)
    api._in_time = lambda: made.append("time")  # type: ignore[method-assign]
    api._limiter = SimpleNamespace(acquire=lambda: made.append("place"))  # type: ignore[assignment]
    api._quota = SimpleNamespace(charge=lambda _: made.append("charge"))  # type: ignore[assignment]
    api._api_url = API
    with pytest.raises(AttributeError, match="_client"):
        api._once(ALBUM, "token")
    assert made == ["time", "place", "charge"]
