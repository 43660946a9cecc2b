"""Retries are the same for every state that calls the same service, and are written once."""

from __future__ import annotations

import json
import re

import pytest

from functions.shared import errors
from infra.rendering.definition import RETRIES
from tests.statemachine.definition import definition, tasks

TASKS = tasks(definition())
TABLE = json.loads(RETRIES.read_text())
SERVICE = {
    "lambda": {
        "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException", "Lambda.ClientExecutionTimeoutException", "Lambda.Unknown",
        "Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory",
    },
    "dynamodb": {
        "DynamoDB.ThrottlingException", "DynamoDB.ProvisionedThroughputExceededException",
        "DynamoDB.RequestLimitExceeded", "DynamoDB.InternalServerError", "DynamoDB.SdkClientException",
        "DynamoDB.RequestLimitExceededException", "DynamoDB.InternalServerErrorException",
    },
    "sfn": {"Sfn.ThrottlingException", "Sfn.SfnException", "Sfn.SdkClientException"},
    "s3": {"S3.S3Exception", "S3.SdkClientException"},
    "glue": {
        "Glue.ThrottlingException", "Glue.OperationTimeoutException", "Glue.InternalServiceException",
        "Glue.SdkClientException", "Glue.GlueException",
    },
    "athena": {
        "Athena.TooManyRequestsException", "Athena.InternalServerException", "Athena.SdkClientException",
        "Athena.AmazonAthenaException",
    },
    "sns": {
        "SNS.ThrottledException", "SNS.InternalErrorException", "SNS.KmsThrottlingException", "SNS.SdkClientException",
        "SNS.KMSThrottlingException",
    },
}  # fmt: skip
"""Errors of a service after which the same request may succeed a moment later.

A throttled GetCrawler (https://github.com/apache/airflow/issues/23475) has the name of Glue's own class where Step
Functions' SDK does not know ThrottlingException: none of the four actions declares it (botocore's model of Glue).
"""
RAISED = {
    "Resolve the run": set[str](),
    "Judge the catalogue": set[str](),
    "Judge the gates": set[str](),
    "Extract": {"StorageUnavailable", "FrontierContended", "SpotifyUnavailable"},
}
"""The errors of `Transient` that a function raises, other than StorageUnavailable."""


def service(name: str) -> str:
    """Return the service that a state calls."""
    return str(TASKS[name]["Resource"].removeprefix("arn:aws:states:::").removeprefix("aws-sdk:").split(":")[0])


def retried(name: str) -> list[str]:
    """Return the errors that a state retries, in the order of its retriers."""
    return [error for retrier in TASKS[name]["Retry"] for error in retrier["ErrorEquals"]]


@pytest.mark.parametrize("name", TASKS)
def test_a_state_tries_again_whatever_its_service_may_recover_from(name: str) -> None:
    assert SERVICE[service(name)] - set(retried(name)) == set()
    assert "States.Timeout" in retried(name)


@pytest.mark.parametrize("name", [name for name in TASKS if service(name) == "lambda"])
def test_a_state_tries_again_what_its_function_says_is_transient_and_nothing_else_it_raises(name: str) -> None:
    raised = {each for each in retried(name) if hasattr(errors, each)}
    assert raised == RAISED.get(name, {"StorageUnavailable"})
    assert all(issubclass(getattr(errors, each), errors.Transient) for each in raised)


@pytest.mark.parametrize("kind", sorted(SERVICE))
def test_all_states_of_a_service_have_the_same_retriers_in_the_same_order(kind: str) -> None:
    """The exceptions are errors of one state only: of its function, or of a query that failed or cannot succeed."""
    own = {
        "StorageUnavailable", "FrontierContended", "SpotifyUnavailable", "States.TaskFailed",
        "Athena.InvalidRequestException",
    }  # fmt: skip
    found = [
        [retrier for retrier in TASKS[name]["Retry"] if not own & set(retrier["ErrorEquals"])]
        for name in TASKS
        if service(name) == kind
    ]
    assert found
    assert all(each == found[0] for each in found)


def test_no_error_is_named_in_two_retriers_of_a_state() -> None:
    """Only the first of them would count."""
    for name in TASKS:
        assert len(retried(name)) == len(set(retried(name))), name


