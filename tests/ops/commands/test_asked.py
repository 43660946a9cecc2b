"""A command checks its arguments and files before it changes anything, and its exit code says how it ended."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import typer

from functions.shared.watchlist import Artist, Search, WatchList, render
from ops.commands import credentials, data, inbox, questions, status, watch, watch_import
from ops.doctor import diagnosis
from ops.doctor.neighbours import Neighbour
from ops.errors import FAILED, OpsError, WrongUsage
from ops.executions import ENDED, Execution
from ops.inbox.check import Check
from ops.spotify.credentials import from_environment_or
from ops.spotify.search import Candidate, LookedUp
from ops.terminal.execution_output import exit_code
from ops.watch.imports.preview import Preview
from ops.watch.watchlist import VARIOUS_ARTISTS
from tests.ops.fakes import EXECUTION
from tests.ops.test_races import Noted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.ops.conftest import CommandLine

DAY = "2026-11-23"
NEW = "0A00000000000000000002"


class Opened(Exception):
    """The stack is opened: the arguments are accepted."""


def opened(*_: object, **__: object) -> None:
    raise Opened


def test_files_of_which_a_run_would_read_no_row_are_not_uploaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    aws = Noted()
    monkeypatch.setattr(inbox, "open_stack", lambda *_, **__: nullcontext(aws.stack))
    monkeypatch.setattr("ops.inbox.check.check", lambda *_: Check({"artists": 0}))
    with pytest.raises(OpsError, match=r"would get no row from these files\. Nothing was uploaded"):
        inbox.put(DAY, [tmp_path / "x.json"], yes=True)
    assert aws.requests == []


def test_an_export_may_begin_and_end_with_the_same_date(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(data, "open_stack", opened)
    with pytest.raises(Opened):
        data.export(tmp_path, DAY, DAY)
    with pytest.raises(WrongUsage, match="--to 2026-11-22 is before --from 2026-11-23"):
        data.export(tmp_path, DAY, "2026-11-22")


def test_status_shows_a_year_at_most(command: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[int] = []

    def last_days(_stack: object, days: int) -> list[Any]:
        shown.append(days)
        return []

    monkeypatch.setattr(status, "open_stack", lambda *_, **__: nullcontext(Noted().stack))
    monkeypatch.setattr(status, "last_days", last_days)
    monkeypatch.setattr(status, "remember", lambda *_, **__: None)
    codes = [command("status", "--local", "--days", days).code for days in ("0", "1", "366", "367")]
    assert (codes, shown) == ([2, 0, 0, 2], [1, 366])


def test_the_credentials_are_asked_for_before_the_stack_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who has none at hand learns that before anything is started or changed."""
    done: list[str] = []
    for name in ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)

    def noted(name: str, answer: Any) -> Any:
        def call(*asked: object, **_: object) -> Any:
            done.append(str(asked[0]) if name == "asked" else name)
            return answer

        return call

    monkeypatch.setattr(credentials, "asked_for", noted("asked", "typed"))
    monkeypatch.setattr(credentials, "open_stack", noted("opened", nullcontext()))
    monkeypatch.setattr("ops.spotify.credentials.store", noted("stored", "v"))
    credentials.set_(local=True)
    assert done == ["Client id", "Client secret", "opened", "stored"]


@pytest.mark.parametrize("alone", ["SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"])
def test_one_of_two_credentials_in_the_environment_is_wrong_usage(monkeypatch: pytest.MonkeyPatch, alone: str) -> None:
    """A prompt for both would silently ignore the one that is set."""
    for name in ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"):
        monkeypatch.setenv(name, "set" if name == alone else "")
    with pytest.raises(WrongUsage, match="Set both"):
        from_environment_or(lambda _: "typed")


