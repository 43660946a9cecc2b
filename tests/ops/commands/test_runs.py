"""The checks of `ops run`, `replay`, `backfill` and the repair commands before they start or change anything."""

from __future__ import annotations

import json
import threading
import time
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import typer

from ops.commands import mending, runs
from ops.errors import OpsError, WrongUsage
from ops.executions import Execution
from ops.repair import locks, undo
from ops.stack import Stack
from tests.ops.fakes import EXECUTION, OUTPUTS
from tests.ops.test_races import RUNS_NOW, Body, Noted

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = date(2026, 11, 23)
YESTERDAY, TOMORROW = (str(TODAY + timedelta(days=days)) for days in (-1, 1))


@pytest.fixture
def extracted(monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack on AWS with a fixed date, on which every date was extracted."""
    monkeypatch.setattr(Stack, "today", lambda _: TODAY)
    return Noted(list_objects_v2={"KeyCount": 1}).stack


def test_todays_date_is_requested_from_spotify_and_an_earlier_one_is_built_again(extracted: Stack) -> None:
    assert runs.asked_of(extracted, str(TODAY)) == {"mode": "daily", "snapshot_date": str(TODAY)}
    assert runs.asked_of(extracted, YESTERDAY) == {"mode": "replay", "snapshot_date": YESTERDAY}
    with pytest.raises(WrongUsage, match=f"{TOMORROW} is in the future"):
        runs.asked_of(extracted, TOMORROW)


def test_an_earlier_date_of_which_nothing_was_extracted_is_lost(extracted: Stack) -> None:
    nothing = replace(extracted, client=lambda _: Noted(list_objects_v2={"KeyCount": 0}))
    with pytest.raises(OpsError, match=f"nothing was extracted on {YESTERDAY}"):
        runs.asked_of(nothing, YESTERDAY)


@pytest.mark.parametrize(("asked", "moved"), [(YESTERDAY, []), (str(TODAY), []), (TOMORROW, [TOMORROW])])
def test_a_local_stacks_clock_goes_forward_to_what_is_replayed_and_never_back(
    monkeypatch: pytest.MonkeyPatch, asked: str, moved: list[str]
) -> None:
    went: list[str] = []
    monkeypatch.setattr(Stack, "today", lambda _: TODAY)
    monkeypatch.setattr(Stack, "latest_day", lambda _self, today: today + timedelta(days=1))
    monkeypatch.setattr(runs, "_go_to", lambda _session, day, _today: went.append(day))
    session: Any = object()
    runs._caught_up(Stack("local", OUTPUTS, lambda _: None, session=session), asked)  # type: ignore[arg-type]  # all that is read
    assert went == moved


def ended(status: str, outcome: str) -> Execution:
    output = {"outcome": outcome, "run": {"snapshot_date": "2026-11-23"}}
    return Execution(EXECUTION, status, None, None, output, None, None)  # type: ignore[arg-type]  # no times


@pytest.mark.parametrize(("name", "poll_s"), [("local", 0.2), ("prod", 2.0)])
def test_an_execution_on_aws_is_looked_at_every_two_seconds(
    monkeypatch: pytest.MonkeyPatch, name: str, poll_s: float
) -> None:
    """Step Functions throttles more frequent DescribeExecution requests; a local stack responds at once."""
    looks: list[float] = []

    def watch(_stack: object, _arn: str, _out: object, poll_s: float) -> Execution:
        looks.append(poll_s)
        return ended("SUCCEEDED", "partial")

    monkeypatch.setattr(runs, "watch", watch)
    monkeypatch.setattr(runs, "summary", lambda _: [])
    stack = replace(Noted(start_execution={"executionArn": EXECUTION}).stack, name=name)
    with pytest.raises(typer.Exit) as told:
        runs._run(stack, {"mode": "daily"}, as_json=False)
    assert (looks, told.value.exit_code) == ([poll_s], 3)


@pytest.fixture
def backfilled(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, int, list[str]]]:
    """Return a function that backfills dates and returns the exit code, the most at once, and the date set at last."""

    def backfill(first: str, last: str, concurrency: int, codes: list[int]) -> tuple[int, int, list[str]]:
        at_once, most, caught, lock = 0, 0, list[str](), threading.Lock()

        def replayed(_stack: object, day: str) -> dict[str, Any]:
            nonlocal at_once, most
            with lock:
                at_once, most, code = at_once + 1, max(most, at_once + 1), codes.pop(0)
            time.sleep(0.002)
            with lock:
                at_once -= 1
            told = {"status": "SUCCEEDED", "outcome": "", "cause": None, "reasons": ["It is partial."] if code else []}
            return {"snapshot_date": day, **told, "exit_code": code}

        monkeypatch.setattr(runs, "_replayed", replayed)
        monkeypatch.setattr(runs, "_caught_up", lambda _stack, day: caught.append(day))
        monkeypatch.setattr(runs, "open_stack", lambda *_, **__: nullcontext(SimpleNamespace()))
        with pytest.raises(typer.Exit) as told:
            runs.backfill(first, last, concurrency)
        return told.value.exit_code, most, caught

    return backfill


@pytest.mark.parametrize(("codes", "worst"), [([0, 0, 0], 0), ([0, 3, 0], 3), ([3, 1, 0], 1)])
def test_a_backfill_ends_as_its_worst_date_and_is_about_its_last(
    backfilled: Callable[..., tuple[int, int, list[str]]],
    codes: list[int],
    worst: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    partial = sum(code > 0 for code in codes)
    code, _, caught = backfilled("2026-11-20", "2026-11-22", 4, codes)
    assert (code, caught) == (worst, ["2026-11-22"])
    assert capsys.readouterr().out.count("It is partial.") == partial


def test_a_backfill_runs_no_more_dates_at_once_than_it_is_told_to(
    backfilled: Callable[..., tuple[int, int, list[str]]],
) -> None:
    _, most, _ = backfilled("2026-11-01", "2026-11-08", 2, [0] * 8)
    assert most <= 2


def lists(*prefixes: str) -> Callable[[dict[str, Any]], dict[str, int]]:
    """Return how S3 lists a bucket that has objects under these prefixes only."""
    return lambda asked: {"KeyCount": int(asked["Prefix"] in prefixes)}


def test_a_backfill_starts_nothing_for_a_date_without_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise each such date is an execution that fails, and two mails."""
    aws = Noted(
        list_objects_v2=lists("raw/snapshot_date=2026-11-20/", "inbox/snapshot_date=2026-11-22/"),
        start_execution={"executionArn": EXECUTION},
    )
    monkeypatch.setattr(runs, "_caught_up", lambda _stack, _day: None)
    monkeypatch.setattr(runs, "follow", lambda *_: [None])
    monkeypatch.setattr(runs, "describe", lambda *_: ended("SUCCEEDED", "published"))
    monkeypatch.setattr(runs, "open_stack", lambda *_, **__: nullcontext(aws.stack))
    with pytest.raises(typer.Exit) as told:
        runs.backfill("2026-11-20", "2026-11-22", 1, as_json=True)
    shown = {each["snapshot_date"]: each for each in json.loads(capsys.readouterr().out)}
    assert [json.loads(each["input"])["snapshot_date"] for each in aws.of("start_execution")] == [
        "2026-11-20",
        "2026-11-22",
    ]
    assert [each["status"] for each in shown.values()] == ["SUCCEEDED", "SKIPPED", "SUCCEEDED"]
    assert shown["2026-11-21"].keys() == shown["2026-11-20"].keys()
    assert "no raw data and no file in the inbox" in shown["2026-11-21"]["cause"]
    assert told.value.exit_code == 0


def test_a_backfill_that_finds_no_data_at_all_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = Noted(list_objects_v2=lists())
    monkeypatch.setattr(runs, "_caught_up", lambda _stack, _day: None)
    monkeypatch.setattr(runs, "open_stack", lambda *_, **__: nullcontext(aws.stack))
    with pytest.raises(typer.Exit) as told:
        runs.backfill("2026-11-20", "2026-11-21", 1)
    assert (told.value.exit_code, aws.of("start_execution")) == (1, [])


def test_an_earlier_date_that_only_the_inbox_has_is_replayed(extracted: Stack) -> None:
    inbox = Noted(list_objects_v2=lists(f"inbox/snapshot_date={YESTERDAY}/"))
    stack = replace(extracted, client=lambda _: inbox)
    assert runs.asked_of(stack, YESTERDAY) == {"mode": "replay", "snapshot_date": YESTERDAY}


def mended(monkeypatch: pytest.MonkeyPatch, aws: Noted) -> Noted:
    """Let the repair commands use this AWS."""
    monkeypatch.setattr(mending, "open_stack", lambda *_, **__: nullcontext(aws.stack))
    return aws


def test_the_lock_of_a_running_execution_is_not_released(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = mended(monkeypatch, Noted(**RUNS_NOW))
    with pytest.raises(OpsError, match="The lock's holder is still running"):
        mending.unlock(str(TODAY), yes=True)
    assert aws.of("delete_item") == []


def test_the_lock_of_an_execution_that_ended_is_released_once_that_is_confirmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    aws = mended(monkeypatch, Noted(**RUNS_NOW | {"describe_execution": {"status": "ABORTED"}}))
    asked: list[int] = []
    monkeypatch.setattr(mending, "confirm", lambda *_, **__: asked.append(len(aws.of("delete_item"))))
    mending.unlock(str(TODAY))
    assert (asked, len(aws.of("delete_item"))) == ([0], 1)


def test_nothing_is_purged_while_an_execution_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The execution would write again what the purge has just deleted."""
    held = {"lock_id": {"S": "spotify"}, "holder": {"S": EXECUTION}}
    aws = mended(monkeypatch, Noted(scan={"Items": [held]}, **RUNS_NOW))
    with pytest.raises(OpsError, match="is running and would write new data"):
        mending.purge(yes=True)
    assert {name for name, _ in aws.requests} == {"scan", "describe_execution"}


def test_of_all_locks_those_whose_holders_run_are_told_in_their_order() -> None:
    items = [{"lock_id": {"S": name}, "holder": {"S": name}} for name in ("spotify", "date#b", "date#a")]
    statuses = {"spotify": "RUNNING", "date#b": "ABORTED", "date#a": "PENDING_REDRIVE"}
    aws = Noted(scan={"Items": items}, describe_execution=lambda asked: {"status": statuses[asked["executionArn"]]})
    assert [each.lock_id for each in locks.alive(aws.stack)] == ["date#a", "spotify"]


def test_a_date_is_withdrawn_after_the_question_and_before_the_feed_is_written_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[str] = []
    mended(monkeypatch, Noted(get_object=lambda _: {"Body": Body(), "ETag": '"read"'}))
    monkeypatch.setattr(undo, "unpublish", lambda *_: done.append("withdrawn"))
    monkeypatch.setattr(mending, "note", lambda _: done.append("told"))
    monkeypatch.setattr(mending, "confirm", lambda *_, **__: done.append("asked"))
    monkeypatch.setattr(mending, "correct_feed", lambda _: done.append("feed"))
    monkeypatch.setattr(mending, "published_runs", lambda _: {"2026-11-22": "b", "2026-11-20": "a"})
    mending.unpublish("2026-11-23")
    assert done == ["told", "asked", "withdrawn", "feed"]
    assert "2 dates published, the last is 2026-11-22." in capsys.readouterr().out


def test_the_feed_is_written_again_once_the_earlier_run_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Written before, it would hold the news of the run that is undone."""
    done: list[str] = []
    mended(monkeypatch, Noted())

    def back(*_: object) -> tuple[str, str]:
        done.append("undone")
        return "shown", "earlier"

    monkeypatch.setattr(undo, "undo", back)
    monkeypatch.setattr(mending, "correct_feed", lambda _: done.append("feed"))
    mending.undo("2026-11-23")
    assert done == ["undone", "feed"]
