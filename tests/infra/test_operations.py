"""Every failure reaches a person with an instruction, and every resource is limited."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from functions.shared.prices import A_MONTH
from infra.alarms import RUNBOOK
from infra.cost.month import ALARMS, METRICS
from tests.infra.recording import ACCOUNT, REGION, ROOT

if TYPE_CHECKING:
    from tests.infra.recording import Recorded

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:spotify-lake-dev-alerts"


def test_the_price_of_a_month_counts_the_alarms_and_metrics_that_there_are(stack: Recorded) -> None:
    written = re.findall(r'add_metric\(name="(\w+)"', (ROOT / "functions/publish/metrics.py").read_text())
    assert (len(stack.of_type("MetricAlarm")), len(written)) == (ALARMS, METRICS)
    assert max(ALARMS, METRICS) <= A_MONTH["alarm"].free == A_MONTH["metric"].free


def test_every_alarm_reaches_the_topic_and_says_what_to_do(stack: Recorded) -> None:
    sections = set(re.findall(r"^### (\S+)$", (ROOT / RUNBOOK).read_text(), re.MULTILINE))
    alarms = stack.of_type("MetricAlarm")
    for name, alarm in alarms.items():
        sentence, _, section = alarm["alarmDescription"].partition(f" See {RUNBOOK}#")
        assert alarm["alarmActions"] == [TOPIC], name
        assert len(sentence.split()) >= 12, name
        assert section in sections, name
    linked = {alarm["alarmDescription"].rsplit("#", 1)[1] for alarm in alarms.values()}
    assert sections - linked == {"budget"}


@pytest.mark.parametrize(
    ("alarm", "metric"),
    [
        ("execution-failed", "ExecutionsFailed"),
        ("nothing-published", "Published"),
        ("partial-three-days", "Partial"),
        ("quarantine-growing", "QuarantineRatio"),
        ("dead-letters", "ApproximateNumberOfMessagesVisible"),
        ("inbox-target-failed", "FailedInvocations"),
        ("function-throttled", "Throttles"),
        ("sweep-failed", "Errors"),
        ("digest-failed", "Errors"),
    ],
)
def test_there_is_an_alarm(stack: Recorded, alarm: str, metric: str) -> None:
    assert stack.of_type("MetricAlarm")[f"spotify-lake-dev-{alarm}"]["metricName"] == metric


ALARMS_AT = {
    "execution-failed": ("Sum", "GreaterThanThreshold", 0, 300, 1),
    "nothing-published": ("Sum", "LessThanThreshold", 1, 3600, 26),
    "partial-three-days": ("Minimum", "GreaterThanThreshold", 0, 86_400, 3),
    "quarantine-growing": ("Maximum", "GreaterThanThreshold", 0.025, 300, 1),
    "function-throttled": ("Sum", "GreaterThanThreshold", 0, 300, 1),
    "sweep-failed": ("Sum", "GreaterThanThreshold", 0, 300, 1),
    "digest-failed": ("Sum", "GreaterThanThreshold", 0, 300, 1),
    "dead-letters": ("Maximum", "GreaterThanThreshold", 0, 300, 1),
    "inbox-target-failed": ("Sum", "GreaterThanThreshold", 0, 300, 1),
    "executions-target-failed": ("Sum", "GreaterThanThreshold", 0, 300, 1),
}
"""The threshold of each alarm: statistic, comparison, value, periods, and seconds per period."""


def test_an_alarm_speaks_at_its_threshold_and_not_before(stack: Recorded) -> None:
    """The share of quarantine is half of `maxQuarantineRatio`, which is 0.05."""
    found = {name.removeprefix("spotify-lake-dev-"): each for name, each in stack.of_type("MetricAlarm").items()}
    assert {
        name: (
            each["statistic"],
            each["comparisonOperator"],
            each["threshold"],
            each["period"],
            each["datapointsToAlarm"],
        )
        for name, each in found.items()
    } == ALARMS_AT
    assert all(each["evaluationPeriods"] == each["datapointsToAlarm"] for each in found.values())


def test_what_could_not_be_delivered_waits_two_weeks_for_a_person(stack: Recorded) -> None:
    assert stack.one("Queue")["messageRetentionSeconds"] == 1_209_600


def test_silence_is_told_only_where_it_means_that_nothing_was_published(stack: Recorded) -> None:
    alarms = stack.of_type("MetricAlarm")
    told = {name for name, each in alarms.items() if each["insufficientDataActions"]}
    assert told == {"spotify-lake-dev-nothing-published"}
    alarm = alarms["spotify-lake-dev-nothing-published"]
    assert alarm["insufficientDataActions"] == [TOPIC]
    assert alarm["period"] * alarm["evaluationPeriods"] == 26 * 3600
    assert alarm["comparisonOperator"] == "LessThanThreshold"
    assert {name for name, each in alarms.items() if each["treatMissingData"] == "missing"} == told


def test_no_alarm_speaks_when_it_is_made(stack: Recorded) -> None:
    """An alarm begins in INSUFFICIENT_DATA: missing data must not raise it, nor may it announce OK."""
    for name, each in stack.of_type("MetricAlarm").items():
        assert each["treatMissingData"] in {"missing", "notBreaching"}, name
        assert not each.get("okActions"), name


def test_a_stack_without_a_schedule_does_not_miss_its_days(stack: Recorded, otherwise: Recorded) -> None:
    """It has all other alarms; a stack with a schedule has each alarm."""
    mute = [
        {name for name, each in program.of_type("MetricAlarm").items() if each["actionsEnabled"] is not True}
        for program in (stack, otherwise)
    ]
    assert mute == [set(), {"spotify-lake-dev-nothing-published"}]
    assert otherwise.one("Schedule")["state"] == "DISABLED"


def test_the_metrics_of_the_alarms_are_those_that_publish_writes(stack: Recorded) -> None:
    written = set(re.findall(r'name="(\w+)"', (ROOT / "functions/publish/metrics.py").read_text()))
    read = {
        each["metricName"] for each in stack.of_type("MetricAlarm").values() if each["namespace"] == "spotify-lake-dev"
    }
    shown = {
        line[1]
        for widget in json.loads(stack.one("Dashboard")["dashboardBody"])["widgets"]
        for line in widget["properties"]["metrics"]
        if line[0] == "spotify-lake-dev"
    }
    assert read | shown <= written
    assert read


def test_the_budget_tells_the_topic_before_and_when_it_is_spent(stack: Recorded) -> None:
    budget = stack.one("Budget")
    assert (budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == ("20", "USD", "MONTHLY")
    assert [(each["notificationType"], each["threshold"]) for each in budget["notifications"]] == [
        ("ACTUAL", 80),
        ("FORECASTED", 100),
    ]
    for each in budget["notifications"]:
        assert each["subscriberSnsTopicArns"] == [TOPIC]
        assert (each["comparisonOperator"], each["thresholdType"]) == ("GREATER_THAN", "PERCENTAGE")


def test_every_target_retries_and_then_leaves_a_dead_letter(stack: Recorded) -> None:
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:spotify-lake-dev-dlq"
    targets = [*stack.of_type("EventTarget").values(), stack.one("Schedule")["target"]]
    assert len(targets) == 3
    for target in targets:
        assert target["deadLetterConfig"] == {"arn": queue}
        assert target["retryPolicy"]["maximumRetryAttempts"] > 0


def test_executions_that_the_definition_cannot_catch_are_heard(stack: Recorded) -> None:
    pattern = json.loads(stack.of_type("EventRule")["spotify-lake-dev-executions"]["eventPattern"])
    assert pattern["detail"]["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]


def test_the_mail_about_an_execution_begins_with_what_a_subject_would_say(stack: Recorded) -> None:
    """A rule's message has no subject, so a mail program shows its first line; each line is a string of its own."""
    transformer = stack.of_type("EventTarget")["spotify-lake-dev-executions"]["inputTransformer"]
    first, *_, last = [json.loads(line) for line in transformer["inputTemplate"].split("\n")]
    assert first == "spotify-lake dev: <status> at <ended>, an execution did not succeed."
    assert last == f"What to do: {RUNBOOK}#execution-failed"
    assert transformer["inputPaths"]["ended"] == "$.time"


