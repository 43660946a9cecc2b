"""The output in a terminal: widths, colours, lines of states, and results as sentences."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from rich.console import Console
from rich.text import Text

from functions.report.cost import cost
from functions.shared.state_visits import StateVisit, state_visits
from ops.athena import QueryResult, unique
from ops.commands.history import bar
from ops.commands.questions import RECORD_SHOWN, block
from ops.commands.runs import dates_between
from ops.errors import WrongUsage
from ops.spotify.progress import bar as progress_bar
from ops.stack import PROJECT
from ops.terminal import output
from ops.terminal.durations import countdown
from ops.terminal.execution_output import cost_told
from ops.terminal.export import rendered, write
from ops.terminal.live import LOOKS, WAIT_FOR_SPOTIFY, doing, line
from ops.terminal.output import answer, show, shown, table

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


@pytest.mark.parametrize(
    ("name", "seen"),
    [("esc\x1b[31mred", "esc\ufffd[31mred"), ("a\u202eb\x07cd", "a\ufffdb\ufffdcd"), ("one\rtwo", "one two")],
)
def test_what_would_act_on_a_terminal_costs_a_column_none_of_its_characters(
    monkeypatch: pytest.MonkeyPatch, name: str, seen: str
) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    show([], [table([name, "b"], [(name, 1)])], as_json=False)
    assert [line.split("  ")[0] for line in out.getvalue().splitlines()] == [seen, seen]


def test_no_color_leaves_no_control_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in printed(monkeypatch, Terminal(), NO_COLOR="1", COLUMNS="160")


def test_what_is_piped_has_no_control_codes_and_is_not_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    said = printed(monkeypatch, io.StringIO())
    assert "\x1b" not in said
    assert any("x" * 60 in line and "y" * 60 in line for line in said.splitlines())


def test_what_is_piped_is_not_padded(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    show([], [table(["date", "why"], [("a", "x" * 500), ("b", "short")])], as_json=False)
    assert [line for line in out.getvalue().splitlines() if line != line.rstrip()] == []
    assert "b     short\n" in out.getvalue()


def test_an_answer_too_wide_for_the_terminal_is_a_block_per_row(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal()
    monkeypatch.setattr("sys.stdout", out)
    for name, value in (("COLUMNS", "80"), ("NO_COLOR", "1"), ("TERM", "xterm")):
        monkeypatch.setenv(name, value)
    columns = ["snapshot_date", "outcome", "an_error_of_which_the_name_is_long", "reasons"]
    show([], answer(columns, [("2026-11-23", "partial", None, ["x" * 20] * 2)]), as_json=False)
    assert "an_error_of_which_the_name_is_long  -\n" in out.getvalue()
    out.truncate(0)
    show([], answer(["a", "b"], [(1, 2)]), as_json=False)
    assert out.getvalue().strip("\0").split() == ["a", "b", "1", "2"]


def test_an_address_is_never_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    address = "file:///home/" + "x" * 100 + "/report.html"
    show([], [address], as_json=False)
    assert address in out.getvalue()


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
    waiting = StateVisit("Wait for Spotify", "Wait", datetime.now(UTC), input=f'{{"resume_at": "{later}"}}')
    assert doing([waiting], str).startswith("Wait for Spotify: 9:5")
    extracting = StateVisit("Extract", "Task", datetime.now(UTC))
    assert doing([extracting], lambda: "7 of 12 requests") == "Extract (0 s) 7 of 12 requests"


def ago(**since: float) -> datetime:
    return datetime.now(UTC) - timedelta(**since)


def test_a_wait_for_a_lock_says_who_holds_it_and_since_when_it_waits() -> None:
    holder = "arn:aws:states:us-east-1:000000000000:execution:spotify-lake-dev:replay-2026-11-23"
    item = json.dumps({"Item": {"lock_id": {"S": "date#2026-11-23"}, "holder": {"S": holder}}})
    looked = StateVisit("Ask who holds the lock", "Task", ago(seconds=31), left=ago(seconds=31), output=item)
    first, now = (
        StateVisit("Wait for the lock", "Wait", ago(minutes=2)),
        StateVisit("Wait for the lock", "Wait", ago(seconds=30)),
    )
    assert doing([looked, now], str) == "Wait for the lock (30 s) held by replay-2026-11-23"
    assert doing([first, looked, now], str) == "Wait for the lock (30 s) held by replay-2026-11-23, 2:00 so far"


def test_a_wait_for_the_crawl_says_what_the_crawler_does() -> None:
    first, now = (
        StateVisit("Wait for the crawl", "Wait", ago(seconds=70)),
        StateVisit("Wait for the crawl", "Wait", ago(seconds=9)),
    )
    assert doing([first], str) == "Wait for the crawl (70 s)"
    looked = StateVisit("Look at the crawler", "Task", ago(seconds=9), output='{"Crawler": {"State": "RUNNING"}}')
    assert doing([first, looked, now], str) == "Wait for the crawl (9 s) the crawler is RUNNING, 1:10 so far"


def test_every_wait_of_the_definition_says_more_than_its_name() -> None:
    states = json.loads((PROJECT / "statemachine" / "pipeline.asl.json").read_text())["States"]
    waits = {name for name, state in states.items() if state["Type"] == "Wait"}
    assert waits == {WAIT_FOR_SPOTIFY, *LOOKS}
    assert {look for look, _ in LOOKS.values()} <= states.keys()


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


def numbered(*told: dict[str, object]) -> list[dict[str, object]]:
    """Return events that follow each other."""
    return [each | {"id": at + 1, "previousEventId": at} for at, each in enumerate(told)]


def test_a_failure_that_another_try_made_good_is_no_failed_state() -> None:
    history = numbered(
        event("TaskStateEntered", 0, name="Transform", input="{}"),
        event("TaskFailed", 1, error="StorageUnavailable", cause="busy"),
        event("TaskSucceeded", 2),
        event("TaskStateExited", 2, name="Transform", output="{}"),
        event("TaskStateEntered", 2, name="Publish", input="{}"),
        event("TaskFailed", 3, error="AccessRefused", cause='{"errorMessage": "not allowed"}'),
        event("TaskStateExited", 3, name="Publish", output="{}"),
    )
    transform, publish = state_visits(history)
    assert (transform.failed, publish.failed) == (False, True)
    assert "✓ Transform" in line(transform).plain
    assert "StorageUnavailable: busy (tried again)" in line(transform).plain
    assert "✗ Publish" in line(publish).plain
    assert line(publish).plain.endswith("AccessRefused: not allowed")


def test_a_lock_that_is_held_is_no_failure_of_the_state_that_asked() -> None:
    stack_spotify = StateVisit("Take the lock", "Task", NOON, left=NOON, failed=True)
    stack_spotify.failures.append("DynamoDB.ConditionalCheckFailedException: The conditional request failed")
    assert "✓ Take the lock" in line(stack_spotify).plain
    assert line(stack_spotify).plain.endswith("condition not met")


def test_a_narrow_line_of_a_state_fits_eighty_columns() -> None:
    visit = StateVisit("Give back Spotify's lease", "Task", NOON, left=NOON + timedelta(hours=20))
    assert len(line(visit, wide=False).plain) <= 80


def test_what_a_slice_came_to_has_a_narrow_line_of_its_own() -> None:
    slice_ = StateVisit("Extract", "Task", NOON, left=NOON, output='{"status": "DONE", "requests": {"albums": 1100}}')
    assert line(slice_).plain.endswith("  DONE, 1,100 requests")
    assert [len(each) <= 70 for each in line(slice_, wide=False).plain.splitlines()] == [True, True]


def test_a_refused_record_is_a_few_lines_however_long_it_is() -> None:
    record = {
        "dataset": "albums",
        "record_id": None,
        "reasons": "name: is missing; [x]",
        "source_key": "raw/x",
        "source_line": 3,
    }
    shown = block({**record, "record": "y" * 5000}).plain
    assert shown.startswith("albums without an id\n  name: is missing; [x]\n  raw/x:3\n  yyy")
    assert shown.rstrip().endswith("… (5,000 characters; --json has all)")
    assert block({**record, "record": "y" * RECORD_SHOWN}).plain.endswith("y\n")


def test_a_column_that_is_there_twice_is_lost_in_no_form(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    twice = QueryResult(
        unique(["a", "a", "a_2"]), ["integer", "date", "varchar"], [(1, NOON.date(), None)], 1, 0.1, "q"
    )
    assert twice.records() == [{"a": 1, "a_3": NOON.date(), "a_2": None}]
    write(twice, tmp_path / "x.parquet")
    found = pq.read_table(tmp_path / "x.parquet")
    assert [str(each) for each in found.schema.types] == ["int32", "date32[day]", "string"]
    assert found.to_pylist() == twice.records()


def test_dates_between_are_all_of_them() -> None:
    assert dates_between("2026-02-27", "2026-03-01") == ["2026-02-27", "2026-02-28", "2026-03-01"]
    assert dates_between("2026-02-27", "2026-02-27") == ["2026-02-27"]


def test_a_backfill_takes_a_thousand_dates_and_no_more() -> None:
    """Each date is an execution that costs money, and a mistyped year would start thousands."""
    assert len(dates_between("2020-01-01", "2022-09-26")) == 1_000
    with pytest.raises(WrongUsage, match="are 1,001 dates; a backfill takes at most 1,000"):
        dates_between("2020-01-01", "2022-09-27")


ANSWER = QueryResult(["name", "day"], ["varchar", "date"], [('a "b", c', NOON.date()), (None, None)], 1, 0.1, "q")


def test_an_answer_in_csv_is_quoted_as_csv_is() -> None:
    assert rendered(ANSWER) == 'name,day\n"a ""b"", c",2026-11-23\n,\n'


def test_an_answer_without_rows_is_written_with_its_columns(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    empty = QueryResult(["name"], ["varchar"], [], 0, 0.0, "q")
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
    assert QueryResult([], [], [], 0, 0.0, "q").usd == 0


def test_notes_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    output.note("on the way")
    said = capsys.readouterr()
    assert (said.out, said.err.strip()) == ("", "on the way")


def test_a_table_may_be_just_as_wide_as_the_terminal() -> None:
    drawn = table(["a", "b"], [("x" * 30, "y" * 30)])
    width = Console(width=200).measure(drawn).maximum
    assert [output.fits(drawn, Console(width=each, force_terminal=True)) for each in (width, width - 1)] == [
        True,
        False,
    ]
    assert output.fits(drawn, Console(width=10, force_terminal=False)), "what is piped has no width"
