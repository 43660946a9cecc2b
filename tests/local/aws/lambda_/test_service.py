"""Executions and calls see the same of a function as on Lambda: its errors, its warm process, its packages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.local.cloud import function, run, task, zipped

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


def test_a_retry_may_name_the_class_and_finds_the_environment_warm(aws: EmbeddedAws, tmp_path: Path) -> None:
    code = """
from pathlib import Path
class Again(Exception): pass
calls = []
def handler(event, context):
    seen = Path(event["file"])
    seen.write_text(seen.read_text() + "x" if seen.exists() else "x")
    calls.append(event)
    if len(seen.read_text()) < 3:
        raise Again("not yet")
    return [len(seen.read_text()), len(calls)]
"""
    arguments = {"FunctionName": function(aws, code), "Payload": {"file": str(tmp_path / "seen")}}
    retry = [{"ErrorEquals": ["Again"], "IntervalSeconds": 1, "MaxAttempts": 3}]
    ended = run(aws, task("lambda:invoke", arguments, Retry=retry, Output="{% $states.result.Payload %}"))
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", "[3,3]")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param("import nothing_of_that_name", "Runtime.ImportModuleError", id="does not import"),
        pytest.param("def handler(event", "Runtime.UserCodeSyntaxError", id="is no Python", marks=pytest.mark.slow),
        pytest.param(
            "def other(event, context): pass", "Runtime.HandlerNotFound", id="has no handler", marks=pytest.mark.slow
        ),
        pytest.param("import os; os._exit(3)", "Runtime.ExitError", id="dies at its start", marks=pytest.mark.slow),
        pytest.param("import os\ndef handler(event, context): os._exit(1)", "Runtime.ExitError", id="dies"),
        pytest.param(
            "import time\ndef handler(event, context): time.sleep(5)",
            "Sandbox.Timedout",
            id="takes too long",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_the_runtimes_own_failures_have_their_names(aws: EmbeddedAws, code: str, error: str) -> None:
    ended = run(aws, task("lambda:invoke", {"FunctionName": function(aws, code, timeout=1), "Payload": {}}))
    assert ended["error"] == error


def test_the_next_call_after_a_time_out_begins_anew(aws: EmbeddedAws) -> None:
    code = "import time\ncalls = []\ndef handler(event, context): calls.append(1); time.sleep(event); return len(calls)"
    arn = function(aws, code, timeout=1)
    told = [
        aws.client("lambda").invoke(FunctionName=arn, Payload=str(seconds))["Payload"].read() for seconds in (0, 3, 0)
    ]
    assert (told[0], told[2]) == (b"1", b"1")
    assert b"Task timed out after 1.00 seconds" in told[1]


def test_an_updated_function_runs_its_new_code_and_settings(aws: EmbeddedAws) -> None:
    code = "import os\ndef handler(event, context): return [os.environ.get('MOOD'), {}]"
    arn = function(aws, code.format(1))
    of = aws.client("lambda")
    before = json.load(of.invoke(FunctionName=arn)["Payload"])
    of.update_function_code(FunctionName=arn, ZipFile=zipped(code.format(2)))
    of.update_function_configuration(FunctionName=arn, Environment={"Variables": {"MOOD": "fine"}})
    assert [before, json.load(of.invoke(FunctionName=arn)["Payload"])] == [[None, 1], ["fine", 2]]
