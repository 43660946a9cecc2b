"""Provoke the errors of the command line."""

from __future__ import annotations

import io
import json
import sys
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import duckdb
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, ParamValidationError

from functions.extract.api import signals
from functions.extract.api.endpoint import Endpoint
from functions.extract.api.request import Request
from functions.extract.frontier import document
from functions.shared import watchlist
from ops import digest, executions, report
from ops.athena import ask
from ops.commands import inbox as inbox_command
from ops.commands import state as state_command
from ops.commands.data import duckdb as duckdb_command
from ops.commands.digest import outbox
from ops.commands.mending import purge as purge_command
from ops.commands.mending import unlock
from ops.commands.questions import quarantine, sql, statement_of
from ops.commands.runs import asked_of, dates_between
from ops.commands.watch import add as watch_add
from ops.commands.watch import export as watch_export
from ops.export.lake import Lake
from ops.export.write import export as write_export
from ops.inbox.check import check as inbox_check
from ops.quarantine import records_of
from ops.rehearsal.cases import Case, cases
from ops.rehearsal.executions import clean_up
from ops.rehearsal.removal import Leftovers, remove
from ops.rehearsal.statements import Role, parsed
from ops.repair import frontier, locks, purge, state, undo
from ops.spotify import credentials, extraction, search
from ops.spotify.extraction import StackSpotify
from ops.stack import open_stack
from ops.terminal.error_messages import sentence_of
from ops.terminal.options import asked_for, checked_run_date, confirm, input_text, require_text, text_of
from ops.watch import watchlist as watch_lists
from tests.docs.messages import ROOT
from tests.docs.provocations.situation import DAY, ID, UNREACHED, Here, Provocations, Told
from tests.ops.doctor.test_probe import unanswered
from tests.ops.fakes import EXECUTION, refusal, stack, stack_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def opened(name: str | None = None, *, local: bool = False) -> None:
    with open_stack(name, local=local):
        pass


def with_pulumi(here: Here, script: str) -> None:
    """Ask for the outputs of a stack from a `pulumi` that is this script."""
    (here.folder / "pulumi").write_text(f"#!{sys.executable}\n{script}\n")
    (here.folder / "pulumi").chmod(0o755)
    without_pulumi(here)


def without_pulumi(here: Here) -> None:
    here.patch.setenv("PATH", str(here.folder))
    opened("dev")


def half_a_setting(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", "x")
    monkeypatch.delenv("SPOTIFY_CLIENT_SECRET", raising=False)
    return credentials.from_environment_or(lambda _what: "y")


def nothing_typed(monkeypatch: pytest.MonkeyPatch) -> object:
    for name in ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    return credentials.from_environment_or(lambda _what: " ")


def refused_by_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("typer.confirm", lambda _question, *, err: not err)
    confirm("Really?", yes=False)


def nobody_there(monkeypatch: pytest.MonkeyPatch, asks: Callable[[], object]) -> object:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False, read=lambda: "\udcff"))
    return asks()


LOCK: dict[str, Any] = {"lock_id": {"S": f"date#{DAY}"}, "holder": {"S": EXECUTION}, "acquired_at": {"S": "then"}}

RUNS: dict[str, Any] = {
    "describe_execution": {"status": "RUNNING"},
    "get_item": {"Item": LOCK},
    "scan": {"Items": [LOCK]},
}


def mending(monkeypatch: pytest.MonkeyPatch, command: Callable[..., object], *arguments: str) -> object:
    """Run a command on a stack of which one execution runs and holds a lock."""
    monkeypatch.setattr("ops.commands.mending.open_stack", lambda *_, **__: stack_of(local=True, **RUNS))
    return command(*arguments, local=True)


def queried(*values: str | None, state: str = "SUCCEEDED", reason: str = "") -> dict[str, Any]:
    """Return Athena's answers to a query: a column, and these rows."""
    status = {"State": state, "StateChangeReason": reason}
    cells = [{"Data": [{"VarCharValue": each} if each else {}]} for each in ("column", *values)]
    column = {"Name": "column", "Type": "varchar"}
    return {
        "start_query_execution": {"QueryExecutionId": "q"},
        "get_query_execution": {"QueryExecution": {"Status": status, "Statistics": {}}},
        "get_query_results": {"ResultSet": {"ResultSetMetadata": {"ColumnInfo": [column]}, "Rows": cells}},
    }


UNKNOWN: dict[str, Any] = {"describe_execution": refusal("ExecutionDoesNotExist")}

