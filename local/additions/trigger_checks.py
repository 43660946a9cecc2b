"""EventBridge rules and schedules start a state machine with their target's role, which may be refused.

Refused, or aimed at a state machine that is not there, the event goes to the target's dead-letter queue if the queue's
policy (a rule's) or the role (a schedule's) lets it; AWS would retry some of these first. Requests are taken as secure:
on AWS every call of ours is TLS, here it is plain HTTP on the loopback, and bucket policies refuse what is not TLS.
"""

# ruff: noqa: SLF001 - an addition stands on ministack's internals; each is pinned below
from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ministack import app
from ministack.core.arn import parse_arn
from ministack.services import eventbridge, sqs
from ministack.services import stepfunctions as sfn

from local.additions import rights
from local.additions.patching import wrap
from local.additions.trust import trusts

if TYPE_CHECKING:
    from collections.abc import Callable

PINS = {
    "ministack.services.eventbridge:_invoke_target": "(target, event, rule, view=None)",
    "ministack.services.eventbridge:_dispatch_to_stepfunctions": "(arn, payload)",
    "ministack.services.eventbridge:_dispatch_to_sqs": "(spec, payload, sqs_parameters=None)",
    "ministack.services.sqs:queue_policy_allows": "(queue_arn, service, source_arn, source_account)",
    "ministack.app:pin_request_origin": "(source_ip, secure_transport)",
}

_trigger: ContextVar[tuple[dict[str, Any], dict[str, Any]] | None] = ContextVar("embedded_aws_trigger", default=None)


def _invoke(
    original: Callable[..., None], target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None
) -> None:
    """Invoke a target, remembering whose target it is."""
    token = _trigger.set((target, rule))
    try:
        original(target, event, rule, view)
    finally:
        _trigger.reset(token)


def _start(original: Callable[[str, str], None], arn: str, payload: str) -> None:
    """Start a state machine for a rule or a schedule, with the target's role."""
    trigger = _trigger.get()
    if trigger is None:
        original(arn, payload)
        return
    target, rule = trigger
    refusal = _refusal(target.get("RoleArn", ""), arn, rule)
    if refusal is None:
        original(arn, payload)
        return
    eventbridge.logger.warning("%s did not start %s: %s", rule.get("Arn"), arn, refusal)
    queue = target.get("DeadLetterConfig", {}).get("Arn", "")
    if queue and _may_bury(target, rule, queue):
        eventbridge._dispatch_to_sqs(parse_arn(queue), payload)


def _is_schedule(rule: dict[str, Any]) -> bool:
    return ":scheduler:" in rule["Arn"]


def _source(rule: dict[str, Any]) -> str:
    """Return what a trigger's service names as `aws:SourceArn`: the rule, or the schedule's group."""
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
    if sfn._resolve_state_machine_arn(machine) is None:
        return "there is no such state machine"
    return None


def _may_bury(target: dict[str, Any], rule: dict[str, Any], queue: str) -> bool:
    """Return whether the trigger may send to its dead-letter queue."""
    if _is_schedule(rule):
        return _principal(target["RoleArn"], rule).may("sqs:SendMessage", queue)
    account = queue.split(":")[4]
    return bool(sqs.queue_policy_allows(queue, "events.amazonaws.com", rule["Arn"], account))


def _principal(role: str, rule: dict[str, Any]) -> rights.Principal:
    return rights.of_role(role, str(rule["Name"])[:64])


def install() -> None:
    """Ask the roles of triggers, and take requests as secure."""
    wrap(eventbridge, "_invoke_target", _invoke)
    wrap(eventbridge, "_dispatch_to_stepfunctions", _start)
    wrap(app, "pin_request_origin", lambda original, source_ip, _secure: original(source_ip, True))
