"""Errors in the definition that pass locally and fail on AWS, and names that it shares with other folders."""

from __future__ import annotations

import ast
import inspect
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from functions.shared import errors, keys
from infra.rendering.definition import RETRIES, TEMPLATE, RetrierUnknown, fill, placeholders
from local.aws.stepfunctions.expressions import Scope
from tests.statemachine.definition import FUNCTIONS, VALUES, definition, states, tasks
from tests.statemachine.lint import problems

if TYPE_CHECKING:
    from collections.abc import Iterator

MACHINE = definition()
STATES = dict(states(MACHINE))
TASKS = tasks(MACHINE)
CLASSES = {name: each for name, each in vars(errors).items() if inspect.isclass(each)}
TRANSIENT = {name for name, each in CLASSES.items() if issubclass(each, errors.Transient)} - {"Transient"}

COMMON = {"Type", "Comment", "Next", "End", "Assign", "Output"}
FIELDS = {
    "Task": COMMON | {"Resource", "Arguments", "TimeoutSeconds", "Retry", "Catch"},
    "Map": COMMON | {"Items", "MaxConcurrency", "ItemProcessor", "Retry", "Catch"},
    "Choice": {"Type", "Comment", "Choices", "Default", "Assign", "Output"},
    "Wait": COMMON | {"Seconds", "Timestamp"},
    "Pass": COMMON,
    "Succeed": {"Type", "Comment", "Output"},
    "Fail": {"Type", "Comment", "Error", "Cause"},
}
RETRIER = {"ErrorEquals", "IntervalSeconds", "BackoffRate", "MaxDelaySeconds", "MaxAttempts", "JitterStrategy"}
CATCHER = {"ErrorEquals", "Assign", "Output", "Next"}
RULE = {"Condition", "Assign", "Output", "Next"}
# Names that Step Functions, Lambda and the SDK integrations give: an exception of the service's model in Java's SDK,
# or, for what the model does not name, the service's own <Service>Exception. Optimized integrations prefix SDK 1 names.
AWS_NAMES = {
    "States.ALL", "States.Timeout", "States.TaskFailed",
    "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException", "Lambda.ClientExecutionTimeoutException", "Lambda.Unknown",
    "Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory",
    "DynamoDB.ConditionalCheckFailedException", "DynamoDB.ThrottlingException", "DynamoDB.RequestLimitExceeded",
    "DynamoDB.ProvisionedThroughputExceededException", "DynamoDB.InternalServerError", "DynamoDB.SdkClientException",
    "DynamoDB.RequestLimitExceededException", "DynamoDB.InternalServerErrorException",
    "Glue.ThrottlingException", "Glue.OperationTimeoutException", "Glue.InternalServiceException",
    "Glue.SdkClientException", "Glue.GlueException", "Glue.CrawlerRunningException", "Glue.CrawlerStoppingException",
    "Sfn.ThrottlingException", "Sfn.SfnException", "Sfn.SdkClientException",
    "Sfn.ExecutionDoesNotExistException", "Sfn.InvalidArnException", "Sfn.ValidationException",
    "S3.S3Exception", "S3.SdkClientException",
    "SNS.ThrottledException", "SNS.InternalErrorException", "SNS.KMSThrottlingException",
    "SNS.KmsThrottlingException", "SNS.SdkClientException",
    "Athena.TooManyRequestsException", "Athena.InternalServerException", "Athena.InvalidRequestException",
    "Athena.MetadataException", "Athena.ResourceNotFoundException", "States.QueryEvaluationError",
    "States.DataLimitExceeded",
    "Athena.AmazonAthenaException", "Athena.SdkClientException",
}  # fmt: skip


def test_the_linter_finds_nothing() -> None:
    assert problems() == []


def test_every_placeholder_is_filled_and_no_other() -> None:
    assert placeholders(TEMPLATE.read_text()) == set(VALUES)


def test_the_definition_has_at_most_47_states() -> None:
    assert len(STATES) <= 47


