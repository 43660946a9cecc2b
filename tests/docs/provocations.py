"""What provokes each error of the runbook: the cheapest thing that makes the code say it.

A row that only a whole stack, a process or a browser can provoke names the test that does, in `SEEN_BY`.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pulumi
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
)

from functions.extract.api import responses, signals
from functions.extract.api.endpoint import Endpoint
from functions.extract.api.request import Request
from functions.extract.api.tokens import Credentials, Tokens, credentials_in
from functions.extract.quota import QuotaLedger
from functions.extract.raw.store import LostRace
from functions.freeze.inputs import freeze
from functions.resolve.request import resolve
from functions.shared import keys, watchlist
from functions.shared.aws import aws_errors
from functions.sweep.lake import Lake
from functions.sweep.runs import Partition
from functions.transform.accepted import Accepted
from functions.transform.handler import FrozenObject, frozen
from functions.transform.lines import Source
from functions.transform.parse.block_result import BlockResult
from infra.rendering import definition
from infra.settings import Settings
from local.app import _dates
from local.aws.athena.trino import installation
from local.browser import _run, _wait_until_ready
from local.deployment.configuration import merged
from local.os_errors import of_this_machine
from local.session import _installed_trino, attached, started
from local.source import from_environment
from ops import digest, executions, locks, purge, report, undo
from ops import watchlist as watch_lists
from ops.athena import ask
from ops.commands import inbox as inbox_command
from ops.commands.mending import purge as purge_command
from ops.commands.mending import unlock
from ops.commands.questions import sql, statement_of
from ops.commands.runs import asked_of, dates_between
from ops.commands.watch import add as watch_add
from ops.commands.watch import export as watch_export
from ops.inbox.check import check as inbox_check
from ops.quarantine import records_of
from ops.rehearsal.cases import Case, cases
from ops.rehearsal.executions import clean_up
from ops.rehearsal.removal import Leftovers, remove
from ops.rehearsal.statements import Role, parsed
from ops.spotify import credentials, search
from ops.spotify.extraction import StackSpotify
from ops.stack import open_stack
from ops.terminal.error_messages import sentence_of
from ops.terminal.options import asked_for, confirm, text_of
from tests.docs.messages import ROOT
from tests.functions.extract.world import FIRST_DAY, MemoryStore, World, world
from tests.ops.fakes import EXECUTION, Client, refusal, stack, stack_of
from tests.statemachine.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from functions.shared.events import Run

ID = "0000000000000000000001"
DAY = "2026-11-23"
FROZEN: Any = {"key": "raw/x", "etag": '"1"', "size_bytes": 10, "last_modified": f"{DAY}T06:00:00Z"}


class Told(Exception):
    """A sentence of what is no exception of ours."""


# --- the pipeline


def resolved(**asked: object) -> object:
    execution = {"Id": "arn", "Name": "n", "StartTime": f"{DAY}T06:00:00Z"}
    return resolve(asked, execution, ZoneInfo("UTC"), "raw")  # type: ignore[arg-type]  # wrong on purpose


def answered(status: int, message: str) -> object:
    body = json.dumps({"error": {"message": message}}).encode()
    response = responses.HttpResponse("https://api.invalid/v1/artists/x", status, {}, body)
    return responses.interpret(Request(Endpoint("artists", ("x",))), response, datetime.now(UTC))


def told_by_aws(exc: Exception) -> None:
    with aws_errors("read s3://lake/key"):
        raise exc


def a_world() -> World:
    return world(artists=1, albums=1, budgets={"tracks": 0}, oddities="none")


def a_day(fault: str = "", *, group: str | None = None, followed: object = None) -> object:
    """Extract a day from a Spotify with a fault, or for a watch-list that is as given."""
    made = a_world()
    if fault:
        made.control.inject(fault, group=group, times=None)
    if followed is not None:
        made.store.write(keys.WATCHLIST, followed)
    return made.day(FIRST_DAY)


def without_a_token() -> str:
    response = responses.HttpResponse("https://api.invalid/token", 400, {}, b'{"error": "invalid_client"}')
    app = Credentials("id", "secret")
    return Tokens("https://api.invalid/token", app, lambda _: response, lambda: datetime.now(UTC)).current()


def without_a_watch_list() -> object:
    made = a_world()
    del made.store.objects[keys.WATCHLIST]
    return made.day(FIRST_DAY)


class Contended(MemoryStore):
    """A bucket in which somebody else is always first."""

    def put(self, key: str, body: bytes, *, replaces: str | None) -> str:
        raise LostRace(key)


def contended_quota() -> None:
    made = a_world()
    QuotaLedger(Contended(), made.run(FIRST_DAY), made.config.budgets, made.clock).pause(made.clock.now())


def swept(**answers_of_aws: object) -> Lake:
    client: Any = Client(**answers_of_aws)
    return Lake(s3=client, glue=client, dynamodb=client, bucket="curated", database="lake", lock_table="locks")


def listed(name: str) -> object:
    run: Run = a_world().run(DAY)
    return freeze(run, [FROZEN | {"key": name}], "raw")


def walked(scenario: str) -> None:
    """Walk the state machine through a failure, and tell under which name and cause it ended."""
    done = SCENARIOS[scenario]()
    raise type(done.error or "", (Exception,), {})(done.cause)


# --- the program and this machine


def settings(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(pulumi.Config, "get", lambda _self, key: {"market": "us", "retentionDays": "x"}.get(key))
    monkeypatch.setattr(pulumi, "get_stack", lambda: "dev")
    return Settings.load()


def project(folder: Path, *, stack_file: str | None = "config: {}", **overrides: str) -> object:
    (folder / "Pulumi.yaml").write_text("name: sample\nruntime: python\nconfig:\n  word: {default: a}\n")
    if stack_file is not None:
        (folder / "Pulumi.dev.yaml").write_text(stack_file)
    return merged(folder, "dev", overrides)


def another_is_up(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("local.session.find_running", lambda _local: SimpleNamespace(stack="prod", pid=1))
    with attached("dev", local=folder):
        pass


def no_such_stack(folder: Path) -> None:
    with started("nowhere", local=folder):
        pass


def without_trino(here: Here) -> None:
    def missing() -> Path:
        raise installation.NotInstalled("Trino needs Java.")

    here.patch.setattr(installation, "folder", lambda: here.folder)
    here.patch.setattr(installation, "installed", missing)
    _installed_trino(print)


def in_use(folder: Path) -> None:
    from local.aws.process import _lock

    with _lock(folder):
        _lock(folder)


def server(here: Here, *, over: bool) -> None:
    """Wait for an embedded AWS whose process is over, or says nothing."""
    from local.aws.process import EmbeddedAws

    here.patch.setattr("local.aws.process.READY_WITHIN_S", 0.05)
    (here.folder / "server.log").write_text("why\n")
    starting = SimpleNamespace(
        _process=SimpleNamespace(poll=lambda: 1 if over else None),
        _log_tail=lambda: "why",
        endpoint="http://127.0.0.1:9",
    )
    EmbeddedAws._wait_until_ready(starting)  # type: ignore[arg-type]  # as much of it as is looked at


def ended() -> Any:
    """Return a process that is over."""
    return SimpleNamespace(poll=lambda: 1)


# --- the command line


def opened(name: str | None = None, *, local: bool = False) -> None:
    with open_stack(name, local=local):
        pass


def with_pulumi(here: Here, script: str) -> None:
    """Ask for the outputs of a stack, of a `pulumi` that is this script."""
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
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    return asks()


LOCK: dict[str, Any] = {"lock_id": {"S": f"date#{DAY}"}, "holder": {"S": EXECUTION}, "acquired_at": {"S": "then"}}
RUNS: dict[str, Any] = {
    "describe_execution": {"status": "RUNNING"},
    "get_item": {"Item": LOCK},
    "scan": {"Items": [LOCK]},
}


def mending(monkeypatch: pytest.MonkeyPatch, command: Callable[..., object], *arguments: str) -> object:
    """Run a command on a stack one of whose executions runs and holds a lock."""
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


UNREACHED = EndpointConnectionError(endpoint_url="https://s3.invalid")
UNKNOWN: dict[str, Any] = {"describe_execution": refusal("ExecutionDoesNotExist")}
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


def no_text(folder: Path) -> object:
    (folder / "picture").write_bytes(b"\x89PNG\xd0")
    return text_of(folder / "picture")


def aws(exc: ClientError | BotoCoreError) -> None:
    raise Told(sentence_of(exc))


def unreadable(folder: Path) -> None:
    try:
        (folder / "missing").read_text()
    except OSError as exc:
        raise Told(of_this_machine(exc)) from exc


def too_many_refused() -> None:
    accepted = Accepted()
    outcome = BlockResult("albums", passed=Counter(lines=3))
    for line in (1, 2, 3):
        outcome.refuse(
            Source(f"raw/snapshot_date={DAY}/albums/1.ndjson.gz", "albums", datetime.now(UTC)),
            line,
            ["name: is missing"],
            {},
        )
        outcome.refused_of([None])
    accepted.add(outcome)
    raise type("ContractBroken", (Exception,), {})(accepted.refusal(0.05))


@dataclass(frozen=True)
class Here:
    """Where a provocation may write, and what it may change for its while."""

    folder: Path
    patch: pytest.MonkeyPatch


SILENT = {"state": "FAILED", "reason": "SYNTAX_ERROR: line 1:1"}
PROVOKED: list[tuple[str, str, Callable[[Here], object]]] = [
    ("SpotifyUnavailable", "Nothing could be extracted", lambda _: a_day("server_error")),
    ("StorageUnavailable", "Could not …: … answered …", lambda _: told_by_aws(refusal("SlowDown", 503))),
    ("StorageUnavailable", "Could not …: …: …", lambda _: told_by_aws(UNREACHED)),
    ("StorageUnavailable", "S3 left objects", lambda _: swept(delete_objects={"Errors": ["x"]}).delete_objects(["k"])),
    (
        "StorageUnavailable",
        "Glue left partitions",
        lambda _: swept(batch_delete_partition={"Errors": [{}]}).delete_partitions([Partition("albums", DAY, "r")]),
    ),
    ("FrontierContended", "… other writers were first to change …", lambda _: contended_quota()),
    ("BadRequest", "… is the date of rehearsals", lambda _: resolved(mode="replay", snapshot_date="2000-01-01")),
    ("BadRequest", "The execution's mode is", lambda _: resolved(mode="yearly")),
    ("BadRequest", "A … execution takes one of", lambda _: resolved(mode="replay")),
    ("BadRequest", "The date … lies ahead", lambda _: resolved(mode="daily", snapshot_date="2062-11-23")),
    ("BadRequest", "… is …; expected an instant", lambda _: resolved(mode="daily", scheduled_time="now")),
    ("BadRequest", "… is …; expected a calendar date", lambda _: resolved(mode="daily", snapshot_date="2026-02-30")),
    ("BadRequest", "--date is …; expected", lambda _: _dates("9999-12-31", 1)),
    ("BadRequest", "The marker lies in bucket", lambda _: resolved(mode="inbox", bucket="other", key="x")),
    ("BadRequest", "The marker's key is", lambda _: resolved(mode="inbox", bucket="raw", key="x")),
    ("WatchListInvalid", "There is no watch-list", lambda _: without_a_watch_list()),
    ("WatchListInvalid", "The watch-list … follows nothing", lambda _: a_day(followed={"artists": []})),
    ("WatchListInvalid", "The watch-list is not JSON", lambda _: watchlist.parse("{")),
    ("WatchListInvalid", "The watch-list is …; expected", lambda _: watchlist.parse("[]")),
    ("WatchListInvalid", "… is …; expected a list", lambda _: watchlist.parse('{"artists": 1}')),
    ("WatchListInvalid", "… is …; expected an id, URI", lambda _: watchlist.parse('{"artists": [1]}')),
    (
        "WatchListInvalid",
        "….name is …; expected a text",
        lambda _: watchlist.parse(json.dumps({"artists": [{"id": ID, "name": 1}]})),
    ),
    ("WatchListInvalid", '… is …; expected {"name"', lambda _: watchlist.parse('{"searches": [1]}')),
    ("WatchListInvalid", "….… is …; expected a text", lambda _: watchlist.parse('{"searches": [{"name": "x"}]}')),
    ("WatchListInvalid", "… has the unknown member", lambda _: watchlist.parse('{"artist": []}')),
    ("WatchListInvalid", "… is …, a Spotify …", lambda _: watchlist.artist_id(f"spotify:album:{ID}", "here")),
    ("WatchListInvalid", "… is …, a short link", lambda _: watchlist.artist_id("https://spotify.link/x", "here")),
    ("WatchListInvalid", "… is …; expected an artist's id", lambda _: watchlist.artist_id("Somebody", "here")),
    ("CredentialsRejected", "The secret holds no", lambda _: credentials_in(None)),
    ("CredentialsRejected", "Spotify's token endpoint refused", lambda _: without_a_token()),
    ("CredentialsRejected", "Spotify answered 401", lambda _: a_day("token_expired", group="albums")),
    ("PremiumLapsed", "Spotify refused …: 403", lambda _: answered(403, "Active premium subscription required")),
    ("SpotifyRefused", "Spotify refused …: … …", lambda _: answered(400, "invalid id")),
    ("AccessRefused", "Could not …: AWS refused", lambda _: told_by_aws(refusal("AccessDenied", 403))),
    ("NoInputs", "Nothing to transform for", lambda _: listed(f"inbox/snapshot_date={DAY}/_READY")),
    (
        "InputsChanged",
        "The frozen inputs",
        lambda _: frozen(Client(get_object=refusal("NoSuchKey", 404)), "raw", "runs/r"),  # type: ignore[arg-type]
    ),
    (
        "InputsChanged",
        "… is not what this run froze",
        lambda _: FrozenObject(Client(get_object=refusal("PreconditionFailed", 412)), "raw", FROZEN).open(),  # type: ignore[arg-type]
    ),
    ("ContractBroken", "… of … responses", lambda _: too_many_refused()),
    ("CrawlFailed", "The crawl of", lambda _: walked("crawl_fails")),
    ("CrawlTimedOut", "After … looks", lambda _: walked("crawl_hangs")),
    ("CrawlIncomplete", "The crawl succeeded", lambda _: walked("crawler_is_blind")),
    ("SchemaChanged", "The crawl changed the schema", lambda _: walked("schema_changed")),
    ("GateFailed", "The audit of run", lambda _: walked("gates_refuse")),
    ("LockLost", "Another execution took the lock", lambda _: walked("lock_was_lost")),
    ("SettingsInvalid", "The configuration of stack", lambda here: settings(here.patch)),
    ("PlaceholderUnknown", "… has …", lambda _: definition.fill('{"x": "${Nobody}"}', {"Somebody": "y"})),
    ("SessionError", "The local stack that is up is", lambda here: another_is_up(here.patch, here.folder)),
    ("SessionError", "There is no Pulumi.….yaml", lambda here: no_such_stack(here.folder)),
    ("SessionError", "The browser cannot be installed: …", lambda _: _run([sys.executable, "-c", "raise OSError"])),
    ("SessionError", "The browser cannot be installed: there is no", lambda _: _run(["/nowhere/uv"])),
    ("SessionError", "The browser did not come up", lambda here: _wait_until_ready(ended(), "http://x", here.folder)),
    ("SessionError", "… Without `--athena trino`", without_trino),
    ("SourceError", "… is set but … is not", lambda _: from_environment({"SPOTIFY_CLIENT_ID": "x"})),
    ("StateInUse", "Another embedded AWS works in", lambda here: in_use(here.folder)),
    ("EmbeddedAwsFailed", "The embedded AWS ended at its start", lambda here: server(here, over=True)),
    ("EmbeddedAwsFailed", "The embedded AWS did not answer", lambda here: server(here, over=False)),
    ("ConfigurationError", "… cannot be read", lambda here: project(here.folder, stack_file=None)),
    ("ConfigurationError", "… is not valid YAML", lambda here: project(here.folder, stack_file="config: [")),
    ("ConfigurationError", "… is not a configuration key", lambda here: project(here.folder, wird="x")),
    (
        "ConfigurationError",
        "… encrypts …",
        lambda here: project(here.folder, stack_file="config: {sample:word: {secure: abc}}"),
    ),
    ("WrongUsage", "Say which stack", lambda _: opened("dev", local=True)),
    ("WrongUsage", "… lies ahead: it is", lambda _: asked_of(stack(), "9999-12-31")),
    ("WrongUsage", "--to … is before --from", lambda _: dates_between(DAY, "2026-11-22")),
    ("WrongUsage", "… is not a statement, a file", lambda _: statement_of("lake", "views", "nonsense")),
    ("WrongUsage", "… ends in …; the rows", lambda _: sql("last_runs", out=ROOT / "x.txt", local=True)),
    ("WrongUsage", "Give --csv or --json", lambda _: sql("last_runs", csv=True, as_json=True, local=True)),
    ("WrongUsage", "Give the artist's name", lambda _: search.candidates(stack(), " ")),
    ("WrongUsage", "Not followed", lambda _: watch_lists.without_artists(watchlist.WatchList(), [ID])),
    ("WrongUsage", "No saved search", lambda _: watch_lists.without_searches(watchlist.WatchList(), ["tag:new"])),
    ("WrongUsage", "Give an artist's ID", lambda _: watch_add(local=True)),
    ("WrongUsage", "… ends in …; the watch-list", lambda here: watch_export(here.folder / "x.csv", local=True)),
    (
        "WrongUsage",
        "Two files are called",
        lambda here: inbox_check([here.folder / "x.json", here.folder / "x.json"], DAY),
    ),
    ("WrongUsage", "… would not be read", lambda here: inbox_check([here.folder / "x.csv"], DAY)),
    ("WrongUsage", "Set both SPOTIFY_CLIENT_ID", lambda here: half_a_setting(here.patch)),
    ("WrongUsage", "Client id and client secret must not", lambda here: nothing_typed(here.patch)),
    (
        "WrongUsage",
        "… cannot be entered without a terminal",
        lambda here: nobody_there(here.patch, lambda: asked_for("Id")),
    ),
    ("WrongUsage", "… is not UTF-8 text", lambda here: no_text(here.folder)),
    (
        "WrongUsage",
        "Standard input is not a terminal",
        lambda here: nobody_there(here.patch, lambda: confirm("Really?", yes=False)),
    ),
    ("OpsError", "A run would read no row", put_nothing),
    ("OpsError", "The marker … started no execution", put_unheard),
    ("OpsError", "Nothing was done", lambda here: refused_by_a_person(here.patch)),
    ("OpsError", "The outputs of a stack on AWS", without_pulumi),
    ("OpsError", "Pulumi does not give", lambda here: with_pulumi(here, "raise SystemExit('no stack named dev')")),
    ("OpsError", "Stack … has no output", lambda here: with_pulumi(here, "print('{}')")),
    ("OpsError", "Athena: …", lambda _: ask(stack(**queried(**SILENT)), "SELECT")),
    ("OpsError", "Spotify returns only today's data", lambda _: asked_of(stack(list_objects_v2={"KeyCount": 0}), DAY)),
    ("OpsError", "No execution yet", lambda _: executions.find(stack(list_executions={"executions": []}), None)),
    ("OpsError", "There is no execution and no run", lambda _: executions.find(stack(**UNKNOWN), "arn:aws:x")),
    ("OpsError", "No run of … is in the ledger", lambda here: of_no_run(here.patch)),
    ("OpsError", "Step Functions keeps executions", lambda _: forgotten()),
    ("OpsError", "The lock's holder is still running", lambda here: mending(here.patch, unlock, DAY)),
    ("OpsError", "… is now held by another", lambda _: locks.release(stack(delete_item=CONDITION), HELD)),
    ("OpsError", "… is running and would write", lambda here: mending(here.patch, purge_command)),
    ("OpsError", "S3 kept objects", lambda _: purge.purge(stack(**KEPT), [purge.Doomed("raw", [{"Key": "k"}])])),
    (
        "OpsError",
        "Nothing is published for",
        lambda _: undo.undo(stack(get_item={}, get_object=refusal("NoSuchKey")), DAY),
    ),
    ("OpsError", "Nothing is published yet", lambda _: digest.collect(stack(**queried(None)), None)),
    ("OpsError", "… is not published", lambda _: digest.collect(stack(**queried()), DAY)),
    ("OpsError", "The ledger has no run", lambda _: records_of(stack(get_object=refusal("NoSuchKey", 404)), "r")),
    (
        "OpsError",
        "Run … has no refused records",
        lambda _: records_of(stack(**published_once(), list_objects_v2={}), "r"),
    ),
    ("OpsError", "No earlier run of", lambda _: undo.undo(stack(**published_once(), **queried()), DAY)),
    ("OpsError", "… works on …", lambda _: undo.undo(stack(**RUNS), DAY)),
    ("OpsError", "… is a rehearsal that still runs", lambda _: clean_up(stack(**RUNS))),
    ("OpsError", "AWS kept some of what a rehearsal left", lambda _: kept()),
    ("OpsError", "No request can be derived from the condition operator", lambda _: by_address()),
    (
        "OpsError",
        "The watch-list was changed meanwhile",
        lambda _: watch_lists.save(stack(put_object=refusal("PreconditionFailed", 412)), watchlist.WatchList(), "1"),
    ),
    ("OpsError", "Spotify was not searched completely", lambda _: interrupted()),
    ("AWS", "No AWS credentials that work", lambda _: aws(NoCredentialsError())),
    ("AWS", "No AWS region is set", lambda _: aws(NoRegionError())),
    ("AWS", "AWS cannot be reached", lambda _: aws(UNREACHED)),
    ("AWS", "The request to AWS could not be sent", lambda _: aws(ParamValidationError(report="wrong"))),
    ("AWS", "AWS refused … (…): the credentials have expired", lambda _: aws(refusal("ExpiredToken"))),
    ("AWS", "AWS refused … (…): it does not know", lambda _: aws(refusal("InvalidClientTokenId"))),
    ("AWS", "AWS refused … (…): too many calls", lambda _: aws(refusal("ThrottlingException"))),
    ("AWS", "AWS refused … (…): …", lambda _: aws(refusal("AccessDenied"))),
    ("this machine", "This machine refused", lambda here: unreadable(here.folder)),
]
"""The error, how its row begins, and what makes the code say it: a row each, none left out."""

SEEN_BY = {
    "UnmappedType": "test_a_type_that_nobody_maps_is_an_error_with_its_name",
    "UnmappedInput": "test_an_input_that_no_mapper_reads_is_an_error_with_its_name",
    "UnmappedInvoke": "test_a_question_that_nobody_answers_is_an_error_with_its_name",
    "WrongInput": "test_a_required_input_that_is_missing_is_said",
    "ResourceFailed": "test_what_aws_refuses_names_the_resource",
}
"""Of tests/local/deployment/test_program.py: what only who changes the program meets; their rows have no message."""
