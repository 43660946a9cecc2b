"""A command's requests to Spotify outside a run: within a minute, without waits, charged to the day's budget."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from functions.extract.frontier import document as frontier
from functions.extract.frontier.worklist import WorkList
from functions.shared import keys
from ops.spotify import extraction, progress
from ops.spotify.extraction import Deployed, blocked_groups, stack_spotify
from ops.stack import Stack
from tests.functions.extract.world import world
from tests.ops.test_races import Noted

if TYPE_CHECKING:
    from functions.extract.context import SliceContext


class Raw:
    """The raw bucket with these documents, by key."""

    def __init__(self, documents: dict[str, Any]) -> None:
        self.documents = documents

    def get(self, key: str) -> tuple[bytes, str] | None:
        return (json.dumps(self.documents[key]).encode(), "etag") if key in self.documents else None


def raw(monkeypatch: pytest.MonkeyPatch, **documents: Any) -> Raw:
    """Give commands a raw bucket with these documents of `state/`."""
    store = Raw({getattr(keys, name): document for name, document in documents.items()})
    monkeypatch.setattr(Stack, "raw", lambda _: store)
    return store


def test_a_command_has_a_minute_and_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipeline waits for minutes if Spotify closes a group; a person does not wait so long for a command."""
    given: list[SliceContext] = []

    def connect(context: SliceContext, *_: object) -> Any:
        given.append(context)
        return nullcontext()

    raw(monkeypatch, QUOTA={"run": {"run_id": "the last"}})
    for name in ("stored_credentials", "limits"):
        monkeypatch.setattr(extraction, name, lambda _: ())
    monkeypatch.setattr(extraction, "connect", connect)
    before = datetime.now(UTC)
    with stack_spotify(Noted().stack, Deployed("", "", world(artists=1).config)):
        (context,) = given
    midnights = {each.date() + timedelta(days=1) for each in (before, datetime.now(UTC))}
    assert 55 < context.time_left() <= 60
    assert context.config.max_wait_minutes == 0
    assert (context.run["run_id"], context.run["mode"]) == ("the last", "daily")
    assert datetime.fromisoformat(context.run["ends_at"]).date() in midnights


def test_a_quota_group_is_closed_until_the_time_that_spotify_named(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 11, 23, 6, tzinfo=UTC)
    over, ahead = (f"{now + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}" for seconds in (0, 1))
    monkeypatch.setattr(extraction, "datetime", SimpleNamespace(now=lambda _zone: now))
    raw(monkeypatch, QUOTA={"blocked_until": {"albums": over, "tracks": ahead}})
    assert blocked_groups(Noted().stack) == {"tracks": ahead}


@pytest.fixture
def extracting(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A progress display: seven requests are due, `now` is the clock, `plans` counts how often they were counted."""
    seen = SimpleNamespace(now=1000.0, plans=0)

    def left(*_: object) -> dict[str, int]:
        seen.plans += 1
        return {"albums": 7}

    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: seen.now))
    monkeypatch.setattr(WorkList, "left", left)
    monkeypatch.setattr(frontier, "load", lambda _: {})
    monkeypatch.setattr(Deployed, "of", lambda _: SimpleNamespace(config=None))
    seen.store = raw(monkeypatch, QUOTA={"run": {"run_id": "r", "requests": {"albums": 3, "tracks": 0}}})
    seen.progress = progress.Progress(Noted().stack)
    return seen


RUN = {"run_id": "r", "snapshot_date": "2026-11-23"}


def test_what_is_due_is_counted_at_once_and_then_every_fifteen_seconds(extracting: Any) -> None:
    """It reads the whole frontier."""
    assert extracting.progress.now(RUN) == f"{'━' * 6}{'╌' * 14} 3 of 10 requests known of: 3 albums"
    for seconds, plans in ((14, 1), (1, 2), (14, 2), (2, 3)):
        extracting.now += seconds
        extracting.progress.now(RUN)
        assert extracting.plans == plans


def test_more_requests_than_were_due_are_all_there_are(extracting: Any) -> None:
    extracting.progress.now(RUN)
    extracting.store.documents[keys.QUOTA]["run"]["requests"]["albums"] = 12
    assert extracting.progress.now(RUN) == f"{'━' * 20} 12 of 12 requests known of: 12 albums"


def test_the_requests_of_another_run_are_not_this_ones(extracting: Any) -> None:
    assert extracting.progress.now({**RUN, "run_id": "new"}) == ""
