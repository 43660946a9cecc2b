"""The results of a slice for the state machine at the limits of the day, of its time, and of Spotify's waits."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from functions.extract.api.config import Config
from functions.extract.api.responses import Response
from functions.extract.api.signals import Midnight, OutOfTime, Paused, RequestFailed, TooManyFailures
from functions.extract.context import SliceContext
from functions.extract.frontier.document import empty, load, requests_per_save
from functions.extract.quota import QuotaLedger, limits
from functions.extract.raw.store import packed
from functions.extract.run import extract
from functions.shared import keys
from functions.shared.errors import CredentialsRejected, SpotifyUnavailable
from tests.functions.extract.world import EACH_ROUND, PLENTY, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from functions.extract.api.limiter import Limiter
    from functions.extract.api.request import Request
    from functions.extract.frontier.document import Document
    from functions.shared.events import ExtractResult, Run

# The bounds are repeated here, so that a changed bound fails a test.
FIRST_STRIKE_WAIT, MOST_STRIKES = timedelta(minutes=2), 3
REQUESTS_PER_CHECKPOINT, MOST_FAILURES_IN_A_ROW, LONGEST_SLEEP_S = 100, 5, 30.0
DAY = "2026-11-23"
ENDS = datetime(2026, 11, 24, tzinfo=UTC)
API = "https://api.spotify.com/v1"
CONFIG = Config(
    market="US", profile="development", budgets=PLENTY, refresh_days=21, retention_days=30, max_wait_minutes=20,
    concurrency=1, release_groups=EACH_ROUND,
)  # fmt: skip


class Clock:
    """A clock that a sleep puts forward, and that refuses a sleep no Lambda may take."""

    def __init__(self, time: datetime) -> None:
        self.time, self.slept = time, list[float]()

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert 0 <= seconds <= LONGEST_SLEEP_S
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


class Bench:
    """A lake that follows this many artists, at a time, and a Spotify of `responses` instead of a network."""

    def __init__(self, artists: int = 1, at: datetime = ENDS - timedelta(hours=6), left_s: float = 800.0) -> None:
        self.store, self.clock, self.left_s = MemoryStore(), Clock(at), left_s
        self.asked: list[str] = []
        self.response: Callable[[Request], Response] = self.unchanged
        followed = [f"{number:022d}" for number in range(artists)]
        self.store.write(keys.WATCHLIST, {"artists": followed, "searches": []})
        self.run: Run = {
            "run_id": "20261123T060000Z-00000000", "snapshot_date": DAY, "mode": "daily", "execution_arn": "arn",
            "started_at": f"{DAY}T06:00:00Z", "ends_at": "2026-11-24T00:00:00Z",
        }  # fmt: skip

    def unchanged(self, call: Request) -> Response:
        """Respond with an entity, or with an empty page."""
        body: dict[str, object] = {"items": [], "total": 0, "next": None} if "/albums" in call.path else {"id": "x"}
        return Response(self.clock.now(), API + call.path, 200, None, body)

    def fetch(self, call: Request) -> Response:
        """Respond to a request."""
        self.asked.append(call.name)
        return self.response(call)

    def slice(self, max_wait_minutes: int = 20, concurrency: int = 1) -> ExtractResult:
        """Invoke the Lambda once."""

        @contextmanager
        def connect(_quota_ledger: QuotaLedger, _limiter: Limiter) -> Iterator[Bench]:
            yield self

        config = replace(CONFIG, max_wait_minutes=max_wait_minutes, concurrency=concurrency)
        return extract(SliceContext(self.run, config, self.store, self.clock, self.time_left), connect)

    def time_left(self) -> float:
        return self.left_s

    def quota(self) -> QuotaLedger:
        return QuotaLedger(self.store, self.run, CONFIG.budgets, self.clock)

    def manifest(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.store.objects[keys.manifest(DAY)][0])
        return found


def raising(error: Exception) -> Callable[[Request], Response]:
    def fail(_: Request) -> Response:
        raise error

    return fail


def test_what_is_done_is_complete() -> None:
    bench = Bench(artists=2)
    assert bench.slice()["status"] == "DONE"
    assert bench.manifest()["complete"] is True
    assert len(bench.asked) == len(set(bench.asked)) == 6  # each artist, and two listings of it


@pytest.mark.parametrize(("left_s", "status"), [(0.001, "DONE"), (0.0, "MORE"), (-1.0, "MORE")])
def test_a_slice_asks_as_long_as_it_has_time(left_s: float, status: str) -> None:
    bench = Bench(left_s=left_s)
    assert bench.slice()["status"] == status
    assert bool(bench.asked) is (status == "DONE")


@pytest.mark.parametrize(("before_s", "status"), [(1, "DONE"), (0, "PARTIAL"), (-1, "PARTIAL")])
def test_a_slice_asks_until_the_day_is_over(before_s: int, status: str) -> None:
    bench = Bench(at=ENDS - timedelta(seconds=before_s))
    result = bench.slice()
    assert result["status"] == status
    if status == "PARTIAL":
        assert result["reasons"][0] == "The day ended at 2026-11-24 00:00:00 UTC before all requests were made."
        assert bench.asked == []


@pytest.mark.parametrize(("before_s", "asked", "status"), [(1, 6, "DONE"), (0, 1, "PARTIAL")])
def test_a_day_that_ends_between_two_requests_ends_the_slice(before_s: int, asked: int, status: str) -> None:
    bench = Bench(artists=2)

    def slow(request: Request) -> Response:
        bench.clock.time = ENDS - timedelta(seconds=before_s)
        return bench.unchanged(request)

    bench.response = slow
    assert (bench.slice()["status"], len(bench.asked)) == (status, asked)


def test_of_requests_side_by_side_what_only_a_person_can_fix_comes_first() -> None:
    bench = Bench(artists=2)
    errors: Iterator[Exception] = iter([OutOfTime("over"), CredentialsRejected("401")])

    def fail(_: Request) -> Response:
        raise next(errors)

    bench.response = fail
    with pytest.raises(CredentialsRejected):
        bench.slice(concurrency=2)


@pytest.mark.parametrize(("days_ago", "goes_by_it"), [(20, True), (21, False)])
def test_a_profile_that_was_found_is_believed_for_refresh_days(days_ago: int, goes_by_it: bool) -> None:
    bench = Bench()
    frontier = empty()
    found_at = (ENDS - timedelta(days=days_ago + 1)).date().isoformat()
    frontier["profile"] = {"configured": "development", "found": "extended", "at": found_at}
    bench.store.put(keys.FRONTIER, packed(frontier), replaces=None)
    assert ("notes" in bench.slice()) is goes_by_it


def test_a_slice_counts_the_requests_that_the_slice_before_sent_in_its_window() -> None:
    bench = Bench()
    for _ in range(3):
        bench.quota().charge("albums")
    config = replace(CONFIG, requests_per_window=3)
    _, limiter = limits(SliceContext(bench.run, config, bench.store, bench.clock, bench.time_left))
    limiter.acquire()
    assert sum(bench.clock.slept) == pytest.approx(30)


@pytest.mark.parametrize(("before_s", "status"), [(1, "MORE"), (0, "PARTIAL")])
def test_a_lambda_whose_time_is_over_hands_on_while_the_day_lasts(before_s: int, status: str) -> None:
    bench = Bench()

    def late(_: Request) -> Response:
        bench.clock.time = ENDS - timedelta(seconds=before_s)
        raise OutOfTime("over")

    bench.response = late
    assert bench.slice()["status"] == status


@pytest.mark.parametrize(("before_s", "status"), [(1, "WAIT"), (0, "PARTIAL")])
def test_a_pause_is_waited_for_if_it_ends_before_the_day_does(before_s: int, status: str) -> None:
    bench = Bench()
    until = ENDS - timedelta(seconds=before_s)
    bench.response = raising(Paused("wait", until))
    result = bench.slice()
    assert (result["status"], result.get("resume_at")) == (status, "2026-11-23T23:59:59Z" if before_s else None)
    if status == "PARTIAL":
        assert "until 2026-11-24 00:00:00 UTC, and the day ends at 2026-11-24 00:00:00 UTC" in result["reasons"][0]
    else:
        assert (result["waits_s"], bench.manifest()["complete"]) == (6 * 3600 - 1, False)


@pytest.mark.parametrize(
    ("seconds", "left_s", "sits_it_out"),
    [(30, 30.1, True), (30, 30, False), (5, 5.1, True), (5, 5, False), (31, 800, False)],
)
def test_a_slice_sits_out_what_is_left_of_a_pause_if_a_lambda_may(
    seconds: int, left_s: float, sits_it_out: bool
) -> None:
    bench = Bench(left_s=left_s)
    until = bench.clock.now() + timedelta(seconds=seconds)
    bench.quota().pause(until)
    result = bench.slice()
    assert bench.clock.slept == ([seconds] if sits_it_out else [])
    assert (result["status"], bool(bench.asked)) == (("DONE", True) if sits_it_out else ("WAIT", False))


def test_a_few_failures_in_a_row_are_the_calls_own_and_one_more_is_spotifys() -> None:
    failing = Bench(artists=MOST_FAILURES_IN_A_ROW)
    bad: list[str] = []

    def fail_of_some(call: Request) -> Response:
        if len(bad) < MOST_FAILURES_IN_A_ROW - 1:
            bad.append(call.name)
        if call.name in bad:
            raise RequestFailed("503")
        return failing.unchanged(call)

    failing.response = fail_of_some
    assert (failing.slice()["status"], failing.slice()["failed_calls"]) == ("PARTIAL", MOST_FAILURES_IN_A_ROW - 1)
    assert [failing.asked.count(name) for name in bad] == [2] * len(bad)  # once more, behind the rest
    down = Bench(artists=MOST_FAILURES_IN_A_ROW)
    down.response = raising(RequestFailed("503"))
    result = down.slice()
    assert (result["status"], result["failed_calls"], len(down.asked)) == ("WAIT", 0, MOST_FAILURES_IN_A_ROW)


def test_whether_spotify_is_down_is_found_out_by_five_others_asked_once_each() -> None:
    down = Bench(artists=25)
    down.response = raising(RequestFailed("503"))
    assert down.slice()["status"] == "WAIT"
    assert len(down.asked) == len(set(down.asked)) == 5 + 5


def test_the_wait_for_a_spotify_that_is_down_doubles_up_to_the_longest_and_ends() -> None:
    bench = Bench(at=ENDS - timedelta(hours=12))
    bench.response = raising(TooManyFailures("5 requests failed in a row"))
    waits = []
    for _ in range(MOST_STRIKES):
        result = bench.slice(max_wait_minutes=5)
        assert result["status"] == "WAIT"
        resume_at = datetime.fromisoformat(result["resume_at"])
        waits.append(resume_at - bench.clock.now())
        assert bench.quota().paused_until == resume_at
        bench.clock.time = resume_at
    assert waits == [FIRST_STRIKE_WAIT, 2 * FIRST_STRIKE_WAIT, timedelta(minutes=5)]
    with pytest.raises(SpotifyUnavailable, match=f"in a row, {MOST_STRIKES + 1} times"):
        bench.slice(max_wait_minutes=5)
    assert bench.manifest()["complete"] is False


def test_an_answer_begins_the_count_of_outages_anew() -> None:
    bench = Bench(artists=MOST_FAILURES_IN_A_ROW + 1, at=ENDS - timedelta(hours=12))
    for _ in range(MOST_STRIKES + 2):
        responses = iter([True])

        def one_answer(call: Request, responses: Iterator[bool] = responses) -> Response:
            if next(responses, False):
                return bench.unchanged(call)
            raise RequestFailed("503")

        bench.response = one_answer
        result = bench.slice()
        assert result["status"] == "WAIT"
        bench.clock.time = datetime.fromisoformat(result["resume_at"])
        assert bench.quota().counts["strikes"] == 1


def test_what_was_learned_is_written_down_every_so_many_answers() -> None:
    """A killed Lambda then loses no more requests than these."""
    bench = Bench(artists=REQUESTS_PER_CHECKPOINT + 1)
    seen: list[int] = []
    bench.store.after = lambda key: (
        seen.append(len(load(bench.store)["artists"])) if key == keys.manifest(DAY) else None
    )
    bench.response = lambda call: (
        bench.unchanged(call) if len(bench.asked) <= REQUESTS_PER_CHECKPOINT else raising(Midnight("over"))(call)
    )
    bench.slice()
    assert seen == [REQUESTS_PER_CHECKPOINT, REQUESTS_PER_CHECKPOINT]


def test_a_larger_frontier_is_saved_after_more_requests_in_proportion() -> None:
    """The cost per request of writing the whole frontier then stays the same, however many artists are followed."""
    assert [requests_per_save(of_size(each)) for each in (100, 20_000, 40_000)] == [100, 100, 200]


def of_size(entities: int) -> Document:
    """Return a frontier that knows this many albums."""
    document = empty()
    document["albums"] = {str(each): {"via": []} for each in range(entities)}
    return document


def test_what_only_a_person_can_fix_is_raised_once_what_was_learned_is_written_down() -> None:
    bench = Bench(artists=3)
    bench.response = lambda call: (
        bench.unchanged(call) if len(bench.asked) < 3 else raising(CredentialsRejected("Spotify says no"))(call)
    )
    with pytest.raises(CredentialsRejected):
        bench.slice()
    assert len(load(bench.store)["artists"]) == 2
    assert (bench.manifest()["complete"], bench.manifest()["reasons"]) == (False, ["Spotify says no"])


def test_a_batch_is_taken_apart_down_to_one_before_it_counts_as_failed() -> None:
    bench = Bench(artists=8)
    sizes: list[int] = []

    def fail(call: Request) -> Response:
        sizes.append(len(call.endpoint.ids))
        raise RequestFailed("503")

    bench.response = fail
    config = Config(**{**vars(CONFIG), "profile": "extended"})

    @contextmanager
    def connect(_quota_ledger: QuotaLedger, _limiter: Limiter) -> Iterator[Bench]:
        yield bench

    result = extract(SliceContext(bench.run, config, bench.store, bench.clock, bench.time_left), connect)
    assert sizes == [8, 1, 1, 1, 1, 4]  # the last are the next in order: Spotify does not respond to them either
    assert (result["status"], result["failed_calls"]) == ("WAIT", 0)
