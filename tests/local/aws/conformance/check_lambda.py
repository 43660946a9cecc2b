"""Checks of the table's rows about Lambda."""

from __future__ import annotations

import errno
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.cloud import allow, function

if TYPE_CHECKING:
    from pathlib import Path

    from local.aws import EmbeddedAws

PROBE = """
import decimal, json, logging, math, os, sys, time
CALLS = []
class Refused(Exception): pass
def handler(event, context):
    CALLS.append(event)
    do = event["do"]
    if do == "raise": raise Refused(event["text"])
    if do == "exit": sys.exit(1)
    if do == "sleep": time.sleep(9)
    if do == "big": return "x" * event["size"]
    if do == "hold":
        held = bytearray(300 << 20)
        held[::4096] = b"x" * len(held[::4096])
        time.sleep(1)
    if do == "write":
        os.write(1, b'{"status": "ok", "result": "forged"}\\n')
        return "mine"
    if do == "log":
        for level in ("debug", "info", "warning"): getattr(logging.getLogger("mine"), level)(level)
        print("printed")
        print(json.dumps({"level": "debug", "message": "too detailed"}))
    if do == "context":
        seen = [context.memory_limit_in_mb, context.identity is not None, context.tenant_id]
        return [*seen, context.invoked_function_arn, context.get_remaining_time_in_millis()]
    if do == "count": return len(CALLS)
    return {"set": {1}, "bytes": b"7", "decimal": decimal.Decimal("1.5"), "nan": math.nan, "lone": "\\ud800"}.get(do)
"""
LOGS = allow(["logs:CreateLogStream", "logs:PutLogEvents"], "arn:aws:logs:*:*:log-group:/aws/lambda/*:*")
_made: dict[str, str] = {}


def _probe(aws: EmbeddedAws) -> str:
    """Return the ARN of the function that does what its event says."""
    if aws.endpoint not in _made:
        logging = {"LogFormat": "JSON", "ApplicationLogLevel": "INFO"}
        _made[aws.endpoint] = function(aws, PROBE, LOGS, timeout=3, LoggingConfig=logging)
    return _made[aws.endpoint]


def _told(aws: EmbeddedAws, do: str, **more: object) -> tuple[str | None, Any]:
    """Return a call's FunctionError and its payload."""
    response = aws.client("lambda").invoke(FunctionName=_probe(aws), Payload=json.dumps({"do": do} | more).encode())
    return response.get("FunctionError"), json.loads(response["Payload"].read())


def _kind(aws: EmbeddedAws, do: str, **more: object) -> str:
    """Return the type of a call's error."""
    failed, error = _told(aws, do, **more)
    assert failed == "Unhandled"
    return str(error["errorType"])


def _log(aws: EmbeddedAws, do: str, **more: object) -> list[str]:
    """Return the messages that a call leaves in the function's log."""
    group = f"/aws/lambda/{_probe(aws).rsplit(':', 1)[1]}"
    before = _messages(aws, group)
    _told(aws, do, **more)
    return _messages(aws, group)[len(before) :]