LASTS_S = {
    "Lambda": 122, "Step Functions": 122, "Glue": 122, "Athena": 122,
    "DynamoDB": 51, "S3": 51, "SNS": 51,
    "storage": 75, "storage and frontier": 75, "Spotify": 60, "a query that failed": 30, "Athena, never": 0,
    **dict.fromkeys((name for name in TABLE if name.endswith("cause unclear")), 15),
}  # fmt: skip
"""The seconds for which each retrier continues, if every wait is the longest that jitter allows.

Two minutes if a service throttles starts of much work at once, under one minute if others wait for the result (a lock,
a row of the ledger, an alert), and half a minute if a retry may be useless.
"""


def _waits_s(retrier: dict[str, float]) -> float:
    tries = range(int(retrier["MaxAttempts"]))
    grown = [retrier["IntervalSeconds"] * retrier.get("BackoffRate", 2) ** number for number in tries]
    return sum(min(wait, retrier.get("MaxDelaySeconds", 60)) for wait in grown)


def test_a_state_tries_again_as_long_as_its_service_may_need_and_no_longer() -> None:
    assert {name: _waits_s(retrier) for name, retrier in TABLE.items()} == LASTS_S


def test_what_is_only_throttled_or_away_is_tried_again_six_times() -> None:
    """docs/decisions/0114-retries-in-one-table.md; the `cause unclear` are in test_contracts."""
    clear = [TABLE[name]["MaxAttempts"] for name in LASTS_S if LASTS_S[name] in {51, 122}]
    assert clear == [6] * 7


def test_a_query_that_cannot_succeed_is_not_asked_again() -> None:
    """Each of these errors is also a `States.TaskFailed`, which the next retrier would retry."""
    hopeless = {
        "Athena.InvalidRequestException", "Athena.MetadataException", "Athena.ResourceNotFoundException",
        "States.QueryEvaluationError", "States.DataLimitExceeded",
    }  # fmt: skip
    never, failed = TASKS["Audit with Athena"]["Retry"][-2:]
    assert (never["MaxAttempts"], set(never["ErrorEquals"])) == (0, hopeless)
    assert failed["ErrorEquals"] == ["States.TaskFailed"]


def test_spotify_is_asked_again_once_after_a_minute_at_most() -> None:
    """Extract itself has retried by then: another call costs the day's requests."""
    assert (TABLE["Spotify"]["MaxAttempts"], TABLE["Spotify"]["IntervalSeconds"]) == (1, 60)


def test_a_request_of_a_service_is_waited_for_as_long_as_it_may_be_slow() -> None:
    """Half a minute at least; and with every try of its first retrier it has failed within ten minutes."""
    for name, task in TASKS.items():
        if service(name) == "lambda" or name == "Audit with Athena":
            continue
        first = task["Retry"][0]
        assert task["TimeoutSeconds"] >= 30, name
        assert task["TimeoutSeconds"] * (1 + first["MaxAttempts"]) + _waits_s(first) <= 600, name


WAITS_S = {
    **dict.fromkeys((name for name in TASKS if service(name) != "lambda"), 30),
    "Read what was observed": 60, "Audit with Athena": 600,
    "Resolve the run": 90, "Judge the catalogue": 90, "Judge the gates": 90, "Publish": 120, "Send the digest": 150,
    "Write the report": 200, "Write the report of the failure": 200, "Freeze the inputs": 360,
    "Extract": 960, "Transform": 960, "Sweep": 960,
}  # fmt: skip
"""The seconds after which each task is given up: for a function's, test_contracts has the bounds.

The audit may wait in Athena's queue, but not for the 30 minutes after which Athena ends a DML query
(https://docs.aws.amazon.com/athena/latest/ug/service-limits.html).
"""


def test_a_task_is_given_up_after_its_time() -> None:
    assert {name: task["TimeoutSeconds"] for name, task in TASKS.items()} == WAITS_S


def test_a_lock_outlives_the_execution_that_holds_it() -> None:
    """An execution may last its TimeoutSeconds after it took the lock, and DynamoDB deletes what has expired."""
    written = [task["Arguments"] for name, task in TASKS.items() if "expires_at" in json.dumps(task["Arguments"])]
    lives = [int(found) for each in written for found in re.findall(r"1000\) \+ (\d+)", json.dumps(each))]
    assert len(lives) == len(written) == 2
    assert all(life == 2 * definition()["TimeoutSeconds"] for life in lives)
