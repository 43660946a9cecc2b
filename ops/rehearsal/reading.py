"""(a) Check what can be read before anything runs: the account, the region, prerequisites, and Spotify."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from functions.shared.errors import PipelineError
from ops.doctor.probe import probe
from ops.errors import OpsError
from ops.rehearsal.proof import Proof
from ops.spotify.extraction import blocked_groups, stored_credentials
from ops.terminal.output import counted
from ops.watch import watchlist

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ops.rehearsal.proof import Verdict
    from ops.stack import Stack

PENDING = "PendingConfirmation"
"""The text that SNS lists instead of the ARN of a subscription that its owner has not confirmed yet."""


def proofs(stack: Stack) -> Iterator[Proof]:
    """Yield a proof for each thing that can be read; a stack that is not there ends it."""
    for check in (_identity, _region, _outputs):
        found = check(stack)
        yield found
        if found.outcome == "failed":
            return
    yield _secret(stack)
    yield _watchlist(stack)
    yield _subscription(stack, "alert")
    yield _subscription(stack, "digest")
    yield _spotify(stack)


def _proof(what: str, outcome: Verdict, by: str, told: str) -> Proof:
    return Proof("read", what, outcome, by, told)


def _identity(stack: Stack) -> Proof:
    caller = stack.client("sts").get_caller_identity()
    who, by = f"{caller['Arn']} in account {caller['Account']}", "sts:GetCallerIdentity"
    account = stack.outputs["state_machine_arn"].split(":")[4]
    if caller["Account"] == account:
        return _proof("account", "proved", by, f"You are {who}.")
    told = f"You are {who}, but the stack is in account {account}. Log in there, or set AWS_PROFILE."
    return _proof("account", "failed", by, told)


def _region(stack: Stack) -> Proof:
    """Return the proof that this machine and the stack use the same region, and that the stack exists."""
    by, region, wanted = "states:DescribeStateMachine", stack.region, configured_region(stack)
    if wanted and wanted != region:
        told = (
            f"This machine's AWS settings name the region {wanted}, but stack {stack.name} is in {region}: "
            f"the AWS CLI and the console would use the wrong region. Set AWS_REGION={region}, "
            f"or deploy to {wanted} under another stack's name."
        )
        return _proof("region", "failed", "AWS settings of this machine", told)
    try:
        stack.client("stepfunctions").describe_state_machine(stateMachineArn=stack.outputs["state_machine_arn"])
    except ClientError as exc:
        if exc.response["Error"]["Code"] not in {"StateMachineDoesNotExist", "InvalidArn"}:
            raise
        told = (
            f"Pulumi's state says that stack {stack.name} is in {region}, and its state machine is not there. "
            "Was it deployed to another region, or destroyed? `pulumi preview --refresh` shows what is missing."
        )
        return _proof("region", "failed", by, told)
    return _proof("region", "proved", by, f"The state machine is in {region}.")


def configured_region(stack: Stack) -> str | None:
    """Return the region of this machine's AWS settings; the local stack does not use them."""
    if stack.local:
        return None
    import boto3

    return os.environ.get("AWS_REGION") or boto3.Session().region_name


def _outputs(stack: Stack) -> Proof:
    """Return the proof that the resources in the stack's exports exist."""
    outputs = stack.outputs
    s3, glue, athena = stack.client("s3"), stack.client("glue"), stack.client("athena")
    looks: dict[str, Callable[[], Any]] = {
        **{
            f"bucket {outputs[each]}": lambda name=outputs[each]: s3.head_bucket(Bucket=name)  # type: ignore[misc]
            for each in ("raw_bucket", "curated_bucket", "results_bucket")
        },
        f"crawler {outputs['crawler_name']}": lambda: glue.get_crawler(Name=outputs["crawler_name"]),
        **{
            f"database {outputs[each]}": lambda name=outputs[each]: glue.get_tables(DatabaseName=name, MaxResults=1)  # type: ignore[misc]
            for each in ("lake_database", "views_database")
        },
        f"workgroup {outputs['workgroup']}": lambda: athena.get_work_group(WorkGroup=outputs["workgroup"]),
        f"lock table {outputs['lock_table']}": lambda: stack.client("dynamodb").describe_table(
            TableName=outputs["lock_table"]
        ),
        **{
            f"function {name}": lambda arn=arn: stack.client("lambda").get_function_configuration(FunctionName=arn)  # type: ignore[misc]
            for name, arn in outputs["functions"].items()
        },
    }
    lost = [f"{what} ({said})" for what, look in looks.items() if (said := _refusal(look))]
    by = "one request for each exported resource"
    if lost:
        told = f"Not found, or you may not read it: {'; '.join(lost)}. `pulumi up` creates what is missing."
        return _proof("outputs", "failed", by, told)
    return _proof("outputs", "proved", by, f"{counted(len(looks), 'exported resource')} exist.")


