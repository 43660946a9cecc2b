"""Writes the price of a month into the guide to deploying: `python -m docs.price_of_a_month`."""

from __future__ import annotations

from pathlib import Path

from functions.shared.prices import REGION
from infra.cost.month import Line, month, total
from infra.settings import Settings

PLACE = Path(__file__).with_name("deploying.md")
BEGIN, END = "<!-- price of a month -->\n", "<!-- end of the price -->\n"
CENT = 0.005


def markdown() -> str:
    """Return the table of a stack with the default configuration: lines below half a cent are one line."""
    lines = month(Settings(stack="dev"))
    small = [line for line in lines if line.usd < CENT]
    list_price, billed = total(lines)
    head = f"| | per month, {REGION} | USD at list price | USD beyond the free tier |\n|---|---|--:|--:|\n"
    return (
        head
        + "".join(_row(line) for line in lines if line not in small)
        + f"| {', '.join(line.what for line in small)} | | {sum(line.usd for line in small):.2f} | 0.00 |\n"
        + f"| **together** | | **{list_price:.2f}** | **{billed:.2f}** |\n"
    )


def _row(line: Line) -> str:
    price = f"{line.price:.7f}".rstrip("0").rstrip(".")
    amount = "1" if line.amount == 1 else f"{line.amount:,g} {line.unit}"
    return f"| {line.what} | {amount} \u00d7 {price} | {line.usd:.2f} | {line.billed:.2f} |\n"


def page() -> str:
    """Return the guide with the table of today's program."""
    before, rest = PLACE.read_text(encoding="utf-8").split(BEGIN)
    return before + BEGIN + markdown() + END + rest.split(END)[1]


if __name__ == "__main__":
    PLACE.write_text(page(), encoding="utf-8")
