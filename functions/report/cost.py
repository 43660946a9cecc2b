"""The cost of a run at list prices: its usage, priced item by item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.shared.prices import AS_OF, PRICES, REGION, usd

if TYPE_CHECKING:
    from functions.report.usage import Used
    from functions.shared.events import Cost, CostItem


def cost(used: Used) -> Cost:
    """Return the price of the usage, in the order of the price table, in USD to a millionth of a cent."""
    items: list[CostItem] = [
        {"item": item, "amount": round(used[item], 6), "usd": round(usd(item, used[item]), 8)}
        for item in PRICES
        if used.get(item)
    ]
    return {"usd": round(sum(each["usd"] for each in items), 8), "region": REGION, "as_of": AS_OF, "items": items}
