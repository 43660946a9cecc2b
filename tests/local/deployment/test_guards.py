"""Mappers leave out what the program does not set, make nothing twice, and tell what AWS refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from local.deployment.mapping import Resource
from local.deployment.services import messaging, orchestration, tables


def _mapped(answers: dict[str, Any], inputs: dict[str, Any], known_id: str | None = None) -> tuple[Resource, list[str]]:
    """Return a resource whose calls get these answers, and the names of the calls."""
    called: list[str] = []

    def call(_service: str, operation: str, _inputs: dict[str, Any]) -> Any:
        called.append(operation)
        return answers[operation]

    aws: Any = SimpleNamespace(call=call)
    return Resource("aws:x/y:Y", "it", inputs, aws, known_id), called


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (345_600.0, "345600"), (5, "5"), ({"a": 1}, '{"a": 1}')]
)
def test_an_attribute_is_a_text_as_the_services_take_it(value: object, text: str) -> None:
    assert messaging._text(value) == text


@pytest.mark.parametrize(("protocol", "endpoint", "made"), [("email", "me", 0), ("email", "you", 1), ("sqs", "me", 1)])
def test_an_address_is_subscribed_once(protocol: str, endpoint: str, made: int) -> None:
    there = {"Protocol": "email", "Endpoint": "me", "SubscriptionArn": "there"}
    answers = {"ListSubscriptionsByTopic": {"Subscriptions": [there]}, "Subscribe": {"SubscriptionArn": "new"}}
    resource, called = _mapped(answers, {"topic": "t", "protocol": protocol, "endpoint": endpoint})
    assert messaging.topic_subscription(resource).id == ("new" if made else "there")
    assert called.count("Subscribe") == made


def test_what_the_program_does_not_set_is_not_sent() -> None:
    assert orchestration._logging(None) is tables._encryption(None) is None
    assert orchestration._logging({"level": "ERROR"}) == {"level": "ERROR"}
    assert tables._encryption({"enabled": False}) == {"enabled": False, "sseType": None, "kmsMasterKeyId": None}


@pytest.mark.parametrize("failed", [0, 1])
def test_a_target_that_eventbridge_refuses_is_told(failed: int) -> None:
    answer = {"FailedEntryCount": failed, "FailedEntries": [{"ErrorCode": "LimitExceeded"}] * failed}
    resource, _ = _mapped({"PutTargets": answer}, {"rule": "r", "targetId": "t"})
    if not failed:
        assert orchestration.target(resource).id == "r-t"
        return
    with pytest.raises(ValueError, match=r"refused a target of rule r: .*LimitExceeded"):
        orchestration.target(resource)
