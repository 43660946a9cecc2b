"""Checks of the table's rows about the histories of executions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.local.aws.conformance.machines import (
    caught,
    events_of,
    invocation,
    kinds_of,
    map_machine,
    pass_machine,
    the_one,
)
from tests.local.cloud import function, new_name, run, task, wait

if TYPE_CHECKING:
    from local.aws import EmbeddedAws


def map_tells_of_each_iteration(aws: EmbeddedAws) -> None:
    ended = run(aws, map_machine(pass_machine()))
    inner = ["MapIterationStarted", "PassStateEntered", "PassStateExited", "MapIterationSucceeded"]
    around = ["ExecutionStarted", "MapStateEntered", "MapStateStarted"]
    assert kinds_of(aws, ended) == around + inner * 2 + ["MapStateSucceeded", "MapStateExited", "ExecutionSucceeded"]
    assert the_one(aws, ended, "MapStateStarted") == {"length": 2}


def each_event_names_the_one_it_follows(aws: EmbeddedAws) -> None:
    events = events_of(aws, run(aws, map_machine(pass_machine())))
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert [event["previousEventId"] for event in events] == [0, 0, 2, 3, 4, 5, 6, 6, 8, 9, 10, 11, 11, 13]


def iterations_at_once_follow_their_own_events(aws: EmbeddedAws) -> None:
    slow = function(aws, "import time\ndef handler(event, context): time.sleep(event['i'])")
    call = task("lambda:invoke", {"FunctionName": slow, "Payload": {"i": "{% $states.input / 2 %}"}})
    events = events_of(aws, run(aws, map_machine(call, most=2)))
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
    ended = run(aws, caught(map_machine(fails, items="[1]")))
    events = events_of(aws, ended)
    told = [(event["type"], event["previousEventId"]) for event in events[4:8]]
    assert told == [
        ("FailStateEntered", 4),
        ("MapIterationFailed", 5),
        ("MapStateFailed", 5),
        ("MapStateExited", 7),
    ]
    assert json.loads(ended["output"]) == {"Error": "No", "Cause": "Why"}


def task_events_name_service_action_and_parameters(aws: EmbeddedAws) -> None:
    ended = run(aws, invocation(aws, "def handler(event, context): return 5", TimeoutSeconds=20))
    names = {"resourceType": "lambda", "resource": "invoke"}
    scheduled = the_one(aws, ended, "TaskScheduled")
    assert json.loads(scheduled.pop("parameters"))["Payload"] == {"x": 1}
    assert scheduled == {**names, "region": aws.region, "timeoutInSeconds": 20}
    assert the_one(aws, ended, "TaskStarted") == names
    succeeded = the_one(aws, ended, "TaskSucceeded")
    assert json.loads(succeeded["output"])["Payload"] == 5
    assert {name: succeeded[name] for name in names} == names


def sdk_task_names_its_service(aws: EmbeddedAws) -> None:
    ended = run(aws, task("aws-sdk:glue:getDatabases", {}))
    scheduled = the_one(aws, ended, "TaskScheduled")
    assert (scheduled["resourceType"], scheduled["resource"]) == ("aws-sdk:glue", "getDatabases")


def sync_task_tells_that_it_was_submitted(aws: EmbeddedAws) -> None:
    bucket = new_name("results")
    aws.client("s3").create_bucket(Bucket=bucket)
    query = {"QueryString": "SELECT 1", "ResultConfiguration": {"OutputLocation": f"s3://{bucket}/"}}
    ended = run(aws, task("athena:startQueryExecution.sync", query))
    kinds = kinds_of(aws, ended)
    assert kinds[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    assert "QueryExecutionId" in json.loads(the_one(aws, ended, "TaskSubmitted")["output"])


def exit_tells_the_assigned_variables(aws: EmbeddedAws) -> None:
    ended = run(aws, pass_machine(Assign={"x": 42, "items": [1, 2]}))
    left = the_one(aws, ended, "PassStateExited")
    assert left["assignedVariables"] == {"x": "42", "items": "[1,2]"}
    assert left["assignedVariablesDetails"] == {"truncated": False}


def events_tell_that_texts_are_whole(aws: EmbeddedAws) -> None:
    ended = run(aws, pass_machine(), {"x": 1})
    for kind, name in (
        ("ExecutionStarted", "input"), ("PassStateEntered", "input"), ("PassStateExited", "output"),
        ("ExecutionSucceeded", "output"),
    ):  # fmt: skip
        told = the_one(aws, ended, kind)
        assert (json.loads(told[name]), told[f"{name}Details"]) == ({"x": 1}, {"truncated": False})


def texts_are_json_without_blanks(aws: EmbeddedAws) -> None:
    ended = run(aws, pass_machine(Output={"a": [1, 2], "b": "ä"}))
    assert ended["output"] == the_one(aws, ended, "PassStateExited")["output"] == '{"a":[1,2],"b":"ä"}'


def history_that_is_full(aws: EmbeddedAws) -> None:
    endless = {"StartAt": "On", "States": {"On": {"Type": "Pass", "Next": "On"}}}
    again = [{"ErrorEquals": ["States.ALL"]}]
    ended = run(aws, caught(map_machine(endless, "[1]", Retry=again)))
    cause = "The execution reached the maximum number of history events (25000)."
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "States.Runtime", cause)
    last = aws.client("stepfunctions").get_execution_history(
        executionArn=ended["executionArn"], reverseOrder=True, maxResults=1
    )["events"][0]
    assert (last["id"], last["type"]) == (25_000, "ExecutionFailed")


def redrive_is_an_event(aws: EmbeddedAws) -> None:
    ended = run(aws, {"StartAt": "Stop", "States": {"Stop": {"Type": "Fail"}}})
    aws.client("stepfunctions").redrive_execution(executionArn=ended["executionArn"])
    wait(aws, ended["executionArn"])
    assert the_one(aws, ended, "ExecutionRedriven") == {"redriveCount": 1}
