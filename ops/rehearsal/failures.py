"""Explain a failed execution of a rehearsal: the state, which principal AWS denied what, and what to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ops.executions import sentence
from ops.rehearsal.denials import Known, denials
from ops.rehearsal.proof import Denial, Proof

if TYPE_CHECKING:
    from ops.executions import Execution, StateVisit
    from ops.stack import Stack

MEND = (
    "`pulumi up` writes the declared policies again; if they allow it, another policy denies it, "
    "which its owner must change."
)


def failure(stack: Stack, execution: Execution, failed: StateVisit, what: str) -> Proof:
    """Return the proof of a stage that failed."""
    cause = sentence(execution.cause or "")
    found = denied_by(stack, failed.state, " ".join([cause, *failed.failures]))
    told = f"{execution.error or execution.status} in {failed.state!r}: {cause or 'no cause is given'}"
    if found:
        told = " ".join([*(each.sentence() for each in found), MEND, told])
    return Proof("execution", what, "failed", f"state {failed.state!r}", told, found)


def denied_by(stack: Stack, state: str, text: str) -> tuple[Denial, ...]:
    """Return the denials in the error of a state."""
    sts = stack.client("sts")

    def decode(encoded: str) -> str:
        return str(sts.decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])

    return tuple(denials(text, Known(acting(stack, state), state), decode))


def acting(stack: Stack, state: str) -> str:
    """Return the name of the role that acts in a state: its function's, the crawler's or the state machine's."""
    machine = stack.client("stepfunctions").describe_state_machine(stateMachineArn=stack.outputs["state_machine_arn"])
    task: dict[str, Any] = json.loads(machine["definition"])["States"].get(state, {})
    role = machine["roleArn"]
    if function := task.get("Arguments", {}).get("FunctionName"):
        role = stack.client("lambda").get_function_configuration(FunctionName=function)["Role"]
    elif "$crawl.status" in json.dumps(task):  # it judges what the crawler did with its own role
        role = stack.client("glue").get_crawler(Name=stack.outputs["crawler_name"])["Crawler"]["Role"]
    return str(role).rsplit("/", 1)[-1]
