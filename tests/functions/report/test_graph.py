"""The drawing shows each state once, the path taken, and the way it failed."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import pytest

from functions.report.graph import HEIGHT, WIDTH, Graph, draw
from functions.report.layout import place
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


@pytest.mark.parametrize(
    ("times", "seconds", "shown", "when"),
    [
        (1, 0.04, "Make sure the lock is still ours", ""),
        (1, 0.05, "Make sure the lock is stil…", "0.1"),
        (2, 0.0, "Make sure the lock is stil…", "2\N{MULTIPLICATION SIGN}"),
    ],
    ids=["too short", "once", "twice"],
)
def test_a_name_is_cut_only_where_a_time_or_a_count_needs_the_room(
    times: int, seconds: float, shown: str, when: str
) -> None:
    name = "Make sure the lock is still ours"
    box = next(each for each in draw(DEFINITION, visits((name,) * times, seconds)).boxes if each.name == name)
    assert (box.shown, box.when) == (shown, when)


def test_an_arrow_is_straight_between_neighbours_and_no_curve_leaves_the_drawing() -> None:
    names = [f"state {number}" for number in range(40)]
    states = {name: {"Type": "Pass", "Next": after} for name, after in pairwise(names)}
    states[names[0]] |= {"Type": "Choice", "Choices": [{"Next": names[-1]}]}  # type: ignore[dict-item]  # ASL
    graph = draw({"StartAt": names[0], "States": states | {names[-1]: {"Type": "Succeed"}}}, [])
    straight, curved = ([each for each in graph.arrows if ("V" in each.path) is yes] for yes in (True, False))
    assert ([each.end for each in straight], [each.end for each in curved]) == (names[1:], names[-1:])
    assert all(float(x) >= 0 for x in re.findall(r"[MC ]([\d.-]+) [\d.-]+", curved[0].path))


def test_a_state_stands_beside_the_first_one_that_leads_to_it() -> None:
    ways = [("c", "side"), ("b", "side"), ("side", "further"), ("side", "end"), ("further", "end")]
    edges = dict.fromkeys([*pairwise(["a", "b", "c", "d", "e", "end"]), *ways], "next")
    states = {name: {"Type": "Succeed" if name == "end" else "Pass"} for pair in edges for name in pair}
    places = place("a", states, edges).of
    assert (places["side"], places["further"]) == ((1, 1), (1, 2))


def test_of_two_paths_of_one_length_the_same_is_drawn_on_top_each_time() -> None:
    pairs = [("a", "b"), ("a", "c"), ("b", "end"), ("c", "end")]
    states = {"a": {"Type": "Pass"}, "b": {"Type": "Pass"}, "c": {"Type": "Pass"}, "end": {"Type": "Succeed"}}
    drawn = [place("a", states, dict.fromkeys(order, "next")).of for order in (pairs, pairs[::-1])]
    assert drawn[0] == drawn[1]


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
