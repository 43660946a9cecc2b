"""The guide, the README and the default budget state the price that the program computes."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import pytest

from docs.price_of_a_month import PLACE, page
from functions.shared.prices import A_MONTH
from infra.cost.month import month, total
from infra.settings import Settings
from tests.docs.messages import ROOT

DEFAULT = Settings(stack="dev")


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
