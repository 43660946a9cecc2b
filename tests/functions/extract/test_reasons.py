"""The reasons of a partial day name what failed in one order, whatever failed first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.extract.api.config import GROUPS
from functions.extract.reasons import reasons_of
from tests.functions.extract.test_quota import quota
from tests.functions.extract.test_run import CONFIG
from tests.functions.extract.world import MemoryStore


@pytest.mark.parametrize("order", [1, -1])
def test_failed_requests_are_counted_by_kind_from_a_to_z(order: int) -> None:
    ledger = quota(MemoryStore())
    for kind in ("albums", "artists", "tracks")[::order]:
        ledger.failed(f"{kind}/{0:022d}", "503")
    [reason] = reasons_of(dict.fromkeys(GROUPS, 0), ledger, CONFIG, {})
    assert "for the next run: albums 1, artists 1, tracks 1 (the last error: 503)" in reason


@pytest.mark.parametrize(("group", "told"), [("albums", True), ("tracks", False)])
def test_requests_left_by_a_spent_budget_are_a_reason_unless_they_look_up_isrcs(group: str, told: bool) -> None:
    config = replace(CONFIG, budgets=dict.fromkeys(GROUPS, 0))
    left = dict.fromkeys(GROUPS, 0) | {group: 3}
    assert bool(reasons_of(left, quota(MemoryStore(), budget=0), config, {})) is told
