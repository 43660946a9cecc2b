"""A failed function tells its exception's class, as on AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.aws.lambda_.errors import RAISED, ScriptMoved, _patched
from tests.local.cloud import function, run, task

if TYPE_CHECKING:
    from pathlib import Path

    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded

RAISES = """
class CredentialsRejected(Exception):
    pass

def inner():
    raise CredentialsRejected("Spotify refused the client id.")

def handler(event, context):
    inner()
"""


def test_the_class_of_the_exception_is_the_error_of_the_execution(aws: EmbeddedAws) -> None:
    ended = run(aws, task("lambda:invoke", {"FunctionName": function(aws, RAISES), "Payload": {}}))
    cause = json.loads(ended["cause"])
    assert (ended["status"], ended["error"]) == ("FAILED", "CredentialsRejected")
    assert (cause["errorType"], cause["errorMessage"]) == ("CredentialsRejected", "Spotify refused the client id.")
    assert [line.split("in ")[1].split()[0] for line in cause["stackTrace"]] == ["handler", "inner"]


def test_a_call_over_http_is_told_the_class_as_well(aws: EmbeddedAws) -> None:
    answer = aws.client("lambda").invoke(FunctionName=function(aws, RAISES), Payload=b"{}")
    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"])["errorType"] == "CredentialsRejected"


def test_a_retry_may_name_the_class(aws: EmbeddedAws, tmp_path: Path) -> None:
    code = """
from pathlib import Path
class Again(Exception): pass
def handler(event, context):
    seen = Path(event["file"])
    seen.write_text(seen.read_text() + "x" if seen.exists() else "x")
    if len(seen.read_text()) < 3:
        raise Again("not yet")
    return len(seen.read_text())
"""
    arguments = {"FunctionName": function(aws, code), "Payload": {"file": str(tmp_path / "seen")}}
    retry = [{"ErrorEquals": ["Again"], "IntervalSeconds": 1, "MaxAttempts": 3}]
    ended = run(aws, task("lambda:invoke", arguments, Retry=retry, Output="{% $states.result.Payload %}"))
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", "3")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param("import nothing_of_that_name", "Runtime.ImportModuleError", id="does not import"),
        pytest.param("import os\ndef handler(event, context): os._exit(1)", "Runtime.ExitError", id="dies"),
        pytest.param(
            "import time\ndef handler(event, context): time.sleep(5)", "Sandbox.Timedout", id="takes too long"
        ),
    ],
)
def test_the_runtimes_own_failures_have_their_names(aws: EmbeddedAws, code: str, error: str) -> None:
    ended = run(aws, task("lambda:invoke", {"FunctionName": function(aws, code, timeout=1), "Payload": {}}))
    assert ended["error"] == error


def test_a_worker_script_of_another_text_is_refused() -> None:
    """Its text is changed in two places, so the signature that is pinned would not show that it moved."""
    with pytest.raises(ScriptMoved, match="no longer holds exactly once"):
        _patched(f"{RAISED} and again {RAISED}")
