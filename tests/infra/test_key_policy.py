"""What AWS's services need of a stack's key: in a new key's policy, and told where an existing one's lacks it."""

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


def test_an_existing_key_is_told_with_what_its_policy_must_say(otherwise: Recorded) -> None:
    assert otherwise.exports["key"]["arn"] == OTHERWISE["kmsKeyArn"]
    said = list(lacking([BY_ITS_ROLES], needed(otherwise)))
    assert [each.split()[0] for each in said] == [
        "logs.eu-west-1.amazonaws.com",
        "events.amazonaws.com",
        "cloudwatch.amazonaws.com",
        "budgets.amazonaws.com",
    ]
    assert "kms:Decrypt, kms:GenerateDataKey with the stack's key. Add to the key's policy: {" in said[1]


def test_a_denial_lets_nobody_in(stack: Recorded) -> None:
    denied = [{**each, "Effect": "Deny"} for each in needed(stack)]
    assert len(list(lacking(denied, needed(stack)))) == len(denied)


def test_a_statement_for_all_services_is_enough(stack: Recorded) -> None:
    services = [each["Principal"]["Service"] for each in needed(stack)]
    written = [{"Effect": "Allow", "Principal": {"Service": services}, "Action": "kms:*", "Resource": "*"}]
    assert list(lacking(written, needed(stack))) == []
