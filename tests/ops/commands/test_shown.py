"""Commands show only part of long results: the first, the last or the worst, and how many more there are."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

import ops.stack
from functions.shared.state_visits import StateVisit
from ops import digest, report
from ops.athena import QueryResult
from ops.commands import digest as digest_command
from ops.commands import history, questions, rehearse
from ops.errors import WrongUsage
from ops.executions import Execution
from ops.rehearsal.proof import Proof
from ops.stack import Stack
from ops.terminal.live import doing
from ops.terminal.remembered import MOST, recalled, remember
from tests.ops.fakes import EXECUTION, OUTPUTS
from tests.ops.test_races import Noted

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HELD = "DynamoDB.ConditionalCheckFailedException: The conditional request failed"


def seen(name: str, at: int, **how: Any) -> StateVisit:
    """Return a visit that began this many seconds after noon and took one second."""
    began = NOON + timedelta(seconds=at)
    return StateVisit(name, "Task", began, left=began + timedelta(seconds=1), **how)


def test_the_input_that_is_shown_is_that_of_the_state_that_broke() -> None:
    """It is not that of a state that found the lock held, nor of one that failed later, on the way to the alert."""
    held = seen("Take the lock", 0, input="held", failed=True)
    held.failures.append(HELD)
    broken, later = (seen(name, at, input=name, failed=True) for name, at in (("Transform", 5), ("Alert", 8)))
    for each in (broken, later):
        each.failures.append("AccessRefused: no")
    running = Execution(EXECUTION, "RUNNING", NOON, None, None, None, None)
    lines = [line.plain for line in history.drawn(running, [held, broken, later])]
    assert lines[1] == "RUNNING, 9.0 s\n"
    assert [line for line in lines if "Input of" in line] == ["\nInput of Transform: Transform"]


def test_an_input_of_two_thousand_characters_is_shown_whole() -> None:
    assert history._cut("x" * 2_000) == "x" * 2_000
    assert history._cut("x" * 2_001) == f"{'x' * 2_000}… (2,001 characters; --json has them all)"


def test_a_wait_tells_what_its_last_look_found() -> None:
    found = [StateVisit("Look at the crawler", "Task", NOON, output=json.dumps({"Crawler": {"State": state}}))
             for state in ("RUNNING", "STOPPING")]  # fmt: skip
    assert "the crawler is STOPPING" in doing([*found, StateVisit("Wait for the crawl", "Wait", NOON)], str)


@pytest.mark.parametrize(
    ("proofs", "found"),
    [(["proved"], "proved"), (["not proved", "proved"], "not proved"), (["not proved", "failed"], "failed")],
)
def test_a_rehearsal_is_as_good_as_its_worst_proof(proofs: list[Any], found: str) -> None:
    assert rehearse.outcome([Proof("", "", each, "", "") for each in proofs]) == found


def test_a_mail_is_asked_for_by_its_number_from_one_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mails = [{"to": each, "subject": each, "text": each} for each in "ab"]
    monkeypatch.setattr("local.mailbox.mails", lambda _: mails)
    monkeypatch.setattr(digest_command, "open_stack", lambda *_, **__: nullcontext(SimpleNamespace(session=object())))
    digest_command.outbox(local=True)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["number", "1", "2"]
    for number, to in ((1, "a"), (2, "b")):
        digest_command.outbox(number, local=True)
        assert capsys.readouterr().out.startswith(f"To: {to}\n")
    for number in (0, 3):
        with pytest.raises(WrongUsage, match=f"There is no mail {number}: the outbox holds 2"):
            digest_command.outbox(number, local=True)


def test_refused_records_are_counted_newest_date_and_most_frequent_reason_first() -> None:
    lake = duckdb.connect()
    lake.execute("CREATE TABLE quarantine (snapshot_date DATE, dataset VARCHAR, reasons VARCHAR[])")
    for day, reasons in (
        (22, ["a"]),
        (22, ["a"]),
        (22, ["a"]),
        (23, ["b"]),
        (23, ["c"]),
        (23, ["c", "b"]),
        (23, ["c"]),
    ):
        lake.execute("INSERT INTO quarantine VALUES (?, 'albums', ?)", [date(2026, 11, day), reasons])
    assert [(row[0].day, *row[2:]) for row in lake.execute(questions.QUARANTINED).fetchall()] == [
        (23, "c", 3),
        (23, "b", 2),
        (22, "a", 3),
    ]


@pytest.mark.parametrize("text", ["x" * 5_000, "x" * 236, "é" * 130, "\0"], ids=["long", "as a name", "é", "nul"])
def test_a_statement_that_no_file_can_be_called_is_a_statement(text: str) -> None:
    """The operating system rejects such a file name: more than 255 bytes, with the ending of a saved query."""
    statement = f"SELECT '{text}' AS x"
    assert questions.statement_of("lake", "views", statement) == statement


def test_the_latest_published_date_is_the_digests_and_the_feeds() -> None:
    lake = duckdb.connect()
    lake.execute("CREATE SCHEMA lake; CREATE TABLE lake.published (snapshot_date VARCHAR)")
    lake.execute("INSERT INTO lake.published VALUES ('2026-11-21'), ('2026-11-23'), ('2026-11-22')")
    assert lake.execute(digest.LATEST.format(lake="lake")).fetchall() == [("2026-11-23",)]


@pytest.mark.parametrize(
    ("feed", "last", "written"), [(None, "2026-11-23", []), (b"", None, [str(date(2026, 11, 24))])]
)
def test_a_feed_is_written_again_where_there_is_one_also_once_nothing_is_published(
    monkeypatch: pytest.MonkeyPatch, feed: bytes | None, last: str | None, written: list[str]
) -> None:
    found: list[str] = []

    def answers(_stack: object, day: str) -> Any:
        found.append(day)
        return SimpleNamespace(of=lambda _: [])

    monkeypatch.setattr(Stack, "today", lambda _: date(2026, 11, 24))
    monkeypatch.setattr(digest, "feed", lambda _: feed)
    monkeypatch.setattr(digest, "ask", lambda *_: QueryResult([], [], [(last,)], 0, 0.0, "q"))
    monkeypatch.setattr(digest, "_answers", answers)
    monkeypatch.setattr(digest, "feed_of", lambda *_: b"")
    monkeypatch.setattr(digest, "put_feed", lambda *_: None)
    digest.correct_feed(Noted().stack)
    assert found == written


@pytest.mark.parametrize(("outcome", "told"), [("published", 0), ("partial", 1)])
def test_only_a_partial_run_without_a_reason_is_said_to_have_one(
    monkeypatch: pytest.MonkeyPatch, outcome: str, told: int
) -> None:
    row = QueryResult(["outcome", "reasons"], [], [(outcome, None)], 0, 0.0, "q")
    monkeypatch.setattr(digest, "ask", lambda *_: row)
    monkeypatch.setattr(digest, "_answers", lambda *_: SimpleNamespace(of=lambda _: []))
    assert len(digest.collect(Noted().stack, "2026-11-23").partial) == told


@pytest.mark.parametrize(("published", "run"), [({"2026-11-23": "shown"}, "shown"), ({}, "20261123T070000Z-b")])
def test_the_run_of_a_date_is_the_one_that_is_shown_or_else_its_last(
    monkeypatch: pytest.MonkeyPatch, published: dict[str, str], run: str
) -> None:
    lake = duckdb.connect()
    lake.execute("CREATE TABLE runs (snapshot_date DATE, run_id VARCHAR)")
    for each in ("20261123T060000Z-a", "20261123T070000Z-b", "20261123T050000Z-c"):
        lake.execute("INSERT INTO runs VALUES ('2026-11-23', ?)", [each])

    def ask(_stack: object, statement: str, parameters: list[str]) -> QueryResult:
        found = lake.execute(statement, [each.strip("'") for each in parameters]).fetchall()
        return QueryResult([], [], found, 0, 0.0, "q")

    monkeypatch.setattr(report, "ask", ask)
    monkeypatch.setattr(report, "published_runs", lambda _: published)
    assert report.run_of(Noted().stack, "2026-11-23") == run


@pytest.mark.parametrize(("today", "latest"), [(20, 24), (23, 24), (25, 26)])
def test_a_local_stack_may_go_one_day_beyond_this_machines_and_its_own(
    monkeypatch: pytest.MonkeyPatch, today: int, latest: int
) -> None:
    monkeypatch.setattr("local.clock.real_today", lambda _: date(2026, 11, 23))
    session: Any = object()
    stack = Stack("local", OUTPUTS, lambda _: None, session=session)  # type: ignore[arg-type]  # all that is read
    assert stack.latest_day(date(2026, 11, today)) == date(2026, 11, latest)


@pytest.mark.parametrize(("today", "ends"), [(23, "2026-11-23T23:00Z"), (25, "2026-11-21T23:00Z")])
def test_a_date_ends_by_the_same_clock_that_says_which_date_is_today(
    monkeypatch: pytest.MonkeyPatch, today: int, ends: str
) -> None:
    """A local stack that is two days ahead ends each of its dates two days earlier."""

    class Now(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # a datetime is enough
            return datetime(2026, 11, 23, 0, 30, tzinfo=tz)

    monkeypatch.setattr("ops.stack.datetime", Now)
    monkeypatch.setattr(Stack, "today", lambda _: date(2026, 11, today))
    outputs: Any = OUTPUTS | {"time_zone": "Europe/Berlin"}
    stack = Stack("dev", outputs, lambda _: None)
    assert stack.end_of("2026-11-23").astimezone(UTC) == datetime.fromisoformat(ends)


def test_a_shell_completes_the_newest_five_hundred(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ops.stack, "LOCAL", tmp_path / "new")
    days = [str(date(2020, 1, 1) + timedelta(days=number)) for number in range(502)]
    remember("dev", dates=days)
    here: Any = SimpleNamespace(params={"stack": "dev"})
    assert recalled("dates")(here, "") == days[:1:-1]
    assert MOST == 500