def _messages(aws: EmbeddedAws, group: str) -> list[str]:
    logs = aws.client("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return []
    return [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]


def exception_of_the_handler(aws: EmbeddedAws) -> None:
    failed, error = _told(aws, "raise", text="é 😀")
    assert failed == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("Refused", "é 😀")
    assert "in handler" in error["stackTrace"][0]
    assert len(error["requestId"]) == 36


def exception_with_a_long_message(aws: EmbeddedAws) -> None:
    assert len(_told(aws, "raise", text="x" * 300_000)[1]["errorMessage"]) == 300_000


def call_after_an_exception(aws: EmbeddedAws) -> None:
    before = _told(aws, "count")[1]
    _told(aws, "raise", text="x")
    assert _told(aws, "count")[1] == before + 2


def call_after_an_exit(aws: EmbeddedAws) -> None:
    assert _kind(aws, "exit") == "Runtime.ExitError"
    assert _told(aws, "count")[1] == 1


def lone_surrogate_in_a_result(aws: EmbeddedAws) -> None:
    assert _kind(aws, "lone") == "Runtime.ExitError"


def lone_surrogate_in_an_error(aws: EmbeddedAws) -> None:
    assert _kind(aws, "raise", text="\ud800") == "Runtime.ExitError"


def result_that_is_no_json(aws: EmbeddedAws) -> None:
    assert _kind(aws, "set") == "Runtime.MarshalError"


def result_of_bytes_or_a_decimal(aws: EmbeddedAws) -> None:
    assert [_told(aws, do)[1] for do in ("bytes", "decimal")] == [7, 1.5]


def result_of_more_than_6_mb(aws: EmbeddedAws) -> None:
    assert len(_told(aws, "big", size=6_291_554)[1]) == 6_291_554
    assert _kind(aws, "big", size=6_291_555) == "Function.ResponseSizeTooLarge"


def more_memory_than_the_function_has(aws: EmbeddedAws) -> None:
    assert _kind(aws, "hold") == "Runtime.OutOfMemory"


def call_that_takes_too_long(aws: EmbeddedAws) -> None:
    failed, error = _told(aws, "sleep")
    assert (failed, error["errorType"]) == ("Unhandled", "Sandbox.Timedout")
    assert error["errorMessage"].startswith("RequestId: ")
    assert error["errorMessage"].endswith(" Error: Task timed out after 3.00 seconds")


def write_to_standard_output(aws: EmbeddedAws) -> None:
    assert _told(aws, "write")[1] == "mine"
    assert '{"status": "ok", "result": "forged"}' in _log(aws, "write")


def exception_in_the_log(aws: EmbeddedAws) -> None:
    lines = [json.loads(line) for line in _log(aws, "raise", text="said")]
    (error,) = [line for line in lines if line.get("level") == "ERROR"]
    assert (error["errorType"], error["errorMessage"], len(error["requestId"])) == ("Refused", "said", 36)


def events_of_the_platform(aws: EmbeddedAws) -> None:
    _told(aws, "count")
    for _ in range(3):  # one duration in a hundred looks the same however it is rounded
        start, report = (json.loads(line) for line in _log(aws, "count"))
        assert (start["type"], report["type"]) == ("platform.start", "platform.report")
        assert start["record"]["requestId"] == report["record"]["requestId"]
        assert report["record"]["status"] == "success"
        metrics = report["record"]["metrics"]
        assert {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB"} <= metrics.keys()
        rounded_up = metrics["billedDurationMs"] - metrics["durationMs"] - metrics.get("initDurationMs", 0)
        assert -0.01 < rounded_up < 1.01
    kinds = [json.loads(line).get("type") for line in _log(aws, "raise", text="x")]
    assert [kind for kind in kinds if kind] == ["platform.start", "platform.runtimeDone", "platform.report"]


def lines_below_the_log_level(aws: EmbeddedAws) -> None:
    text = "\n".join(_log(aws, "log"))
    assert '"info"' in text
    assert "printed" in text
    assert '"debug"' not in text


def context_of_a_call(aws: EmbeddedAws) -> None:
    memory, has_identity, tenant, arn, left = _told(aws, "context")[1]
    assert (memory, has_identity, tenant, arn) == ("128", True, None, _probe(aws))
    assert 0 < left <= 3000


def module_that_cannot_be_started(aws: EmbeddedAws) -> None:
    kinds = []
    for code in ("import nothing_of_that_name", "def handler(event", "def other(event, context): pass"):
        response = aws.client("lambda").invoke(FunctionName=function(aws, code))
        kinds.append(json.loads(response["Payload"].read())["errorType"])
    assert kinds == ["Runtime.ImportModuleError", "Runtime.UserCodeSyntaxError", "Runtime.HandlerNotFound"]


def initialisation_that_takes_too_long(aws: EmbeddedAws, tmp_path: Path) -> None:
    code = f"""
import pathlib, time
begun = pathlib.Path({str(tmp_path / "begun")!r})
with begun.open("a") as file: print(time.time(), file=file)
times = [float(each) for each in begun.read_text().split()]
if len(times) == 1: time.sleep(60)
def handler(event, context): return times
"""
    response = aws.client("lambda").invoke(FunctionName=function(aws, code, timeout=5))
    assert "FunctionError" not in response
    first, second = json.loads(response["Payload"].read())
    assert 5 < second - first < 20, "after 10 s; an interpreter may take a while to start"


def environment_of_a_function(aws: EmbeddedAws) -> None:
    code = "import os\ndef handler(event, context): return dict(os.environ)"
    own = {"Variables": {"MOOD": "fine", "_HANDLER": "other.handler"}}
    made = function(aws, code, Environment=own, LoggingConfig={"LogFormat": "JSON"})
    seen = json.loads(aws.client("lambda").invoke(FunctionName=made)["Payload"].read())
    expected = {
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13", "AWS_LAMBDA_FUNCTION_NAME": made.rsplit(":", 1)[1],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128", "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand", "AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO",
        "LANG": "en_US.UTF-8", "MOOD": "fine", "TZ": ":UTC", "_HANDLER": "index.handler",
    }  # fmt: skip
    assert {name: seen.get(name) for name in expected} == expected
    assert "HOME" not in seen


def files_that_can_be_written(aws: EmbeddedAws) -> None:
    code = """
import os
def handler(event, context):
    said = []
    own = [os.getcwd() + "/x", os.path.dirname(os.__file__) + "/x"]
    for path in (f"/tmp/{context.aws_request_id}", *own, "/dev/shm/x"):
        try:
            open(path, "w").close()
            os.remove(path)
            said.append(0)
        except OSError as error:
            said.append(error.errno)
    return said
"""
    said = json.loads(aws.client("lambda").invoke(FunctionName=function(aws, code))["Payload"].read())
    if 0 in said[1:3]:
        pytest.skip("this machine allows neither mounts nor user namespaces (local/aws/lambda_/README.md)")
    assert said[:3] == [0, errno.EROFS, errno.EROFS]
    assert said[3] in {errno.EROFS, errno.ENOENT}, "everyone may write to /dev/shm, where there is one"
