"""Inject seeded faults into a state machine's own tasks: off until `EMBEDDED_AWS_FAULTS` names a file.

The file is JSON: `{"seed": 7, "rules": [rule, …]}`; it may change while the server runs, which resets the counts.
A rule fires on tasks whose state's name and resource match its patterns (`fnmatch`), and

    state, resource      patterns; "*" where absent
    nth                  on which matching calls: a list of numbers from 1; every one where absent
    probability          and then only so often; always where absent
    delay_s              waits that long first
    kill_after_s         kills the function's worker that long after the call began, or once there is one
    error, cause         fails the task so, without the call
    after                true: the call is made, then the task fails (an answer that was lost)

What fired is appended to `<file>.fired`, a JSON line each.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ministack.core import lambda_runtime
from ministack.services import stepfunctions as sfn

from local.aws.patching import wrap
from local.aws.stepfunctions.interpreter import state_name

if TYPE_CHECKING:
    from collections.abc import Callable

_lock = threading.Lock()


class _Plan:
    """The rules in force, and how often each matched."""

    def __init__(self, written_at: int, text: str) -> None:
        given = json.loads(text)
        self.written_at = written_at
        self.rules: list[dict[str, Any]] = given["rules"]
        self.counts = [0] * len(self.rules)
        self.random = random.Random(given.get("seed", 0))  # noqa: S311 - a fault has to come again with its seed

    def chosen(self, state: str, resource: str) -> dict[str, Any] | None:
        """Return the first rule that fires on this call; every matching rule counts it."""
        fires: dict[str, Any] | None = None
        for number, rule in enumerate(self.rules):
            if not fnmatchcase(state, rule.get("state", "*")) or not fnmatchcase(resource, rule.get("resource", "*")):
                continue
            self.counts[number] += 1
            lucky = self.random.random() < rule.get("probability", 1)
            if fires is None and lucky and self.counts[number] in rule.get("nth", [self.counts[number]]):
                fires = rule
        return fires


_plan: _Plan | None = None


def _rule(state: str, resource: str) -> dict[str, Any] | None:
    """Return the rule that fires on this call; read the file again if it changed."""
    global _plan  # noqa: PLW0603 - one file, one plan
    try:
        written_at = Path(os.environ["EMBEDDED_AWS_FAULTS"]).stat().st_mtime_ns
    except (KeyError, FileNotFoundError):
        return None
    with _lock:
        if _plan is None or _plan.written_at != written_at:
            _plan = _Plan(written_at, Path(os.environ["EMBEDDED_AWS_FAULTS"]).read_text(encoding="utf-8"))
        return _plan.chosen(state, resource)


@wrap(sfn, "_invoke_resource")
def _invoke(original: Callable[[str, Any], Any], resource: str, arguments: Any) -> Any:
    """Invoke a task, with its fault if one is due."""
    named = arguments.get("FunctionName", "") if isinstance(arguments, dict) else ""
    rule = _rule(state_name.get(), f"{resource} {named}".strip())
    if rule is None:
        return original(resource, arguments)
    _note(rule, resource)
    time.sleep(rule.get("delay_s", 0))
    if "kill_after_s" in rule:
        threading.Timer(rule["kill_after_s"], _kill, [str(named)]).start()
    if "error" not in rule:
        return original(resource, arguments)
    if rule.get("after"):
        original(resource, arguments)
    raise sfn._ExecutionError(rule["error"], rule.get("cause", "A fault was asked for."))


def _note(rule: dict[str, Any], resource: str) -> None:
    fired = {"time": datetime.now(UTC).isoformat(), "state": state_name.get(), "resource": resource, "rule": rule}
    with _lock, Path(f"{os.environ['EMBEDDED_AWS_FAULTS']}.fired").open("a", encoding="utf-8") as log:
        log.write(json.dumps(fired) + "\n")


def _kill(function: str) -> None:
    """Kill the processes that run a function at this moment, or the first one that starts."""
    name = function.rsplit(":function:", maxsplit=1)[-1].split(":", maxsplit=1)[0]
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        workers = [worker for pool in list(lambda_runtime._workers.values()) for worker in pool]
        found = [worker._proc for worker in workers if worker.func_name == name and worker.in_use and worker._proc]
        for process in found:
            process.kill()
        if found:
            return
        time.sleep(0.01)
