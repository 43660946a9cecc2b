"""State machines for the checks, and readers of their histories."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.cloud import function, new_name, role, task

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

STATES = "states.amazonaws.com"
Json = dict[str, Any]


def events_of(aws: EmbeddedAws, ended: Json) -> list[Json]:
    found: list[Json] = aws.client("stepfunctions").get_execution_history(
        executionArn=ended["executionArn"], maxResults=1000
    )["events"]
    return found


def kinds_of(aws: EmbeddedAws, ended: Json) -> list[str]:
    return [event["type"] for event in events_of(aws, ended)]


def the_one(aws: EmbeddedAws, ended: Json, kind: str) -> Json:
    (event,) = [each for each in events_of(aws, ended) if each["type"] == kind]
    details: Json = next(value for name, value in event.items() if name.endswith("EventDetails"))
    return details


def pass_machine(**fields: Any) -> Json:
    return {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True, **fields}}}


def map_machine(processor: Json, items: str = "[1, 2]", most: int = 1, **more: Any) -> Json:
    """Return a machine of one Map over `items`."""
    each = {"Type": "Map", "Items": f"{{% {items} %}}", "MaxConcurrency": most, "ItemProcessor": processor}
    return {"StartAt": "Each", "States": {"Each": {**each, **({} if "Next" in more else {"End": True}), **more}}}


def invocation(aws: EmbeddedAws, code: str, **more: Any) -> Json:
    return task("lambda:invoke", {"FunctionName": function(aws, code), "Payload": {"x": 1}}, **more)


def caught(definition: Json, name: str = "States.ALL") -> Json:
    """Return the machine with a Catch that leads to a state of its own."""
    state = next(iter(definition["States"].values()))
    state["Catch"] = [{"ErrorEquals": [name], "Next": "Caught"}]
    definition["States"]["Caught"] = {"Type": "Pass", "End": True}
    return definition


def refusal_of(aws: EmbeddedAws, definition: Json | str) -> str:
    """Return the message with which a definition is refused."""
    text = definition if isinstance(definition, str) else json.dumps({"QueryLanguage": "JSONata", **definition})
    with pytest.raises(ClientError) as refusal:
        aws.client("stepfunctions").create_state_machine(
            name=new_name("machine"), definition=text, roleArn=role(aws, STATES)
        )
    assert refusal.value.response["Error"]["Code"] == "InvalidDefinition"
    return refusal.value.response["Error"]["Message"]
