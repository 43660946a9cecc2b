"""Checks of the table's rows about Step Functions."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.aws.conformance.calling import refused
from tests.local.cloud import allow, function, machine, new_name, role, run, task, wait

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

STATES = "states.amazonaws.com"
Json = dict[str, Any]


def _events(aws: EmbeddedAws, ended: Json) -> list[Json]:
    found: list[Json] = aws.client("stepfunctions").get_execution_history(
        executionArn=ended["executionArn"], maxResults=1000
    )["events"]
    return found


def _kinds(aws: EmbeddedAws, ended: Json) -> list[str]:
    return [event["type"] for event in _events(aws, ended)]


def _one(aws: EmbeddedAws, ended: Json, kind: str) -> Json:
    (event,) = [each for each in _events(aws, ended) if each["type"] == kind]
    details: Json = next(value for name, value in event.items() if name.endswith("EventDetails"))
    return details


def _pass(**fields: Any) -> Json:
    return {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True, **fields}}}


def _map(processor: Json, items: str = "[1, 2]", most: int = 1, **more: Any) -> Json:
    """Return a machine of one Map over `items`."""
    each = {"Type": "Map", "Items": f"{{% {items} %}}", "MaxConcurrency": most, "ItemProcessor": processor}
    return {"StartAt": "Each", "States": {"Each": {**each, **({} if "Next" in more else {"End": True}), **more}}}


def _invoke(aws: EmbeddedAws, code: str, **more: Any) -> Json:
    return task("lambda:invoke", {"FunctionName": function(aws, code), "Payload": {"x": 1}}, **more)


def _caught(definition: Json, name: str = "States.ALL") -> Json:
    """Return the machine with a Catch that leads to a state of its own."""
    state = next(iter(definition["States"].values()))
    state["Catch"] = [{"ErrorEquals": [name], "Next": "Caught"}]
    definition["States"]["Caught"] = {"Type": "Pass", "End": True}
    return definition


def _created(aws: EmbeddedAws, definition: Json | str) -> str:
    """Return the message with which a definition is refused."""
    text = definition if isinstance(definition, str) else json.dumps({"QueryLanguage": "JSONata", **definition})
    with pytest.raises(ClientError) as refusal:
        aws.client("stepfunctions").create_state_machine(
            name=new_name("machine"), definition=text, roleArn=role(aws, STATES)
        )
    assert refusal.value.response["Error"]["Code"] == "InvalidDefinition"
    return refusal.value.response["Error"]["Message"]


# Histories.


def map_tells_of_each_iteration(aws: EmbeddedAws) -> None:
    ended = run(aws, _map(_pass()))
    inner = ["MapIterationStarted", "PassStateEntered", "PassStateExited", "MapIterationSucceeded"]
    around = ["ExecutionStarted", "MapStateEntered", "MapStateStarted"]
    assert _kinds(aws, ended) == around + inner * 2 + ["MapStateSucceeded", "MapStateExited", "ExecutionSucceeded"]
    assert _one(aws, ended, "MapStateStarted") == {"length": 2}


def each_event_names_the_one_it_follows(aws: EmbeddedAws) -> None:
    events = _events(aws, run(aws, _map(_pass())))
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert [event["previousEventId"] for event in events] == [0, 0, 2, 3, 4, 5, 6, 6, 8, 9, 10, 11, 11, 13]


def iterations_at_once_follow_their_own_events(aws: EmbeddedAws) -> None:
    slow = function(aws, "import time\ndef handler(event, context): time.sleep(event['i'])")
    call = task("lambda:invoke", {"FunctionName": slow, "Payload": {"i": "{% $states.input / 2 %}"}})
    events = _events(aws, run(aws, _map(call, most=2)))
    by_id = {event["id"]: event for event in events}
    for event in events:
        if event["type"] == "TaskSucceeded":
            line = [event]
            while line[-1]["type"] != "MapIterationStarted":
                line.append(by_id[line[-1]["previousEventId"]])
            kinds = [each["type"] for each in line]
            assert kinds == ["TaskSucceeded", "TaskStarted", "TaskScheduled", "TaskStateEntered", "MapIterationStarted"]
            index = line[-1]["mapIterationStartedEventDetails"]["index"]
            assert line[3]["stateEnteredEventDetails"]["input"] == str(index + 1)
    entered = [event["id"] for event in events if event["type"] == "TaskStateEntered"]
    assert max(entered) < min(event["id"] for event in events if event["type"] == "TaskSucceeded")


def failed_iteration_fails_its_map(aws: EmbeddedAws) -> None:
    fails = {"StartAt": "Stop", "States": {"Stop": {"Type": "Fail", "Error": "No", "Cause": "Why"}}}
    ended = run(aws, _caught(_map(fails, items="[1]")))
    events = _events(aws, ended)
    told = [(event["type"], event["previousEventId"]) for event in events[4:8]]
    assert told == [
        ("FailStateEntered", 4),
        ("MapIterationFailed", 5),
        ("MapStateFailed", 5),
        ("MapStateExited", 7),
    ]
    assert json.loads(ended["output"]) == {"Error": "No", "Cause": "Why"}


def task_events_name_service_action_and_parameters(aws: EmbeddedAws) -> None:
    ended = run(aws, _invoke(aws, "def handler(event, context): return 5", TimeoutSeconds=20))
    names = {"resourceType": "lambda", "resource": "invoke"}
    scheduled = _one(aws, ended, "TaskScheduled")
    assert json.loads(scheduled.pop("parameters"))["Payload"] == {"x": 1}
    assert scheduled == {**names, "region": aws.region, "timeoutInSeconds": 20}
    assert _one(aws, ended, "TaskStarted") == names
    succeeded = _one(aws, ended, "TaskSucceeded")
    assert json.loads(succeeded["output"])["Payload"] == 5
    assert {name: succeeded[name] for name in names} == names


def sdk_task_names_its_service(aws: EmbeddedAws) -> None:
    ended = run(aws, task("aws-sdk:glue:getDatabases", {}))
    scheduled = _one(aws, ended, "TaskScheduled")
    assert (scheduled["resourceType"], scheduled["resource"]) == ("aws-sdk:glue", "getDatabases")


def sync_task_tells_that_it_was_submitted(aws: EmbeddedAws) -> None:
    bucket = new_name("results")
    aws.client("s3").create_bucket(Bucket=bucket)
    query = {"QueryString": "SELECT 1", "ResultConfiguration": {"OutputLocation": f"s3://{bucket}/"}}
    ended = run(aws, task("athena:startQueryExecution.sync", query))
    kinds = _kinds(aws, ended)
    assert kinds[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    assert "QueryExecutionId" in json.loads(_one(aws, ended, "TaskSubmitted")["output"])


def exit_tells_the_assigned_variables(aws: EmbeddedAws) -> None:
    ended = run(aws, _pass(Assign={"x": 42, "items": [1, 2]}))
    left = _one(aws, ended, "PassStateExited")
    assert left["assignedVariables"] == {"x": "42", "items": "[1,2]"}
    assert left["assignedVariablesDetails"] == {"truncated": False}


def events_tell_that_texts_are_whole(aws: EmbeddedAws) -> None:
    ended = run(aws, _pass(), {"x": 1})
    for kind, name in (
        ("ExecutionStarted", "input"), ("PassStateEntered", "input"), ("PassStateExited", "output"),
        ("ExecutionSucceeded", "output"),
    ):  # fmt: skip
        told = _one(aws, ended, kind)
        assert (json.loads(told[name]), told[f"{name}Details"]) == ({"x": 1}, {"truncated": False})


def texts_are_json_without_blanks(aws: EmbeddedAws) -> None:
    ended = run(aws, _pass(Output={"a": [1, 2], "b": "ä"}))
    assert ended["output"] == _one(aws, ended, "PassStateExited")["output"] == '{"a":[1,2],"b":"ä"}'


# Expressions.


def condition_that_is_not_a_boolean(aws: EmbeddedAws) -> None:
    states = {
        "Judge": {"Type": "Choice", "Choices": [{"Condition": "{% 'yes' %}", "Next": "Done"}], "Default": "Done"},
        "Done": {"Type": "Succeed"},
    }
    assert run(aws, {"StartAt": "Judge", "States": states})["error"] == "States.QueryEvaluationError"


def undefined_in_arguments(aws: EmbeddedAws) -> None:
    ended = run(aws, task("lambda:invoke", {"FunctionName": "f", "Payload": "{% $nope %}"}))
    cause = (
        "An error occurred while executing the state 'Work' (entered at the event id #2). The JSONata expression "
        "'$nope' specified for the field 'Arguments/Payload' returned nothing (undefined)."
    )
    assert (ended["error"], ended["cause"]) == ("States.QueryEvaluationError", cause)
    assert _one(aws, ended, "EvaluationFailed") == {
        "error": "States.QueryEvaluationError",
        "cause": cause,
        "location": "Arguments/Payload",
        "state": "Work",
    }
    assert "TaskScheduled" not in _kinds(aws, ended)


def undefined_in_output(aws: EmbeddedAws) -> None:
    ended = run(aws, _pass(Output={"result": "{% $nope %}"}))
    assert ended["error"] == "States.QueryEvaluationError"
    assert _one(aws, ended, "EvaluationFailed")["location"] == "Output/result"
    assert _events(aws, ended)[2]["previousEventId"] == 0


def expression_that_throws(aws: EmbeddedAws) -> None:
    ended = run(aws, _pass(Output="{% $nope(1) %}"))
    assert ended["error"] == "States.QueryEvaluationError"
    assert "threw an error during evaluation. T1006: Attempted to invoke a non-function" in ended["cause"]


def items_that_are_no_array(aws: EmbeddedAws) -> None:
    ended = run(aws, _map(_pass(), items="1"))
    assert ended["error"] == "States.QueryEvaluationError"
    assert "returned an unexpected result type. Expected 'array', but was 'number' for value: 1" in ended["cause"]


def range_of_one(aws: EmbeddedAws) -> None:
    assert [run(aws, _pass(Output=f"{{% $range(1, {last}, 2) %}}"))["output"] for last in (1, 3)] == ["1", "[1,3]"]


def assign_sees_the_old_values(aws: EmbeddedAws) -> None:
    states = {
        "Set": {"Type": "Pass", "Assign": {"a": 1, "b": 2}, "Next": "Swap"},
        "Swap": {"Type": "Pass", "Assign": {"a": "{% $b %}", "b": "{% $a %}"}, "Next": "Tell"},
        "Tell": {"Type": "Pass", "Output": "{% [$a, $b] %}", "End": True},
    }
    assert run(aws, {"StartAt": "Set", "States": states})["output"] == "[2,1]"


def variables_of_an_iteration_stay_inside(aws: EmbeddedAws) -> None:
    each = _map(_pass(Assign={"kept": "inside"}), Next="Tell")["States"]["Each"]
    states = {
        "Set": {"Type": "Pass", "Assign": {"kept": "outside"}, "Next": "Each"},
        "Each": each,
        "Tell": {"Type": "Pass", "Output": "{% $kept %}", "End": True},
    }
    assert run(aws, {"StartAt": "Set", "States": states})["output"] == '"outside"'


def default_of_a_choice_has_its_output(aws: EmbeddedAws) -> None:
    rule = {"Condition": "{% $states.input.x = 2 %}", "Output": "rule", "Next": "Done"}
    judge = {"Type": "Choice", "Choices": [rule], "Default": "Done", "Output": "default"}
    machine_of = {"StartAt": "Judge", "States": {"Judge": judge, "Done": {"Type": "Succeed"}}}
    assert [run(aws, machine_of, {"x": x})["output"] for x in (1, 2)] == ['"default"', '"rule"']


def fail_without_an_error(aws: EmbeddedAws) -> None:
    ended = run(aws, {"StartAt": "Stop", "States": {"Stop": {"Type": "Fail", "Cause": "Why"}}})
    assert (ended["status"], ended["cause"], "error" in ended) == ("FAILED", "Why", False)


# Limits and time.


def oversized_result_is_caught(aws: EmbeddedAws) -> None:
    ended = run(aws, _caught(_invoke(aws, "def handler(event, context): return 'x' * 262_200")))
    assert json.loads(ended["output"]) == {
        "Error": "States.DataLimitExceeded",
        "Cause": "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service"
        " limit.",
    }


def oversized_output_of_a_pass(aws: EmbeddedAws) -> None:
    sizes = [262_142, 262_143]  # and two quotes
    ended = [run(aws, _pass(Output=f"{{% $pad('', {size}, 'x') %}}")) for size in sizes]
    assert [each.get("error") for each in ended] == [None, "States.DataLimitExceeded"]


def oversized_input(aws: EmbeddedAws) -> None:
    start, arn = aws.client("stepfunctions").start_execution, machine(aws, _pass())
    assert start(stateMachineArn=arn, input=json.dumps("x" * 262_142))
    assert refused(start, stateMachineArn=arn, input=json.dumps("x" * 262_143)) == (400, "InvalidExecutionInput")


def name_with_a_colon(aws: EmbeddedAws) -> None:
    start, arn = aws.client("stepfunctions").start_execution, machine(aws, _pass())
    assert refused(start, stateMachineArn=arn, name="daily-06:00") == (400, "InvalidName")
    assert refused(start, stateMachineArn=arn, name="x" * 81) == (400, "InvalidName")


def same_start_twice(aws: EmbeddedAws) -> None:
    start = aws.client("stepfunctions").start_execution
    arn = machine(aws, {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 5000, "End": True}}})
    first, second = (start(stateMachineArn=arn, name="once", input='{"a":1}')["executionArn"] for _ in range(2))
    assert first == second
    assert refused(start, stateMachineArn=arn, name="once", input='{"a":2}') == (400, "ExecutionAlreadyExists")
    aws.client("stepfunctions").stop_execution(executionArn=first)


def task_that_times_out(aws: EmbeddedAws) -> None:
    slow = "import time\ndef handler(event, context): time.sleep(3)"
    ended = run(aws, _caught(_invoke(aws, slow, TimeoutSeconds=1)))
    assert json.loads(ended["output"]) == {"Error": "States.Timeout", "Cause": ""}
    names = {"resourceType": "lambda", "resource": "invoke"}
    assert _one(aws, ended, "TaskTimedOut") == {"error": "States.Timeout", **names}
    assert "TaskFailed" not in _kinds(aws, ended)


def time_out_as_an_expression(aws: EmbeddedAws) -> None:
    slow = "import time\ndef handler(event, context): time.sleep(3)"
    ended = run(aws, _invoke(aws, slow, TimeoutSeconds="{% $states.input.s %}"), {"s": 1})
    assert ended["error"] == "States.Timeout"
    assert _one(aws, ended, "TaskScheduled")["timeoutInSeconds"] == 1


def execution_that_times_out(aws: EmbeddedAws) -> None:
    slow = "import time\ndef handler(event, context): time.sleep(3)"
    ended = run(aws, _caught(_invoke(aws, slow)) | {"TimeoutSeconds": 1})
    assert (ended["status"], _kinds(aws, ended)[-1]) == ("TIMED_OUT", "ExecutionTimedOut")


def stop_passes_every_catch(aws: EmbeddedAws) -> None:
    slow = "import time\ndef handler(event, context): time.sleep(1); raise ValueError"
    states = aws.client("stepfunctions")
    arn = states.start_execution(stateMachineArn=machine(aws, _caught(_invoke(aws, slow))))["executionArn"]
    time.sleep(0.3)
    states.stop_execution(executionArn=arn, error="ByHand")
    time.sleep(1.5)
    ended = states.describe_execution(executionArn=arn)
    assert (ended["status"], ended["error"]) == ("ABORTED", "ByHand")
    last = _events(aws, ended)[-1]
    assert (last["type"], last["previousEventId"]) == ("ExecutionAborted", 0)


def redrive_goes_on_at_the_failed_state(aws: EmbeddedAws, tmp_path: Any) -> None:
    mended = tmp_path / "mended"
    code = f"""
