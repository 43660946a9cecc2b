"""The events for EventBridge's matcher test the patterns, and a difference between any of the three is reported."""

from __future__ import annotations

import pytest

from conformance.event_ruler import cases, compare
from conformance.part import Disagreement

PATTERNS = {
    "aws.s3": '{"source": ["aws.s3"], "detail": {"bucket": {"name": ["raw"]}}}',
    "aws.states": '{"source": ["aws.states"], "detail": {"stateMachineArn": ["arn:pipeline"]}}',
}
CASES = cases(PATTERNS)
MEANT = [each.meant for _, each in CASES]


@pytest.mark.parametrize("source", PATTERNS)
def test_each_pattern_has_events_to_match_and_events_to_miss(source: str) -> None:
    meant = [each.meant for pattern, each in CASES if pattern == PATTERNS[source]]
    assert meant.count(True) >= 3
    assert meant.count(False) >= 8


def test_three_that_agree_are_no_disagreement() -> None:
    compare(CASES, MEANT, MEANT)


@pytest.mark.parametrize("who", ["event-ruler", "embedded"])
def test_one_event_that_is_matched_otherwise_is_named(who: str) -> None:
    other = [not MEANT[0], *MEANT[1:]]
    with pytest.raises(Disagreement, match=r"1 of 41 events differ\n.*snapshot_date=2026-01-01/_READY") as caught:
        compare(CASES, *((other, MEANT) if who == "event-ruler" else (MEANT, other)))
    assert f"{who} False" in str(caught.value)
