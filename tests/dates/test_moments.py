"""The six moments: each is what its name says, whenever the tests run."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.dates import moments

NOWS = [
    datetime(2026, 11, 28, 4, 15, tzinfo=UTC),
    datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC),
    datetime(2028, 2, 29, 12, tzinfo=UTC),
    datetime(2096, 3, 1, tzinfo=UTC),
]
any_now = pytest.mark.parametrize("now", NOWS, ids=str)


@any_now
def test_each_moment_is_the_next_of_its_kind(now: datetime) -> None:
    six = moments.six(now)
    assert six["tomorrow"].instant - now == timedelta(days=1)
    assert six["three-months-on"].instant - now == timedelta(days=91)
    december, leap = six["last-of-december"].instant, six["leap-day"].instant
    assert (december.month, december.day, december > now, december - now <= timedelta(367)) == (12, 31, True, True)
    assert (leap.month, leap.day, leap > now, leap - now <= timedelta(8 * 366)) == (2, 29, True, True)


@any_now
def test_on_the_last_of_december_the_schedule_is_a_year_ahead_of_the_machine(now: datetime) -> None:
    moment = moments.six(now)["last-of-december"]
    assert moment.instant.astimezone(ZoneInfo(moment.zone)).date() == date(moment.instant.year + 1, 1, 1)


@any_now
@pytest.mark.parametrize(("name", "hours"), [("clock-forward", 1), ("clock-back", -1)])
def test_the_clock_changes_a_minute_or_so_after_the_tests_begin(now: datetime, name: str, hours: int) -> None:
    moment = moments.six(now)[name]
    zone = ZoneInfo(moment.zone)
    before, after = moment.instant.astimezone(zone), (moment.instant + timedelta(minutes=2)).astimezone(zone)
    assert before.utcoffset() == (after.utcoffset() or timedelta()) - timedelta(hours=hours)
    assert now < moment.instant < now + timedelta(days=367)


@any_now
def test_what_a_moment_prints_is_the_same_moment_on_any_other_day(now: datetime) -> None:
    for moment in moments.six(now).values():
        again = moments.parse(str(moment), now + timedelta(days=1000))
        assert (again.instant, again.zone) == (moment.instant.replace(microsecond=0), moment.zone)


def test_a_commit_chooses_the_same_moment_each_time_and_all_are_chosen() -> None:
    commits = [f"{number:08x}{'0' * 32}" for number in range(60)]
    chosen = [moments.of_commit(commit, NOWS[0]) for commit in commits]
    assert chosen == [moments.of_commit(commit, NOWS[0]) for commit in commits]
    assert {each.name for each in chosen} == set(moments.six(NOWS[0]))


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2028-02-29", "2028-02-29T12:00:00@UTC", "2028-02-30T12:00:00Z", "2028-02-29T12:00:00Z@Nowhere"],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="none of tomorrow, three-months-on"):
        moments.parse(text, NOWS[0])
