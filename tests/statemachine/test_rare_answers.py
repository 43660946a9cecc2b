"""Rare responses: another execution's lock, an unknown holder, a stopping crawler, an incomplete verdict."""

from __future__ import annotations

import json
from functools import partial
from math import ceil
from typing import Any

import pytest

from functions.audit.gates import ALWAYS, COUNTED
from tests.statemachine.definition import VALUES, definition, tasks
from tests.statemachine.fake_aws import Crawler, FakeAws, Refused
from tests.statemachine.scenarios import LOCK, OTHER
from tests.statemachine.walking import DAILY, REHEARSAL, Walk, walk

TASKS = tasks(definition())
RELEASES = [name for name, task in TASKS.items() if task["Resource"].endswith("deleteItem")]


@pytest.mark.parametrize("state", RELEASES)
def test_a_lock_that_another_took_over_meanwhile_is_left_to_it(state: str) -> None:
    lock = "spotify" if "Spotify" in state else LOCK
    aws = FakeAws(crawler=Crawler(outcomes=["FAILED"] if state.endswith("failure") else []))
    aws.before[state] = partial(aws.hold, lock, OTHER)
    assert walk(DAILY, aws).holders == {lock: OTHER}


def test_who_holds_a_lock_is_read_as_written_last() -> None:
    """Otherwise the previous holder may be named, which has ended, while the new holder of the lock works."""
    assert TASKS["Ask who holds the lock"]["Arguments"]["ConsistentRead"] is True


@pytest.mark.parametrize(
    "error", ["Sfn.ExecutionDoesNotExistException", "Sfn.InvalidArnException", "Sfn.ValidationException"]
)
def test_a_holder_that_step_functions_does_not_know_has_ended(error: str) -> None:
    aws = FakeAws(faults={"Ask whether the holder runs": [Refused(error)]})
    aws.hold(LOCK, OTHER)
    assert walk(DAILY, aws).status == "SUCCEEDED"


def test_a_dead_holder_is_asked_about_again_for_the_next_lock() -> None:
    """The dead holder may have been redriven since, and extract again."""
    aws = FakeAws(statuses={OTHER: "ABORTED"})
    aws.hold(LOCK, OTHER)
    aws.hold("spotify", OTHER)

    def redriven() -> None:
        if aws.holders()[LOCK] != OTHER:
            aws.statuses[OTHER] = "RUNNING"

    aws.before["Take the lock"] = redriven
    aws.before["Ask whether the holder runs"] = partial(_free_once_asked, aws, 4, "spotify")
    done = walk(DAILY, aws)
    assert (done.status, "Wait for the lock" in done.states) == ("SUCCEEDED", True)


def test_each_lock_is_waited_for_from_the_shortest_wait_on() -> None:
    aws = FakeAws(statuses={OTHER: "RUNNING"})
    aws.hold(LOCK, OTHER)
    aws.hold("spotify", OTHER)

    def freed() -> None:
        _free_once_asked(aws, 3, LOCK)
        _free_once_asked(aws, 5, "spotify")

    aws.before["Ask whether the holder runs"] = freed
    assert walk(DAILY, aws).waits[:5] == [30, 45, 67, 30, 45]


def _free_once_asked(aws: FakeAws, looks: int, lock: str) -> None:
    if sum(state == "Ask whether the holder runs" for state, _ in aws.calls) == looks:
        aws.free(lock)


@pytest.mark.parametrize("error", ["Glue.CrawlerRunningException", "Glue.CrawlerStoppingException"])
def test_a_crawler_that_is_at_work_or_stopping_is_waited_for(error: str) -> None:
    done = walk(DAILY, FakeAws(faults={"Start the crawl": [Refused(error)]}))
    assert (done.status, done.tries("Start the crawl")) == ("SUCCEEDED", 2)


def test_looks_at_the_crawler_are_counted_over_all_crawls_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A crawler whose last crawl never appears is started again, but not for ever."""
    monkeypatch.setattr(FakeAws, "_glue_startCrawler", lambda *_: {})
    monkeypatch.setattr(FakeAws, "_glue_getCrawler", lambda *_: {"Crawler": {"Name": "c", "State": "READY"}})
    done = walk(DAILY)
    assert (done.error, done.tries("Start the crawl")) == ("CrawlTimedOut", 60)


@pytest.mark.parametrize("state", ["Judge the catalogue", "Judge the gates"])
@pytest.mark.parametrize("passed", ["true", None])
@pytest.mark.parametrize("asked", [DAILY, REHEARSAL], ids=["daily", "rehearsal"])
def test_only_an_explicit_pass_of_a_verdict_counts(
    state: str, passed: Any, asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = FakeAws._run_audit

    def half(aws: FakeAws, payload: Any) -> Any:
        told = made(aws, payload)
        meant = ("observed" in payload) == (state == "Judge the gates")
        return told | {"passed": passed, "error": "GateFailed", "cause": "It said so."} if meant else told

    monkeypatch.setattr(FakeAws, "_run_audit", half)
    done = walk(asked)
    assert (done.status, done.error, "Publish" in done.states) == ("FAILED", "GateFailed", False)


def test_one_page_holds_all_tables_and_all_rows_of_the_audit() -> None:
    """A table or a count on a second page, which no state requests, would be missing."""
    rows = {*ALWAYS, *(f"median_{table}" for table in COUNTED)}
    assert TASKS["Read what was observed"]["Arguments"]["MaxResults"] >= len(rows) + 1
    tables = json.loads(VALUES["LakeTables"])
    assert TASKS["Read the lake's tables"]["Arguments"]["MaxResults"] >= 2 * len(tables), "and those that a crawl adds"


@pytest.mark.parametrize("mode", ["x" * 300, "wöchentlich" * 9], ids=["long", "not ASCII"])
def test_a_mode_that_is_none_stands_in_the_ledger_and_the_alert_as_far_as_they_take_it(mode: str) -> None:
    done: Walk = walk({"mode": mode})
    (row,) = [each for key, each in done.aws.objects.items() if key.startswith("runs/")]
    assert row["mode"] == mode[:40].replace("ö", "?")
    assert f"The {row['mode']} run failed" in done.aws.alerts[0]["Message"]


def test_our_own_crawl_serves_that_begins_at_the_instant_of_our_last_write() -> None:
    """It began after it, in the same second: the times of S3 are whole seconds."""
    aws = FakeAws()
    aws.before["Transform"] = lambda: setattr(aws, "now", float(ceil(aws.now)))
    aws.before["Start the crawl"] = lambda: setattr(aws, "now", max(aws.written.values()))
    assert walk(DAILY, aws).tries("Start the crawl") == 1
