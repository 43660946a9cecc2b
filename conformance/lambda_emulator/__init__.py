"""Lambda's Runtime Interface Emulator: the built zips and layers on Lambda's Python, with an execution's own calls.

One execution runs on the embedded AWS. Then each of its functions is started from its zip and its layer by AWS's
emulator and runtime client, is given the same event, and has to return what it returned there.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.lambda_emulator.emulator import Emulated, missing
from conformance.lambda_emulator.recording import recorded
from conformance.part import Disagreement, Part
from local.session import started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.lambda_emulator.recording import Called

VARYING = {
    "digest": {"message_id", "status", "subject"},  # by then it is sent
    "extract": {"waits_s", "work"},  # a finished day has no work left
    "freeze": {"already_published"},  # by then it is
    "publish": {"published_at"},
    "report": {"cost", "size_bytes"},  # the execution has gone on since
    "transform": {"last_write"},
}
"""Members of a result that a later call returns otherwise."""


def agree() -> str:
    """Replay one execution's calls and return what agreed."""
    with tempfile.TemporaryDirectory() as folder, started(local=Path(folder)) as session:
        calls = recorded(session)
        told = [line for call in calls for line in replayed(Emulated.of(session, call.function, call.arn), call)]
    if told:
        raise Disagreement("\n".join([f"{len(told)} differences", *told]))
    names = ", ".join(call.function for call in calls)
    return f"{len(calls)} functions return from their zips and layers what they returned embedded: {names}"


def replayed(emulated: Emulated, call: Called) -> list[str]:
    """Return how a function's result under the emulator differs from the recorded one."""
    body = json.loads(emulated.invoke(json.dumps(call.event).encode()))
    if "errorType" in body:
        return [f"{emulated.function}: {body['errorType']}: {body.get('errorMessage', '')[:300]}"]
    leave = VARYING.get(emulated.function, set())
    return [f"{emulated.function}{line}" for line in differences(_without(call.result, leave), _without(body, leave))]


def differences(there: object, here: object, at: str = "") -> Iterator[str]:
    """Yield each place in which two JSON values differ."""
    if isinstance(there, dict) and isinstance(here, dict):
        for name in sorted(there.keys() | here.keys()):
            yield from differences(there.get(name), here.get(name), f"{at}.{name}")
    elif there != here:
        yield f"{at}: {str(there)[:80]} embedded, {str(here)[:80]} here"


def _without(result: dict[str, Any], leave: set[str]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name not in leave}


PART = Part("lambda-emulator", missing, agree, long=True)
