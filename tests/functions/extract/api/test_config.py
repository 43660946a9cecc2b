"""The environment of Extract: which values it may have, and that others are refused before the first request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.extract.api.config import GROUPS, Config, budgets_of, profile_of

BUDGETS = dict.fromkeys(GROUPS, 40)


def test_a_profile_is_one_of_two() -> None:
    assert [profile_of(each) for each in ("development", "extended")] == ["development", "extended"]
    with pytest.raises(ValueError, match=r"^PROFILE is 'Extended'; expected one of development, extended\.$"):
        profile_of("Extended")


@pytest.mark.parametrize("wrong", [None, [], {}, BUDGETS | {"playlists": 1}, {"artists": 40}])
def test_each_group_has_a_budget_and_no_other_has(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"^BUDGETS is .*; expected a number of calls for each of artists, .*, search"):
        budgets_of(wrong)


@pytest.mark.parametrize("wrong", [-1, 0.5, "40", None])
def test_a_budget_is_a_whole_number_of_requests(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"^BUDGETS\['search'\] is .*; expected a whole number of requests per day"):
        budgets_of(BUDGETS | {"search": wrong})


def test_a_budget_may_be_zero_and_written_as_a_decimal() -> None:
    """`pulumi config` keeps 40 as 40.0."""
    budgets = budgets_of(BUDGETS | {"search": 0, "artists": 40.0})
    assert budgets == BUDGETS | {"search": 0}
    assert {type(each) for each in budgets.values()} == {int}


def test_the_environment_becomes_a_configuration() -> None:
    environment = {
        "MARKET": "NL", "PROFILE": "extended", "BUDGETS": json.dumps(BUDGETS), "REFRESH_DAYS": "21",
        "RETENTION_DAYS": "30", "MAX_WAIT_MINUTES": "20", "CALLS_PER_30_SECONDS": "90", "RELEASE_GROUPS": "{}",
    }  # fmt: skip
    read = Config.of(environment, concurrency=3)
    assert (read.market, read.profile, read.budgets, read.refresh_days) == ("NL", "extended", BUDGETS, 21)
    assert (read.retention_days, read.max_wait_minutes, read.requests_per_window, read.concurrency) == (30, 20, 90, 3)
    assert read.lookups_kept == 40 * 50 * 21
