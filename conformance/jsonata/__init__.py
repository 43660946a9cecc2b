"""JSONata's reference implementation: each expression of the state machine, over what executions gave it.

Step Functions implements JSONata 2.0.6 (https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html).
The embedded AWS evaluates with a port of it. A daily execution and one that fails are run with a record of what each
evaluated expression saw. Each expression has to give the same by both, or fail by both; one that neither execution
reached is evaluated over what others saw. npm fetches the reference into the cache.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.execution import NotSucceeded, daily
from conformance.part import Disagreement, Part, cache
from local.aws.stepfunctions.expressions import NotEvaluated, Scope, is_expression
from local.session import started

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = "2.0.6"
SCRIPT = Path(__file__).with_name("evaluate.js")
FETCHED_WITHIN_S = 120
OTHERS = 12
"""Over how many recorded scopes an expression is evaluated that no execution reached."""
Seen = dict[str, Any]
"""An expression and what it saw: `input`, `context`, `result`, `error`."""


def missing() -> str | None:
    """Return why the reference cannot run here, or None; fetch it if it is not there."""
    for command, what in (("node", "Node.js"), ("npm", "npm")):
        if not shutil.which(command):
            return f"there is no {command} on the PATH: install {what}"
    if _module().is_dir():
        return None
    install = [
        "npm",
        "install",
        "--no-save",
        "--no-audit",
        "--no-fund",
        "--prefix",
        str(_folder()),
        f"jsonata@{VERSION}",
    ]
    try:
        done = subprocess.run(install, capture_output=True, encoding="utf-8", check=False, timeout=FETCHED_WITHIN_S)
    except subprocess.TimeoutExpired:
        return f"npm did not fetch jsonata {VERSION} within {FETCHED_WITHIN_S} s"
    return f"npm could not fetch jsonata {VERSION}: {done.stderr.strip()[-200:]}" if done.returncode else None


def _folder() -> Path:
    return cache("jsonata") / VERSION


def _module() -> Path:
    return _folder() / "node_modules" / "jsonata"


def agree() -> str:
    """Compare both on every expression and return what agreed."""
    with tempfile.TemporaryDirectory() as folder, started(local=Path(folder)) as session:
        log = Path(session.state_dir) / "evaluations.ndjson"
        log.touch()
        daily(session, datetime.now(UTC).date().isoformat())
        fails(session)
        machine = session.outputs["state_machine_arn"]
        definition = json.loads(
            session.client("stepfunctions").describe_state_machine(stateMachineArn=machine)["definition"]
        )
        recorded = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    all_of_them = sorted({*expressions(definition)})
    asked = list(to_evaluate(all_of_them, recorded))
    reached = len({*all_of_them} & {each["expression"] for each in recorded})
    compare(asked, reference(asked), [embedded(each) for each in asked])
    return f"{VERSION}: {len(all_of_them)} expressions ({reached} reached) give the same in {len(asked)} evaluations"


def fails(session: Any) -> None:
    """Run an execution for a date that does not exist: it takes the path of a failure."""
    try:
        daily(session, "no-date", show=False)
    except NotSucceeded:
        return
    raise AssertionError("an execution for a date that is none succeeded")


def expressions(node: Any) -> Iterator[str]:
    """Yield the expressions in a definition, without their marks."""
    if is_expression(node):
        yield node[2:-2].strip()
    elif isinstance(node, dict | list):
        for each in node.values() if isinstance(node, dict) else node:
            yield from expressions(each)


def to_evaluate(wanted: list[str], recorded: list[Seen]) -> Iterator[Seen]:
    """Yield each expression with the scopes in which it was evaluated, or else with some scopes of others."""
    step = max(len(recorded) // OTHERS, 1)
    for expression in wanted:
        own = [each for each in recorded if each["expression"] == expression]
        for scope in own or recorded[::step]:
            yield {**scope, "expression": expression}


def reference(asked: list[Seen]) -> list[Seen]:
    """Return the reference's result for each: its value, nothing for undefined, or an error."""
    lines = []
    for each in asked:
        context = {name: value for name, value in each["context"].items() if name != "variables"}
        states = {"input": each["input"], "context": context, "result": each["result"], "errorOutput": each["error"]}
        line = {"expression": each["expression"], "states": states, "variables": each["context"].get("variables", {})}
        lines.append(json.dumps(line) + "\n")
    command = ["node", str(SCRIPT), str(_module())]
    done = subprocess.run(command, input="".join(lines), capture_output=True, encoding="utf-8", check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def embedded(asked: Seen) -> Seen:
    """Return the embedded AWS's result: a value, or an error."""
    scope = Scope(asked["input"], asked["context"], asked["result"], asked["error"])
    try:
        return {"value": scope.value("{% " + asked["expression"] + " %}", "Output")}
    except NotEvaluated as exc:
        return {"error": str(exc)}


def compare(asked: list[Seen], real: list[Seen], ours: list[Seen]) -> None:
    """Raise Disagreement unless both give equal values, or both give none."""
    differ = [
        f"{each['expression'][:300]}: {str(there)[:200]} by the reference, {str(here)[:200]} embedded"
        for each, there, here in zip(asked, real, ours, strict=True)
        if ("value" in there, there.get("value")) != ("value" in here, here.get("value"))
    ]
    if differ:
        raise Disagreement("\n".join([f"{len(differ)} of {len(asked)} evaluations differ", *dict.fromkeys(differ)]))


PART = Part("jsonata", missing, agree)
