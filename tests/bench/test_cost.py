"""The bench states the month's price that the program computes, and the price of a demo's day from its report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from bench import cost, demo
from infra.cost.month import month, total
from infra.settings import Settings

if TYPE_CHECKING:
    import pytest


def test_the_month_is_the_program_s_and_the_day_the_demo_s(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [{"item": "crawler", "usd": 0.25}, {"item": "athena", "usd": 0.5}]
    told = {"usd": 0.75, "items": items, "region": "us-east-1", "as_of": "November 2026"}

    def run(state: str) -> str:
        (Path(state) / "summary.json").write_text(json.dumps({"report": {"cost": told}}))
        return ""

    monkeypatch.setattr(demo, "run", run)
    found = cost.measure()
    assert (found["month_usd"], found["month_billed_usd"]) == total(month(Settings(stack="dev")))
    assert (found["day_usd"], found["by_item"]) == (0.75, {"crawler": 0.25, "athena": 0.5})
