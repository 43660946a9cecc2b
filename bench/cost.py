"""The list price of a demo's day, and of a month of the default configuration."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict

from bench import demo
from infra.cost.month import month, total
from infra.settings import Settings


class CostMeasure(TypedDict):
    """USD of the demo's day, of each item of it, and of a month: at list price, and beyond the free tier."""

    day_usd: float
    month_usd: float
    month_billed_usd: float
    by_item: dict[str, float]
    region: str
    as_of: str


def measure() -> CostMeasure:
    """Return the cost of a demo's day as the report of its run states it, and the month's. Waits cost nothing."""
    with TemporaryDirectory() as folder:
        demo.run(folder)
        cost = json.loads((Path(folder) / "summary.json").read_text(encoding="utf-8"))["report"]["cost"]
    list_price, billed = total(month(Settings(stack="dev")))
    return {
        "day_usd": cost["usd"],
        "month_usd": list_price,
        "month_billed_usd": billed,
        "by_item": {each["item"]: each["usd"] for each in cost["items"]},
        "region": cost["region"],
        "as_of": cost["as_of"],
    }
