"""The triggers of executions (the schedule and the inbox), and the alerts on failed executions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.alarms import RUNBOOK
from infra.rights.access import send
from infra.rights.role import service_role
from infra.rights.statements import allow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.alerts import AlertTopic, DeadLetters
    from infra.bucket import Bucket
    from infra.pipeline import Pipeline
    from infra.place import Place

MARKER = "inbox/snapshot_date=*/_READY"
"""The only keys that start an execution. No role of the pipeline may write a key that matches."""

HOUR = 3600
NOT_DONE = ["FAILED", "TIMED_OUT", "ABORTED"]


class DailySchedule(pulumi.ComponentResource):
    """A schedule of one execution per day in the time zone; the input has the scheduled time, not the current one."""

    def __init__(self, place: Place, pipeline: Pipeline, dead_letters: DeadLetters) -> None:
        name = place.name("daily")
        super().__init__("spotify-lake:infra:DailySchedule", name)
        settings = place.settings
        child = pulumi.ResourceOptions(parent=self)
        group = aws.scheduler.ScheduleGroup(settings.name, name=settings.name, opts=child)
        role = service_role(
            name,
            "scheduler",
            [allow("states:StartExecution", on=[pipeline.arn]), send(dead_letters)],
            place,
            self,
            source_arn=place.arn("scheduler", f"schedule-group/{settings.name}"),
        )
        self.schedule = aws.scheduler.Schedule(
            name,
            name=name,
            group_name=group.name,
            description="Starts the day's execution",
            schedule_expression=settings.schedule,
            schedule_expression_timezone=settings.time_zone,
            state="ENABLED" if settings.schedule_enabled else "DISABLED",
            flexible_time_window={"mode": "OFF"},
            target={
                "arn": pipeline.arn,
                "role_arn": role.arn,
                "input": json.dumps({"mode": "daily", "scheduled_time": "<aws.scheduler.scheduled-time>"}),
                "retry_policy": {"maximum_event_age_in_seconds": 6 * HOUR, "maximum_retry_attempts": 20},
                "dead_letter_config": {"arn": dead_letters.arn},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*role.with_rights, dead_letters.policy]),
        )
        self.name = self.schedule.name
        self.register_outputs({"name": self.name})


class InboxTrigger(pulumi.ComponentResource):
    """A rule starts an execution for each marker that a person or a job writes after the objects of a date."""

    def __init__(self, place: Place, raw: Bucket, pipeline: Pipeline, dead_letters: DeadLetters) -> None:
        name = place.name("inbox")
        super().__init__("spotify-lake:infra:InboxTrigger", name)
        pattern = {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {"bucket": {"name": [raw.name]}, "object": {"key": [{"wildcard": MARKER}]}},
        }
        rule = _rule(name, "An inbox is ready", pattern, self)
        role = service_role(
            name,
            "events",
            [allow("states:StartExecution", on=[pipeline.arn])],
            place,
            self,
            source_arn=rule.arn,
        )
        aws.cloudwatch.EventTarget(
            name,
            rule=rule.name,
            target_id="pipeline",
            arn=pipeline.arn,
            role_arn=role.arn,
            input_transformer={
                "input_paths": {"bucket": "$.detail.bucket.name", "key": "$.detail.object.key"},
                "input_template": '{"mode":"inbox","bucket":<bucket>,"key":<key>}',
            },
            retry_policy={"maximum_event_age_in_seconds": 6 * HOUR, "maximum_retry_attempts": 20},
            dead_letter_config={"arn": dead_letters.arn},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*role.with_rights, dead_letters.policy]),
        )
        self.rule_name = rule.name
        self.register_outputs({"rule": rule.name})


class FailureWatch(pulumi.ComponentResource):
    """A rule alerts on executions that failed, timed out or were stopped, also if the definition cannot catch it."""

    def __init__(self, place: Place, pipeline: Pipeline, topic: AlertTopic, dead_letters: DeadLetters) -> None:
        name = place.name("executions")
        super().__init__("spotify-lake:infra:FailureWatch", name)
        pattern = {
            "source": ["aws.states"],
            "detail-type": ["Step Functions Execution Status Change"],
            "detail": {"stateMachineArn": [pipeline.arn], "status": NOT_DONE},
        }
        rule = _rule(name, "An execution did not succeed", pattern, self)
        aws.cloudwatch.EventTarget(
            name,
            rule=rule.name,
            target_id="alerts",
            arn=topic.arn,
            input_transformer={
                "input_paths": {"execution": "$.detail.executionArn", "status": "$.detail.status", "ended": "$.time"},
                "input_template": _mail(
                    f"spotify-lake {place.settings.stack}: <status> at <ended>, an execution did not succeed.",
                    pulumi.Output.concat("Its history shows the cause: ", place.console_url, "<execution>"),
                    f"What to do: {RUNBOOK}#execution-failed",
                ),
            },
            retry_policy={"maximum_event_age_in_seconds": 6 * HOUR, "maximum_retry_attempts": 20},
            dead_letter_config={"arn": dead_letters.arn},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[topic.policy, dead_letters.policy]),
        )
        self.rule_name = rule.name
        self.register_outputs({"rule": rule.name})


def _mail(*lines: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return the template of a message of several lines, each a string of its own: the mail shows their quotes.

    A rule's message has no subject: the mail's is "AWS Notification Message". Its first line says what a subject would.
    An example of AWS's: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
    """
    return pulumi.Output.all(*lines).apply(lambda found: "\n".join(f'"{line}"' for line in found))


def _rule(
    name: str, description: str, pattern: Mapping[str, object], parent: pulumi.Resource
) -> aws.cloudwatch.EventRule:
    return aws.cloudwatch.EventRule(
        name,
        name=name,
        description=description,
        event_pattern=pulumi.Output.json_dumps(pattern),
        opts=pulumi.ResourceOptions(parent=parent),
    )
