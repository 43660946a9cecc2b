"""Some walk takes every state and every edge of the definition; the edges are derived from the definition."""

from __future__ import annotations

from functools import cache

import pytest

from functions.shared.keys import TABLES
from tests.often import one_in
from tests.statemachine.definition import Edge, definition, edges, states, tasks
from tests.statemachine.scenarios import FAILURE_PATH, SCENARIOS, broken_tasks, entries
from tests.statemachine.walking import DAILY, INBOX, Walk, walk

BROKEN = {f"{state}, {error.error}": (state, tries, error) for state, tries, error in broken_tasks()}
HARMLESS = ("Give back Spotify's lease", "Sweep", "Give back the lock", "Send the digest", "Write the report")
# A failed query is retried whatever its error, so that only a time-out reaches the Catch at once.
ASKED_AGAIN = {"Audit with Athena": 2}


@cache
def _broken(name: str, *, times: int = 99) -> Walk:
    """Return the walk of an execution that enters a state whose calls fail `times` times."""
    state, _, error = BROKEN[name]
    entry = entries()[_outer(state)]
    aws = entry.aws()
    aws.statuses = dict.fromkeys(aws.statuses, "SUCCEEDED")
    aws.faults[state] = [error] * times
    return walk(INBOX if state == "Record that nothing changed" else DAILY, aws, resume=entry)


def _outer(state: str) -> str:
    return "Find this run's partitions" if state == "Find a table's partition" else state


@pytest.mark.parametrize("name", one_in(4, BROKEN))
def test_a_task_that_fails_for_good_is_tried_as_often_as_it_says_and_then_caught(name: str) -> None:
    state, tries, error = BROKEN[name]
    tries = max(tries, 1 + ASKED_AGAIN.get(state, 0)) if error.error == "States.Runtime.Glitch" else tries
    done = _broken(name)
    branches = len(TABLES) if state == "Find a table's partition" else 1
    assert tries <= done.tries(state) <= tries * branches  # the first that fails for good stops the others
    if state in HARMLESS:
        assert done.status == "SUCCEEDED"
    elif state in FAILURE_PATH:
        assert (done.status, done.error) == ("FAILED", "CrawlFailed")
    else:
        assert (done.status, done.error) == ("FAILED", error.error)
        words = ["Say what failed", "Find the sentence", "Word the failure"]
        assert done.states[done.states.index("Say what failed") :] == [*words, *FAILURE_PATH, "Fail"]


@pytest.mark.parametrize("name", one_in(4, [name for name, (_, tries, _) in BROKEN.items() if tries > 1]))
def test_a_task_that_recovers_on_its_last_try_is_as_if_nothing_had_happened(name: str) -> None:
    state, tries, _ = BROKEN[name]
    done = _broken(name, times=tries - 1)
    ends_well = "crawl_fails" if state in FAILURE_PATH else "daily"
    assert done.status == SCENARIOS[ends_well]().status


def test_every_edge_of_the_definition_is_taken() -> None:
    taken: set[Edge] = set()
    for build in SCENARIOS.values():
        taken |= build().edges
    for name in BROKEN:
        taken |= _broken(name).edges
    assert edges(definition()) - taken == set()
    assert taken - edges(definition()) == set()


def test_every_state_is_entered() -> None:
    inside = {"Find a table's partition"}
    assert set(entries()) | inside == {name for name, _ in states(definition())}
    assert inside <= set(tasks(definition()))
