"""The alarms: each states what happened, what to do, and which section of the runbook explains it.

A stack has at most ten alarms, as many as CloudWatch's free tier has (docs/decisions/0164-ten-alarms.md). A failure
that a rule or a dead letter reports has no alarm of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.alerts import AlertTopic, DeadLetters
    from infra.function import PipelineFunction
    from infra.pipeline import Pipeline
    from infra.place import Place

HOUR, DAY = 3600, 24 * 3600
RUNBOOK = "docs/runbook.md"


@dataclass(frozen=True)
class Alarm:
    """One alarm. `silence` is the meaning of missing data: nothing happened (fine), or nothing was published.

    An alarm on missing data fires when data stops, not before the first data
    (docs/decisions/0089-alarms-that-speak-once.md).

    `section` is the runbook's section, if several alarms share one.
    """

    name: str
    sentence: str
    metric: str
    namespace: str
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    threshold: float = 0
    comparison: Literal["GreaterThanThreshold", "LessThanThreshold"] = "GreaterThanThreshold"
    statistic: Literal["Sum", "Maximum", "Minimum"] = "Sum"
    period_s: int = 300
    periods: int = 1
    silence: Literal["fine", "told"] = "fine"
    section: str = ""


class Alarms(pulumi.ComponentResource):
    """Every alarm of a stack; all notify its topic."""

    def __init__(
        self,
        place: Place,
        topic: AlertTopic,
        *,
        pipeline: Pipeline,
        functions: Mapping[str, PipelineFunction],
        rules: list[pulumi.Output[str]],
        dead_letters: DeadLetters,
    ) -> None:
        super().__init__("spotify-lake:infra:Alarms", place.name("alarms"))
        self._place, self._topic = place, topic
        for alarm in [
            *of_executions(pipeline),
            *of_days(place),
            *of_functions(functions),
            *of_triggers(place, rules, dead_letters),
        ]:
            self._create(alarm)
        self.register_outputs({})

    def _create(self, alarm: Alarm) -> None:
        settings = self._place.settings
        name = self._place.name(alarm.name)
        aws.cloudwatch.MetricAlarm(
            name,
            name=name,
            alarm_description=f"{alarm.sentence} See {RUNBOOK}#{alarm.section or alarm.name}",
            namespace=alarm.namespace,
            metric_name=alarm.metric,
            dimensions=alarm.dimensions,
            statistic=alarm.statistic,
            period=alarm.period_s,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.periods,
            threshold=alarm.threshold,
            comparison_operator=alarm.comparison,
            treat_missing_data="notBreaching" if alarm.silence == "fine" else "missing",
            alarm_actions=[self._topic.arn],
            insufficient_data_actions=[] if alarm.silence == "fine" else [self._topic.arn],
            actions_enabled=settings.schedule_enabled or alarm.silence == "fine",
            opts=pulumi.ResourceOptions(parent=self),
        )


def of_executions(pipeline: Pipeline) -> list[Alarm]:
    """Return the alarm on failed executions: it still reports them if the rule that reports them fails."""
    return [
        Alarm(
            "execution-failed",
            "An execution failed: read its error with `ops history`, do what the message says, then run it again.",
            "ExecutionsFailed",
            "AWS/States",
            {"StateMachineArn": pipeline.arn},
        ),
    ]


def of_days(place: Place) -> list[Alarm]:
    """Return the alarms on published runs, which read the metrics that publish writes."""
    namespace, publish = place.settings.name, {"service": "publish"}
    half = place.settings.max_quarantine_ratio / 2
    return [
        Alarm(
            "nothing-published",
            "No date was published for 26 hours: check whether the schedule is on and what the last execution did.",
            "Published",
            namespace,
            publish,
            threshold=1,
            comparison="LessThanThreshold",
            period_s=HOUR,
            periods=26,
            silence="told",
        ),
        Alarm(
            "partial-three-days",
            "Three days in a row were partial: `ops status` shows the reasons; usually budgets or limits are low.",
            "Partial",
            namespace,
            publish,
            statistic="Minimum",
            period_s=DAY,
            periods=3,
        ),
        Alarm(
            "quarantine-growing",
            "Rejected records are above half of `maxQuarantineRatio`: read the reasons with `ops quarantine`.",
            "QuarantineRatio",
            namespace,
            publish,
            statistic="Maximum",
            threshold=half,
        ),
    ]


def of_functions(functions: Mapping[str, PipelineFunction]) -> list[Alarm]:
    """Return the alarms on functions: throttled calls, and errors of the two functions that never fail a run.

    Without dimensions, Lambda's metrics are those of all functions of the account in the region, as is the concurrency
    that throttles them (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html).
    """
    return [
        Alarm(
            "function-throttled",
            "Lambda throttled a function: the account's concurrency is used up; check what else runs, or reserve some.",
            "Throttles",
            "AWS/Lambda",
        ),
        Alarm(
            "sweep-failed",
            "Superseded and expired runs were not deleted: read the sweep's log; the next execution tries again.",
            "Errors",
            "AWS/Lambda",
            {"FunctionName": functions["sweep"].name},
        ),
        Alarm(
            "digest-failed",
            "The digest of a daily run was not sent: read its log; the next daily run reports the last seven days.",
            "Errors",
            "AWS/Lambda",
            {"FunctionName": functions["digest"].name},
        ),
    ]


def of_triggers(place: Place, rules: list[pulumi.Output[str]], dead_letters: DeadLetters) -> list[Alarm]:
    """Return the alarms on triggers that could not start anything; the schedule's failures are dead letters too."""
    return [
        Alarm(
            "dead-letters",
            "A trigger could not be delivered: read the message in the queue, fix the cause, start the run by hand.",
            "ApproximateNumberOfMessagesVisible",
            "AWS/SQS",
            {"QueueName": dead_letters.name},
            statistic="Maximum",
        ),
        *(
            Alarm(
                f"{noun}-target-failed",
                f"The rule {place.name(noun)} could not reach its target: check its role and the dead letter.",
                "FailedInvocations",
                "AWS/Events",
                {"RuleName": rule},
                section="rule-target-failed",
            )
            for noun, rule in zip(("inbox", "executions"), rules, strict=True)
        ),
    ]
