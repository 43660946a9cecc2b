"""The runbook's table of errors is whole, and says what the code says."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
)

from functions.extract import answers
from functions.extract.calls import Call
from functions.extract.tokens import credentials_in
from functions.resolve.request import resolve
from functions.shared import watchlist
from functions.shared.aws import aws_errors
from functions.shared.errors import RAISED_BY_THE_STATE_MACHINE, PipelineError
from functions.transform.transform import _refusal
from infra.settings import Settings, SettingsInvalid
from local.deployment.errors import ConfigurationError
from local.session import SessionError, started
from local.source import SourceError, from_environment
from ops import credentials
from ops.commands.questions import sql, statement_of
from ops.commands.runs import dates_between
from ops.errors import OpsError
from ops.failures import sentence_of
from ops.options import confirm
from ops.stack import open_stack
from tests.docs import messages
from tests.docs.messages import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from zoneinfo import ZoneInfo

ROW = re.compile(r"^\| `?([\w ]+)`? \| (?:(`{1,2})(.+?)\2)? ?\| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
OUTSIDE = {"AWS", "this machine"}
ID = "0000000000000000000001"


def table() -> list[tuple[str, str]]:
    """Return the error and the message of each row."""
    section = (ROOT / "docs" / "runbook.md").read_text().split("\n## Errors\n")[1].split("\n## ")[0]
    rows = [(row[1], row[3] or "") for row in ROW.finditer(section)]
    drawn = [line for line in section.splitlines() if line.startswith("|") and not line.startswith("| **")]
    assert len(rows) == len(drawn) - 2, "a row of the table cannot be read"
    return rows


def in_table(name: str, message: str) -> bool:
    """Return whether a row of that error matches what was said."""
    patterns = [re.escape(pattern).replace("…", ".+?") for row, pattern in table() if row == name]
    return any(re.match(pattern, message, re.DOTALL) for pattern in patterns)


def test_every_error_has_a_row_and_no_other_has() -> None:
    assert {name for name, _ in table()} - OUTSIDE == messages.names()


def test_every_message_of_the_code_is_in_the_table_and_no_other() -> None:
    written = {(name, message) for name, message in table() if name in messages.RAISED}
    assert written == messages.raised()


def test_every_judgement_of_the_state_machine_begins_as_the_table_says() -> None:
    definition = (ROOT / "statemachine" / "pipeline.asl.json").read_text()
    for name, message in table():
        if name in RAISED_BY_THE_STATE_MACHINE:
            begin = message.split("…")[0].strip()
            assert re.search(rf'"Error": "{name}",\s*"Cause": "[^"]*{re.escape(begin)}', definition), name


def resolved(asked: dict[str, object], zone: ZoneInfo | None = None) -> object:
    from zoneinfo import ZoneInfo as Zone

    execution = {"Id": "arn", "Name": "n", "StartTime": "2026-11-23T06:00:00Z"}
    return resolve(asked, execution, zone or Zone("UTC"), "raw")  # type: ignore[arg-type]  # wrong on purpose


def answered(status: int, message: str) -> object:
    reply = answers.Reply(
        "https://api.invalid/v1/artists/x", status, {}, b'{"error": {"message": "%s"}}' % message.encode()
    )
    from datetime import UTC, datetime

    return answers.judge(Call("artists", "artists", "x", "/artists/x"), reply, datetime.now(UTC))


def refused(code: str, status: int = 400) -> ClientError:
    error = {"Error": {"Code": code, "Message": "Said so."}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, "GetObject")  # type: ignore[arg-type]  # as much of an answer as is read


def told_by_aws(exc: Exception) -> None:
    with aws_errors("read s3://lake/key"):
        raise exc


PIPELINE: dict[str, Callable[[], object]] = {
    "mode": lambda: resolved({"mode": "yearly"}),
    "two dates": lambda: resolved({"mode": "replay"}),
    "instant": lambda: resolved({"mode": "daily", "scheduled_time": "now"}),
    "date": lambda: resolved({"mode": "daily", "snapshot_date": "2026-02-30"}),
    "bucket": lambda: resolved({"mode": "inbox", "bucket": "other", "key": "x"}),
    "key": lambda: resolved({"mode": "inbox", "bucket": "raw", "key": "x"}),
    "no json": lambda: watchlist.parse("{"),
    "a list": lambda: watchlist.parse("[]"),
    "no list": lambda: watchlist.parse('{"artists": 1}'),
    "a number": lambda: watchlist.parse('{"artists": [1]}'),
    "a name": lambda: watchlist.parse(json.dumps({"artists": [{"id": ID, "name": 1}]})),
    "a search": lambda: watchlist.parse('{"searches": [1]}'),
    "no query": lambda: watchlist.parse('{"searches": [{"name": "x"}]}'),
    "a member": lambda: watchlist.parse('{"artist": []}'),
    "an album": lambda: watchlist.artist_id(f"spotify:album:{ID}", "here"),
    "nobody": lambda: watchlist.artist_id("Somebody", "here"),
    "no secret": lambda: credentials_in(None),
    "premium": lambda: answered(403, "Active premium subscription required for the owner of the app"),
    "refused": lambda: answered(403, "Forbidden"),
    "wrong call": lambda: answered(400, "invalid id"),
    "denied": lambda: told_by_aws(refused("AccessDenied", 403)),
    "busy": lambda: told_by_aws(refused("SlowDown", 503)),
    "broken": lambda: told_by_aws(EndpointConnectionError(endpoint_url="https://s3.invalid")),
}


@pytest.mark.parametrize("provoke", PIPELINE.values(), ids=PIPELINE)
def test_a_provoked_error_of_the_pipeline_is_in_the_table(provoke: Callable[[], object]) -> None:
    with pytest.raises(PipelineError) as caught:
        provoke()
    assert in_table(type(caught.value).__name__, str(caught.value)), str(caught.value)


def test_too_many_refused_records_are_in_the_table() -> None:
    from collections import Counter

    assert in_table("ContractBroken", _refusal(3, 10, 0.05, Counter({"name: is null": 3})))


def opened(stack: str | None = None, *, local: bool = False) -> None:
    with open_stack(stack, local=local):
        pass


OPS: dict[str, Callable[[], object]] = {
    "no stack": opened,
    "both": lambda: opened("dev", local=True),
    "no pulumi": lambda: opened("dev"),
    "range": lambda: dates_between("2026-11-23", "2026-11-22"),
    "a word": lambda: statement_of("lake", "views", "nonsense"),
    "an ending": lambda: sql("last_runs", out=ROOT / "x.txt", local=True),
    "two forms": lambda: sql("last_runs", csv=True, as_json=True, local=True),
    "nobody there": lambda: confirm("Really?", yes=False),
    "empty": lambda: credentials.from_environment_or(lambda _what: " "),
}


@pytest.mark.parametrize("provoke", OPS.values(), ids=OPS)
def test_a_provoked_error_of_the_command_line_is_in_the_table(
    provoke: Callable[[], object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OpsError) as caught:
        provoke()
    assert in_table(type(caught.value).__name__, str(caught.value)), str(caught.value)


def test_one_credential_alone_is_refused_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", "x")
    monkeypatch.delenv("SPOTIFY_CLIENT_SECRET", raising=False)
    with pytest.raises(OpsError) as by_ops:
        credentials.from_environment_or(lambda _what: "y")
    with pytest.raises(SourceError) as by_local:
        from_environment({"SPOTIFY_CLIENT_ID": "x"})
    assert in_table("WrongUsage", str(by_ops.value))
    assert in_table("SourceError", str(by_local.value))


def test_an_unknown_stack_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises((SessionError, ConfigurationError)) as caught, started("nowhere", local=tmp_path):
        pass
    assert in_table(type(caught.value).__name__, str(caught.value))


def test_wrong_settings_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    import pulumi

    monkeypatch.setattr(pulumi.Config, "get", lambda _self, key: {"market": "us", "retentionDays": "x"}.get(key))
    monkeypatch.setattr(pulumi, "get_stack", lambda: "dev")
    with pytest.raises(SettingsInvalid) as caught:
        Settings.load()
    assert in_table("SettingsInvalid", str(caught.value))
    assert "market is 'us'" in str(caught.value)
    assert "retentionDays is 'x'" in str(caught.value)


@pytest.mark.parametrize(
    "exc",
    [
        NoCredentialsError(),
        NoRegionError(),
        EndpointConnectionError(endpoint_url="https://s3.invalid"),
        ParamValidationError(report="wrong"),
        *(refused(code) for code in ("ExpiredToken", "InvalidClientTokenId", "ThrottlingException", "AccessDenied")),
        *(refused(code) for code in ("ResourceNotFoundException", "SomethingElse")),
    ],
    ids=repr,
)
def test_what_aws_says_becomes_a_sentence_of_the_table(exc: ClientError) -> None:
    assert in_table("AWS", sentence_of(exc)), sentence_of(exc)
