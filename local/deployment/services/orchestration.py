"""Step Functions, EventBridge Scheduler and EventBridge: state machines, schedules and rules."""

from __future__ import annotations

from typing import Any

from local.deployment.mapping import DESTROYED, Created, Resource, maps
from local.deployment.values import as_json


@maps("aws:sfn/stateMachine:StateMachine")
def state_machine(r: Resource) -> Created:
    """Create a state machine, or give it the new definition."""
    name, tags, type_ = r.physical_name(after=":"), r.take("tags"), r.take("type")
    inputs = {
        "definition": as_json(r.require("definition")),
        "loggingConfiguration": _logging(r.take("loggingConfiguration")),
        **r.rest(),
    }
    arn = r.aws.arn("states", f"stateMachine:{name}")
    if r.aws.attempt(
        "stepfunctions", "DescribeStateMachine", {"stateMachineArn": arn}, unless="StateMachineDoesNotExist"
    ):
        r.aws.call("stepfunctions", "UpdateStateMachine", {"stateMachineArn": arn, **inputs})
    else:
        r.aws.call("stepfunctions", "CreateStateMachine", {"name": name, "type": type_, "tags": tags, **inputs})
    return Created(arn, {"name": name, "arn": arn, "status": "ACTIVE"})


def _logging(given: dict[str, Any] | None) -> dict[str, Any] | None:
    if given is None:
        return None
    settings = {key: value for key, value in given.items() if key != "logDestination"}
    if group := given.get("logDestination"):
        settings["destinations"] = [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]
    return settings


@maps("aws:scheduler/scheduleGroup:ScheduleGroup")
def schedule_group(r: Resource) -> Created:
    """Create a group of schedules."""
    name = r.physical_name()
    r.aws.attempt("scheduler", "CreateScheduleGroup", {"name": name, **r.rest()}, unless="ConflictException")
    return Created(name, {"name": name, "arn": r.aws.arn("scheduler", f"schedule-group/{name}")})


@maps("aws:scheduler/schedule:Schedule")
def schedule(r: Resource) -> Created:
    """Create a schedule, or bring it up to date."""
    name = r.physical_name(after="/")
    group = r.take("groupName") or "default"
    inputs = {"name": name, "groupName": group, **r.rest()}
    if not r.aws.attempt("scheduler", "CreateSchedule", inputs, unless="ConflictException"):
        r.aws.call("scheduler", "UpdateSchedule", inputs)
    return Created(f"{group}/{name}", {"name": name, "arn": r.aws.arn("scheduler", f"schedule/{group}/{name}")})


@maps("aws:cloudwatch/eventRule:EventRule", leaves={"forceDestroy": DESTROYED})
def rule(r: Resource) -> Created:
    """Create a rule, or bring it up to date."""
    name, pattern = r.physical_name(), r.take("eventPattern")
    pattern = as_json(pattern) if pattern is not None else None
    arn = r.aws.call("events", "PutRule", {"name": name, "eventPattern": pattern, **r.rest()})["RuleArn"]
    return Created(name, {"name": name, "arn": arn})


@maps("aws:cloudwatch/eventTarget:EventTarget", leaves={"forceDestroy": DESTROYED})
def target(r: Resource) -> Created:
    """Add a target to a rule, or bring it up to date."""
    rule_name, bus = r.require("rule"), r.take("eventBusName")
    id_ = r.take("targetId") or r.name
    transformer = dict(r.take("inputTransformer") or {})
    if "inputPaths" in transformer:
        transformer["inputPathsMap"] = transformer.pop("inputPaths")
    one = {"id": id_, "inputTransformer": transformer or None, "sqsParameters": r.take("sqsTarget"), **r.rest()}
    answer = r.aws.call("events", "PutTargets", {"rule": rule_name, "eventBusName": bus, "targets": [one]})
    if answer.get("FailedEntryCount"):
        raise ValueError(f"EventBridge refused a target of rule {rule_name}: {answer['FailedEntries']}")
    return Created(f"{rule_name}-{id_}", {"targetId": id_})
