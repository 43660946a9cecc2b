"""`ops rehearse` on a whole local stack: its proofs, that it leaves no trace, and its report of a failure."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from functions.shared import keys
from ops.commands.rehearse import outcome
from ops.rehearsal import alerting, executions, reading, removal
from ops.rehearsal.executions import STAGES
from ops.rehearsal.rehearse import rehearse
from ops.stack import Stack, local_stack
from tests.ops.rehearsal.removals import Guarded, role_policies
from tests.statemachine.definition import definition, states

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.session import Session
    from ops.rehearsal.proof import Proof
    from ops.stack import Outputs
    from tests.executions.pipeline import Pipeline
    from tests.ops.conftest import CommandLine

POLL_S = 0.2
pytestmark = pytest.mark.timeout(300)  # each rehearsal is two executions


@pytest.fixture(scope="session")
def stack(up: tuple[Path, Session]) -> Stack:
    """The same stack as the command line sees it."""
    return local_stack(up[1])


def shown(pipeline: Pipeline, local_ops: CommandLine) -> dict[str, Any]:
    """Return everything that a rehearsal may not change: views, publications, frontier, ledger, pages, status, lake."""
    views = {
        view: sorted(pipeline.sql(f"SELECT * FROM {view}"), key=str)  # noqa: S608  our own views
        for view in sorted(pipeline.views())
    }
    objects = {
        f"{zone}/{key}": pipeline.client("s3").head_object(Bucket=pipeline.bucket(zone), Key=key)["ETag"]
        for zone in ("raw", "curated")
        for key in pipeline.keys(zone, "")
        if key != keys.QUOTA  # Spotify counts a rehearsal's requests too
    }
    partitions = {table: sorted(pipeline.partitions(table, keys.REHEARSAL_DATE)) for table in keys.TABLES}
    status = local_ops("status", "--local", "--json").json
    latest = local_ops("history", "--local", "--json").json["execution_arn"]
    return {
        "views": views, "objects": objects, "partitions": partitions, "status": status, "latest": latest,
        "locks": pipeline.locks(),
    }  # fmt: skip


def gates_of(pipeline: Pipeline, day: str) -> tuple[Any, Any]:
    """Return the gates of a replay of a date, and the digests of what it wrote."""
    ended = pipeline.run({"mode": "replay", "snapshot_date": day}).must_succeed()
    return ended.output["audit"]["gates"], {name: each["sha256"] for name, each in ended.tables.items()}


@pytest.mark.slow
def test_everything_is_proved_and_nothing_shows_it(local_ops: CommandLine, pipeline: Pipeline, published: str) -> None:
    gates = gates_of(pipeline, published)
    before = shown(pipeline, local_ops)
    told = local_ops("rehearse", "--local", "--json")
    assert told.code == 0, told.out
    assert {each["outcome"] for each in told.json["proofs"]} == {"proved"}
    assert {each["what"] for each in told.json["proofs"] if each["part"] == "execution"} > set(STAGES)
    assert {each["part"] for each in told.json["proofs"]} == {"read", "rights", "execution", "alert"}
    assert shown(pipeline, local_ops) == before
    assert gates_of(pipeline, published) == gates


def test_it_makes_three_requests_at_most_and_stops_a_second_execution_that_waits(
    stack: Stack, pipeline: Pipeline
) -> None:
    before = len(pipeline.spotify.ask("requests"))
    pair = executions.run(stack, POLL_S)
    assert len(pipeline.spotify.ask("requests")) - before <= 3
    assert (pair.first.status, pair.second.status, pair.second_waited) == ("SUCCEEDED", "ABORTED", True)
    assert removal.find(stack).told() == ""


@pytest.mark.slow
def test_another_one_is_stopped_where_the_second_ended_before_it_was(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first execution may release its lock so soon that the second never waits: no alert would come."""
    monkeypatch.setattr(executions, "_waits", lambda _stack, _arn: False)
    pair = executions.run(stack, POLL_S)
    assert (pair.first.status, pair.second.status, pair.second_waited) == ("SUCCEEDED", "ABORTED", False)
    found = list(alerting.proofs(stack, pair.stopped_at, POLL_S))
    assert [each.outcome for each in found] == ["proved", "proved"]
    assert executions._until(lambda: is_clean(stack), 60.0, POLL_S), removal.find(stack).told()


def is_clean(stack: Stack) -> bool:
    """Clean up, and return whether nothing is left: a Lambda that ran when its execution was stopped still writes."""
    executions.clean_up(stack)
    return not removal.find(stack).told()


