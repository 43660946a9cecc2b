"""The rights on a stack's key that AWS's services need: a new key's policy has them, and doctor reports gaps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ops.doctor.encryption import lacking
from tests.infra.recording import OTHERWISE

if TYPE_CHECKING:
    from tests.infra.recording import Recorded

BY_ITS_ROLES = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*"}


def needed(recorded: Recorded) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = recorded.exports["key"]["must_allow"]
    return found


def test_a_new_key_lets_every_service_in_that_uses_it(stack: Recorded) -> None:
    written = json.loads(stack.one("aws:kms/key:Key")["policy"])["Statement"]
    assert list(lacking(written, needed(stack))) == []
    for number, each in enumerate(written[1:], 1):
        (said,) = lacking(written[:number] + written[number + 1 :], needed(stack))
        assert said.startswith(each["Principal"]["Service"])
        assert f"({each['Sid']})" in said


def test_an_existing_key_is_told_with_what_its_policy_must_say(otherwise: Recorded) -> None:
    assert otherwise.exports["key"]["arn"] == OTHERWISE["kmsKeyArn"]
    said = list(lacking([BY_ITS_ROLES], needed(otherwise)))
    assert [each.split()[0] for each in said] == [
        "logs.eu-west-1.amazonaws.com",
        "events.amazonaws.com",
        "events.amazonaws.com",
        "cloudwatch.amazonaws.com",
        "budgets.amazonaws.com",
    ]
    assert "kms:Decrypt, kms:GenerateDataKey on the stack's key (AlertsOfRules). Add to the key's policy: {" in said[1]


def test_a_statement_that_tests_a_source_does_not_let_rules_publish_alerts(stack: Recorded) -> None:
    """EventBridge sends no source key to a topic: the statement in the key policies of earlier stacks is not enough."""
    source = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    written = [{**each, "Condition": source} for each in needed(stack)]
    said = [each.split("(")[1].split(")")[0] for each in lacking(written[1:], needed(stack)[1:])]
    assert said == ["AlertsOfRules"]


def test_eventbridges_statements_are_about_the_topic_and_the_queue_alone(stack: Recorded) -> None:
    conditions = {each["Sid"]: each["Condition"] for each in needed(stack) if "events" in str(each["Principal"])}
    place = "eu-west-1:123456789012:spotify-lake-dev"
    assert conditions == {
        "AlertsOfRules": {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": f"arn:aws:sns:{place}-alerts"}},
        "DeadLettersOfRules": {
            "StringEquals": {
                "aws:SourceAccount": "123456789012",
                "kms:EncryptionContext:aws:sqs:arn": f"arn:aws:sqs:{place}-dlq",
            }
        },
    }


def test_a_denial_lets_nobody_in(stack: Recorded) -> None:
    denied = [{**each, "Effect": "Deny"} for each in needed(stack)]
    assert len(list(lacking(denied, needed(stack)))) == len(denied)


def test_a_statement_for_all_services_is_enough(stack: Recorded) -> None:
    services = [each["Principal"]["Service"] for each in needed(stack)]
    written = [{"Effect": "Allow", "Principal": {"Service": services}, "Action": "kms:*", "Resource": "*"}]
    assert list(lacking(written, needed(stack))) == []
