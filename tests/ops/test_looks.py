"""What a person sees: widths, colours, lines that are states, sentences that are answers."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from rich.text import Text

from functions.report.cost import cost
from functions.shared.visits import Visit, visits
from ops import output
from ops.athena import Answer
from ops.commands.history import bar
from ops.commands.runs import dates_between
from ops.export import rendered, write
from ops.live import doing, line
from ops.output import show, shown, table
from ops.progress import bar as progress_bar
from ops.progress import countdown
from ops.told import cost_told

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Terminal(io.StringIO):
    """Standard output of a person at a terminal."""

    def isatty(self) -> bool:
        return True


def printed(monkeypatch: pytest.MonkeyPatch, out: io.StringIO, **environment: str) -> str:
    for name in ("NO_COLOR", "COLUMNS", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"TERM": "xterm-256color"} | environment).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", out)
    show([], [Text("● published", style="green"), table(["a", "b"], [("x" * 60, "y" * 60)])], as_json=False)
    return out.getvalue()


def test_a_terminal_has_colours_and_a_width(monkeypatch: pytest.MonkeyPatch) -> None:
    said = printed(monkeypatch, Terminal(), COLUMNS="80")
    assert "\x1b[32m" in said
    assert max(len(Text.from_ansi(line).plain) for line in said.splitlines()) <= 80


def test_no_color_leaves_no_control_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in printed(monkeypatch, Terminal(), NO_COLOR="1", COLUMNS="160")


def test_what_is_piped_has_no_control_codes_and_is_not_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    said = printed(monkeypatch, io.StringIO())
    assert "\x1b" not in said
    assert any("x" * 60 in line and "y" * 60 in line for line in said.splitlines())


def test_text_from_outside_is_never_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    show([], [table(["name"], [("[red]not a style[/red]",)])], as_json=False)
    assert "[red]not a style[/red]" in out.getvalue()


@pytest.mark.parametrize(
    ("value", "read"),
    [(None, "-"), (True, "yes"), (NOON, "2026-11-23 12:00:00+00:00"), ([1, None], "1, -"), (0.5, "0.5")],
    ids=repr,
)
def test_a_value_is_shown_as_a_person_reads_it(value: object, read: str) -> None:
    assert shown(value) == read


def test_a_wait_counts_down_to_its_end() -> None:
    assert countdown("2026-11-23T12:01:05Z", NOON).startswith("1:05 left, until ")
    assert countdown("2026-11-23T14:03:00Z", NOON).startswith("2 h 03 min left, until ")
    assert countdown("2026-11-23T11:00:00Z", NOON).startswith("0:00 left, until ")


def test_a_wait_for_spotify_says_how_long_and_an_extraction_how_far() -> None:
    later = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
    waiting = Visit("Wait for Spotify", "Wait", datetime.now(UTC), input=f'{{"resume_at": "{later}"}}')
    assert doing(waiting, str).startswith("Wait for Spotify: 9:5")
    extracting = Visit("Extract", "Task", datetime.now(UTC))
    assert doing(extracting, lambda: "7 of 12 calls") == "Extract (0 s) 7 of 12 calls"


@pytest.mark.parametrize(("done", "total", "full"), [(0, 0, 0), (0, 5, 0), (1, 2, 10), (5, 5, 20)])
def test_a_progress_bar_is_as_full_as_what_is_done(done: int, total: int, full: int) -> None:
    assert progress_bar(done, total) == "━" * full + "╌" * (20 - full)


@pytest.mark.parametrize(("offset", "share"), [(0, 1), (0.99, 0.5), (1, 0), (0.5, 0.001)])
def test_a_bar_of_the_timeline_stays_inside_and_is_never_nothing(offset: float, share: float) -> None:
    assert len(bar(offset, share, 10)) == 10
    assert "━" in bar(offset, share, 10)


def event(kind: str, second: int, **details: object) -> dict[str, object]:
    name = f"{kind[0].lower()}{kind[1:]}EventDetails"
    if kind.endswith(("StateEntered", "StateExited")):
        name = "stateEnteredEventDetails" if kind.endswith("Entered") else "stateExitedEventDetails"
    return {"type": kind, "timestamp": NOON + timedelta(seconds=second), name: details}


def test_a_failure_that_another_try_made_good_is_no_failed_state() -> None:
    history = [
        event("TaskStateEntered", 0, name="Transform", input="{}"),
        event("TaskFailed", 1, error="StorageUnavailable", cause="busy"),
        event("TaskSucceeded", 2),
        event("TaskStateExited", 2, name="Transform", output="{}"),
        event("TaskStateEntered", 2, name="Publish", input="{}"),
        event("TaskFailed", 3, error="AccessRefused", cause='{"errorMessage": "not allowed"}'),
        event("TaskStateExited", 3, name="Publish", output="{}"),
    ]
    transform, publish = visits(history)
    assert (transform.failed, publish.failed) == (False, True)
    assert "✓ Transform" in line(transform).plain
    assert "StorageUnavailable: busy (tried again)" in line(transform).plain
    assert "✗ Publish" in line(publish).plain
    assert line(publish).plain.endswith("AccessRefused: not allowed")


def test_a_lock_that_is_held_is_no_failure_of_the_state_that_asked() -> None:
    asking = Visit("Take the lock", "Task", NOON, left=NOON, failed=True)
    asking.failures.append("DynamoDB.ConditionalCheckFailedException: The conditional request failed")
    assert "✓ Take the lock" in line(asking).plain
    assert line(asking).plain.endswith("condition not met")


def test_a_narrow_line_of_a_state_fits_eighty_columns() -> None:
    visit = Visit("Give back Spotify's lease", "Task", NOON, left=NOON + timedelta(hours=20))
    assert len(line(visit, wide=False).plain) <= 80


def test_dates_between_are_all_of_them() -> None:
    assert dates_between("2026-02-27", "2026-03-01") == ["2026-02-27", "2026-02-28", "2026-03-01"]


ANSWER = Answer(["name", "day"], ["varchar", "date"], [('a "b", c', NOON.date()), (None, None)], 1, 0.1, "q")


def test_an_answer_in_csv_is_quoted_as_csv_is() -> None:
    assert rendered(ANSWER) == 'name,day\n"a ""b"", c",2026-11-23\n,\n'


def test_an_answer_without_rows_is_written_with_its_columns(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    empty = Answer(["name"], ["varchar"], [], 0, 0.0, "q")
    for ending in ("csv", "json", "parquet"):
        write(empty, tmp_path / f"x.{ending}")
    assert (tmp_path / "x.csv").read_text() == "name\n"
    assert (tmp_path / "x.json").read_text() == ""
    assert pq.read_table(tmp_path / "x.parquet").column_names == ["name"]


def test_a_run_tells_its_cost_and_what_of_it_is_dearest() -> None:
    told = cost_told({"cost": cost({"transitions": 34.0, "crawler": 1 / 3})})
    assert [line.plain for line in told] == [
        "USD 0.1475 at list price (us-east-1, November 2026), of which Glue crawler 0.1467"
    ]
    assert cost_told({"error": "E: no"}) == cost_told(None) == []


def test_a_query_costs_at_least_ten_megabytes_and_nothing_costs_nothing() -> None:
    assert ANSWER.usd == pytest.approx(0.00005)
    assert Answer([], [], [], 0, 0.0, "q").usd == 0


def test_notes_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    output.note("on the way")
    said = capsys.readouterr()
    assert (said.out, said.err.strip()) == ("", "on the way")
