"""TestState answers for JSONata states as AWS does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.cloud import EVERYTHING, role, task

if TYPE_CHECKING:
    from local.embedded import EmbeddedAws

pytestmark = pytest.mark.embedded


@pytest.fixture
def states_role(aws: EmbeddedAws) -> str:
    """A role that may do everything."""
    return role(aws, "states.amazonaws.com", EVERYTHING)


def work(aws: EmbeddedAws, definition: dict[str, Any], data: object = None, **more: Any) -> dict[str, Any]:
    """Test the state Work of a definition and return what comes of it."""
    given = {"definition": json.dumps({"QueryLanguage": "JSONata"} | definition), "stateName": "Work"}
    answer: dict[str, Any] = aws.client("stepfunctions").test_state(
        input=json.dumps(data or {}), inspectionLevel="DEBUG", **given, **more
    )
    return answer


CRAWL = task(
    "aws-sdk:glue:startCrawler",
    {"Name": "{% $crawler %}"},
    Output="{% $states.result.seen %}",
    Assign={"polls": "{% $polls + 1 %}"},
    Retry=[{"ErrorEquals": ["Glue.CrawlerRunningException"], "IntervalSeconds": 15, "MaxAttempts": 2}],
    Catch=[{"ErrorEquals": ["States.ALL"], "Assign": {"failure": "{% $states.errorOutput %}"}, "Next": "Record"}],
)
CRAWL["States"]["Record"] = {"Type": "Succeed"}
VARIABLES = json.dumps({"crawler": "mine", "polls": 1})


def test_a_mocked_result_goes_through_output_and_assign(aws: EmbeddedAws, states_role: str) -> None:
    mock = {"result": json.dumps({"seen": 7}), "fieldValidationMode": "NONE"}
    told = work(aws, CRAWL, mock=mock, variables=VARIABLES, roleArn=states_role)
    inspected = told["inspectionData"]
    assert (told["status"], told["output"]) == ("SUCCEEDED", "7")
    assert json.loads(inspected["afterArguments"]) == {"Name": "mine"}
    assert json.loads(inspected["variables"])["polls"] == 2


@pytest.mark.parametrize(
    ("error", "used", "status"),
    [
        pytest.param("Glue.CrawlerRunningException", 0, "RETRIABLE", id="tried again"),
        pytest.param("Glue.CrawlerRunningException", 2, "CAUGHT_ERROR", id="no attempt left"),
        pytest.param("Glue.EntityNotFoundException", 0, "CAUGHT_ERROR", id="not to be tried again"),
        pytest.param("States.Runtime", 0, "FAILED", id="not to be caught"),
    ],
)
def test_an_error_is_retried_caught_or_the_end(aws: EmbeddedAws, error: str, used: int, status: str) -> None:
    mock = {"errorOutput": {"error": error, "cause": "so"}}
    told = work(aws, CRAWL, mock=mock, variables=VARIABLES, stateConfiguration={"retrierRetryCount": used})
    assert (told["status"], told["error"]) == (status, error)
    if status == "CAUGHT_ERROR":
        assert told["nextState"] == "Record"
        assert json.loads(told["inspectionData"]["variables"])["failure"] == {"Error": error, "Cause": "so"}


def test_a_choice_sees_the_variables_and_the_context(aws: EmbeddedAws) -> None:
    condition = "{% $polls = 1 and $states.context.Execution.RedriveCount = 3 %}"
    choice = {"Type": "Choice", "Choices": [{"Condition": condition, "Next": "A"}], "Default": "B"}
    context = json.dumps({"Execution": {"RedriveCount": 3}})
    told = work(aws, {"States": {"Work": choice}, "StartAt": "Work"}, variables=VARIABLES, context=context)
    assert told["nextState"] == "A"


def test_a_wait_is_not_waited_for(aws: EmbeddedAws) -> None:
    rest = {"Type": "Wait", "Seconds": "{% $states.input.s %}", "Next": "After"}
    assert work(aws, {"States": {"Work": rest}, "StartAt": "Work"}, {"s": 9**9})["nextState"] == "After"


def test_an_undefined_value_is_an_error(aws: EmbeddedAws) -> None:
    passes = {"Type": "Pass", "Output": "{% $states.input.missing %}", "End": True}
    told = work(aws, {"States": {"Work": passes}, "StartAt": "Work"})
    assert (told["status"], told["error"]) == ("FAILED", "States.QueryEvaluationError")


def test_a_map_needs_a_mock_and_its_error_is_its_own(aws: EmbeddedAws) -> None:
    states = aws.client("stepfunctions")
    item = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    each = {"Type": "Map", "Items": "{% $states.input %}", "ItemProcessor": item, "End": True}
    definition = {"States": {"Work": each}, "StartAt": "Work"}
    with pytest.raises(states.exceptions.ValidationException, match="needs a mock"):
        work(aws, definition, [1])
    told = work(aws, definition, [1], mock={"result": "[2]"})
    assert (told["output"], json.loads(told["inspectionData"]["afterItemsPath"])) == ("[2]", [1])
