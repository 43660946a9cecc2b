"""The lowest and the highest value of each number of a stack's configuration, and of each field of its schedule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from infra.schedule_expression import schedule_fault
from infra.settings import Settings, broken

EACH = {"album": 1, "single": 1}


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("retention_days", 2, 3650),
        ("refresh_days", 1, 3650),
        ("max_wait_minutes", 0, 720),
        ("calls_per_30_seconds", 5, 10_000),
        ("max_quarantine_ratio", 0, 1),
        ("row_drop_tolerance", 0, 1),
        ("superseded_grace_minutes", 0, 10_080),
        ("query_scan_limit_mb", 11, 1_000_000),
        ("crawl_poll_seconds", 1, 300),
        ("lock_poll_seconds", 20, 300),
        ("monthly_budget_usd", 0, 1_000_000),
    ],
)
def test_a_number_may_be_the_lowest_and_the_highest_and_none_beyond(name: str, low: int, high: int) -> None:
    def wrong(number: int) -> list[str]:
        found = replace(Settings("dev"), **{name: number})  # type: ignore[arg-type]  # numbers all
        return [error for error in broken(found) if "Give a number from" in error]

    assert (wrong(low), wrong(high)) == ([], [])
    assert [len(wrong(number)) for number in (low - 1, high + 1)] == [1, 1]
    assert wrong(low - 1)[0].endswith(f"is {low - 1}. Give a number from {low} to {high}.")


@pytest.mark.parametrize(("refresh", "works"), [(6, True), (7, False), (8, False)])
def test_what_is_followed_is_read_again_before_it_expires(refresh: int, works: bool) -> None:
    assert (not [*broken(Settings("dev", refresh_days=refresh, retention_days=7))]) is works


@pytest.mark.parametrize(("rounds", "works"), [(0, False), (1, True), (100, True), (101, False)])
def test_an_occasional_listing_is_in_every_round_to_every_hundredth(rounds: int, works: bool) -> None:
    assert (not [*broken(Settings("dev", release_groups=EACH | {"compilation": rounds}))]) is works


@pytest.mark.parametrize(("calls", "works"), [(0, False), (1, True)])
def test_a_budget_is_one_request_at_least(calls: int, works: bool) -> None:
    budgets = Settings("dev").budgets | {"tracks": calls}
    assert (not [*broken(Settings("dev", budgets=budgets))]) is works


@pytest.mark.parametrize(("length", "works"), [(20, True), (21, False)])
def test_a_stacks_name_has_twenty_characters_at_most(length: int, works: bool) -> None:
    assert (not [*broken(Settings("a" * length))]) is works


@pytest.mark.parametrize(
    ("first", "last", "beyond"),
    [
        ("cron({} 6 * * ? *)", (0, 59), 60),
        ("cron(0 {} * * ? *)", (0, 23), 24),
        ("cron(0 6 {} * ? *)", (1, 31), 32),
        ("cron(0 6 {} * ? *)", ("1W", "31W"), "32W"),
        ("cron(0 6 * {} ? *)", (1, 12), 13),
        ("cron(0 6 ? * {} *)", (1, 7), 8),
        ("cron(0 6 ? * {} *)", ("1#1", "7#5"), "7#6"),
        ("cron(0 6 ? * {} *)", ("1L", "SATL"), "8L"),
        ("cron(0 6 * * ? {})", (1970, 2199), 2200),
    ],
)
def test_each_field_of_a_schedule_has_its_first_and_its_last_value(
    first: str, last: tuple[object, object], beyond: object
) -> None:
    assert [schedule_fault(first.format(value)) for value in last] == ["", ""]
    assert "is not a valid" in schedule_fault(first.format(beyond))


def test_the_first_day_of_a_month_and_of_the_calendar_is_not_the_zeroth() -> None:
    for expression in ("cron(0 6 0 * ? *)", "cron(0 6 * 0 ? *)", "cron(0 6 ? * 0 *)", "cron(0 6 * * ? 1969)"):
        assert "is not a valid" in schedule_fault(expression), expression


@pytest.mark.parametrize(("step", "works"), [("1", True), ("15", True), ("0", False), ("", False), ("x", False)])
def test_a_step_of_a_schedule_is_a_number_from_one_on(step: str, works: bool) -> None:
    for begin in ("0", "*", "0-30"):
        assert (not schedule_fault(f"cron({begin}/{step} 6 * * ? *)")) is works


NAMES = ["e", "c", "a", "f", "d", "b"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (Settings("dev", budgets={}), f"budgets lacks {', '.join(sorted(Settings('dev').budgets))}."),
        (Settings("dev", budgets=Settings("dev").budgets | dict.fromkeys(NAMES, 1)), "budgets has a, b, c, d, e, f."),
        (Settings("dev", release_groups=EACH | dict.fromkeys(NAMES, 1)), "releaseGroups has a, b, c, d, e, f."),
    ],
    ids=["missing budgets", "unknown budgets", "unknown groups"],
)
def test_names_are_told_in_the_order_of_the_alphabet(settings: Settings, told: str) -> None:
    assert [error for error in broken(settings) if error.startswith(told)] != []


def test_budgets_that_are_too_small_are_told_in_the_order_of_the_alphabet() -> None:
    budgets = dict.fromkeys(sorted(Settings("dev").budgets, reverse=True), 0)
    told = [error.split()[0] for error in broken(Settings("dev", budgets=budgets))]
    assert told == [f"budgets.{group}" for group in sorted(budgets)]
