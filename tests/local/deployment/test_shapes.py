"""Pulumi's inputs are converted to boto3's shapes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.model import ServiceModel
from hypothesis import given, settings
from hypothesis import strategies as st

from local.deployment.errors import WrongInput
from local.deployment.shapes import to_shape


def shaped(service: str, operation: str, inputs: dict[str, Any]) -> dict[str, Any]:
    client: Any = boto3.client(
        service,  # type: ignore[call-overload]  # the stubs want a literal
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    return to_shape(client, operation, inputs)


@pytest.mark.parametrize(
    ("service", "operation", "inputs", "expected"),
    [
        pytest.param("lambda", "CreateFunction", {"memorySize": 512.0}, {"MemorySize": 512}, id="float to integer"),
        pytest.param("lambda", "CreateFunction", {"timeout": None}, {}, id="an absent input is left out"),
        pytest.param(
            "lambda",
            "CreateFunction",
            {"environment": {"variables": {"keep_This": "a"}}},
            {"Environment": {"Variables": {"keep_This": "a"}}},
            id="a map's keys stay",
        ),
        pytest.param(
            "lambda",
            "CreateFunction",
            {"tracingConfig": [{"mode": "Active"}]},
            {"TracingConfig": {"Mode": "Active"}},
            id="a list of one is a structure",
        ),
        pytest.param("sqs", "CreateQueue", {"queueName": "q"}, {"QueueName": "q"}, id="camel case to the API's"),
        pytest.param(
            "s3",
            "PutBucketEncryption",
            {"serverSideEncryptionConfiguration": {"rules": {"bucketKeyEnabled": "true"}}},
            {"ServerSideEncryptionConfiguration": {"Rules": [{"BucketKeyEnabled": True}]}},
            id="one item is a list, true in text is true",
        ),
        pytest.param(
            "kms",
            "CreateKey",
            {"tags": {"stack": "dev"}},
            {"Tags": [{"TagKey": "stack", "TagValue": "dev"}]},
            id="tags become the service's pairs",
        ),
        pytest.param(
            "sqs", "CreateQueue", {"tags": {"stack": "dev"}}, {"tags": {"stack": "dev"}}, id="tags stay where AWS maps"
        ),
        pytest.param(
            "budgets",
            "CreateBudget",
            {"budget": {"budgetLimit": {"amount": 10.0}}},
            {"Budget": {"BudgetLimit": {"Amount": "10"}}},
            id="a whole number as text",
        ),
    ],
)
def test_inputs_take_the_shape_of_the_call(
    service: str, operation: str, inputs: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert shaped(service, operation, inputs) == expected


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        pytest.param({"memorySise": 1}, "CreateFunction has no member for 'memorySise'", id="a misspelt name"),
        pytest.param({"memorySize": 1.5}, "CreateFunction.MemorySize is 1.5; expected a whole number", id="a fraction"),
        pytest.param({"memorySize": "much"}, "expected a whole number", id="text for a number"),
        pytest.param({"environment": "A=1"}, "CreateFunction.Environment is 'A=1'; expected an object", id="no object"),
        pytest.param({"handler": {"a": 1}}, "CreateFunction.Handler is {'a': 1}; expected a string", id="no text"),
    ],
)
def test_what_does_not_fit_is_an_error_with_its_place(inputs: dict[str, Any], sentence: str) -> None:
    with pytest.raises(WrongInput) as error:
        shaped("lambda", "CreateFunction", inputs)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("operation", "inputs", "sentence"),
    [
        ("Stop", {"b": 1, "a": 2}, "Stop takes no parameters, found ['a', 'b']."),
        ("Start", {"none": 1}, "Start has no member for 'none'; it has ['Age', 'Zone']."),
        ("Start", 1, "Start is 1; expected an object with members of ['Age', 'Zone']."),
    ],
)
def test_an_error_lists_the_names_in_the_order_of_the_alphabet(operation: str, inputs: Any, sentence: str) -> None:
    """They are found there more easily than in the order of the service's description."""
    members = {"Zone": {"shape": "Text"}, "Age": {"shape": "Text"}}
    service = ServiceModel(
        {
            "operations": {"Stop": {}, "Start": {"input": {"shape": "Input"}}},
            "shapes": {"Input": {"type": "structure", "members": members}, "Text": {"type": "string"}},
        }
    )
    client: Any = SimpleNamespace(meta=SimpleNamespace(service_model=service))
    with pytest.raises(WrongInput) as error:
        to_shape(client, operation, inputs)
    assert str(error.value) == sentence


WHOLE = st.integers(min_value=-(2**53), max_value=2**53)


@settings(max_examples=10)
@given(WHOLE)
def test_a_whole_number_survives_its_way_through_a_float(number: int) -> None:
    _survives(number)


@pytest.mark.slow
@given(WHOLE)
def test_every_whole_number_survives_its_way_through_a_float(number: int) -> None:
    _survives(number)


def _survives(number: int) -> None:
    client: Any = boto3.client("lambda", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    assert to_shape(client, "CreateFunction", {"timeout": float(number)})["Timeout"] == number
