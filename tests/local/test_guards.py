"""The local stack keeps complete, private and correct state for the next start; and every wait ends."""

from __future__ import annotations

import io
import json
import os
import signal
import stat
import subprocess
import threading
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console
from typer.testing import CliRunner

from functions.shared.errors import BadRequest
from local import app, clock, interrupts, loopback, mailbox, seed, session, up
from local.aws import process
from local.aws.process import EmbeddedAws, StateInUse
from local.deployment.mapping import Created
from local.deployment.memory import Memory
from local.last_deployment import PROGRAM, LastDeployment, made_of
from local.source import Source
from tests.ops.fakes import refusal
from tests.ops.test_waits import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

UP = session.Session("dev", "http://127.0.0.1:9", "state", {}, Source("api", "token", "id", "hidden"), 1)


class BrokenOff(BaseException):
    """The process is killed here."""


def broken_off(*_: object, **__: object) -> None:
    raise BrokenOff


def test_what_is_kept_is_replaced_in_one_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process that is killed while it writes leaves what was there before."""
    last = LastDeployment(tmp_path / "exports-dev.json")
    last.keep("a", "one", {"bucket": "raw"})
    monkeypatch.setattr(Path, "replace", broken_off)
    with pytest.raises(BrokenOff):
        last.keep("b", "two", {})
    with pytest.raises(BrokenOff):
        session._remember(UP, tmp_path)
    assert last.outputs("a", "one") == {"bucket": "raw"}
    assert not (tmp_path / "session.json").exists()


def test_a_stack_that_is_up_is_found_while_it_answers_and_its_secret_is_its_owners(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    session._remember(UP, tmp_path)
    assert stat.S_IMODE((tmp_path / "session.json").stat().st_mode) == 0o600
    for there, found in ((True, UP), (False, None)):
        monkeypatch.setattr(session, "answers", lambda _, there=there: there)
        assert session.find_running(tmp_path) == found
    session._forget(tmp_path)
    monkeypatch.setattr(session, "answers", lambda _: True)
    assert session.find_running(tmp_path) is None


def test_a_state_that_stays_in_use_is_waited_for_a_minute_and_for_seconds_if_its_aws_has_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def started(*_: object, **__: object) -> None:
        raise StateInUse("Another embedded AWS works there.")

    machine = Clock()
    monkeypatch.setattr(session, "started", started)
    monkeypatch.setattr(session, "time", machine)
    with pytest.raises(session.SessionError, match="works there"), session.attached(local=tmp_path):
        pass
    assert machine.now == 60.25
    monkeypatch.setattr(session, "_owner_of_ended", lambda _: 7)
    with pytest.raises(session.SessionError, match="kill -9 7"), session.attached(local=tmp_path):
        pass
    assert machine.now == 60.25 + 3.25


def test_the_digest_of_a_program_does_not_depend_on_the_order_of_a_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in (*PROGRAM, "Pulumi.dev.yaml"):
        if "." in name:
            (tmp_path / name).write_text(name)
        else:
            (tmp_path / name).mkdir(parents=True)
            for file in ("a.py", "b.py"):
                (tmp_path / name / file).write_text(file)
    listed, found = Path.rglob, []
    for backwards in (False, True):
        monkeypatch.setattr(Path, "rglob", lambda path, pattern, b=backwards: sorted(listed(path, pattern), reverse=b))
        found.append(made_of(tmp_path, "dev", {}))
    assert found[0] == found[1]


def test_a_subscription_is_confirmed_by_the_token_that_came_last(tmp_path: Path) -> None:
    """Those of earlier starts are no longer valid."""
    mails = [{"topic_arn": topic, "token": token} for topic, token in (("t", "old"), ("t", "new"), ("other", "x"))]
    (tmp_path / "mailbox").write_text("".join(f"{json.dumps(each)}\n" for each in [*mails, {"topic_arn": "t"}]))
    confirmed: list[Any] = []
    for status in ("arn:confirmed", "PendingConfirmation"):
        sns = SimpleNamespace(
            list_subscriptions_by_topic=lambda status=status, **_: {"Subscriptions": [{"SubscriptionArn": status}]},
            confirm_subscription=lambda **asked: confirmed.append(asked),
        )
        seed._confirm(sns, "t", tmp_path / "mailbox")
    assert confirmed == [{"TopicArn": "t", "Token": "new"}]


def test_a_second_ctrl_c_ends_the_process_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first has begun the cleanup, for which there is less than a second."""
    timers: list[float] = []

    def timer(seconds: float, *_: object) -> Any:
        timers.append(seconds)
        return SimpleNamespace(start=lambda: None)

    monkeypatch.setattr(threading, "Timer", timer)
    monkeypatch.setattr(os, "_exit", broken_off)
    with suppress(KeyboardInterrupt), interrupts.stopped_soon("Stopped."):
        stop: Any = signal.getsignal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            stop(2, None)
        with pytest.raises(BrokenOff):
            stop(2, None)
    assert timers == [0.8]


