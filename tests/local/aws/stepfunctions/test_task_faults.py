"""Faults are injected into a state machine's tasks on request, and the same ones again for the same seed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.cloud import function, run, task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded

OK = "def handler(event, context): return event"
RETRIED = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 1}]


@pytest.fixture
def fault(aws: EmbeddedAws) -> Iterator[Callable[..., None]]:
    """Ask for the faults of some rules until the test ends."""

    def ask(*rules: dict[str, Any], seed: int = 0) -> None:
        aws.faults.write_text(json.dumps({"seed": seed, "rules": rules}))

    yield ask
    aws.faults.unlink(missing_ok=True)
    aws.fired_faults.unlink(missing_ok=True)


def fired(aws: EmbeddedAws) -> list[dict[str, Any]]:
    """Return the faults that fired."""
    return [json.loads(line) for line in aws.fired_faults.read_text().splitlines()]


def call(function_arn: str, **more: Any) -> dict[str, Any]:
    """Return a state machine that calls a function."""
    return task("lambda:invoke", {"FunctionName": function_arn, "Payload": {}}, **more)


def test_a_fault_fails_the_nth_call_and_a_retry_survives_it(aws: EmbeddedAws, fault: Callable[..., None]) -> None:
    fault({"state": "Work", "nth": [1, 2], "error": "Lambda.ServiceException", "cause": "503"})
    assert run(aws, call(function(aws, OK), Retry=RETRIED))["status"] == "SUCCEEDED"
    assert [one["rule"]["error"] for one in fired(aws)] == ["Lambda.ServiceException"] * 2


def test_a_fault_is_the_error_of_the_task(aws: EmbeddedAws, fault: Callable[..., None]) -> None:
    fault({"resource": "*glue:startCrawler*", "error": "Glue.CrawlerRunningException", "cause": "busy"})
    ended = run(aws, task("aws-sdk:glue:startCrawler", {"Name": "c"}))
    assert (ended["error"], ended["cause"]) == ("Glue.CrawlerRunningException", "busy")
    assert run(aws, call(function(aws, OK)))["status"] == "SUCCEEDED"


def test_an_answer_may_be_lost_after_the_work_was_done(aws: EmbeddedAws, fault: Callable[..., None]) -> None:
    bucket = "lost-answers"
    aws.client("s3").create_bucket(Bucket=bucket)
    fault({"after": True, "error": "S3.S3Exception"})
    run(aws, task("aws-sdk:s3:putObject", {"Bucket": bucket, "Key": "done", "Body": {}}))
    assert aws.client("s3").list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_a_function_may_be_killed_in_the_middle(aws: EmbeddedAws, fault: Callable[..., None]) -> None:
    slow = function(aws, "import time\ndef handler(event, context): time.sleep(5); return 1")
    fault({"nth": [1], "kill_after_s": 1})
    assert run(aws, call(slow))["error"] == "Runtime.ExitError"


def test_the_same_seed_gives_the_same_faults(aws: EmbeddedAws, fault: Callable[..., None]) -> None:
    definition = call(function(aws, OK), Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 50, "BackoffRate": 1}])
    counts = []
    for seed in (3, 3, 4, 5):
        aws.fired_faults.unlink(missing_ok=True)
        fault({"probability": 0.8, "error": "Lambda.ServiceException"}, seed=seed)
        assert run(aws, definition)["status"] == "SUCCEEDED"
        counts.append(len(fired(aws)) if aws.fired_faults.exists() else 0)
    assert counts[0] == counts[1]
    assert len(set(counts)) > 1


def test_without_a_file_nothing_fails(aws: EmbeddedAws) -> None:
    assert not aws.faults.exists()
    assert run(aws, call(function(aws, OK)))["status"] == "SUCCEEDED"
