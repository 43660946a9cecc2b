"""List-price cost of a day and a month, from what the last measured demo said of itself; no free tier."""

from __future__ import annotations

import json
from typing import TypedDict

from bench.transform import ROOT
from functions.shared.prices import A_MONTH, Rent

DAYS = 30
RENTED: dict[Rent, int] = {"secret": 1, "key": 1, "alarm": 21, "metric": 6}


class CostMeasure(TypedDict):
    """USD of a day's run, of a month of them with what is paid by the month, and of each item of a day."""

    day_usd: float
    month_usd: float
    by_item: dict[str, float]
    region: str
    as_of: str


def measure() -> CostMeasure:
    """Return the cost of a day like the demo's, as its run has told it. Waiting for Spotify costs transitions only."""
    cost = json.loads((ROOT / ".local" / "summary.json").read_text())["report"]["cost"]
    day: float = cost["usd"]
    return {
        "day_usd": day,
        "month_usd": day * DAYS + sum(A_MONTH[what].usd * count for what, count in RENTED.items()),
        "by_item": {each["item"]: each["usd"] for each in cost["items"]},
        "region": cost["region"],
        "as_of": cost["as_of"],
    }
