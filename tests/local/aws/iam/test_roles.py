"""Creating a resource fails if its service may not assume the role."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.local.cloud import EVERYTHING, machine, new_name, role, task

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded

ANY = task("sns:publish", {})


def test_a_state_machine_needs_a_role_that_trusts_it(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match="is authorized to assume the provided role"):
        machine(aws, ANY, role(aws, "lambda.amazonaws.com", EVERYTHING))


def test_trust_may_be_bound_to_the_account(aws: EmbeddedAws) -> None:
    bound = {"StringEquals": {"aws:SourceAccount": aws.account_id}}
    foreign = {"StringEquals": {"aws:SourceAccount": "999999999999"}}
    assert machine(aws, ANY, role(aws, "states.amazonaws.com", condition=bound))
    with pytest.raises(ClientError, match="AccessDeniedException"):
        machine(aws, ANY, role(aws, "states.amazonaws.com", condition=foreign))


def test_a_function_needs_a_role_that_trusts_lambda(aws: EmbeddedAws) -> None:
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        aws.client("lambda").create_function(
            FunctionName=new_name("function"),
            Runtime="python3.13",
            Role=role(aws, "states.amazonaws.com"),
            Handler="index.handler",
            Code={"ZipFile": b"PK\x05\x06" + bytes(18)},
        )


@pytest.mark.parametrize(
    ("group", "made"), [pytest.param("default", True, id="its group"), pytest.param("other", False, id="another")]
)
def test_a_schedule_needs_a_role_that_trusts_its_group(aws: EmbeddedAws, group: str, made: bool) -> None:
    arn = machine(aws, ANY)
    source = f"arn:aws:scheduler:us-east-1:{aws.account_id}:schedule-group/{group}"
    bound = role(aws, "scheduler.amazonaws.com", EVERYTHING, condition={"ArnEquals": {"aws:SourceArn": source}})
    request = {
        "Name": new_name("schedule"),
        "ScheduleExpression": "rate(9 days)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": arn, "RoleArn": bound},
    }
    if made:
        assert aws.client("scheduler").create_schedule(**request)
    else:
        with pytest.raises(ClientError, match="must allow AWS EventBridge Scheduler to assume the role"):
            aws.client("scheduler").create_schedule(**request)
