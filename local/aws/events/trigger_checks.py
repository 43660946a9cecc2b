"""Check the rights of EventBridge rules, schedules and CloudWatch alarms to deliver; ministack does not.

A state machine is started with the target's role; a topic or queue takes a rule's event if its own policy (and its
key's) lets `events.amazonaws.com`, an alarm's if they let `cloudwatch.amazonaws.com`; `trust.py` says with which keys
each asks. What may not be delivered, or is not an input for its state machine, goes to the
target's dead-letter queue if the queue's policy (a rule's) or the role (a schedule's) lets it; AWS would retry some of
these first. Requests are taken as secure: on AWS every call of ours is TLS, here it is plain HTTP on the loopback, and
bucket policies refuse what is not TLS.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ministack import app
from ministack.core.arn import parse_arn
from ministack.services import cloudwatch, eventbridge, sns, sqs
from ministack.services import stepfunctions as sfn

from local.aws.iam import kms, rights
from local.aws.iam.trust import lets, trusts
from local.aws.patching import having, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

NOT_ALLOWED = re.compile("may not assume|does not allow|does not let")

_alarming: ContextVar[str] = ContextVar("embedded_aws_alarming", default="")
_trigger: ContextVar[tuple[dict[str, Any], dict[str, Any]] | None] = ContextVar("embedded_aws_trigger", default=None)


@wrap(eventbridge, "_invoke_target")
def _invoke(
    original: Callable[..., None], target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None
) -> None:
    """Invoke a target, remembering whose target it is."""
    with having((_trigger, (target, rule))):
        original(target, event, rule, view)


@wrap(eventbridge, "_dispatch_to_stepfunctions")
def _start(original: Callable[[str, str], None], arn: str, payload: str) -> None:
    """Start a state machine for a rule or a schedule, with the target's role."""
    trigger = _trigger.get()
    if trigger is None:
        original(arn, payload)
        return
    refusal = _refusal(trigger[0].get("RoleArn", ""), arn, trigger[1])
    if refusal is None:
        status, _, body = sfn._start_execution({"stateMachineArn": arn, "input": payload})
        refusal = body.decode() if status >= 400 else None
    if refusal is not None:
        _bury(*trigger, payload, refusal)


@wrap(eventbridge, "_dispatch_to_sns")
@wrap(eventbridge, "_dispatch_to_sqs")
def _deliver(original: Callable[..., None], place: Any, payload: str, *rest: Any) -> None:
    """Deliver a rule's event to a topic or queue, if that lets EventBridge."""
    trigger, arn = _trigger.get(), str(place)
    if trigger is None or _is_schedule(trigger[1]) or _takes(arn, trigger[1]["Arn"]):
        original(place, payload, *rest)
    else:
        _bury(*trigger, payload, "its policy, or its key's, does not let events.amazonaws.com")


def _takes(arn: str, source_arn: str, service: str = "events.amazonaws.com") -> bool:
    """Return whether a topic or queue, and its key, accept a message of a rule or an alarm."""
    kind = arn.split(":")[2]
    held = sns._topic_by_arn_any_scope(arn) if kind == "sns" else sqs._queue_by_arn(arn)
    key = ((held or {}).get("attributes") or {}).get("KmsMasterKeyId", "")
    answers = [lets(arn, service, "sns:Publish" if kind == "sns" else "sqs:SendMessage", source_arn)]
    if key.startswith("arn:"):
        answers += [lets(key, service, one, source_arn, encrypts=arn) for one in ("kms:Decrypt", "kms:GenerateDataKey")]
    return all(answers)


@wrap(cloudwatch, "_dispatch_alarm_actions")
def _alarm(original: Callable[..., None], alarm: dict[str, Any], *rest: Any) -> None:
    """Carry out an alarm's actions, remembering whose they are."""
    with having((_alarming, str(alarm.get("AlarmArn", "")))):
        original(alarm, *rest)


@wrap(sns, "_fanout")
def _publish(original: Callable[..., Any], topic: str, *message: Any, **more: Any) -> Any:
    """Publish an alarm's message if the topic allows CloudWatch; only CloudWatch's history notes a refusal."""
    alarm = _alarming.get()
    if alarm and not _takes(topic, alarm, "cloudwatch.amazonaws.com"):
        eventbridge.logger.warning("%s did not reach %s: a policy does not let cloudwatch.amazonaws.com", alarm, topic)
        return None
    return original(topic, *message, **more)


def _bury(target: dict[str, Any], rule: dict[str, Any], payload: str, why: str) -> None:
    """Send an undelivered event to the target's dead-letter queue, if it has one that allows it."""
    eventbridge.logger.warning("%s did not reach %s: %s", rule["Arn"], target["Arn"], why)
    queue = target.get("DeadLetterConfig", {}).get("Arn", "")
    if queue and _may_bury(target, rule, queue):
        with having((_trigger, None)):
            eventbridge._dispatch_to_sqs(parse_arn(queue), payload)
        _label(queue, target, rule, why)


def _label(queue: str, target: dict[str, Any], rule: dict[str, Any], why: str) -> None:
    """Give the dead letter its attributes (EventBridge and Scheduler user guides, "Using dead-letter queues").

    Their names and the code NO_PERMISSIONS are documented, how the message is worded is not.
    """
    held = sqs._queue_by_arn(queue)
    if held is None or not held["messages"]:
        return
    named = {
        "SCHEDULE_ARN" if _is_schedule(rule) else "RULE_ARN": rule["Arn"],
        "TARGET_ARN": target["Arn"],
        "ERROR_CODE": "NO_PERMISSIONS" if NOT_ALLOWED.search(why) else "SDK_CLIENT_ERROR",
        "ERROR_MESSAGE": why,
    }
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in named.items()}
    held["messages"][-1].update(message_attributes=attributes, md5_attrs=sqs._md5_msg_attrs(attributes))


def _is_schedule(rule: dict[str, Any]) -> bool:
    return ":scheduler:" in rule["Arn"]


def _source(rule: dict[str, Any]) -> str:
    """Return the `aws:SourceArn` of a trigger's service: the rule, or the schedule's group."""
    if not _is_schedule(rule):
        return str(rule["Arn"])
    return str(rule["Arn"]).rsplit("/", 1)[0].replace(":schedule/", ":schedule-group/")


def _refusal(role: str, machine: str, rule: dict[str, Any]) -> str | None:
    """Return why the trigger may not start the state machine, or None if it may."""
    service = "scheduler.amazonaws.com" if _is_schedule(rule) else "events.amazonaws.com"
    if not role or not trusts(role, service, _source(rule)):
        return f"{service} may not assume {role or 'a role: the target has none'}"
    if not _principal(role, rule).may("states:StartExecution", machine):
        return f"{role} does not allow states:StartExecution on it"
    return None


def _may_bury(target: dict[str, Any], rule: dict[str, Any], queue: str) -> bool:
    """Return whether the trigger may send to its dead-letter queue."""
    if _is_schedule(rule):
        return kms.may(_principal(target["RoleArn"], rule), "sqs:SendMessage", queue)
    return _takes(queue, rule["Arn"])


def _principal(role: str, rule: dict[str, Any]) -> rights.Principal:
    return rights.of_role(role, str(rule["Name"])[:64])


@wrap(app, "pin_request_origin")
def _secure(original: Callable[[Any, bool], Any], source_ip: Any, _is_secure: bool) -> Any:
    """Take a request as secure."""
    return original(source_ip, True)
