"""The demo prints why a run is partial or failed, and exits 3 or 1."""

from __future__ import annotations

import io
import json
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from local.selection import Selection
from ops.athena import QueryResult
from ops.demo import days as demo
from ops.demo import summary
from ops.executions import Execution
from ops.terminal.output import pairs
from ops.terminal.visible import SafeConsole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AT = datetime(2026, 1, 1, tzinfo=UTC)
REASON = "Spotify's quota for albums is used up: 12 albums were left for another day."


def ended(outcome: str | None) -> Execution:
    """Return an execution with this outcome, or a failed one."""
    extract = {"reasons": [REASON] if outcome == "partial" else []}
    run = {"snapshot_date": "2026-01-01", "run_id": "r"}
    output: dict[str, Any] = {"outcome": outcome, "run": run, "extract": extract} if outcome else {}
    return Execution("arn", "SUCCEEDED" if output else "FAILED", AT, AT, output or None, "Broken", "it broke")


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        (["published", "published"], 0),
        (["partial", "published"], 3),
        (["published", "partial"], 3),
        (["partial", None], 1),
        ([None, "published"], 1),
    ],
)
def test_the_exit_code_is_the_worst_of_the_dates(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, outcomes: list[str | None], code: int
) -> None:
    came = iter(outcomes)
    shown: list[tuple[str, bool]] = []

    @contextmanager
    def attached(*_: Any) -> Iterator[None]:
        yield None

    monkeypatch.setattr(demo, "attached", attached)
    monkeypatch.setattr(demo, "_run", lambda *_: ended(next(came)))
    monkeypatch.setattr(demo, "_show", lambda *arguments, changes: shown.append((arguments[1], changes)))
    dates, out = ["2026-01-01", "2026-01-02"], io.StringIO()
    assert demo.demo(dates, "dev", Console(file=out), tmp_path) == code
    assert out.getvalue().startswith("\nDay 1 of 2: 2026-01-01\n")
    # The first failed date is the last one run, and what changed is shown from the second on.
    assert shown == [(dates[0], False) if outcomes[0] is None else (dates[1], True)]


def test_a_single_day_has_no_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(demo, "attached", lambda *_: nullcontext())
    monkeypatch.setattr(demo, "_run", lambda *_: ended("published"))
    monkeypatch.setattr(demo, "_show", lambda *_, changes: None)
    out = io.StringIO()
    assert demo.demo(["2026-01-01"], "dev", Console(file=out), tmp_path) == 0
    assert out.getvalue() == ""


def test_a_partial_run_is_named_so() -> None:
    assert demo._ended(ended("partial")).plain == "\nSUCCEEDED, partial"
    assert demo._ended(ended("published")).plain == "\nSUCCEEDED"
    assert demo._ended(ended(None)).plain == "\nFAILED"


def terminal(width: int) -> SafeConsole:
    return SafeConsole(file=io.StringIO(), force_terminal=True, color_system=None, width=width)


def said(out: SafeConsole) -> str:
    written: str = out.file.getvalue()  # type: ignore[attr-defined]  # a StringIO
    return written


@pytest.mark.parametrize(
    ("width", "written"),
    [
        (80, "s3://lake-of-somebody/raw/snapshot_date=2026-01-01/  Spotify's responses\n"),
        (60, "s3://lake-of-somebody/raw/snapshot_date=2026-01-01/\n    Spotify's responses\n"),
        (40, "s3://lake-of-somebody/raw/snapshot_date=2026-01-01/\n    Spotify's responses\n"),
    ],
)
def test_what_is_to_be_copied_is_whole_in_any_width(width: int, written: str) -> None:
    out = terminal(width)
    pairs({"s3://lake-of-somebody/raw/snapshot_date=2026-01-01/": "Spotify's responses"}, out)
    assert said(out) == written


