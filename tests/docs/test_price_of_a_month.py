"""The guide, the README and the default budget state the price that the program computes."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import pytest

from docs.price_of_a_month import PLACE, page
from functions.report.usage import WRITES_OF_A_SPOTIFY_CALL
from functions.shared.prices import A_MONTH, PRICES, dpu_hours, megabytes, usd
from infra.cost.month import CRAWL_S, DAYS, day, month, total
from infra.settings import Settings
from tests.docs.messages import ROOT

DEFAULT = Settings(stack="dev")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "Pulumi.yaml", *sorted((ROOT / "docs").rglob("*.md"))]
AMOUNT = re.compile(
    r"(?<![\d.])(\d+(?:\.\d+)?) USD|USD (\d+(?:\.\d+)?)|\b(\d+\.\d+) of it\b"
    r"|of the (\d+\.\d+) per month|crawler costs (\d+\.\d+)|costs (\d+\.\d+) less"
)
BEFORE = {"13"}  # what several sums came to, before there was one: 0165


def billed(settings: Settings) -> float:
    return total(month(settings))[1]


def test_the_guide_has_the_table_of_this_program() -> None:
    assert PLACE.read_text() == page(), "run python -m docs.price_of_a_month"


def test_the_readme_states_the_price_and_its_largest_part() -> None:
    stated, crawler = re.findall(
        r"costs\).*: (\d+) USD per month .*, ([\d.]+) of it", (ROOT / "README.md").read_text()
    )[0]
    largest = month(DEFAULT)[0]
    assert (int(stated), f"{largest.billed:.2f}") == (math.ceil(billed(DEFAULT)), crawler)
    assert largest.what == "Glue crawler"


FIFTY_MILLION_TRACKS = (
    10 * usd("lambda_arm64", 3 * 75),  # ten Lambdas of a Distributed Map, 75 s each
    10 * 40 * PRICES["transitions"].usd,  # their transitions, fewer than forty each
    PRICES["athena"].usd * 50e6 * 57 / 1e6,  # 57 bytes each, read once by Athena
)
"""The arithmetic of docs/decisions/0166."""


def computed() -> list[float]:
    """Return every amount that a page may state: prices, the month's lines and sums, and what they are made of."""
    lines, crawl, query = month(DEFAULT), usd("crawler", dpu_hours(CRAWL_S)), usd("athena", megabytes(0))
    requests = 500 * DAYS * (WRITES_OF_A_SPOTIFY_CALL * PRICES["s3_writes"].usd + PRICES["s3_reads"].usd)
    return [
        *(price.usd for price in (*PRICES.values(), *A_MONTH.values())),
        *(amount for line in lines for amount in (line.usd, line.billed)),
        *total(lines),
        sum(usd(item, amount) for item, amount in day(DEFAULT).items()),
        *(crawl, crawl * DAYS / 2),  # a day's crawl; a month's, if a crawl takes one DPU
        *(requests, 6 * query, 21 * A_MONTH["alarm"].usd),
        PRICES["athena"].usd * 1e6,  # per TB
        2 * usd("lambda_arm64", 0.25 * 15),  # two calls of a small function take less
        *FIFTY_MILLION_TRACKS,
    ]


def is_computed(text: str) -> bool:
    """Return whether an amount is a computed one, rounded as it is written."""
    half = 0.5 * 10 ** -len(text.partition(".")[2])
    return text in BEFORE or any(abs(float(text) - amount) <= half + 1e-9 for amount in computed())


def test_every_amount_on_a_page_is_one_that_the_program_computes() -> None:
    found = [(page, "".join(each)) for page in PAGES for each in AMOUNT.findall(page.read_text())]
    assert len(found) > 20
    assert [(page.name, amount) for page, amount in found if not is_computed(amount)] == []


@pytest.mark.parametrize(("stated", "true"), [("5.97", True), ("5.96", False), ("11.79", False), ("7", False)])
def test_a_second_figure_is_noticed(stated: str, true: bool) -> None:
    assert is_computed(stated) is true


def test_a_stack_with_its_key_costs_less_than_six_dollars() -> None:
    assert billed(DEFAULT) < 6


def test_the_default_budget_holds_two_stacks_at_list_price() -> None:
    list_price, _ = total(month(DEFAULT))
    two = 2 * (list_price - A_MONTH["dashboard"].usd)
    assert two <= DEFAULT.monthly_budget_usd < two + 5


@pytest.mark.parametrize(
    ("changed", "less"),
    [
        ({"customer_managed_key": False}, 1.0),
        ({"kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k"}, 1.0),
        ({"budgets": {"artists": 10}}, 0.1125),
    ],
    ids=["AWS's keys", "an existing key", "500 requests fewer"],
)
def test_the_price_follows_the_configuration(changed: dict[str, Any], less: float) -> None:
    assert billed(DEFAULT) - billed(dataclasses.replace(DEFAULT, **changed)) == pytest.approx(less, abs=0.01)
