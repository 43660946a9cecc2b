"""The rights of rules, schedules and alarms to deliver, and repeated creations, asked directly."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from ministack.services import eventbridge, scheduler, sqs
from ministack.services import sns as topics
from ministack.services import stepfunctions as sfn

from local.aws.events import repeated_creation, trigger_checks
from local.aws.iam import rights

RULE = {"Arn": "arn:aws:events:us-east-1:1:rule/r", "Name": "r"}
SCHEDULE = {"Arn": "arn:aws:scheduler:us-east-1:1:schedule/g/s", "Name": "s"}
TARGET = {"Arn": "arn:aws:states:us-east-1:1:stateMachine:m", "RoleArn": "role"}
QUEUE = "arn:aws:sqs:us-east-1:1:q"


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps of a delivery, all of which may be done; a test forbids some."""
    steps: list[str] = []
    monkeypatch.setattr(trigger_checks, "_bury", lambda _target, _rule, _payload, why: steps.append(f"bury: {why}"))
    monkeypatch.setattr(trigger_checks, "trusts", lambda *_: True)
    monkeypatch.setattr(trigger_checks, "lets", lambda *_, **__: True)
    monkeypatch.setattr(rights, "of_role", lambda *_: SimpleNamespace(may=lambda *_: True))
    monkeypatch.setattr(topics, "_topic_by_arn_any_scope", lambda _: None)
    monkeypatch.setattr(sqs, "_queue_by_arn", lambda _: None)
    return steps


def _of(trigger: tuple[dict[str, Any], dict[str, Any]] | None, call: Any, *given: Any) -> None:
    token = trigger_checks._trigger.set(trigger)
    try:
        call(*given)
    finally:
        trigger_checks._trigger.reset(token)


@pytest.mark.parametrize(("status", "steps"), [(200, []), (399, []), (400, ["bury: no"]), (500, ["bury: no"])], ids=str)
def test_a_start_that_is_refused_is_buried(
    monkeypatch: pytest.MonkeyPatch, done: list[str], status: int, steps: list[str]
) -> None:
    monkeypatch.setattr(sfn, "_start_execution", lambda _: (status, {}, b"no"))
    _of((TARGET, RULE), trigger_checks._start, lambda *_: done.append("unchecked"), "m", "{}")
    assert done == steps


def test_a_start_by_nobodys_trigger_is_not_checked(done: list[str]) -> None:
    _of(None, trigger_checks._start, lambda *_: done.append("unchecked"), "m", "{}")
    assert done == ["unchecked"]


@pytest.mark.parametrize(
    ("role", "rule", "trusted", "allowed", "refusal"),
    [
        pytest.param("role", RULE, True, True, None, id="a rule"),
        pytest.param("role", SCHEDULE, True, True, None, id="a schedule"),
        pytest.param(
            "", RULE, True, True, "events.amazonaws.com may not assume a role: the target has none", id="none"
        ),
        pytest.param("role", RULE, False, True, "events.amazonaws.com may not assume role", id="no trust"),
        pytest.param("role", SCHEDULE, False, True, "scheduler.amazonaws.com may not assume role", id="not its own"),
        pytest.param("role", RULE, True, False, "role does not allow states:StartExecution on it", id="no right"),
    ],
)
def test_a_role_is_refused_for_a_reason(
    monkeypatch: pytest.MonkeyPatch, done: list[str], role: str, rule: Any, trusted: bool, allowed: bool, refusal: Any
) -> None:
    monkeypatch.setattr(trigger_checks, "trusts", lambda *_: trusted)
    monkeypatch.setattr(rights, "of_role", lambda *_: SimpleNamespace(may=lambda *_: allowed))
    assert trigger_checks._refusal(role, "m", rule) == refusal
    assert done == []


