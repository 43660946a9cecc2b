"""The drawing shows each state once, the path taken, and the way it failed."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from functions.report.graph import HEIGHT, WIDTH, Graph, draw
from functions.report.timeline import MOST_BARS, lanes
from functions.shared.state_visits import StateVisit
from tests.functions.report.reports import ALL_WENT_WELL, BEGAN, CRAWL_FAILED, DEFINITION, visits

STATES = DEFINITION["States"]


@pytest.fixture(scope="module")
def well() -> Graph:
    return draw(DEFINITION, visits(ALL_WENT_WELL))


@pytest.fixture(scope="module")
def failed() -> Graph:
    return draw(DEFINITION, visits(CRAWL_FAILED), "Judge the crawl")


def test_every_state_is_drawn_once_and_none_over_another(well: Graph) -> None:
    assert sorted(box.name for box in well.boxes) == sorted(STATES)
    for one, other in combinations(well.boxes, 2):
        assert abs(one.x - other.x) >= WIDTH or abs(one.y - other.y) >= HEIGHT
    assert all(box.x + WIDTH <= well.width and box.y + HEIGHT <= well.height for box in well.boxes)


def test_the_path_of_a_good_day_is_one_column(well: Graph) -> None:
    assert len({box.x for box in well.boxes if box.name in ALL_WENT_WELL}) == 1


def test_an_arrow_is_taken_where_the_run_went(well: Graph, failed: Graph) -> None:
    for graph, names in ((well, ALL_WENT_WELL), (failed, CRAWL_FAILED)):
        assert {(arrow.start, arrow.end) for arrow in graph.arrows if arrow.taken} == set(pairwise(names))


def test_the_arrows_that_were_taken_are_drawn_over_the_others(failed: Graph) -> None:
    taken = [arrow.taken for arrow in failed.arrows]
    assert taken == sorted(taken)


def test_what_was_not_entered_says_so_and_the_rest_tells_its_time(well: Graph) -> None:
    fates = {box.name: box.fate for box in well.boxes}
    assert {name for name, fate in fates.items() if fate == "passed"} == set(ALL_WENT_WELL)
    assert set(fates.values()) == {"passed", "untouched"}
    waits = next(box for box in well.boxes if box.name == "Wait for the crawl")
    assert (waits.visits, waits.when) == (2, "2\N{MULTIPLICATION SIGN} 3.0")


def test_the_state_that_failed_stands_out(failed: Graph) -> None:
    assert [box.name for box in failed.boxes if box.fate == "failed"] == ["Judge the crawl", "Fail"]
    assert "the run failed in Judge the crawl" in failed.said


def test_a_state_that_is_not_over_is_now() -> None:
    running = visits(ALL_WENT_WELL)[:11]
    running[-1].left = None
    assert [box.name for box in draw(DEFINITION, running).boxes if box.fate == "now"] == ["Transform"]


def test_states_inside_a_map_are_part_of_it() -> None:
    inside = StateVisit("Find a table's partition", "Task", BEGAN, left=BEGAN)
    assert "Find a table's partition" not in {box.name for box in draw(DEFINITION, [inside]).boxes}
    assert lanes([inside], STATES, BEGAN) == []


def test_lanes_are_in_the_order_entered_and_within_the_run() -> None:
    found = lanes(visits(ALL_WENT_WELL), STATES, BEGAN)
    assert [lane.state for lane in found] == list(dict.fromkeys(ALL_WENT_WELL))
    for lane in found:
        assert len(lane.bars) == lane.visits
        assert all(offset >= 0 and offset + length <= 100.01 for offset, length in lane.bars)


def test_a_state_entered_very_often_has_one_bar() -> None:
    polls = visits(("Wait for the crawl", "Look at the crawler") * (MOST_BARS + 1))
    assert [(lane.visits, len(lane.bars)) for lane in lanes(polls, STATES, BEGAN)] == [(MOST_BARS + 1, 1)] * 2