def test_the_definition_speaks_jsonata_and_ends_within_a_day() -> None:
    assert (MACHINE["QueryLanguage"], MACHINE["TimeoutSeconds"]) == ("JSONata", 86_400)


def test_state_names_are_plain_sentences() -> None:
    assert [name for name in STATES if not re.fullmatch(r"[A-Z][A-Za-z' ]{2,60}\??", name)] == []


def test_states_stand_in_the_order_they_are_entered() -> None:
    """The file's order is the order of the flow: every state is first reached from a state above it."""
    order = list(MACHINE["States"])
    for place, name in enumerate(order[1:], start=1):
        above = order[:place]
        assert any(name in _following(MACHINE["States"][each]) for each in above), name


def _following(state: dict[str, Any]) -> set[str]:
    ways = [state, *state.get("Choices", []), *state.get("Catch", [])]
    return {way[field] for way in ways for field in ("Next", "Default") if field in way}


def test_fields_are_the_ones_each_type_of_state_has() -> None:
    unknown = {name: set(state) - FIELDS[state["Type"]] for name, state in STATES.items()}
    for name, state in STATES.items():
        for several, allowed in (("Retry", RETRIER), ("Catch", CATCHER), ("Choices", RULE)):
            unknown[name] |= {field for each in state.get(several, []) for field in each} - allowed
    assert {name: fields for name, fields in unknown.items() if fields} == {}


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_time_out_a_retry_and_a_catch(name: str) -> None:
    task, around = TASKS[name], STATES["Find this run's partitions"]
    assert task["TimeoutSeconds"] > 0
    assert task["Retry"]
    caught = task.get("Catch") or (around["Catch"] if name in around["ItemProcessor"]["States"] else [])
    assert [catcher["ErrorEquals"] for catcher in caught].count(["States.ALL"]) == 1


def test_states_all_stands_alone_and_last() -> None:
    for state in STATES.values():
        for several in (state.get("Retry", []), state.get("Catch", [])):
            wild = [index for index, each in enumerate(several) if "States.ALL" in each["ErrorEquals"]]
            assert all(several[index]["ErrorEquals"] == ["States.ALL"] and index == len(several) - 1 for index in wild)


# These names do not tell whether a retry helps: the service's own class stands for refusals and for outages.
UNCLEAR = {
    "Lambda.AWSLambdaException", "Lambda.Unknown", "S3.S3Exception", "Sfn.SfnException", "Athena.AmazonAthenaException",
    "Glue.GlueException", "States.TaskFailed",
}  # fmt: skip


def test_a_retrier_has_one_name_and_every_name_is_used() -> None:
    retriers = json.loads(RETRIES.read_text())
    used = {name for _, state in states(json.loads(TEMPLATE.read_text())) for name in state.get("Retry", [])}
    assert used == set(retriers)
    assert len({json.dumps(each, sort_keys=True) for each in retriers.values()}) == len(retriers)


def test_tasks_of_one_service_are_retried_alike() -> None:
    """The same names in the same order for each service, so that no task lacks a retrier that another has."""
    of_service: dict[str, set[tuple[str, ...]]] = {}
    for _, state in states(json.loads(TEMPLATE.read_text())):
        if state["Type"] == "Task":
            service = state["Resource"].removeprefix("arn:aws:states:::").removeprefix("aws-sdk:").split(":")[0]
            own = [name for name in state["Retry"] if not name.startswith(("storage", "Spotify"))]
            of_service.setdefault(service, set()).add(tuple(own))
    assert {service: len(found) for service, found in of_service.items() if len(found) > 1} == {"athena": 2}
    assert {found[:2] for found in of_service["athena"]} == {("Athena", "Athena, cause unclear")}


