"""The first and the last value for which a command draws, cuts or accepts something, and the order of what it lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from functions.shared.state_visits import StateVisit
from ops import digest
from ops.commands import digest as digest_command
from ops.commands import history, questions, report
from ops.errors import WrongUsage
from ops.executions import Execution
from ops.report import Page
from tests.ops.fakes import EXECUTION
from tests.ops.test_races import Noted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ops.conftest import CommandLine

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("offset", "share", "drawn"),
    [
        (0.0, 1.0, "━━━━━━━━"),
        (0.0, 0.0, "━       "),
        (0.25, 0.25, "  ━━    "),
        (0.5, 0.9, "    ━━━━"),
        (0.99, 0.01, "       ━"),
        (1.0, 0.0, "       ━"),
    ],
)
def test_a_bar_begins_with_its_state_and_never_leaves_its_room(offset: float, share: float, drawn: str) -> None:
    """A state without a duration has a mark too, and one that began at the end as well."""
    assert history.bar(offset, share, 8) == drawn


@pytest.mark.parametrize(("window", "width"), [(109, 8), (110, 24)])
def test_a_timeline_is_drawn_for_its_window_and_for_an_execution_that_took_no_time(
    monkeypatch: pytest.MonkeyPatch, window: int, width: int
) -> None:
    monkeypatch.setattr(history, "console", lambda: Console(width=window))
    visit = StateVisit("Resolve the run", "Task", NOON, left=NOON, failures=["Lambda.Unknown: no"])
    at_once = Execution(EXECUTION, "FAILED", NOON, NOON, None, None, None)
    first, second = history.drawn(at_once, [visit])[2].plain.splitlines()[:2]
    assert first.startswith(f"━{' ' * (width + 1)}")
    assert second.startswith(" " * (width + 2))
    assert second.strip() == "Lambda.Unknown: no (tried again)"


def test_the_end_of_a_running_execution_is_that_of_the_visit_that_ended_last() -> None:
    visits = [StateVisit("a", "Task", NOON, left=NOON + timedelta(seconds=seconds)) for seconds in (1, 5, 2)]
    running = Execution(EXECUTION, "RUNNING", NOON, None, None, None, None)
    assert history.drawn(running, visits)[1].plain == "RUNNING, 5.0 s\n"


@pytest.mark.parametrize(("length", "cut"), [(400, ""), (401, "… (401 characters; --json has all)")])
def test_a_rejected_record_is_shown_up_to_four_hundred_characters(length: int, cut: str) -> None:
    record = {"dataset": "albums", "record_id": "", "reasons": "no", "source_key": "k", "source_line": 1}
    last = questions.block({**record, "record": "x" * length}).plain.splitlines()[-1]
    assert last == f"  {'x' * 400}{cut}"


def test_saved_queries_are_listed_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder lists its files in any order."""
    files = SimpleNamespace(glob=lambda _: map(Path, ("b.sql", "c.sql", "a.sql")))
    monkeypatch.setattr(questions, "QUERIES", files)
    assert questions.saved_queries() == ["a", "b", "c"]


def test_two_words_are_a_statement_and_one_is_the_name_of_a_query() -> None:
    assert questions.statement_of("lake", "views", "SHOW TABLES") == "SHOW TABLES"
    with pytest.raises(WrongUsage, match="SHOW' is not a statement, a file or a saved query"):
        questions.statement_of("lake", "views", "-- TABLES\nSHOW")


def a_page(folder: Path, _monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    return report.keep(Page("run", "key", text), folder / "x.html")


def a_feed(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> Path:
    monkeypatch.setenv("OPS_STATE", str(folder))
    monkeypatch.setattr(digest, "feed", lambda _: text.encode())
    digest_command._keep_feed(replace(Noted().stack, name="local"))
    return folder / "reports" / "feed.atom"


@pytest.mark.parametrize("keep", [a_page, a_feed])
def test_what_is_kept_here_makes_its_folder_and_replaces_what_was_kept_before(
    keep: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("first", "second"):
        assert keep(tmp_path / "new" / "folder", monkeypatch, text).read_text() == text


@pytest.mark.parametrize(("at_once", "code"), [("0", 2), ("1", 1), ("50", 1), ("51", 2)])
def test_a_backfill_runs_one_to_fifty_dates_at_once(
    command: CommandLine, monkeypatch: pytest.MonkeyPatch, at_once: str, code: int
) -> None:
    """Two is wrong usage by the options themselves; accepted ones go on and find no stack."""

    def no_stack(*_: Any, **__: Any) -> None:
        raise OSError

    monkeypatch.setattr("ops.commands.runs.open_stack", no_stack)
    days = ("--from", "2026-11-23", "--to", "2026-11-23")
    assert command("backfill", *days, "--local", "--concurrency", at_once).code == code
