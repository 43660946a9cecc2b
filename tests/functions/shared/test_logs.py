"""Invariant 10 on Lambda's own log: with JSON logs, its runtime adds a handler to the root logger."""

from __future__ import annotations

import json
import logging
from io import StringIO
from typing import TYPE_CHECKING

import boto3
import pytest
from awslambdaric.bootstrap import _setup_logging
from awslambdaric.lambda_runtime_log_utils import LogFormat

from functions.extract.api.config import GROUPS
from functions.extract.handler import handler
from functions.shared.bounds import LINE_BYTES
from functions.shared.entry import entry
from functions.shared.errors import WatchListInvalid
from functions.shared.logs import logger
from tests.functions.context import CONTEXT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.shared.events import Run
    from tests.functions.conftest import Lake

SECRET = "hush-hush-client-secret"
SESSION = "hush-hush-session-token"


class Sink(list[str]):
    """Takes log lines as the runtime's own sink does."""

    def log(self, message: str, frame_type: bytes | None = None) -> None:
        assert message.encode(), f"a frame of type {frame_type!r} is UTF-8"
        self.append(message)


@pytest.fixture
def root_at_debug() -> Iterator[Sink]:
    """The root logger as the runtime sets it up for JSON logs at level DEBUG; yields its lines."""
    root = logging.getLogger()
    before, level, sink = list(root.handlers), root.level, Sink()
    _setup_logging(LogFormat.JSON, "DEBUG", sink)
    yield sink
    root.handlers[:] = before
    root.setLevel(level)


def test_no_library_writes_a_secret_at_debug(
    root_at_debug: Sink, lake: Lake, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = json.dumps({"client_id": "id", "client_secret": SECRET})
    arn = lake.aws.client("secretsmanager").create_secret(Name=f"{lake.name}-spotify", SecretString=secret)["ARN"]
    told = {
        "AWS_SESSION_TOKEN": SESSION, "SPOTIFY_SECRET_ARN": arn, "SPOTIFY_API_URL": "http://127.0.0.1:9/v1",
        "SPOTIFY_TOKEN_URL": "http://127.0.0.1:9/token", "MARKET": "US", "PROFILE": "development",
        "BUDGETS": json.dumps(dict.fromkeys(GROUPS, 9)), "REFRESH_DAYS": "21",
        "RETENTION_DAYS": "30", "MAX_WAIT_MINUTES": "20", "CALLS_PER_30_SECONDS": "100",
    }  # fmt: skip
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # one that has the session token
    assert boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"] == secret
    with pytest.raises(WatchListInvalid):
        handler({"run": run}, CONTEXT)
    logging.getLogger("anything.else").debug("the root logger is at DEBUG")
    assert "the root logger is at DEBUG" in root_at_debug[-1]
    assert SECRET not in "".join(root_at_debug)
    assert SESSION not in "".join(root_at_debug)


def test_a_line_carries_the_request_and_the_run_and_nothing_of_an_earlier_call(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def works(event: dict[str, Run], _context: object) -> None:
        logger.append_keys(of_this_call=len(event))
        logger.info("done", extra={"field": "\ud800", "size": "x" * 300_000})

    written = StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", written)
    for event in ({"run": run}, {}):
        entry(works)(event, CONTEXT)
    first, second = (json.loads(line) for line in written.getvalue().splitlines())
    assert first["function_request_id"] == second["function_request_id"] == CONTEXT.aws_request_id
    assert first["run_id"] == run["run_id"]
    assert "run_id" not in second
    assert (first["field"], first["size"][-22:]) == ("\\ud800", "… (300,000 characters)")
    assert len(first["size"]) < LINE_BYTES
