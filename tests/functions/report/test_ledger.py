"""The report writes its page to S3 and its cost into the run's row of the ledger; it adds no row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from functions.report.ledger import enter_cost
from functions.report.storage import put
from functions.shared import keys

if TYPE_CHECKING:
    from tests.functions.conftest import Lake

pytestmark = pytest.mark.embedded


def test_a_row_keeps_what_it_says_beside_the_cost(lake: Lake) -> None:
    lake.put(lake.curated, keys.run_record("r"), json.dumps({"outcome": "partial", "cost_usd": None}))
    enter_cost(lake.s3, lake.curated, "r", 0.5)
    assert json.loads(lake.text(lake.curated, keys.run_record("r"))) == {"outcome": "partial", "cost_usd": 0.5}


def test_a_run_without_a_row_gets_none(lake: Lake) -> None:
    """A row with only a cost would be a run without a date in the view."""
    enter_cost(lake.s3, lake.curated, "r", 0.5)
    assert lake.keys(lake.curated) == []


def test_a_page_is_stored_whatever_texts_are_in_it(lake: Lake) -> None:
    key, size = put(lake.s3, lake.curated, "r", "é \ud800")
    assert (key, lake.text(lake.curated, key)) == (keys.report("r"), "é \\ud800")
    assert size == len("é \\ud800".encode())