def test_a_mail_names_the_stack_and_its_topic_as_its_sender(stack: Recorded) -> None:
    assert {each["displayName"] for each in stack.of_type("Topic").values()} == {
        "spotify-lake-dev alerts",
        "spotify-lake-dev digest",
    }


def test_the_schedule_tells_the_time_it_was_meant_for(stack: Recorded) -> None:
    given = json.loads(stack.one("Schedule")["target"]["input"])
    assert given == {"mode": "daily", "scheduled_time": "<aws.scheduler.scheduled-time>"}
    assert stack.one("Schedule")["flexibleTimeWindow"] == {"mode": "OFF"}


def test_everything_that_can_bear_tags_bears_them(stack: Recorded) -> None:
    bare = {each.type for each in stack.resources if each.custom and "tags" not in each.inputs}
    assert bare == {
        "aws:athena/namedQuery:NamedQuery",
        "aws:cloudwatch/dashboard:Dashboard",
        "aws:cloudwatch/eventTarget:EventTarget",
        "aws:glue/catalogTable:CatalogTable",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:kms/alias:Alias",
        "aws:scheduler/schedule:Schedule",
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:lambda/layerVersion:LayerVersion",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "aws:s3/bucketNotification:BucketNotification",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "aws:s3/bucketVersioning:BucketVersioning",
    }


