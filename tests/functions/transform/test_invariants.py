"""Invariants 1 and 2 over generated days with any mixture of damage."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.shared import contract
from functions.transform import block
from tests.functions.transform.damage import days, records_on
from tests.functions.transform.days import album, envelope, raw, run, track

if TYPE_CHECKING:
    from tests.functions.transform.days import Written

pytestmark = pytest.mark.dateless("a pure function of objects that carry their dates")
Day = list[tuple[str, bytes]]


def as_objects(day: Day, objects: int) -> list[tuple[str, bytes]]:
    """Return a day's lines dealt out over a number of raw objects, in the order of arrival."""
    dealt: dict[tuple[str, int], list[bytes]] = {}
    for position, (dataset, line) in enumerate(day):
        dealt.setdefault((dataset, position % objects), []).append(line + b"\n")
    return [raw(dataset, *lines, part=f"{number:05d}") for (dataset, number), lines in dealt.items()]


def check_conservation(day: Day, written: Written) -> None:
    """Assert invariant 1: every record read is written, quarantined or a counted duplicate."""
    expected: Counter[str] = Counter()
    for dataset, line in day:
        expected[dataset] += records_on(dataset, line)
    counted = written.summary["conservation"]
    assert {name: each["read"] for name, each in counted.items()} == expected
    for each in counted.values():
        assert each["read"] == each["written"] + each["quarantined"] + each["duplicates"]
    assert sum(each["written"] for each in counted.values()) == sum(
        len(rows) for table, rows in written.rows.items() if table != "quarantine"
    )
    assert Counter(row["dataset"] for row in written.rows["quarantine"]) == Counter(
        {name: each["quarantined"] for name, each in counted.items() if each["quarantined"]}
    )


def check_determinism(day: Day, written: Written, order: list[int], cut: tuple[int, int, int]) -> None:
    """Assert invariant 2: the same lines in another order, other objects, other blocks, give the same bytes."""
    objects, block_bytes, workers = cut
    again = run(as_objects([day[at] for at in order], objects), block_bytes=block_bytes, workers=workers)
    for table in contract.KEYS:
        assert again.parts[table] == written.parts[table], table
    assert again.summary["reasons"] == written.summary["reasons"]
    assert again.summary["drift"] == written.summary["drift"]


def check_paths_agree(day: Day, written: Written) -> None:
    """Assert that the strict path alone gives the same, to the byte."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(block, "READS", frozenset())
        strict = run(as_objects(day, 1))
    assert strict.rows["quarantine"] == written.rows["quarantine"]
    assert strict.parts == written.parts
    assert strict.summary == written.summary


def orders(day: Day) -> st.SearchStrategy[list[int]]:
    """Return the orders in which a day's lines can arrive."""
    return st.permutations(range(len(day)))


MANY = settings(deadline=None, suppress_health_check=list(HealthCheck))
cuts = st.tuples(st.integers(1, 3), st.sampled_from([1, 500, 1 << 20]), st.integers(1, 3))


@given(days, st.data(), cuts, st.booleans())
@settings(MANY, max_examples=15)
def test_no_record_is_lost_and_neither_arrival_nor_path_reaches_the_bytes(
    day: Day, data: st.DataObject, cut: tuple[int, int, int], strictly: bool
) -> None:
    check(day, data, cut, strictly=strictly)


@pytest.mark.slow
@given(days, st.data(), cuts, st.booleans())
@settings(MANY, max_examples=50)
def test_the_same_of_more_days(day: Day, data: st.DataObject, cut: tuple[int, int, int], strictly: bool) -> None:
    check(day, data, cut, strictly=strictly)


@pytest.mark.soak
@given(days, st.data(), cuts, st.booleans())
@settings(MANY, max_examples=200)
def test_the_same_of_many_days(day: Day, data: st.DataObject, cut: tuple[int, int, int], strictly: bool) -> None:
    check(day, data, cut, strictly=strictly)


def check(day: Day, data: st.DataObject, cut: tuple[int, int, int], *, strictly: bool) -> None:
    """Assert that all records are accounted for, and that the order, the cut or the path does not change the bytes."""
    written = run(as_objects(day, 1))
    check_conservation(day, written)
    if strictly:
        check_paths_agree(day, written)
    else:
        check_determinism(day, written, data.draw(orders(day)), cut)


def test_a_field_of_a_record_that_says_it_is_of_another_kind_drifts_on_both_paths() -> None:
    line = json.dumps(envelope(album(1, tracks=[track(1, type="", genres="")]))).encode()
    day = [("albums", line)]
    written = run(as_objects(day, 1))
    check_paths_agree(day, written)
    assert [each["path"] for each in written.summary["drift"] if each["kind"] == "new"] == ["track.genres"]


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("_share", range(4))  # workers share them: a day takes an eighth of a second
@given(days, st.data(), cuts)
@settings(MANY, max_examples=500)
def test_two_thousand_days(_share: int, day: Day, data: st.DataObject, cut: tuple[int, int, int]) -> None:
    written = run(as_objects(day, 1))
    check_conservation(day, written)
    check_determinism(day, written, data.draw(orders(day)), cut)
    check_paths_agree(day, written)
