"""Expressions of schedules and rules are taken or refused by each field's bounds, steps, and signs of days."""

from __future__ import annotations

import pytest

from local.aws.events.schedule_expressions import is_expression

TAKEN = (
    "rate(1 day)", "rate(2 minutes)", "rate(10 hours)", "at(2026-11-23T06:00:00)",
    "cron(0 0 1 1 ? 1970)", "cron(59 23 31 12 ? 2199)", "cron(0 6 ? * 1 *)", "cron(0 6 ? * 7 *)",
    "cron(0/1 6 * * ? *)", "cron(10-20/5 6 * * ? *)", "cron(0 6 ? JAN-MAR SUN,SAT *)",
    "cron(0 6 L * ? *)", "cron(0 6 L-3 * ? *)", "cron(0 6 LW * ? *)", "cron(0 6 15W * ? *)",
    "cron(0 6 ? * L *)", "cron(0 6 ? * 6L *)", "cron(0 6 ? * 6#5 *)", "cron(0 6 ? * FRI#1 *)",
)  # fmt: skip
REFUSED = (
    "rate(1 days)", "rate(2 day)", "rate(0 days)", "at(2026-11-31T06:00:00)", "daily",
    "cron(60 6 * * ? *)", "cron(0 24 * * ? *)", "cron(0 6 0 * ? *)", "cron(0 6 32 * ? *)", "cron(0 6 * 0 ? *)",
    "cron(0 6 * 13 ? *)", "cron(0 6 ? * 0 *)", "cron(0 6 ? * 8 *)", "cron(0 6 * * ? 1969)", "cron(0 6 * * ? 2200)",
    "cron(0/0 6 * * ? *)", "cron(0/x 6 * * ? *)", "cron(0/ 6 * * ? *)", "cron(5-60 6 * * ? *)", "cron(- 6 * * ? *)",
    "cron(0 6 * * ?)", "cron(0 6 * * ? * *)", "cron(0 6 * * * *)", "cron(0 6 ? * ? *)", "cron(? 6 * * ? *)",
    "cron(L 6 * * ? *)", "cron(0 6 6#1 * ? *)", "cron(0 6 ? * 6#6 *)", "cron(0 6 ? * 8L *)", "cron(0 6 ? * 15W *)",
    "cron(0 6 * MON ? *)", "cron(0 6 ? * JAN *)",
)  # fmt: skip


@pytest.mark.parametrize("text", TAKEN)
def test_an_expression_is_taken(text: str) -> None:
    assert is_expression(text, once=True)


@pytest.mark.parametrize("text", REFUSED)
def test_an_expression_is_refused(text: str) -> None:
    assert not is_expression(text, once=True)


def test_a_rule_takes_no_single_time() -> None:
    assert not is_expression("at(2026-11-23T06:00:00)", once=False)