def test_a_query_has_a_limit_that_no_client_can_lift(stack: Recorded) -> None:
    configuration = stack.one("Workgroup")["configuration"]
    assert configuration["enforceWorkgroupConfiguration"] is True
    assert 10_000_000 <= configuration["bytesScannedCutoffPerQuery"] == 1_024_000_000


def test_functions_and_the_state_machine_are_traced_and_logged(stack: Recorded) -> None:
    for name, each in stack.of_type("aws:lambda/function:Function").items():
        assert each["tracingConfig"] == {"mode": "Active"}
        assert each["loggingConfig"]["logFormat"] == "JSON"
        assert each["loggingConfig"]["logGroup"] == f"/aws/lambda/{name}"
    machine = stack.one("StateMachine")
    assert machine["tracingConfiguration"] == {"enabled": True}
    assert machine["type"] == "STANDARD"
    logs = machine["loggingConfiguration"]
    assert (logs["level"], logs["includeExecutionData"]) == ("ERROR", True)  # what failed, with what it was given


def test_concurrency_is_reserved_on_request_since_new_accounts_have_little(
    stack: Recorded, otherwise: Recorded
) -> None:
    kind = "aws:lambda/function:Function"
    reserved = {name: each["reservedConcurrentExecutions"] for name, each in otherwise.of_type(kind).items()}
    assert reserved["spotify-lake-dev-extract"] == 1
    assert all(number > 0 for number in reserved.values())
    assert {each["reservedConcurrentExecutions"] for each in stack.of_type(kind).values()} == {-1}


def test_what_triggers_and_what_hears_tries_for_six_hours(stack: Recorded) -> None:
    """A later start would belong to another day's part; an event that is given up becomes a dead letter."""
    targets = [*stack.of_type("EventTarget").values(), stack.one("Schedule")["target"]]
    kept = [each["retryPolicy"] for each in targets if "retryPolicy" in each]
    assert kept == [{"maximumEventAgeInSeconds": 21_600, "maximumRetryAttempts": 20}] * 3


def test_alerts_and_digests_reach_the_address_that_is_configured(stack: Recorded, otherwise: Recorded) -> None:
    heard = otherwise.of_type("TopicSubscription").values()
    assert {(each["topic"], each["protocol"], each["endpoint"]) for each in heard} == {
        (TOPIC, "email", "me@example.org"),
        (TOPIC.replace("-alerts", "-digest"), "email", "you@example.org"),
    }
    assert not stack.of_type("TopicSubscription")


def test_every_function_logs_at_info_as_lambda_knows_it(stack: Recorded) -> None:
    """Without a level of its own, the log depends on the service's default."""
    for name, each in stack.of_type("aws:lambda/function:Function").items():
        assert each["loggingConfig"]["applicationLogLevel"] == "INFO", name