def _refusal(look: Callable[[], Any]) -> str:
    try:
        look()
    except ClientError as exc:
        return str(exc.response["Error"]["Code"])
    return ""


def _secret(stack: Stack) -> Proof:
    by = "secretsmanager:GetSecretValue"
    try:
        stored_credentials(stack)
    except PipelineError as exc:
        told = f"The secret has no credentials of a Spotify app: {exc} Set them with `ops credentials set`."
        return _proof("secret", "failed", by, told)
    return _proof("secret", "proved", by, "It has a client ID and a client secret.")


def _watchlist(stack: Stack) -> Proof:
    by = "s3:GetObject"
    try:
        followed, _ = watchlist.load(stack)
    except OpsError as exc:
        return _proof("watch-list", "failed", by, str(exc))
    if not followed.artists and not followed.searches:
        return _proof("watch-list", "failed", by, "It has no artist and no search. Add an artist with `ops watch add`.")
    return _proof("watch-list", "proved", by, f"It has {counted(len(followed.artists), 'artist')}.")


def _subscription(stack: Stack, of: Literal["alert", "digest"]) -> Proof:
    """Return the proof that a topic has a confirmed subscriber; the alerts need one, the digest may have none."""
    what, by = f"{of} subscription", "sns:ListSubscriptionsByTopic"
    topic = stack.outputs.get(f"{of}_topic_arn")
    if topic is None:
        return _proof(what, "not proved", by, f"Stack {stack.name} has no such topic yet: run `pulumi up`.")
    pages = stack.client("sns").get_paginator("list_subscriptions_by_topic")
    found = [each for page in pages.paginate(TopicArn=topic) for each in page["Subscriptions"]]
    pending = [each["Endpoint"] for each in found if each["SubscriptionArn"] == PENDING]
    if pending:
        told = (
            f"{', '.join(pending)} has not confirmed the subscription, so it receives no {of}. Open the mail "
            '"AWS Notification - Subscription Confirmation" and follow its link; check the spam folder too.'
        )
        return _proof(what, "failed", by, told)
    if not found:
        told = (
            f"Nobody is subscribed to {of}s: `pulumi config set spotify-lake:{of}Email ADDRESS`, `pulumi up`, "
            "and confirm the mail."
        )
        return _proof(what, "not proved" if of == "alert" else "proved", by, told)
    return _proof(what, "proved", by, f"{', '.join(each['Endpoint'] for each in found)} is confirmed.")


def _spotify(stack: Stack) -> Proof:
    """Return the proof of one request to Spotify; if the quota group is closed, say so without a request."""
    by = "one request to Spotify's Web API"
    closed = blocked_groups(stack)
    if closed:
        groups = ", ".join(f"{group} until {until}" for group, until in sorted(closed.items()))
        told = f"Spotify has closed the quota group {groups}. Rehearse after that: until then, it accepts no request."
        return _proof("Spotify", "failed", "state/quota.json", told)
    try:
        answer = probe(stack)
    except (PipelineError, OpsError) as exc:
        return _proof("Spotify", "failed", by, str(exc))
    if answer.found is None:
        return _proof("Spotify", "not proved", by, answer.sentence())
    return _proof("Spotify", "proved" if answer.fits else "failed", by, answer.sentence())
