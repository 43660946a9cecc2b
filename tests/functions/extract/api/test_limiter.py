"""The rolling window: never more requests in 30 s than allowed, and never a wait longer than the Lambda's time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from functions.extract.api.limiter import Limiter
from functions.extract.api.signals import Paused

WINDOW, FEWEST_PER_WINDOW, LONGEST_SLEEP_S = (
    timedelta(seconds=30),
    5,
    30.0,
    # The bounds are repeated here, so that a changed bound fails a test.
)


class Clock:
    """A clock that a sleep puts forward."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 6, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


def limiter(clock: Clock, calls: int = 3, left_s: float = 800.0) -> Limiter:
    return Limiter(clock, lambda: left_s - sum(clock.slept), calls)


def assert_waits_after(calls: int, window: Limiter, clock: Clock) -> None:
    """Raise AssertionError unless this many requests pass at once, and the next waits for the rate to recover."""
    for _ in range(calls):
        window.acquire()
    assert clock.slept == []
    window.acquire()
    assert clock.slept == [10.0]


def test_a_window_takes_so_many_calls_and_the_next_waits_until_it_has_moved_on() -> None:
    clock = Clock()
    window = limiter(clock)
    for _ in range(3):
        window.acquire()
        clock.time += timedelta(seconds=1)
    assert clock.slept == []
    window.acquire()
    assert (clock.slept, window.waited_s) == ([27.0], 27.0)


@pytest.mark.parametrize("calls", [1, 2, 5, 7])
def test_no_30_seconds_see_more_calls_than_allowed(calls: int) -> None:
    clock = Clock()
    window, made = limiter(clock, calls, left_s=10_000), list[datetime]()
    for number in range(40):
        window.acquire()
        made.append(clock.now())
        clock.time += timedelta(seconds=number % 4)
    assert all(later - earlier >= WINDOW for earlier, later in zip(made, made[calls:], strict=False))


def test_calls_of_the_slice_before_count() -> None:
    clock = Clock()
    window = limiter(clock)
    window.count(2, clock.now() - timedelta(seconds=10))
    window.acquire()
    window.acquire()
    assert clock.slept == [20.0]


def test_a_window_in_which_the_slice_before_sent_little_takes_the_rest_at_once() -> None:
    clock = Clock()
    window = limiter(clock)
    window.count(1, clock.now())
    for _ in range(2):
        window.acquire()
    assert clock.slept == []


def test_more_calls_of_the_slice_before_than_a_window_takes_do_not_stretch_it() -> None:
    clock = Clock()
    window = limiter(clock)
    window.count(10**12, clock.now())  # one by one, they would not fit into memory
    for _ in range(3):
        window.acquire()
    assert sum(clock.slept) == WINDOW.total_seconds()


@pytest.mark.parametrize(("left_s", "waits"), [(31.0, True), (30.0, False)])
def test_a_wait_that_outlasts_the_slice_ends_it(left_s: float, waits: bool) -> None:
    clock = Clock()
    window = limiter(clock, 1, left_s)
    window.acquire()
    if waits:
        window.acquire()
        assert clock.slept == [30.0]
    else:
        with pytest.raises(Paused, match=r"^the window of 30 s is full") as paused:
            window.acquire()
        assert (paused.value.until, clock.slept) == (clock.now() + WINDOW, [])


def test_a_hold_lets_nothing_through_and_no_single_sleep_is_longer_than_a_lambdas() -> None:
    clock = Clock()
    window = limiter(clock)
    window.hold(70)
    window.acquire()
    assert clock.slept == [LONGEST_SLEEP_S, LONGEST_SLEEP_S, 10.0]
    assert window.waited_s == 70.0


def test_each_complaint_halves_the_window_once_and_never_below_a_few() -> None:
    clock = Clock()
    window = limiter(clock, 40, left_s=10_000)
    window.hold(5)
    window.hold(1)  # of a thread that was answered the same
    for _ in range(20):
        window.acquire()
    assert clock.slept == [5.0]
    window.acquire()
    assert clock.slept == [5.0, 10.0]  # by then the rate has recovered by a tenth
    for _ in range(10):
        window.hold(1)
        clock.time += timedelta(seconds=2)
    clock.time += WINDOW
    clock.slept.clear()
    assert_waits_after(
        FEWEST_PER_WINDOW + 3 * 40 // 10, window, clock
    )  # a tenth for each of the three tens of seconds since


def test_after_a_complaint_a_request_waits_once_for_all_calls_that_are_now_too_many() -> None:
    clock = Clock()
    window = limiter(clock, 6)
    for _ in range(6):
        window.acquire()
        clock.time += timedelta(seconds=1)
    clock.time += timedelta(seconds=22)
    window.hold(0)
    window.acquire()
    assert clock.slept == [3.0]


def test_a_complaint_at_the_end_of_a_hold_is_a_new_one() -> None:
    clock = Clock()
    window = limiter(clock, 40)
    for _ in range(2):
        window.hold(5)
        clock.time += timedelta(seconds=5)
    assert_waits_after(10, window, clock)


@pytest.mark.parametrize(
    ("most", "after_s", "calls"), [(40, 9, 20), (40, 10, 24), (40, 15, 24), (9, 10, 6), (8, 0, 5), (8, 10, 6)]
)
def test_the_rate_recovers_by_a_tenth_or_one_for_each_ten_seconds_from_five_at_least(
    most: int, after_s: int, calls: int
) -> None:
    clock = Clock()
    window = limiter(clock, most)
    window.hold(0)
    clock.time += timedelta(seconds=after_s)
    assert_waits_after(calls, window, clock)


def test_a_clock_that_is_set_back_takes_no_request_from_a_window() -> None:
    clock = Clock()
    window = limiter(clock, 40)
    clock.time -= timedelta(seconds=60)
    for _ in range(40):
        window.acquire()
    assert clock.slept == []


def test_seconds_of_a_step_that_is_not_complete_count_for_the_next() -> None:
    clock = Clock()
    window = limiter(clock, 40)
    window.hold(0)
    clock.time += timedelta(seconds=15)
    window.acquire()  # one step is over, and half of another
    clock.time += timedelta(seconds=5)
    for _ in range(20 + 2 * 4 - 1):
        window.acquire()
    assert clock.slept == []


def test_a_shorter_hold_does_not_cut_a_longer_one_short() -> None:
    clock = Clock()
    window = limiter(clock)
    window.hold(20)
    window.hold(5)
    window.acquire()
    assert clock.slept == [20.0]


@pytest.mark.parametrize(("complaints", "longest_s"), [(0, 31), (1, 75), (5, 150)])
def test_the_rate_recovers_after_complaints(complaints: int, longest_s: float) -> None:
    """183 calls at 100 per 30 s take half a minute; a few complaints make that two minutes, not fifteen."""
    clock = Clock()
    began, window = clock.now(), limiter(clock, 100, left_s=10_000)
    for number in range(183):
        window.acquire()
        if number < complaints:
            window.hold(1)
    assert (clock.now() - began).total_seconds() <= longest_s


def test_the_rate_recovers_to_what_was_allowed_and_no_further() -> None:
    clock = Clock()
    window, made = limiter(clock, 20, left_s=100_000), list[datetime]()
    window.hold(1)
    for _ in range(200):
        window.acquire()
        made.append(clock.now())
    assert all(later - earlier >= WINDOW for earlier, later in zip(made, made[20:], strict=False))
    assert made[-1] - made[-20] <= WINDOW