def test_a_retrier_that_is_not_in_the_table_is_named() -> None:
    machine = {"States": {"Work": {"Type": "Task", "Retry": ["Lambda", "Lamda"]}}}
    with pytest.raises(RetrierUnknown, match=r"Work: retries\.json has no retrier Lamda"):
        fill(json.dumps(machine), {})


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_a_task_names_its_service_in_the_partition_of_the_stack(partition: str) -> None:
    machine = json.loads(fill(TEMPLATE.read_text(), VALUES, partition))
    tasks = [state["Resource"] for _, state in states(machine) if state["Type"] == "Task"]
    assert [each for each in tasks if not each.startswith(f"arn:{partition}:states:::")] == []
    assert len(tasks) > 20


def test_what_may_be_hopeless_is_tried_again_twice_at_most() -> None:
    """A malformed request and a refusal have the name of the service's own class (test_put_item_invalid_table_name)."""
    for retrier in json.loads(RETRIES.read_text()).values():
        unclear = UNCLEAR & set(retrier["ErrorEquals"])
        assert not unclear or retrier["MaxAttempts"] <= 2, unclear
    assert "DynamoDB.AmazonDynamoDBException" not in RETRIES.read_text()


def test_no_task_sends_what_its_role_has_no_right_for_or_what_old_models_lack() -> None:
    """A query with a catalog needs athena:GetDataCatalog; DescribeExecution has IncludedData only since July 2024.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html has the policy for such a query.
    """
    sent = [
        json.dumps(state["Arguments"]) for _, state in states(json.loads(TEMPLATE.read_text())) if "Arguments" in state
    ]
    assert sent
    assert not [each for each in sent for name in ('"Catalog"', '"IncludedData"') if name in each]


def test_every_retry_grows_to_a_limit_with_full_jitter() -> None:
    for name, task in TASKS.items():
        for retrier in (each for each in task["Retry"] if each["MaxAttempts"] > 0):
            assert retrier["JitterStrategy"] == "FULL", name
            assert retrier.get("BackoffRate", 2) > 1, name
            assert retrier["IntervalSeconds"] <= retrier.get("MaxDelaySeconds", 60) <= 60, name
            assert 1 <= retrier["MaxAttempts"] <= 6, name


def test_error_names_are_exception_classes_or_aws_own() -> None:
    caught = {error for state in STATES.values() for error in _named(state)}
    assert caught - set(CLASSES) - AWS_NAMES == set()


def _named(state: dict[str, Any]) -> Iterator[str]:
    for each in [*state.get("Retry", []), *state.get("Catch", [])]:
        yield from each["ErrorEquals"]


def test_the_state_machine_raises_the_errors_it_is_said_to_raise() -> None:
    raised = {
        way["Assign"]["caught"]["Error"]
        for state in STATES.values()
        for way in [state, *state.get("Choices", []), *state.get("Catch", [])]
        if isinstance(way.get("Assign", {}).get("caught"), dict)
    }
    assert raised == (errors.RAISED_BY_THE_STATE_MACHINE - errors.VERDICTS) | {"{% $verdict.error %}"}


def test_the_audit_refuses_with_the_errors_it_is_said_to() -> None:
    code = "".join(path.read_text() for path in (TEMPLATE.parents[1] / "functions" / "audit").glob("*.py"))
    named = set(re.findall(r'"([A-Z][a-z]+[A-Z][A-Za-z]+)"', code)) & (
        set(vars(errors)) | errors.RAISED_BY_THE_STATE_MACHINE
    )
    assert named == errors.VERDICTS


def test_no_permanent_error_of_ours_is_retried() -> None:
    retried = {
        error
        for task in TASKS.values()
        for each in task["Retry"]
        if each["MaxAttempts"]
        for error in each["ErrorEquals"]
    }
    assert retried & set(CLASSES) == TRANSIENT
    assert "States.ALL" not in retried


def test_only_a_query_is_asked_again_after_any_failure() -> None:
    """`States.TaskFailed` means every error but a time-out: right for a `.sync` task that only reads."""
    wild = {
        name for name, task in TASKS.items() for each in task["Retry"] if "States.TaskFailed" in each["ErrorEquals"]
    }
    assert wild == {"Audit with Athena"}