from pathlib import Path
def handler(event, context):
    if not Path("{mended}").exists():
        raise ValueError("Mend it first.")
    return event
"""
    work = _invoke(aws, code)["States"]["Work"]
    work["Arguments"]["Payload"] = {"in": "{% $states.input %}", "kept": "{% $kept %}"}
    states = {"Set": {"Type": "Pass", "Output": "here", "Assign": {"kept": 7}, "Next": "Work"}, "Work": work}
    failed = run(aws, {"StartAt": "Set", "States": states})
    mended.touch()
    aws.client("stepfunctions").redrive_execution(executionArn=failed["executionArn"])
    ended = wait(aws, failed["executionArn"])
    assert json.loads(ended["output"])["Payload"] == {"in": "here", "kept": 7}
    assert (ended["redriveCount"], _kinds(aws, ended).count("PassStateEntered")) == (1, 1)


def redrive_of_a_fail_state_fails_again(aws: EmbeddedAws) -> None:
    failed = run(aws, {"StartAt": "Stop", "States": {"Stop": {"Type": "Fail", "Error": "GateFailed"}}})
    aws.client("stepfunctions").redrive_execution(executionArn=failed["executionArn"])
    again = wait(aws, failed["executionArn"])
    assert (again["status"], again["error"], again["redriveCount"]) == ("FAILED", "GateFailed", 1)


def wait_until_a_timestamp_without_zone(aws: EmbeddedAws) -> None:
    for instant in ("2016-12-05T21:29:29", "2016-12-05 21:29:29Z", "2016-13-05T21:29:29Z", "2020-01-01"):
        rest = {"Type": "Wait", "Timestamp": f"{{% '{instant}' %}}", "End": True}
        ended = run(aws, {"StartAt": "Rest", "States": {"Rest": rest}})
        assert ended["error"] == "States.QueryEvaluationError"
        assert ended["cause"].endswith(
            f"The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {instant}"
        )


def wait_until_a_timestamp_with_fractions(aws: EmbeddedAws) -> None:
    instant = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.123456789Z"
    rest = {"Type": "Wait", "Timestamp": f"{{% '{instant}' %}}", "End": True}
    assert run(aws, {"StartAt": "Rest", "States": {"Rest": rest}})["status"] == "SUCCEEDED"


# Errors.


def states_all_catches_no_runtime_error(aws: EmbeddedAws) -> None:
    unsupported = task("aws-sdk:neptune:describeDBClusters", {})
    ended = run(aws, _caught(unsupported))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")


def task_failed_is_every_error_but_a_time_out(aws: EmbeddedAws) -> None:
    again = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    broken = run(aws, _invoke(aws, "def handler(event, context): raise ValueError", Retry=again))
    slow = "import time\ndef handler(event, context): time.sleep(3)"
    late = run(aws, _invoke(aws, slow, Retry=again, TimeoutSeconds=1))
    assert [_kinds(aws, ended).count("TaskScheduled") for ended in (broken, late)] == [2, 1]


def error_of_a_function_is_its_exception(aws: EmbeddedAws) -> None:
    code = "class PremiumLapsed(Exception): pass\ndef handler(event, context): raise PremiumLapsed('Pay.')"
    ended = run(aws, _invoke(aws, code))
    cause = json.loads(ended["cause"])
    assert (ended["error"], cause["errorType"], cause["errorMessage"]) == ("PremiumLapsed", "PremiumLapsed", "Pay.")
    assert {"requestId", "stackTrace"} <= set(cause)


def denied_sdk_task(aws: EmbeddedAws) -> None:
    ended = run(aws, task("aws-sdk:glue:startCrawler", {"Name": "c"}), role_arn=role(aws, STATES))
    assert ended["error"] == "Glue.AccessDeniedException"


def denied_describe_execution(aws: EmbeddedAws) -> None:
    arn = "arn:aws:states:us-east-1:123456789012:execution:a:b"
    ended = run(aws, task("aws-sdk:sfn:describeExecution", {"ExecutionArn": arn}), role_arn=role(aws, STATES))
    assert ended["error"] == "Sfn.SfnException"


def denied_function(aws: EmbeddedAws) -> None:
    ended = run(aws, _invoke(aws, "def handler(event, context): pass"), role_arn=role(aws, STATES))
    assert ended["error"] == "Lambda.AWSLambdaException"


def role_that_states_may_not_assume(aws: EmbeddedAws) -> None:
    trusted = role(aws, STATES, allow("*", "*"))
    arn = machine(aws, _invoke(aws, "def handler(event, context): pass"), trusted)
    nobody = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"}, "Action": "*"}]}
    aws.client("iam").update_assume_role_policy(RoleName=trusted.rsplit("/", 1)[-1], PolicyDocument=json.dumps(nobody))
    ended = wait(aws, aws.client("stepfunctions").start_execution(stateMachineArn=arn)["executionArn"])
    assert (ended["status"], "assume the provided role" in ended["cause"]) == ("FAILED", True)


def malformed_execution_arn(aws: EmbeddedAws) -> None:
    describe = aws.client("stepfunctions").describe_execution
    assert refused(describe, executionArn="nobody") == (400, "InvalidArn")
    gone = "arn:aws:states:us-east-1:123456789012:execution:a:b"
    assert refused(describe, executionArn=gone) == (400, "ExecutionDoesNotExist")
    history = aws.client("stepfunctions").get_execution_history
    assert refused(history, executionArn="nobody") == (400, "InvalidArn")


# S3's tasks.


def s3_task_stores_json(aws: EmbeddedAws) -> None:
    bucket, s3 = new_name("bucket"), aws.client("s3")
    s3.create_bucket(Bucket=bucket)
    for body, stored in (({"a": "ä"}, '{"a":"ä"}'), (["a", 1], '["a",1]'), ("text", '"text"'), (0, "0")):
        ended = run(aws, task("aws-sdk:s3:putObject", {"Bucket": bucket, "Key": "k", "Body": body}))
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read().decode() == stored
    told = json.loads(ended["output"])
    assert set(told) == {"ETag", "ChecksumCRC32", "ChecksumType", "ServerSideEncryption"}
    assert (told["ChecksumCRC32"], told["ETag"]) == ("9NvfIQ==", '"cfcd208495d565ef66e7dff9f98764da"')  # of "0"


def missing_object_of_an_s3_task(aws: EmbeddedAws) -> None:
    bucket = new_name("bucket")
    aws.client("s3").create_bucket(Bucket=bucket)
    ended = run(aws, task("aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "nothing"}))
    assert ended["error"] == "S3.NoSuchKeyException"
    assert ended["cause"].startswith("The specified key does not exist. (Service: S3, Status Code: 404, Request ID: ")


# Definitions.


def definition_without_states(aws: EmbeddedAws) -> None:
    said = "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /'"
    assert _created(aws, {"StartAt": "A"}) == said
    validate = aws.client("stepfunctions").validate_state_machine_definition
    assert validate(definition='{"StartAt": "A"}')["result"] == "FAIL"
    assert validate(definition=json.dumps(_pass()))["result"] == "OK"


def integration_that_does_not_exist(aws: EmbeddedAws) -> None:
    said = _created(aws, task("dynamodb:query", {}))
    assert "The resource provided arn:aws:states:::dynamodb:query is not recognized." in said
    assert said.endswith("at /States/Work/Resource'")


def transition_to_nowhere(aws: EmbeddedAws) -> None:
    for way in ({"Next": "Nowhere"}, {"End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Nowhere"}]}):
        work = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {}, **way}
        assert "MISSING_TRANSITION_TARGET" in _created(aws, {"StartAt": "Work", "States": {"Work": work}})


def expression_that_does_not_parse(aws: EmbeddedAws) -> None:
    assert "INVALID_JSONATA_EXPRESSION" in _created(aws, _pass(Output="{% 1 + %}"))


def jsonpath_state_in_a_jsonata_machine(aws: EmbeddedAws) -> None:
    definition = {"QueryLanguage": "JSONata", **_pass(QueryLanguage="JSONPath")}
    answer = aws.client("stepfunctions").validate_state_machine_definition(definition=json.dumps(definition))
    (found,) = answer["diagnostics"]
    assert (answer["result"], found["code"]) == ("FAIL", "SCHEMA_VALIDATION_FAILED")
    assert found["message"] == "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