@pytest.mark.slow
def test_the_table_says_what_proved_each(local_ops: CommandLine, stack: Stack) -> None:
    told = local_ops("rehearse", "--local")
    assert told.code == 0, told.out
    assert "state 'Judge the gates'" in told.out
    assert "iam:SimulatePrincipalPolicy" in told.out
    assert told.out.rstrip().endswith(" proved.")
    assert "\x1b" not in told.out + told.err
    assert removal.find(stack).told() == ""


def test_the_states_that_prove_a_stage_are_the_definitions() -> None:
    assert {*STAGES.values(), executions.WAITING} <= {name for name, _ in states(definition())}


# Errors before any execution runs: a message each


def said(proofs: Iterator[Proof], what: str) -> Proof:
    """Return the proof of one check."""
    return next(proof for proof in proofs if proof.what == what)


@contextmanager
def object_instead(pipeline: Pipeline, key: str, body: bytes) -> Iterator[None]:
    """Replace an object in the raw bucket inside the context."""
    before = pipeline.read("raw", key)
    pipeline.put("raw", key, body)
    try:
        yield
    finally:
        pipeline.put("raw", key, before)


@pytest.mark.parametrize("of", ["alert", "digest"])
def test_a_subscription_that_is_not_confirmed_is_told(
    local_ops: CommandLine, pipeline: Pipeline, up: Any, of: str
) -> None:
    sns, topic = pipeline.client("sns"), pipeline.outputs[f"{of}_topic_arn"]
    (confirmed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.unsubscribe(SubscriptionArn=confirmed["SubscriptionArn"])
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=confirmed["Endpoint"])
    try:
        told = local_ops("rehearse", "--local")
    finally:
        mails = (up[0] / "aws" / "mailbox.ndjson").read_text().splitlines()
        token = json.loads(mails[-1])["token"]
        sns.confirm_subscription(TopicArn=topic, Token=token)
    assert told.code == 1
    assert f"{confirmed['Endpoint']} has not confirmed the subscription, so it receives no {of}" in told.out


def test_without_a_subscription_the_alert_is_not_proved_and_nothing_has_failed(stack: Stack) -> None:
    nobody = replace(stack, outputs={**stack.outputs, "alert_topic_arn": _topic_of_nobody(stack)})
    assert said(reading.proofs(nobody), "alert subscription").outcome == "not proved"
    found = list(alerting.proofs(nobody, 0.0, POLL_S))
    assert (outcome(found), found[0].outcome) == ("not proved", "not proved")


def test_nobody_has_to_read_the_digest(stack: Stack) -> None:
    nobody = replace(stack, outputs={**stack.outputs, "digest_topic_arn": _topic_of_nobody(stack)})
    found = said(reading.proofs(nobody), "digest subscription")
    assert found.outcome == "proved"
    assert "spotify-lake:digestEmail" in found.told


def test_a_stack_from_before_the_digest_is_told_to_deploy_it(stack: Stack) -> None:
    outputs = cast("Outputs", {name: each for name, each in stack.outputs.items() if name != "digest_topic_arn"})
    earlier = replace(stack, outputs=outputs)
    assert said(reading.proofs(earlier), "digest subscription").outcome == "not proved"


def _topic_of_nobody(stack: Stack) -> str:
    return str(stack.client("sns").create_topic(Name="heard-by-nobody")["TopicArn"])


def test_a_secret_that_was_never_set_is_told(local_ops: CommandLine, pipeline: Pipeline) -> None:
    secrets, arn = pipeline.client("secretsmanager"), pipeline.outputs["secret_arn"]
    before = secrets.get_secret_value(SecretId=arn)["SecretString"]
    secrets.put_secret_value(SecretId=arn, SecretString="{}")
    try:
        told = local_ops("rehearse", "--local")
    finally:
        secrets.put_secret_value(SecretId=arn, SecretString=before)
    assert told.code == 1
    assert "The secret has no credentials of a Spotify app" in told.out
    assert "credentials set" in told.out


