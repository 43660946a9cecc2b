"""Compare failing calls: run one function in the embedded Lambda and in AWS's Runtime Interface Emulator.

The emulator limits no memory, so that Runtime.OutOfMemory is not compared. Of a call that takes too long it gives the
message alone; AWS gives JSON around it (LocalStack's snapshot test test_lambda_invoke_with_timeout, 2025-11-25).
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.lambda_emulator import probe
from conformance.lambda_emulator.emulator import call, missing, serving
from conformance.part import Disagreement, Part
from infra.packaging.artifacts import PYTHON
from local.aws import EmbeddedAws

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST = 6_291_556 - 2  # and its two quotes
CALLS: tuple[dict[str, Any], ...] = (
    {"do": "count"},
    {"do": "raise", "text": "é 😀"},
    {"do": "raise", "text": "x" * 3_000},
    {"do": "count"},  # the same process
    {"do": "set"},
    {"do": "bytes"},
    {"do": "nan"},
    {"do": "stdout"},
    {"do": "size", "size": LARGEST},
    {"do": "size", "size": LARGEST + 1},
    {"do": "count"},
    {"do": "surrogate"},
    {"do": "count"},  # a new process
    {"do": "raise", "text": "\ud800"},
    {"do": "exit"},
    {"do": "count"},
    {"do": "sleep"},
    {"do": "count"},
)
VARYING = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|/[^ \"]*/index\.py|\d[-\d:.T]+Z (?=Task timed)")
LONG = 5_000
CONFIG = {"FunctionName": "probe", "Handler": "index.handler", "MemorySize": 256, "Timeout": 3}


def agree() -> str:
    """Make each call of both and return what agreed.

    Raises:
        Disagreement: a response differs.
    """
    with tempfile.TemporaryDirectory() as folder, EmbeddedAws.start(Path(folder) / "aws") as aws:
        task = Path(folder) / "task"
        task.mkdir()
        shutil.copy(probe.__file__, task / "index.py")
        packed = Path(shutil.make_archive(str(Path(folder) / "probe"), "zip", task)).read_bytes()
        embedded = _embedded(aws, packed)
        with serving(task, [], aws.environment(), CONFIG) as address:
            told = [line for given in CALLS for line in difference(given, embedded, lambda event: call(address, event))]
    if told:
        raise Disagreement("\n".join([f"{len(told)} differences", *told]))
    return f"{len(CALLS)} calls, most of them failing, end alike under the emulator and embedded"


def _embedded(aws: EmbeddedAws, packed: bytes) -> Callable[[bytes], bytes]:
    """Make the function in the embedded AWS and return what calls it."""
    iam, lambdas = aws.client("iam"), aws.client("lambda")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName="probe", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]["Arn"]
    lambdas.create_function(Role=role, Runtime=f"python{PYTHON}", Code={"ZipFile": packed}, **CONFIG)
    return lambda event: bytes(lambdas.invoke(FunctionName="probe", Payload=event)["Payload"].read())


def difference(
    given: dict[str, Any], embedded: Callable[[bytes], bytes], emulated: Callable[[bytes], bytes]
) -> list[str]:
    """Return how the two responses to a call differ: nothing, or one line."""
    event = json.dumps(given).encode()
    here, there = (_comparable(respond(event)) for respond in (embedded, emulated))
    if here == there:
        return []
    return [f"{str(given)[:60]}: {str(here)[:300]} embedded, {str(there)[:300]} under the emulator"]


def _comparable(response: bytes) -> object:
    """Return a response less what each call has of its own (ids, times, places of files); of a long one its length."""
    if len(response) > LONG:
        return len(response), response[:40]
    text = VARYING.sub("", response.decode())
    try:
        told: object = json.loads(text, parse_constant=str)
    except ValueError:
        return text
    if isinstance(told, dict) and told.get("errorType") == "Sandbox.Timedout":
        return told["errorMessage"].rpartition("Error: ")[2]
    return told


PART = Part("lambda-failures", missing, agree, long=True)