def test_every_function_that_reads_s3_is_retried_when_storage_is_away() -> None:
    functions = {name: task for name, task in TASKS.items() if task["Resource"].endswith("lambda:invoke")}
    assert {task["Arguments"]["FunctionName"] for task in functions.values()} == set(FUNCTIONS)
    for name, task in functions.items():
        retried = {error for each in task["Retry"] for error in each["ErrorEquals"]}
        assert ("StorageUnavailable" in retried) == (
            name not in {"Resolve the run", "Judge the catalogue", "Judge the gates"}
        ), name


def test_a_task_waits_longer_than_its_function_may_run_and_not_for_ever() -> None:
    """Otherwise Step Functions would call a function again that still runs, or notice late that a response was lost.

    Before a function's own limit, a cold start takes up to 10 seconds
    (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html, "Init phase").
    """
    main = ast.parse((TEMPLATE.parents[1] / "__main__.py").read_text())
    limits = {
        str(call.args[0].value): int(ast.unparse(keyword.value))
        for call in ast.walk(main)
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant)
        for size in call.keywords
        if size.arg == "size" and isinstance(size.value, ast.Call)
        for keyword in size.value.keywords
        if keyword.arg == "timeout_s" and isinstance(keyword.value, ast.Constant)
    }
    waits = [
        (name, task["Arguments"]["FunctionName"], task["TimeoutSeconds"])
        for name, task in TASKS.items()
        if task["Resource"].endswith("lambda:invoke")
    ]
    assert {function for _, function, _ in waits} == set(limits)
    assert [name for name, function, wait in waits if not 20 <= wait - limits[function] <= 60] == []


def test_glue_is_asked_for_four_partitions_at_once_at_most() -> None:
    assert [state["MaxConcurrency"] for state in STATES.values() if state["Type"] == "Map"] == [4]


def test_only_tasks_and_maps_catch() -> None:
    assert {state["Type"] for state in STATES.values() if "Catch" in state or "Retry" in state} == {"Task", "Map"}


def test_waits_take_their_length_from_configuration_and_grow() -> None:
    template = json.loads(TEMPLATE.read_text())
    waits = [state["Seconds"] for _, state in states(template) if state["Type"] == "Wait" and "Seconds" in state]
    assert len(waits) == 2
    assert all("PollSeconds} * " in wait for wait in waits)


@pytest.mark.parametrize(
    ("polls", "seconds"), [(1, {20, 30}), (3, {45, 67}), (4, {67, 80}), (5, {80}), (100_000, {80})]
)
def test_waits_grow_to_four_times_the_first_however_many_there_are(polls: int, seconds: set[int]) -> None:
    """One past the end of the list is nothing: the expression would fail."""
    template = json.loads(TEMPLATE.read_text())
    waits = [state["Seconds"] for _, state in states(template) if state["Type"] == "Wait" and "Seconds" in state]
    scope = Scope({}, {"variables": {"lock_polls": polls, "crawl": {"polls": polls}}})
    assert {scope.value(re.sub(r"\$\{\w+\}", "20", wait), "Seconds") for wait in waits} == seconds


def test_every_fail_tells_the_original_error_and_its_sentence() -> None:
    ends = [state for state in STATES.values() if state["Type"] == "Fail"]
    assert ends == [{"Type": "Fail", "Error": "{% $failure.error %}", "Cause": "{% $failure.cause %}"}]


def test_a_holder_that_waits_for_a_redrive_is_waited_for() -> None:
    (running,) = [each["Condition"] for each in STATES["Does the holder run?"]["Choices"]]
    assert running == "{% $holder_status in ['RUNNING', 'PENDING_REDRIVE'] %}"


def test_locks_are_named_as_the_code_names_them() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    assert set(re.findall(r"'([a-z]+#)'", text)) == {keys.DATE_LOCK}
    named = re.findall(r"lock_id\": \{\"S\": \"([^{\"]+)\"|lock = '([a-z]+)'|\"lock\": \"([a-z]+)\"", text)
    assert {name for names in named for name in names if name} == {keys.LEASE}