def test_a_closed_quota_group_is_told_and_not_asked(local_ops: CommandLine, pipeline: Pipeline, published: str) -> None:
    assert published
    until = (datetime.now(UTC) + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    quota = json.loads(pipeline.read("raw", keys.QUOTA)) | {"blocked_until": {"albums": until}}
    before = len(pipeline.spotify.ask("requests"))
    with object_instead(pipeline, keys.QUOTA, json.dumps(quota).encode()):
        told = local_ops("rehearse", "--local")
    assert told.code == 1
    assert f"Spotify has closed the quota group albums until {until}" in told.out
    assert len(pipeline.spotify.ask("requests")) == before


def test_a_watch_list_of_nobody_is_told(stack: Stack, pipeline: Pipeline) -> None:
    with object_instead(pipeline, keys.WATCHLIST, b'{"artists": [], "searches": []}'):
        found = said(reading.proofs(stack), "watch-list")
    assert (found.outcome, "watch add" in found.told) == ("failed", True)


def test_another_region_in_the_settings_of_this_machine_is_told(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    on_aws = replace(stack, name="dev")
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    found = list(reading.proofs(on_aws))
    assert [proof.what for proof in found] == ["account", "region"]
    assert "name the region eu-west-3, but stack dev is in us-east-1" in found[-1].told
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert said(reading.proofs(on_aws), "region").outcome == "proved"


def test_a_stack_that_is_not_in_its_region_is_told(stack: Stack) -> None:
    gone = stack.outputs["state_machine_arn"].replace("stateMachine:", "stateMachine:other-")
    found = said(reading.proofs(replace(stack, outputs={**stack.outputs, "state_machine_arn": gone})), "region")
    assert (found.outcome, "its state machine is not there" in found.told) == ("failed", True)


def test_another_account_is_told(stack: Stack) -> None:
    other = stack.outputs["state_machine_arn"].replace("123456789012", "111122223333")
    (found,) = reading.proofs(replace(stack, outputs={**stack.outputs, "state_machine_arn": other}))
    assert "the stack is in account 111122223333" in found.told


def test_an_exported_resource_that_is_gone_is_told(stack: Stack) -> None:
    found = said(reading.proofs(replace(stack, outputs={**stack.outputs, "crawler_name": "nobody"})), "outputs")
    assert (found.outcome, "crawler nobody (EntityNotFoundException)" in found.told) == ("failed", True)


# Errors that only an execution shows: the denied role and action come from the cause


def denied(found: list[Proof]) -> set[tuple[str, str]]:
    """Return the roles and actions that AWS denied."""
    return {(denial.role, denial.action) for proof in found for denial in proof.denied}


@pytest.mark.slow
def test_a_bucket_policy_that_denies_a_function_is_named_and_nothing_is_left(stack: Stack, pipeline: Pipeline) -> None:
    policy = role_policies(pipeline)["transform"]
    refuses = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{pipeline.bucket('curated')}/tracks/*",
        "Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:*::*:*/{policy.role}*"}},
    }
    with Guarded(pipeline, "curated").with_more(refuses):
        found = list(rehearse(stack, POLL_S))
    failed = said(iter(found), "transform")
    assert failed.outcome == "failed"
    assert (policy.role, "s3:PutObject") in denied(found)
    assert "/tracks/snapshot_date=2000-01-01/" in failed.told
    assert [proof.what for proof in found if proof.part == "execution" and proof.outcome == "proved"][:3] == [
        "lock",
        "extract",
        "freeze",
    ]
    assert removal.find(stack).told() == ""
    assert pipeline.sql("SELECT * FROM runs WHERE mode = 'rehearsal'") == []


@pytest.mark.slow
def test_a_topic_that_refuses_the_rule_is_named_by_its_dead_letter(stack: Stack, pipeline: Pipeline) -> None:
    refuses = {
        "Effect": "Deny",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": pipeline.outputs["alert_topic_arn"],
    }
    with Guarded(pipeline, "topic").with_more(refuses):
        pair = executions.run(stack, POLL_S)
        found = list(alerting.proofs(stack, pair.stopped_at, POLL_S))
    pipeline.client("sqs").purge_queue(QueueUrl=pipeline.outputs["dlq_url"])
    assert outcome(found) == "failed"
    assert ("events.amazonaws.com", "sns:Publish") in denied(found)


def test_what_a_rehearsal_that_was_killed_left_is_removed_by_the_next(stack: Stack, pipeline: Pipeline) -> None:
    pipeline.put("raw", keys.raw_part(keys.REHEARSAL_DATE, "albums", "left"), b"")
    pipeline.put("curated", keys.part("albums", keys.REHEARSAL_DATE, "left", 0), b"")
    assert removal.find(stack).told() == "2 objects"
    executions.clean_up(stack)
    assert removal.find(stack).told() == ""