def test_the_source_of_a_schedule_is_its_group_and_its_session_has_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of a session has 64 characters at most."""
    sources = [trigger_checks._source(each) for each in (RULE, SCHEDULE)]
    assert sources == [RULE["Arn"], "arn:aws:scheduler:us-east-1:1:schedule-group/g"]
    monkeypatch.setattr(rights, "of_role", lambda _, session: session)
    assert trigger_checks._principal("role", {"Name": "n" * 65}) == "n" * 64  # type: ignore[comparison-overlap]


@pytest.mark.parametrize(
    ("trigger", "lets", "delivered"),
    [
        ((TARGET, RULE), True, True), ((TARGET, RULE), False, False), ((TARGET, SCHEDULE), False, True),
        (None, False, True),
    ],
    ids=["a rule that may", "one that may not", "a schedule, which has a role", "no trigger"],
)  # fmt: skip
def test_a_queue_takes_the_events_of_rules_that_it_lets(
    monkeypatch: pytest.MonkeyPatch, done: list[str], trigger: Any, lets: bool, delivered: bool
) -> None:
    monkeypatch.setattr(trigger_checks, "lets", lambda *_, **__: lets)
    _of(trigger, trigger_checks._deliver, lambda *_: done.append("delivered"), QUEUE, "{}")
    assert (done == ["delivered"]) is delivered
    assert len(done) == 1


@pytest.mark.parametrize(("key", "asked"), [("", 1), ("alias/aws/sqs", 1), ("arn:aws:kms:us-east-1:1:key/k", 3)])
def test_a_queue_with_a_key_is_asked_for_both_rights_to_it(
    monkeypatch: pytest.MonkeyPatch, done: list[str], key: str, asked: int
) -> None:
    monkeypatch.setattr(sqs, "_queue_by_arn", lambda _: {"attributes": {"KmsMasterKeyId": key}})

    def lets(*_: object, **__: object) -> bool:
        done.append("asked")
        return True

    monkeypatch.setattr(trigger_checks, "lets", lets)
    assert trigger_checks._takes(QUEUE, RULE["Arn"])
    assert len(done) == asked


@pytest.mark.parametrize(("alarm", "lets", "sent"), [("", False, True), ("alarm", True, True), ("alarm", False, False)])
def test_an_alarm_is_sent_if_its_topic_lets_it(
    monkeypatch: pytest.MonkeyPatch, done: list[str], alarm: str, lets: bool, sent: bool
) -> None:
    monkeypatch.setattr(trigger_checks, "lets", lambda *_, **__: lets)
    monkeypatch.setattr(eventbridge.logger, "warning", lambda *_: done.append("noted"))
    topic = "arn:aws:sns:us-east-1:1:t"
    trigger_checks._alarm(
        lambda _: trigger_checks._publish(lambda *_: done.append("sent"), topic, "text"), {"AlarmArn": alarm}
    )
    assert done == ["sent" if sent else "noted"]
    assert trigger_checks._alarming.get() == ""


@pytest.mark.parametrize("messages", [None, [], [{}, {}]], ids=["no queue", "an empty queue", "two messages"])
def test_the_last_dead_letter_is_labelled(
    monkeypatch: pytest.MonkeyPatch, done: list[str], messages: list[dict[str, Any]] | None
) -> None:
    monkeypatch.setattr(sqs, "_queue_by_arn", lambda _: None if messages is None else {"messages": messages})
    trigger_checks._label(QUEUE, TARGET, RULE, "events.amazonaws.com may not assume role")
    if messages:
        labels = {name: each["StringValue"] for name, each in messages[1].pop("message_attributes").items()}
        assert (labels["RULE_ARN"], labels["ERROR_CODE"], messages[0]) == (RULE["Arn"], "NO_PERMISSIONS", {})
    assert done == []


@pytest.mark.parametrize(
    ("token", "status", "again"),
    [("one", 200, 1), ("two", 200, 2), (None, 200, 2), ("one", 400, 2)],
    ids=["the same request", "another", "one without a token", "one that was refused"],
)
def test_a_schedule_is_made_once_by_a_request(
    monkeypatch: pytest.MonkeyPatch, token: str | None, status: int, again: int
) -> None:
    made: list[str] = []
    there: dict[str, Any] = {}

    def create(name: str, _body: Any) -> Any:
        made.append(name)
        there[f"default/{name}"] = {"Arn": "a"}
        return status, {}, json.dumps({"ScheduleArn": "a"})

    monkeypatch.setattr(scheduler, "_schedules", there)
    monkeypatch.setattr(repeated_creation, "_tokens", {})
    for each in ("one", token):
        body = {"ClientToken": each} if each else {}
        repeated_creation.create_schedule(create, "s", body)
    assert len(made) == again
