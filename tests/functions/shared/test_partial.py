"""A partial date states its reasons once, and what would complete it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from functions.shared.partial import completed_by, missing, reasons

if TYPE_CHECKING:
    from functions.shared.events import ExtractResult, FreezeResult

LOST = missing(["raw/a", "raw/b"])
RESTORED = "If the missing objects are restored, `ops replay 2026-11-20` reads them."
EXTRACTED = (
    "Only a daily run on 2026-11-20 itself can complete it, since Spotify returns only today's data. "
    "Daily runs after it request what is left."
)


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (["albums: 200 of the day's 200 requests are spent; left for later: 40."], EXTRACTED),
        ([], EXTRACTED),
        ([LOST], RESTORED),
        ([LOST, "albums: spent."], f"{RESTORED} {EXTRACTED}"),
    ],
    ids=["not extracted", "no reason", "objects lost", "both"],
)
def test_a_date_that_was_not_extracted_needs_its_own_day_and_lost_objects_a_replay(why: list[str], told: str) -> None:
    assert completed_by("2026-11-20", why) == told


def test_a_reason_of_the_extraction_that_the_raw_data_repeats_is_told_once() -> None:
    extract = cast("ExtractResult", {"reasons": ["a", "b"]})
    freeze = cast("FreezeResult", {"incomplete": ["b", "c"]})
    assert reasons(extract, freeze) == ["a", "b", "c"]
    assert (reasons(None, freeze), reasons(extract, None), reasons(None, None)) == (["b", "c"], ["a", "b"], [])
