"""Checks of the table's rows about Step Functions' executions, retries and tasks."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from local.aws.stepfunctions import retries
from tests.local.aws.conformance.calling import refused
from tests.local.aws.conformance.machines import pass_machine
from tests.local.cloud import function, machine, new_name, role, run, task, wait
from tests.local.lake import Lake

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

Json = dict[str, Any]
PASSES = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
RESTS = {"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 5000, "End": True}}}
GONE = "arn:aws:states:us-east-1:123456789012:stateMachine:gone"


def _events(aws: EmbeddedAws, ended: Json, **more: Any) -> list[Json]:
    history = aws.client("stepfunctions").get_execution_history
    found: list[Json] = history(executionArn=ended["executionArn"], maxResults=1000, **more)["events"]
    return found


def _count(aws: EmbeddedAws, ended: Json, kind: str) -> int:
    return sum(event["type"] == kind for event in _events(aws, ended))


def _only(state: Json) -> Json:
    return {"StartAt": "Only", "States": {"Only": {"End": True, **state}}}


def _raises(aws: EmbeddedAws, name: str, **more: Any) -> Json:
    code = f"class {name}(Exception): pass\ndef handler(event, context): raise {name}('why')"
    return task("lambda:invoke", {"FunctionName": function(aws, code), "Payload": {}}, **more)


# The API.


def stop_without_a_reason(aws: EmbeddedAws) -> None:
    states = aws.client("stepfunctions")
    arn = states.start_execution(stateMachineArn=machine(aws, RESTS))["executionArn"]
    states.stop_execution(executionArn=arn)
    ended = states.describe_execution(executionArn=arn)
    assert (ended["status"], {"error", "cause"} & set(ended)) == ("ABORTED", set())
    last = _events(aws, ended)[-1]
    assert (last["type"], last["executionAbortedEventDetails"]) == ("ExecutionAborted", {})


def stop_of_an_ended_execution(aws: EmbeddedAws) -> None:
    states, arn = aws.client("stepfunctions"), run(aws, PASSES)["executionArn"]
    assert refused(states.stop_execution, executionArn=arn) == (400, "ValidationException")
    assert refused(states.redrive_execution, executionArn=arn) == (400, "ExecutionNotRedrivable")


def executions_of_nothing(aws: EmbeddedAws) -> None:
    states = aws.client("stepfunctions")
    for call in (states.list_executions, states.describe_state_machine):
        assert refused(call, stateMachineArn=GONE) == (400, "StateMachineDoesNotExist")
        assert refused(call, stateMachineArn="nobodys") == (400, "InvalidArn")


def deletion_of_a_missing_machine(aws: EmbeddedAws) -> None:
    states, arn = aws.client("stepfunctions"), machine(aws, PASSES)
    for _ in range(2):
        states.delete_state_machine(stateMachineArn=arn)
    assert refused(states.describe_state_machine, stateMachineArn=arn) == (400, "StateMachineDoesNotExist")


def lists_and_histories_in_pages(aws: EmbeddedAws) -> None:
    states, arn = aws.client("stepfunctions"), machine(aws, PASSES)
    started = [states.start_execution(stateMachineArn=arn, name=f"n{number}")["executionArn"] for number in range(3)]
    ended = [wait(aws, each) for each in started]
    running = states.start_execution(stateMachineArn=arn, name="n3")["executionArn"]
    wait(aws, running)
    pages = list(states.get_paginator("list_executions").paginate(stateMachineArn=arn, maxResults=3))
    listed = [each for page in pages for each in page["executions"]]
    assert ([len(page["executions"]) for page in pages], listed[0]["executionArn"]) == ([3, 1], running)
    assert {each["redriveCount"] for each in listed} == {0}
    failed = states.list_executions(stateMachineArn=arn, statusFilter="FAILED")["executions"]
    assert failed == []
    kinds = [event["type"] for event in _events(aws, ended[0])]
    assert kinds == ["ExecutionStarted", "SucceedStateEntered", "SucceedStateExited", "ExecutionSucceeded"]
    assert [event["type"] for event in _events(aws, ended[0], reverseOrder=True)] == kinds[::-1]
    history = states.get_paginator("get_execution_history").paginate(executionArn=started[0], maxResults=3)
    assert [len(page["events"]) for page in history] == [3, 1]


def why_an_execution_cannot_be_redriven(aws: EmbeddedAws) -> None:
    done = run(aws, PASSES)
    told = (done["redriveStatus"], done["redriveStatusReason"])
    assert told == ("NOT_REDRIVABLE", "Execution is SUCCEEDED and cannot be redriven")
    failed = run(aws, {"StartAt": "Stop", "States": {"Stop": {"Type": "Fail", "Error": "No"}}})
    assert (failed["redriveStatus"], "redriveStatusReason" in failed) == ("REDRIVABLE", False)
    waits = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}}
    states = aws.client("stepfunctions")
    stopped = states.start_execution(stateMachineArn=machine(aws, waits))["executionArn"]
    states.stop_execution(executionArn=stopped)
    for ended in (wait(aws, stopped), run(aws, {**waits, "TimeoutSeconds": 1})):
        assert (ended["status"], ended["redriveStatus"]) in {("ABORTED", "REDRIVABLE"), ("TIMED_OUT", "REDRIVABLE")}


# Choices, retries and catches.


def no_choice_matched(aws: EmbeddedAws) -> None:
    judge = {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "Done"}]}
    ended = run(aws, {"StartAt": "Judge", "States": {"Judge": judge, **PASSES["States"]}})  # type: ignore[dict-item]
    assert (ended["status"], ended["error"]) == ("FAILED", "States.NoChoiceMatched")


def retries_by_default(aws: EmbeddedAws) -> None:
    tries = []
    for most in ({}, {"MaxAttempts": 0}):
        again = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, **most}]
        tries.append(_count(aws, run(aws, _raises(aws, "Broken", Retry=again)), "TaskScheduled"))
    assert tries == [4, 1]


def retriers_in_their_order(aws: EmbeddedAws) -> None:
    again = [{"ErrorEquals": [name], "IntervalSeconds": 1, "MaxAttempts": most}
             for name, most in (("Other", 5), ("Broken", 1), ("States.ALL", 2))]  # fmt: skip
    catches = [{"ErrorEquals": ["Other"], "Next": "No"}, {"ErrorEquals": ["Broken"], "Next": "Yes"},
               {"ErrorEquals": ["States.ALL"], "Next": "No"}]  # fmt: skip
    definition = _raises(aws, "Broken", Retry=again, Catch=catches)
    definition["States"] |= {name: {"Type": "Pass", "Output": name, "End": True} for name in ("Yes", "No")}
    ended = run(aws, definition)
    assert (ended["output"], _count(aws, ended, "TaskScheduled")) == ('"Yes"', 2)


def delays_of_a_retrier() -> None:
    """The embedded AWS shortens waits: what it would wait on AWS is computed by this function."""
    retrier = {"IntervalSeconds": 2, "BackoffRate": 3, "MaxDelaySeconds": 10}
    assert [retries.delay(retrier, tries) for tries in range(4)] == [2, 6, 10, 10]
    assert [retries.delay({}, tries) for tries in range(3)] == [1, 2, 4]
    some = [retries.delay({**retrier, "JitterStrategy": "FULL"}, 1) for _ in range(200)]
    assert min(some) >= 0
    assert max(some) <= 6
    assert max(some) - min(some) > 3


def error_output_of_a_catch(aws: EmbeddedAws) -> None:
    told = {"Error": "{% $states.errorOutput.Error %}", "Cause": "{% $parse($states.errorOutput.Cause).errorMessage %}"}
    catch = {"ErrorEquals": ["States.ALL"], "Assign": {"kept": told}, "Output": told, "Next": "Tell"}
    definition = _raises(aws, "Broken", Catch=[catch], Assign={"kept": "its own"}, Output="its own")
    definition["States"]["Tell"] = {"Type": "Pass", "Output": ["{% $states.input %}", "{% $kept %}"], "End": True}
    assert json.loads(run(aws, definition)["output"]) == [{"Error": "Broken", "Cause": "why"}] * 2


def context_of_an_execution(aws: EmbeddedAws) -> None:
    made = role(aws, "states.amazonaws.com")
    ended = run(aws, _only({"Type": "Pass", "Output": "{% $states.context %}"}), {"x": 1}, made)
    context = json.loads(ended["output"])
    execution = context["Execution"]
    told = (execution["Id"], execution["Name"], execution["Input"], execution["RoleArn"], execution["RedriveCount"])
    assert told == (ended["executionArn"], ended["name"], {"x": 1}, made, 0)
    machine_name = ended["stateMachineArn"].rsplit(":", 1)[1]
    assert context["StateMachine"] == {"Id": ended["stateMachineArn"], "Name": machine_name}
    assert (context["State"]["Name"], context["State"]["RetryCount"]) == ("Only", 0)
    for instant in (execution["StartTime"], context["State"]["EnteredTime"]):
        assert instant.endswith("Z")
        assert abs(time.time() - ended["startDate"].timestamp()) < 60


def map_over_nothing(aws: EmbeddedAws) -> None:
    inner = {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": True}}}
    ended = run(aws, _only({"Type": "Map", "Items": "{% [] %}", "ItemProcessor": inner}))
    kinds = [event["type"] for event in _events(aws, ended)]
    assert (ended["output"], kinds[2:4]) == ("[]", ["MapStateStarted", "MapStateSucceeded"])


def wait_of_negative_seconds(aws: EmbeddedAws) -> None:
    for seconds in (-1, 1.5):
        ended = run(aws, _only({"Type": "Wait", "Seconds": f"{{% {seconds} %}}"}))
        assert (ended["status"], ended["error"]) == ("FAILED", "States.QueryEvaluationError")


# Tasks.


def function_that_does_not_exist(aws: EmbeddedAws) -> None:
    ended = run(aws, task("lambda:invoke", {"FunctionName": "no-such-function", "Payload": {}}))
    said = "no-such-function:$LATEST (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; "
    assert (ended["error"], said in ended["cause"]) == ("Lambda.ResourceNotFoundException", True)
    assert (ended["cause"].startswith("Function not found: "), ended["cause"].endswith("; Proxy: null)")) == (
        True,
        True,
    )


def result_of_a_function(aws: EmbeddedAws) -> None:
    arn = function(aws, "def handler(event, context): return {'a': [1, None]}")
    output = json.loads(run(aws, task("lambda:invoke", {"FunctionName": arn, "Payload": {}}))["output"])
    assert (output["Payload"], output["StatusCode"]) == ({"a": [1, None]}, 200)


def function_that_is_throttled(aws: EmbeddedAws) -> None:
    arn = function(aws, "def handler(event, context): pass")
    aws.client("lambda").put_function_concurrency(FunctionName=arn, ReservedConcurrentExecutions=0)
    ended = run(aws, task("lambda:invoke", {"FunctionName": arn, "Payload": {}}))
    assert ended["error"] == "Lambda.TooManyRequestsException"
    assert refused(aws.client("lambda").invoke, FunctionName=arn) == (429, "TooManyRequestsException")


def _crawler(aws: EmbeddedAws) -> str:
    lake, name = Lake(aws), new_name("crawler")
    lake.table("t", {"a": "string"})
    lake.client("glue").create_crawler(
        Name=name,
        Role=role(aws, "glue.amazonaws.com", {"Effect": "Allow", "Action": "*", "Resource": "*"}),
        Targets={"CatalogTargets": [{"DatabaseName": lake.database, "Tables": ["t"]}]},
        SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
        Configuration='{"Version": 1.0, "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}}',
    )
    return name


def crawler_that_runs_already(aws: EmbeddedAws) -> None:
    name = _crawler(aws)
    aws.client("glue").start_crawler(Name=name)
    assert run(aws, task("aws-sdk:glue:startCrawler", {"Name": name}))["error"] == "Glue.CrawlerRunningException"
    ended = run(aws, task("aws-sdk:glue:startCrawler", {"Name": "nobodys"}))
    assert ended["error"] == "Glue.EntityNotFoundException"


def times_of_an_sdk_task(aws: EmbeddedAws) -> None:
    name = _crawler(aws)
    aws.client("glue").start_crawler(Name=name)
    deadline = time.monotonic() + 20
    while aws.client("glue").get_crawler(Name=name)["Crawler"]["State"] != "READY" and time.monotonic() < deadline:
        time.sleep(0.05)
    told = {"text": "{% $states.result.Crawler.LastCrawl.StartTime %}",
            "millis": "{% $toMillis($states.result.Crawler.LastCrawl.StartTime) %}"}  # fmt: skip
    output = json.loads(run(aws, task("aws-sdk:glue:getCrawler", {"Name": name}, Output=told))["output"])
    assert (output["text"][10], output["text"][-1]) == ("T", "Z")
    assert abs(output["millis"] / 1000 - time.time()) < 60


def execution_that_nobody_knows(aws: EmbeddedAws) -> None:
    gone = "arn:aws:states:us-east-1:123456789012:execution:gone:nobody"
    ended = run(aws, task("aws-sdk:sfn:describeExecution", {"ExecutionArn": gone}))
    assert ended["error"] == "Sfn.ExecutionDoesNotExistException"


def oversized_input(aws: EmbeddedAws) -> None:
    start, arn = aws.client("stepfunctions").start_execution, machine(aws, PASSES)
    for letters in ("x" * 262_142, "ä" * 131_071):
        assert start(stateMachineArn=arn, input=f'"{letters}"')
        assert refused(start, stateMachineArn=arn, input=f'"{letters}x"') == (400, "InvalidExecutionInput")


def times_of_the_context_object(aws: EmbeddedAws) -> None:
    times = ["{% $states.context.Execution.StartTime %}", "{% $states.context.State.EnteredTime %}"]
    told = json.loads(run(aws, pass_machine(Output=times))["output"])
    assert [bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", each)) for each in told] == [True, True]