@pytest.mark.parametrize(("width", "address"), [(100, False), (60, True)], ids=["a table", "blocks"])
def test_no_heading_of_an_answer_is_broken(monkeypatch: pytest.MonkeyPatch, width: int, *, address: bool) -> None:
    found = QueryResult(
        ["name", "release_date", "spotify_url", "total_tracks"],
        ["varchar", "date", "varchar", "integer"],
        [("A name of forty letters, or nearly that many", "2026-01-01", "https://open.spotify.com/album/x", 9)],
        0,
        0.0,
        "id",
    )
    monkeypatch.setattr(summary, "_saved", lambda _: {"whats_new": "-- What is new?"})
    monkeypatch.setattr(summary, "ask", lambda *_: found)
    out = terminal(width)
    summary.show_queries(out, None, ["whats_new"])  # type: ignore[arg-type]  # nothing of it is asked
    assert "release_date" in said(out)
    assert "total_tracks" in said(out)
    assert ("spotify_url" in said(out)) is address


def test_a_name_that_moves_the_cursor_does_not_in_the_demo() -> None:
    out = terminal(80)
    summary.show_sent(
        out,
        {"digest": {"status": "sent", "subject": "1 new"}},
        [{"to": "a@b.example", "subject": "1 new", "text": "\x1b[2JBad"}],
    )
    assert "\x1b[2J" not in said(out)


def test_of_several_mails_of_one_subject_the_last_is_this_runs() -> None:
    out = io.StringIO()
    mails = [{"to": "me", "subject": "Following 2", "text": text} for text in ("yesterday's", "today's")]
    console = SafeConsole(file=out, width=80)
    summary.show_sent(console, {"digest": {"status": "sent", "subject": "Following 2"}}, mails)
    assert ("today's" in out.getvalue(), "yesterday's" in out.getvalue()) == (True, False)


@pytest.mark.parametrize(("rows", "more"), [(5, []), (6, ["… and 1 more"])])
@pytest.mark.parametrize("width", [100, 10], ids=["a table", "blocks"])
def test_of_an_answer_the_first_five_rows_are_shown_and_the_rest_counted(
    monkeypatch: pytest.MonkeyPatch, rows: int, more: list[str], width: int
) -> None:
    found = QueryResult(["a long column"], ["varchar"], [(f"row {number}",) for number in range(rows)], 0, 0.0, "id")
    monkeypatch.setattr(summary, "_saved", lambda _: {"whats_new": "-- What is new?"})
    monkeypatch.setattr(summary, "ask", lambda *_: found)
    out = terminal(width)
    summary.show_queries(out, None, ["whats_new"])  # type: ignore[arg-type]  # nothing of it is asked
    _, *told = " ".join(said(out).split()).split("row ")
    assert [each.split()[0] for each in told] == ["0", "1", "2", "3", "4"]
    assert " ".join(told[-1].split()[1:]) == "".join(more)


@pytest.mark.parametrize(("lines", "more"), [(5, []), (6, ["…"])])
def test_of_a_mail_the_first_eight_lines_are_shown(lines: int, more: list[str]) -> None:
    """Its address, its subject and an empty line are three of them."""
    out = terminal(80)
    text = "\n".join(f"line {number}" for number in range(lines))
    summary.show_sent(
        out, {"digest": {"status": "sent", "subject": "1 new"}}, [{"to": "a", "subject": "1 new", "text": text}]
    )
    assert said(out).splitlines()[2:] == ["To: a", "Subject: 1 new", "", *(f"line {n}" for n in range(5)), *more]


def test_the_day_after_is_what_to_try_next() -> None:
    out = terminal(100)
    summary.show_next(out, "2026-02-28", Selection(), succeeded=True)
    assert "make demo DATE=2026-03-01 " in said(out)


def test_a_summary_is_replaced_in_one_step(tmp_path: Path) -> None:
    """A reader finds the whole one, of this run or of the one before."""
    for status in ("SUCCEEDED", "FAILED"):
        demo._write({"status": status}, tmp_path / "summary.json")
        assert json.loads((tmp_path / "summary.json").read_text()) == {"status": status}
        assert [file.name for file in tmp_path.iterdir()] == ["summary.json"]