def test_a_server_of_this_machine_is_waited_for_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def opened(_: object, timeout: float) -> None:
        waited.append(timeout)
        raise TimeoutError

    monkeypatch.setattr(loopback, "_direct", SimpleNamespace(open=opened))
    assert not loopback.answers("http://127.0.0.1:9")
    with pytest.raises(TimeoutError):
        loopback.ask("http://127.0.0.1:9", {}, "state", {})
    assert waited == [5, 5]


def test_only_what_the_program_declares_no_more_is_left_behind(tmp_path: Path) -> None:
    for urns in (("b", "a", "c"), ("a",)):
        memory = Memory(tmp_path / "memory.json", "one")
        for urn in urns:
            memory.keep(urn, Created("id", {}), {}, "inputs")
        left = memory.left_behind()
        memory.save()
    assert left == ["b", "c"]


def test_a_clock_that_stands_where_it_should_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """An update of a function ends its warm workers."""
    updated: list[str] = []
    configuration = {"Environment": {"Variables": {clock.VARIABLE: "2"}}}
    client = SimpleNamespace(
        get_function_configuration=lambda **_: configuration,
        update_function_configuration=lambda **asked: updated.append(asked["Environment"]["Variables"][clock.VARIABLE]),
    )
    monkeypatch.setattr(clock, "real_today", lambda _: date(2026, 11, 23))
    up: Any = SimpleNamespace(
        source=SimpleNamespace(show=lambda _: None), client=lambda _: client, outputs={"functions": {"resolve": "r"}}
    )
    clock.move(up, "2026-11-25")
    clock.move(up, "2026-11-22")
    assert updated == ["-1"]


@pytest.fixture
def locked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[IO[str]]:
    """The lock file of a state directory, which is closed at the end."""
    with (tmp_path / "lock").open("w") as lock:
        monkeypatch.setattr(process, "_lock", lambda _: lock)
        yield lock


def test_the_lock_of_a_state_is_held_as_long_as_its_server_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, locked: IO[str]
) -> None:
    """If the process that started it is killed, another start must wait until the server has saved its state."""
    passed: list[int] = []

    def popen(*_: object, pass_fds: list[int], **__: object) -> None:
        passed.extend(pass_fds)
        raise BrokenOff

    monkeypatch.setattr(subprocess, "Popen", popen)
    with pytest.raises(BrokenOff):
        EmbeddedAws.start(tmp_path / "aws")
    assert locked.fileno() in passed


def test_ctrl_c_while_a_server_starts_stops_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, locked: IO[str]
) -> None:
    assert locked
    stopped: list[str] = []
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: SimpleNamespace(stdin=None))
    monkeypatch.setattr(EmbeddedAws, "_wait_until_ready", broken_off)
    monkeypatch.setattr(EmbeddedAws, "stop", lambda _: stopped.append("stopped"))
    with pytest.raises(BrokenOff):
        EmbeddedAws.start(tmp_path / "aws")
    assert stopped == ["stopped"]


