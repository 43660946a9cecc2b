"""Faults outside the pipeline end the execution with an error name and a sentence, and leave published data intact."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.executions.pipeline import Ended, Pipeline


@pytest.fixture
def wrong_credentials(stack: Pipeline) -> Iterator[None]:
    """A secret whose value Spotify does not know."""
    secrets, arn = stack.client("secretsmanager"), stack.outputs["secret_arn"]
    right = secrets.get_secret_value(SecretId=arn)["SecretString"]
    wrong = json.dumps({"client_id": "somebody", "client_secret": "else"})
    secrets.put_secret_value(SecretId=arn, SecretString=wrong)
    yield
    secrets.put_secret_value(SecretId=arn, SecretString=right)


@pytest.fixture
def spotify_down(stack: Pipeline) -> Iterator[None]:
    """A Spotify that responds 503 to everything."""
    stack.spotify.ask("inject", kind="server_error", times=None, value=503)
    yield
    stack.spotify.ask("clear_faults")


@pytest.fixture
def denying_bucket(stack: Pipeline) -> Iterator[None]:
    """A curated bucket whose policy lets nobody write albums."""
    s3, bucket = stack.client("s3"), stack.bucket("curated")
    policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    document = json.loads(policy)
    document["Statement"].append(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/albums/*",
        }
    )
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
    yield
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)


@pytest.fixture
def alerts(stack: Pipeline) -> Iterator[Callable[[], list[str]]]:
    """Return a function that returns the alerts so far, as a subscriber of the topic receives them."""
    sqs, sns, heard = stack.client("sqs"), stack.client("sns"), list[str]()
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = stack.outputs["alert_topic_arn"]
    let = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    let |= {"Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [let]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    subscribed = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)

    def listen() -> list[str]:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        heard.extend(json.loads(each["Body"])["Message"] for each in found)
        for each in found:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
        return heard

    yield listen
    sns.unsubscribe(SubscriptionArn=subscribed["SubscriptionArn"])
    sqs.delete_queue(QueueUrl=queue)


def test_an_execution_that_was_stopped_is_told_and_its_lock_is_taken_over(
    stack: Pipeline, first_day: str, alerts: Callable[[], list[str]]
) -> None:
    before = stack.published(first_day)
    arn = stack.start({"mode": "replay", "snapshot_date": first_day})
    _until(lambda: stack.locks() == [f"date#{first_day}"])
    stack.client("stepfunctions").stop_execution(executionArn=arn)
    assert stack.wait_for(arn).status == "ABORTED"
    _until(lambda: any(arn in each and "ABORTED" in each for each in alerts()))
    assert (stack.published(first_day), stack.locks()) == (before, [f"date#{first_day}"])
    after = stack.run({"mode": "replay", "snapshot_date": first_day}).must_succeed()
    assert (stack.published(first_day), stack.locks()) == (after.run_id, [])


def _until(happened: Callable[[], bool], within_s: float = 10.0) -> None:
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


@pytest.mark.usefixtures("wrong_credentials")
def test_wrong_credentials_are_named_and_what_to_do(stack: Pipeline, inbox_day: str) -> None:
    before = stack.published(inbox_day)
    ended = stack.daily(inbox_day).must_fail("CredentialsRejected")
    assert "credentials" in ended.cause
    _nothing_was_harmed(stack, inbox_day, before, ended)


@pytest.mark.usefixtures("spotify_down")
def test_a_spotify_that_is_down_is_named(stack: Pipeline, inbox_day: str) -> None:
    before = stack.published(inbox_day)
    ended = stack.daily(inbox_day).must_fail("SpotifyUnavailable")
    _nothing_was_harmed(stack, inbox_day, before, ended)


@pytest.mark.usefixtures("denying_bucket")
def test_a_bucket_policy_that_denies_is_named(stack: Pipeline, first_day: str) -> None:
    before = stack.published(first_day)
    ended = stack.daily(first_day).must_fail("AccessRefused")
    assert "albums/" in ended.cause
    assert "bucket's policy" in ended.cause
    _nothing_was_harmed(stack, first_day, before, ended)


def _nothing_was_harmed(stack: Pipeline, day: str, published: str, ended: Ended) -> None:
    """Check that the lock is free, the date is unchanged, and the failure is in the ledger."""
    assert stack.locks() == []
    assert stack.published(day) == published
    assert stack.sql(f"SELECT count(*) AS n FROM albums WHERE snapshot_date = DATE '{day}'")[0]["n"] > 0  # noqa: S608  our own constant
    failed = stack.sql(f"SELECT error, cause FROM runs WHERE execution_arn = '{ended.arn}'")  # noqa: S608  our own ARN
    assert failed == [{"error": ended.error, "cause": ended.cause}]
    assert not ended.cause.startswith("{"), "a sentence, not JSON around one"
