"""Checks of the table's rows about Step Functions."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.local.aws.conformance.calling import refused
from tests.local.aws.conformance.machines import (
    STATES,
    caught,
    events_of,
    invocation,
    kinds_of,
    map_machine,
    pass_machine,
    refusal_of,
    the_one,
)
from tests.local.cloud import allow, machine, new_name, role, run, task, wait

if TYPE_CHECKING:
    from local.aws import EmbeddedAws


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
    assert the_one(aws, ended, "EvaluationFailed") == {
        "error": "States.QueryEvaluationError",
        "cause": cause,
        "location": "Arguments/Payload",
        "state": "Work",
    }
    assert "TaskScheduled" not in kinds_of(aws, ended)


def undefined_in_output(aws: EmbeddedAws) -> None:
    ended = run(aws, pass_machine(Output={"result": "{% $nope %}"}))
    assert ended["error"] == "States.QueryEvaluationError"
    assert the_one(aws, ended, "EvaluationFailed")["location"] == "Output/result"
    assert events_of(aws, ended)[2]["previousEventId"] == 0


def expression_that_throws(aws: EmbeddedAws) -> None:
    ended = run(aws, pass_machine(Output="{% $nope(1) %}"))
    assert ended["error"] == "States.QueryEvaluationError"
    assert "threw an error during evaluation. T1006: Attempted to invoke a non-function" in ended["cause"]


def items_that_are_no_array(aws: EmbeddedAws) -> None:
    ended = run(aws, map_machine(pass_machine(), items="1"))
    assert ended["error"] == "States.QueryEvaluationError"
    assert "returned an unexpected result type. Expected 'array', but was 'number' for value: 1" in ended["cause"]


def range_of_one(aws: EmbeddedAws) -> None:
    assert [run(aws, pass_machine(Output=f"{{% $range(1, {last}, 2) %}}"))["output"] for last in (1, 3)] == [
        "1",
        "[1,3]",
    ]


def assign_sees_the_old_values(aws: EmbeddedAws) -> None:
    states = {
        "Set": {"Type": "Pass", "Assign": {"a": 1, "b": 2}, "Next": "Swap"},
        "Swap": {"Type": "Pass", "Assign": {"a": "{% $b %}", "b": "{% $a %}"}, "Next": "Tell"},
        "Tell": {"Type": "Pass", "Output": "{% [$a, $b] %}", "End": True},
    }
    assert run(aws, {"StartAt": "Set", "States": states})["output"] == "[2,1]"


def variables_of_an_iteration_stay_inside(aws: EmbeddedAws) -> None:
    each = map_machine(pass_machine(Assign={"kept": "inside"}), Next="Tell")["States"]["Each"]
    states = {
        "Set": {"Type": "Pass", "Assign": {"kept": "outside"}, "Next": "Each"},
        "Each": each,
        "Tell": {"Type": "Pass", "Output": "{% $kept %}", "End": True},
    }
    assert run(aws, {"StartAt": "Set", "States": states})["output"] == '"outside"'


def index_of_an_iteration(aws: EmbeddedAws) -> None:
    index = "{% $states.context.Map.Item.Index %}"
    inside = map_machine(pass_machine(Output=index), items="['a', 'b']")
    selected = map_machine(pass_machine(), items="['a', 'b']", ItemSelector=index)
    assert [run(aws, each)["output"] for each in (inside, selected)] == ["[0,1]", "[0,1]"]


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
    ended = run(aws, caught(invocation(aws, "def handler(event, context): return 'x' * 262_200")))
    assert json.loads(ended["output"]) == {
        "Error": "States.DataLimitExceeded",
        "Cause": "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service"
        " limit.",
    }


def oversized_output_of_a_pass(aws: EmbeddedAws) -> None:
    sizes = [262_142, 262_143]  # and two quotes
    ended = [run(aws, pass_machine(Output=f"{{% $pad('', {size}, 'x') %}}")) for size in sizes]
    ended += [run(aws, pass_machine(Output=f"{{% $pad('', {size}, 'ä') %}}")) for size in (131_071, 131_072)]
    assert [each.get("error") for each in ended] == [None, "States.DataLimitExceeded"] * 2


def name_with_a_colon(aws: EmbeddedAws) -> None:
    start, arn = aws.client("stepfunctions").start_execution, machine(aws, pass_machine())
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
    ended = run(aws, caught(invocation(aws, slow, TimeoutSeconds=1)))
    assert json.loads(ended["output"]) == {"Error": "States.Timeout", "Cause": ""}
    names = {"resourceType": "lambda", "resource": "invoke"}
    assert the_one(aws, ended, "TaskTimedOut") == {"error": "States.Timeout", **names}
    assert "TaskFailed" not in kinds_of(aws, ended)


def time_out_as_an_expression(aws: EmbeddedAws) -> None:
    slow = "import time\ndef handler(event, context): time.sleep(3)"
    ended = run(aws, invocation(aws, slow, TimeoutSeconds="{% $states.input.s %}"), {"s": 1})
    assert ended["error"] == "States.Timeout"
    assert the_one(aws, ended, "TaskScheduled")["timeoutInSeconds"] == 1


def execution_that_times_out(aws: EmbeddedAws) -> None:
    slow = "import time\ndef handler(event, context): time.sleep(3)"
    ended = run(aws, caught(invocation(aws, slow)) | {"TimeoutSeconds": 1})
    assert (ended["status"], kinds_of(aws, ended)[-1]) == ("TIMED_OUT", "ExecutionTimedOut")


def stop_passes_every_catch(aws: EmbeddedAws) -> None:
    slow = "import time\ndef handler(event, context): time.sleep(1); raise ValueError"
    states = aws.client("stepfunctions")
    arn = states.start_execution(stateMachineArn=machine(aws, caught(invocation(aws, slow))))["executionArn"]
    time.sleep(0.3)
    states.stop_execution(executionArn=arn, error="ByHand")
    time.sleep(1.5)
    ended = states.describe_execution(executionArn=arn)
    assert (ended["status"], ended["error"]) == ("ABORTED", "ByHand")
    last = events_of(aws, ended)[-1]
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
    work = invocation(aws, code)["States"]["Work"]
    work["Arguments"]["Payload"] = {"in": "{% $states.input %}", "kept": "{% $kept %}"}
    states = {"Set": {"Type": "Pass", "Output": "here", "Assign": {"kept": 7}, "Next": "Work"}, "Work": work}
    failed = run(aws, {"StartAt": "Set", "States": states})
    mended.touch()
    aws.client("stepfunctions").redrive_execution(executionArn=failed["executionArn"])
    ended = wait(aws, failed["executionArn"])
    assert json.loads(ended["output"])["Payload"] == {"in": "here", "kept": 7}
    assert (ended["redriveCount"], kinds_of(aws, ended).count("PassStateEntered")) == (1, 1)


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
    ended = run(aws, caught(unsupported))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")


def task_failed_is_every_error_but_a_time_out(aws: EmbeddedAws) -> None:
    again = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 1}]
    broken = run(aws, invocation(aws, "def handler(event, context): raise ValueError", Retry=again))
    slow = "import time\ndef handler(event, context): time.sleep(3)"
    late = run(aws, invocation(aws, slow, Retry=again, TimeoutSeconds=1))
    assert [kinds_of(aws, ended).count("TaskScheduled") for ended in (broken, late)] == [2, 1]


def error_of_a_function_is_its_exception(aws: EmbeddedAws) -> None:
    code = "class PremiumLapsed(Exception): pass\ndef handler(event, context): raise PremiumLapsed('Pay.')"
    ended = run(aws, invocation(aws, code))
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
    ended = run(aws, invocation(aws, "def handler(event, context): pass"), role_arn=role(aws, STATES))
    assert ended["error"] == "Lambda.AWSLambdaException"


def role_that_states_may_not_assume(aws: EmbeddedAws) -> None:
    trusted = role(aws, STATES, allow("*", "*"))
    arn = machine(aws, invocation(aws, "def handler(event, context): pass"), trusted)
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
    assert refusal_of(aws, {"StartAt": "A"}) == said
    validate = aws.client("stepfunctions").validate_state_machine_definition
    assert validate(definition='{"StartAt": "A"}')["result"] == "FAIL"
    assert validate(definition=json.dumps(pass_machine()))["result"] == "OK"


def integration_that_does_not_exist(aws: EmbeddedAws) -> None:
    said = refusal_of(aws, task("dynamodb:query", {}))
    assert "The resource provided arn:aws:states:::dynamodb:query is not recognized." in said
    assert said.endswith("at /States/Work/Resource'")


def transition_to_nowhere(aws: EmbeddedAws) -> None:
    for way in ({"Next": "Nowhere"}, {"End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Nowhere"}]}):
        work = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {}, **way}
        assert "MISSING_TRANSITION_TARGET" in refusal_of(aws, {"StartAt": "Work", "States": {"Work": work}})


def expression_that_does_not_parse(aws: EmbeddedAws) -> None:
    assert "INVALID_JSONATA_EXPRESSION" in refusal_of(aws, pass_machine(Output="{% 1 + %}"))


def jsonpath_state_in_a_jsonata_machine(aws: EmbeddedAws) -> None:
    definition = {"QueryLanguage": "JSONata", **pass_machine(QueryLanguage="JSONPath")}
    answer = aws.client("stepfunctions").validate_state_machine_definition(definition=json.dumps(definition))
    (found,) = answer["diagnostics"]
    assert (answer["result"], found["code"]) == ("FAIL", "SCHEMA_VALIDATION_FAILED")
    assert found["message"] == "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