def test_an_addition_checks_the_new_entries_and_warns_about_them_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each check costs a request, and a warning was shown when an older entry was added."""
    asked: list[str] = []
    long = "x" * (watch.LONG_QUERY + 1)
    followed = render(WatchList((Artist(VARIOUS_ARTISTS, "Various Artists"),), (Search(long, long),))).encode()
    aws = Noted(get_object={"Body": SimpleNamespace(read=lambda: followed), "ETag": "a"})

    def identified(_stack: object, ids: Iterable[str]) -> LookedUp:
        asked.extend(ids)
        return LookedUp({each: [Candidate(each, "Known", [], None)] for each in asked})

    monkeypatch.setattr("ops.spotify.search.identified", identified)
    monkeypatch.setattr(watch, "open_stack", lambda *_, **__: nullcontext(aws.stack))
    watch.add([NEW], ["tag:new"])
    told = capsys.readouterr()
    assert asked == [NEW]
    assert told.err == ""
    assert f"Follows Known ({NEW})" in told.out


@pytest.mark.parametrize(("followed", "notes"), [((Artist(VARIOUS_ARTISTS),), 0), ((), 1)], ids=["followed", "new"])
def test_an_import_warns_about_various_artists_only_if_it_would_follow_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, followed: tuple[Artist, ...], notes: int
) -> None:
    view = Preview(WatchList(followed), WatchList((Artist(VARIOUS_ARTISTS),)))
    for place, found in (
        ("ops.watch.imports.preview.preview", lambda *_, **__: view),
        ("ops.doctor.diagnosis.ahead", lambda *_: None),
        ("ops.spotify.extraction.Deployed.of", lambda _: SimpleNamespace(config=None)),
        ("ops.commands.watch_import.drawn", lambda *_: []),
        ("ops.commands.watch_import.as_told", lambda *_: {}),
        ("ops.commands.watch_import.open_stack", lambda *_, **__: nullcontext(Noted().stack)),
        ("ops.commands.watch_import.watchlist.load", lambda _: (view.before, None)),
    ):
        monkeypatch.setattr(place, found)
    (tmp_path / "artists.txt").write_text(VARIOUS_ARTISTS)
    with pytest.raises(typer.Exit):
        watch_import.import_([tmp_path / "artists.txt"], yes=True)
    assert len(view.notes) == notes


def test_the_records_of_a_date_are_shown_by_object_line_dataset_id_and_content() -> None:
    """Lines are numbers: the ninth comes before the tenth."""
    lake = duckdb.connect()
    lake.execute("CREATE MACRO array_join(list, between) AS array_to_string(list, between)")
    lake.execute(
        "CREATE TABLE quarantine (snapshot_date DATE, dataset VARCHAR, record_id VARCHAR, reasons VARCHAR[], "
        "source_key VARCHAR, source_line INTEGER, record VARCHAR)"
    )
    ordered = [
        ("a", 9, "tracks", "2", "y"), ("a", 10, "albums", "2", "y"), ("a", 10, "tracks", "1", "y"),
        ("a", 10, "tracks", "2", "x"), ("a", 10, "tracks", "2", "y"), ("b", 1, "albums", "1", "x"),
    ]  # fmt: skip
    for key, line, dataset, record_id, record in reversed(ordered):
        lake.execute(
            "INSERT INTO quarantine VALUES (?, ?, ?, ['no'], ?, ?, ?)", [DAY, dataset, record_id, key, line, record]
        )
    found = lake.execute(questions.RECORDS, [DAY]).fetchall()
    assert [(key, line, dataset, record_id, record) for dataset, record_id, _, key, line, record in found] == ordered


@pytest.mark.parametrize("ended", sorted(ENDED - {"SUCCEEDED"}))
def test_an_execution_that_did_not_succeed_has_failed_however_it_ended(ended: str) -> None:
    execution = Execution(EXECUTION, ended, datetime.now(UTC), None, None, None, None)
    assert exit_code(execution) == FAILED


def undiagnosed(monkeypatch: pytest.MonkeyPatch, **found: list[Any]) -> None:
    """Let each check of doctor find what is given by its name, else nothing."""
    for check in ("_watchlist", "_key", "_blocked", "problems", "implausible", "limits", "neighbours"):
        monkeypatch.setattr(diagnosis, check, partial(lambda answer, *_: answer, found.get(check, [])))
    monkeypatch.setattr("ops.spotify.extraction.Deployed.of", lambda _: SimpleNamespace(config=None))


def test_the_first_ten_misplaced_objects_and_each_implausible_value_are_faults_to_doctor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    undiagnosed(monkeypatch, problems=[f"object {number}" for number in range(11)], implausible=["one", "two"])
    found = diagnosis.diagnose(Noted().stack, ask=False).findings
    expected = [*(("inbox", f"object {number}") for number in range(10)), ("state", "one"), ("state", "two")]
    assert [(each.about, each.told) for each in found] == expected
    assert not any(each.fine for each in found)


def test_only_a_stack_that_certainly_uses_the_same_app_is_a_fault_to_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Neighbour(name, same, {}) for name, same in (("same", True), ("another", False), ("unknown", None))]
    undiagnosed(monkeypatch, neighbours=found)
    told = diagnosis.diagnose(Noted().stack, ask=False).findings
    assert [(each.about, each.told.split()[1], each.fine) for each in told] == [
        ("quota", "same", False),
        ("quota", "another", True),
        ("quota", "unknown", True),
    ]