MALFORMED = refusal("InvalidRequestException")

CONDITION = refusal("ConditionalCheckFailedException")

HELD = locks.Held(f"date#{DAY}", EXECUTION, "then", "ABORTED")

KEPT: dict[str, Any] = {"get_partitions": {"Partitions": []}, "delete_objects": {"Errors": [{"Key": "k"}]}}


def of_no_run(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(report, "published_runs", lambda _stack: {})
    return report.write(stack(**queried(None)), DAY)


def forgotten() -> object:
    """Ask for the page of a run whose execution Step Functions has forgotten."""
    size: dict[str, Any] = {"Architectures": ["arm64"], "MemorySize": 512}
    known = stack({"functions": {"extract": "arn"}}, **queried(EXECUTION), **UNKNOWN, get_function_configuration=size)
    return report.write(known, "20260801T060000Z-00000000")


def published_once() -> dict[str, Any]:
    document = json.dumps({"snapshot_date": DAY, "run_id": "r"}).encode()
    return {"get_item": {}, "get_object": {"Body": SimpleNamespace(read=lambda: document), "ETag": "1"}}


def nothing_to_rebuild(monkeypatch: pytest.MonkeyPatch) -> object:
    deployed = SimpleNamespace(config=SimpleNamespace(refresh_days=21))
    monkeypatch.setattr(extraction.Deployed, "of", lambda _stack: deployed)
    return state.rebuild(stack(get_item={}, list_objects_v2={}, **queried()))


def interrupted() -> object:
    def ask_spotify(_request: Request) -> object:
        raise signals.BudgetSpent("the budget of 40 requests per day for search is spent")

    return StackSpotify(SimpleNamespace(fetch=ask_spotify)).fetch(Request(Endpoint("search")))  # type: ignore[arg-type]  # as much of a Spotify as is asked


def kept() -> None:
    left = Leftovers({"raw": ["raw/x"]}, {}, None)
    remove(stack(delete_objects={"Errors": [{"Key": "raw/x"}]}), left)


def by_address() -> list[Case]:
    condition = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": condition}
    return list(cases(Role("role", "arn", tuple(parsed({"Statement": statement})), ()), lambda _: []))


def put_nothing(here: Here) -> None:
    (here.folder / "x.json").write_text("{}")
    here.patch.setattr("ops.commands.inbox.open_stack", stack_of)
    inbox_command.put(DAY, [here.folder / "x.json"], local=True)


def put_unheard(here: Here) -> None:
    (here.folder / "x.json").write_text(json.dumps({"type": "artist", "id": ID, "name": "x"}))
    here.patch.setattr(
        "ops.commands.inbox.open_stack", partial(stack_of, list_executions={"executions": []}, put_object={})
    )
    here.patch.setattr("ops.inbox.objects.WAIT_S", 0)
    inbox_command.put(DAY, [here.folder / "x.json"], local=True)


def over_an_export(here: Here, statement: str) -> None:
    here.patch.setattr("ops.export.engine.over_export", lambda _: duckdb.connect())
    duckdb_command(here.folder, query=statement)


def into_a_folder_of_files(folder: Path) -> None:
    (folder / "mine.txt").write_text("mine")
    write_export(stack(), folder, None, None)


def of_dates_that_nothing_published(patch: pytest.MonkeyPatch, folder: Path) -> None:
    patch.setattr(Lake, "published", {})
    write_export(stack(), folder / "export", DAY, None)


def written(file: Path, text: str) -> Path:
    file.write_text(text)
    return file


def no_text(folder: Path) -> object:
    (folder / "picture").write_bytes(b"\x89PNG\xd0")
    return text_of(folder / "picture")


def aws(exc: ClientError | BotoCoreError) -> None:
    raise Told(sentence_of(exc))


SILENT = {"state": "FAILED", "reason": "SYNTAX_ERROR: line 1:1"}


def unsent() -> object:
    row = json.dumps({"run_id": "r", "snapshot_date": DAY, "execution_arn": EXECUTION}).encode()
    failed = {
        "Payload": io.BytesIO(b'{"errorType": "AccessRefused", "errorMessage": "No."}'),
        "FunctionError": "Unhandled",
    }
    return digest.send(stack({"functions": {"digest": "arn"}}, get_object=read_as(row), invoke=failed), DAY)


def read_as(body: bytes) -> dict[str, Any]:
    return {"Body": SimpleNamespace(read=lambda: body), "ETag": "1"}


def empty_outbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.commands.digest.open_stack", stack_of)
    outbox(1, local=True)


PROVOKED: Provocations = [
    ("WrongUsage", "Say which stack", lambda _: opened()),
    ("WrongUsage", "Argument … is not UTF-8", lambda _: require_text(["\udcff"])),
    ("WrongUsage", "From … to …", lambda _: dates_between("0001-01-01", DAY)),
    ("WrongUsage", "… contains no SQL", lambda here: statement_of("", "", str(written(here.folder / "x.sql", "--")))),
    ("WrongUsage", "… is in the future: today is", lambda _: asked_of(stack(), "9999-12-31")),
    ("WrongUsage", "--to … is before --from", lambda _: dates_between(DAY, "2026-11-22")),
    ("WrongUsage", "… is not a statement, a file", lambda _: statement_of("lake", "views", "nonsense")),
    ("WrongUsage", "… ends in …; the rows", lambda _: sql("last_runs", out=ROOT / "x.txt", local=True)),
    ("WrongUsage", "Give --csv or --json", lambda _: sql("last_runs", csv=True, as_json=True, local=True)),
    ("WrongUsage", "Give the artist's name", lambda _: search.candidates(stack(), " ")),
    ("WrongUsage", "Not followed", lambda _: watch_lists.without_artists(watchlist.WatchList(), [ID])),
    ("WrongUsage", "No saved search", lambda _: watch_lists.without_searches(watchlist.WatchList(), ["tag:new"])),
    ("WrongUsage", "Give an artist's ID", lambda _: watch_add(local=True)),
    ("WrongUsage", "… has the ending …", lambda here: watch_export(here.folder / "x.csv", local=True)),
    (
        "WrongUsage",
        "Two files are called",
        lambda here: inbox_check([here.folder / "x.json", here.folder / "x.json"], DAY),
    ),
    ("WrongUsage", "… lists artists to", lambda here: inbox_check([written(here.folder / "w.json", f'["{ID}"]')], DAY)),
    ("WrongUsage", "… would not be read", lambda here: inbox_check([here.folder / "x.csv"], DAY)),
    ("WrongUsage", "Give the folder of an export", lambda _: duckdb_command()),
    ("WrongUsage", "There is no statement", lambda here: over_an_export(here, " ")),
    ("WrongUsage", "… is not an export", lambda here: duckdb_command(here.folder, query="SELECT 1")),
    ("WrongUsage", "… contains other files", lambda here: into_a_folder_of_files(here.folder)),
    ("WrongUsage", "Set both SPOTIFY_CLIENT_ID", lambda here: half_a_setting(here.patch)),
    ("WrongUsage", "Client id and client secret must not", lambda here: nothing_typed(here.patch)),
    (
        "WrongUsage",
        "… cannot be entered without a terminal",
        lambda here: nobody_there(here.patch, lambda: asked_for("Id")),
    ),
    ("WrongUsage", "… is not UTF-8 text", lambda here: no_text(here.folder)),
    ("WrongUsage", "Standard input is not UTF-8 text", lambda here: nobody_there(here.patch, input_text)),
    ("WrongUsage", "… is reserved for rehearsals", lambda _: checked_run_date("2000-01-01")),
    (
        "WrongUsage",
        "Standard input is not a terminal",
        lambda here: nobody_there(here.patch, lambda: confirm("Really?", yes=False)),
    ),
    ("OpsError", "A run would get no row", put_nothing),
    ("OpsError", "The marker … started no execution", put_unheard),
    ("OpsError", "DuckDB: …", lambda here: over_an_export(here, "SELECT nothing")),
    ("OpsError", "Nothing was done", lambda here: refused_by_a_person(here.patch)),
    ("OpsError", "The outputs of a stack on AWS", without_pulumi),
    ("OpsError", "Pulumi did not return", lambda here: with_pulumi(here, "raise SystemExit('no stack named dev')")),
    ("OpsError", "Stack … has no output", lambda here: with_pulumi(here, "print('{}')")),
    ("OpsError", "Athena: the statement is not valid", lambda _: ask(stack(start_query_execution=MALFORMED), "SELEC")),
    ("OpsError", "Athena: …", lambda _: ask(stack(**queried(**SILENT)), "SELECT")),
    ("OpsError", "Spotify returns only today's data", lambda _: asked_of(stack(list_objects_v2={"KeyCount": 0}), DAY)),
    ("OpsError", "No execution yet", lambda _: executions.find(stack(list_executions={"executions": []}), None)),
    ("OpsError", "There is no execution and no run", lambda _: executions.find(stack(**UNKNOWN), "arn:aws:x")),
    ("OpsError", "No run of … is in the ledger", lambda here: of_no_run(here.patch)),
    ("OpsError", "Step Functions keeps executions", lambda _: forgotten()),
    ("OpsError", "The lock's holder is still running", lambda here: mending(here.patch, unlock, DAY)),
    ("OpsError", "… is now held by another", lambda _: locks.release(stack(delete_item=CONDITION), HELD)),
    ("OpsError", "… is running and would write", lambda here: mending(here.patch, purge_command)),
    ("OpsError", "S3 did not delete", lambda _: purge.purge(stack(**KEPT), [purge.Doomed("raw", [{"Key": "k"}])])),
    (
        "OpsError",
        "Nothing is published for",
        lambda _: undo.undo(stack(get_item={}, get_object=refusal("NoSuchKey")), DAY),
    ),
    ("OpsError", "Nothing is published …, so", lambda here: of_dates_that_nothing_published(here.patch, here.folder)),
    ("OpsError", "Nothing is published yet", lambda _: digest.collect(stack(**queried(None)), None)),
    ("OpsError", "… is not published", lambda _: digest.collect(stack(**queried()), DAY)),
    ("OpsError", "Stack … has no function that sends", lambda _: digest.send(stack(), DAY)),
    ("OpsError", "The digest was not sent", lambda _: unsent()),
    ("WrongUsage", "Say --local: SNS", lambda _: outbox()),
    ("WrongUsage", "There is no mail", lambda here: empty_outbox(here.patch)),
    ("OpsError", "The ledger has no run", lambda _: records_of(stack(get_object=refusal("NoSuchKey", 404)), "r")),
    (
        "OpsError",
        "Run … has no refused records",
        lambda _: records_of(stack(**published_once(), list_objects_v2={}), "r"),
    ),
    ("OpsError", "No earlier run of", lambda _: undo.undo(stack(**published_once(), **queried()), DAY)),
    ("OpsError", "… is running for …", lambda _: undo.undo(stack(**RUNS), DAY)),
    ("OpsError", "There is no version", lambda _: state.version_of(stack(list_object_versions={}), "frontier", None)),
    ("OpsError", "Neither raw nor the published", lambda here: nothing_to_rebuild(here.patch)),
    ("OpsError", "… is extracting and would overwrite", lambda _: state.nobody_extracts(stack(**RUNS))),
    ("OpsError", "The frontier has no entry", lambda _: frontier.recorded(document.empty(), ID)),
    ("WrongUsage", "… is not an artist or an album", lambda _: frontier.entity_id("Somebody")),
    ("WrongUsage", "… For the lease around extraction", lambda _: unlock("nosuch")),
    ("WrongUsage", "… is not a date written YYYY-MM-DD or a run's ID", lambda _: quarantine("nosuch")),
    ("WrongUsage", "… is not part of state/", lambda _: state_command.restore("runs")),
    ("WrongUsage", "Say what to reset", lambda _: state_command.reset()),
    ("OpsError", "… is a rehearsal that still runs", lambda _: clean_up(stack(**RUNS))),
    ("OpsError", "AWS did not delete everything", lambda _: kept()),
    ("OpsError", "No request can be derived from the condition operator", lambda _: by_address()),
    (
        "OpsError",
        "Somebody else changed the watch-list",
        lambda _: watch_lists.save(stack(put_object=refusal("PreconditionFailed", 412)), watchlist.WatchList(), "1"),
    ),
    ("OpsError", "Spotify was not searched completely", lambda _: interrupted()),
    ("OpsError", "The credentials could not be checked", lambda here: unanswered(here.patch)),
    ("AWS", "No AWS credentials that work", lambda _: aws(NoCredentialsError())),
    ("AWS", "No AWS region is set", lambda _: aws(NoRegionError())),
    ("AWS", "AWS cannot be reached", lambda _: aws(UNREACHED)),
    ("AWS", "The request to AWS could not be sent", lambda _: aws(ParamValidationError(report="wrong"))),
    ("AWS", "AWS refused … (…): the credentials have expired", lambda _: aws(refusal("ExpiredToken"))),
    ("AWS", "AWS refused … (…): it does not know", lambda _: aws(refusal("InvalidClientTokenId"))),
    ("AWS", "AWS refused … (…): too many requests", lambda _: aws(refusal("ThrottlingException"))),
    ("AWS", "AWS refused … (…): …", lambda _: aws(refusal("AccessDenied"))),
]