def test_a_demo_runs_thirty_dates_at_most_and_none_beyond_the_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []

    def demo(dates: list[str], *_: object) -> int:
        ran.append(len(dates))
        return 0

    monkeypatch.setattr("ops.demo.days.demo", demo)
    codes = [CliRunner().invoke(app.app, ["demo", "--days", days]).exit_code for days in ("0", "1", "30", "31")]
    assert (codes, ran) == ([2, 0, 0, 2], [1, 30])
    assert app._dates("9989-12-30", 2) == ["9989-12-30", "9989-12-31"]
    for first, days in (("9989-12-30", 3), ("9999-12-31", 1), ("9999-12-31", 30)):
        told = f"--date {first} and --days {days} end after 9989-12-31, the last date that a local stack can run."
        with pytest.raises(BadRequest, match=told):
            app._dates(first, days)
    with pytest.raises(BadRequest, match="--date is '2000-01-01', the date of rehearsals"):
        app._dates("2000-01-01", 1)


def test_a_stack_that_is_up_is_used_if_it_is_the_one_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(session, "find_running", lambda _: UP)
    with session.attached(local=tmp_path) as found:
        assert found is UP
    for attempt in (session.attached("prod", local=tmp_path), session.attached(local=tmp_path, athena="trino")):
        with pytest.raises(session.SessionError, match="Stop that one first"), attempt:
            pass


def test_a_second_up_says_which_process_to_stop_and_shows_no_other_stack(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def told(stack: str) -> str:
        out = io.StringIO()
        assert up.up(stack, Console(file=out, width=1000), tmp_path) == 1
        return out.getvalue()

    monkeypatch.setattr(up, "find_running", lambda _: UP)
    monkeypatch.setattr(up, "how_to_reach", lambda *_, stop: f"The page. {stop}")
    assert told("dev").splitlines()[1] == "The page. Ctrl-C in the terminal of process 1 stops it, or: kill 1"
    assert "The page." not in told("prod")
    assert "Stop that one first to use 'prod', or give --stack dev to use it." in told("prod")


def test_mails_that_ask_to_confirm_a_subscription_are_not_shown(tmp_path: Path) -> None:
    (tmp_path / "mailbox.ndjson").write_text('{"subject": "a", "token": "x"}\n{"subject": "b"}\n{"subject": "c"}\n')
    up: Any = SimpleNamespace(state_dir=str(tmp_path))
    assert [each["subject"] for each in mailbox.mails(up)] == ["b", "c"]


@pytest.mark.parametrize(("code", "goes_on"), [("PreconditionFailed", True), ("AccessDenied", False)])
def test_a_watch_list_that_is_there_stays_and_another_refusal_is_told(tmp_path: Path, code: str, goes_on: bool) -> None:
    """S3 answers the condition that there is none with PreconditionFailed."""

    def refused(**asked: Any) -> None:
        assert asked["IfNoneMatch"] == "*"
        raise refusal(code)

    def subscriptions(**asked: Any) -> Any:
        topics.append(asked["TopicArn"])
        return {"Subscriptions": []}

    topics: list[str] = []
    aws: Any = SimpleNamespace(
        put_secret_value=lambda **_: None, put_object=refused, list_subscriptions_by_topic=subscriptions
    )
    outputs = {"secret_arn": "s", "raw_bucket": "b", "alert_topic_arn": "alerts", "digest_topic_arn": "digest"}
    with suppress(ClientError):
        seed.seed(lambda _: aws, outputs, Source("api", "token", "id", "hidden"), tmp_path)
    assert topics == (["alerts", "digest"] if goes_on else [])


@pytest.mark.parametrize(("ahead", "today"), [("0", "2026-11-23"), ("3", "2026-11-26")])
def test_the_stacks_today_is_as_many_days_ahead_as_its_clock(
    monkeypatch: pytest.MonkeyPatch, ahead: str, today: str
) -> None:
    monkeypatch.setattr(clock, "real_today", lambda _: date(2026, 11, 23))
    monkeypatch.setattr(clock, "_variables", lambda _: {clock.VARIABLE: ahead})
    assert clock.today(UP).isoformat() == today


@pytest.mark.parametrize(
    ("asked", "day"), [(None, "2026-11-23"), ("tomorrow", "2026-11-24"), ("2026-11-20", "2026-11-20")]
)
def test_a_demo_is_of_today_tomorrow_or_a_date(monkeypatch: pytest.MonkeyPatch, asked: str | None, day: str) -> None:
    now = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)
    monkeypatch.setattr(app, "datetime", SimpleNamespace(now=lambda _zone: now))
    assert app._day(asked) == day
