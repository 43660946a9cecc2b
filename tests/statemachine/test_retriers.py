"""What is tried again: the same for every state that asks the same service, written out once."""

from __future__ import annotations

import pytest

from functions.shared import errors
from tests.statemachine.definition import definition, tasks

TASKS = tasks(definition())
SERVICE = {
    "lambda": {
        "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException",
        "Lambda.TooManyRequestsException", "Lambda.ClientExecutionTimeoutException", "Lambda.Unknown",
        "Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory",
    },
    "dynamodb": {
        "DynamoDB.ThrottlingException", "DynamoDB.ProvisionedThroughputExceededException",
        "DynamoDB.RequestLimitExceeded", "DynamoDB.InternalServerError", "DynamoDB.SdkClientException",
    },
    "sfn": {"Sfn.ThrottlingException", "Sfn.SfnException", "Sfn.SdkClientException"},
    "s3": {"S3.S3Exception", "S3.SdkClientException"},
    "glue": {
        "Glue.ThrottlingException", "Glue.OperationTimeoutException", "Glue.InternalServiceException",
        "Glue.SdkClientException",
    },
    "athena": {
        "Athena.TooManyRequestsException", "Athena.InternalServerException", "Athena.SdkClientException",
        "Athena.AmazonAthenaException",
    },
    "sns": {
        "SNS.ThrottledException", "SNS.InternalErrorException", "SNS.KmsThrottlingException", "SNS.SdkClientException",
    },
}  # fmt: skip
"""What the service may answer, or fail to, where the same request may succeed a moment later."""
RAISED = {
    "Resolve the run": set[str](),
    "Judge the catalogue": set[str](),
    "Judge the gates": set[str](),
    "Extract": {"StorageUnavailable", "FrontierContended", "SpotifyUnavailable"},
}
"""What a function raises of `Transient`, where it is not StorageUnavailable alone."""


def service(name: str) -> str:
    """Return the service that a state asks."""
    return str(TASKS[name]["Resource"].removeprefix("arn:aws:states:::").removeprefix("aws-sdk:").split(":")[0])


def retried(name: str) -> list[str]:
    """Return the errors that a state tries again, in the order of its retriers."""
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
    """But for what only one of them may meet: what a function raises, a query that failed or cannot succeed."""
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
    """Only the first would count."""
    for name in TASKS:
        assert len(retried(name)) == len(set(retried(name))), name
