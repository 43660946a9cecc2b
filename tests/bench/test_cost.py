"""The bench states the price that the program computes, and the last demo's as its run told it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench import cost
from infra.cost.month import month, total
from infra.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_month_is_the_program_s_and_the_day_the_demo_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [{"item": "crawler", "usd": 0.25}, {"item": "athena", "usd": 0.5}]
    told = {"usd": 0.75, "items": items, "region": "us-east-1", "as_of": "November 2026"}
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local" / "summary.json").write_text(json.dumps({"report": {"cost": told}}))
    monkeypatch.setattr(cost, "ROOT", tmp_path)
    found = cost.measure()
    assert (found["month_usd"], found["month_billed_usd"]) == total(month(Settings(stack="dev")))
    assert (found["day_usd"], found["by_item"]) == (0.75, {"crawler": 0.25, "athena": 0.5})
