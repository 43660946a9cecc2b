"""Nothing of the stack is reachable from outside, stored unencrypted, or kept for ever."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from functions.shared.keys import TABLES
from tests.infra.recording import ACCOUNT, KEY_ID, OTHERWISE, REGION, arn, program

if TYPE_CHECKING:
    from tests.infra.recording import Recorded

KEY = arn("aws:kms/key:Key", KEY_ID)
SOURCES = {
    f"arn:aws:{thing}"
    for thing in (
        f"states:{REGION}:{ACCOUNT}:stateMachine:spotify-lake-dev",
        f"scheduler:{REGION}:{ACCOUNT}:schedule-group/spotify-lake-dev",
        f"events:{REGION}:{ACCOUNT}:rule/spotify-lake-dev-inbox",
    )
}
NAMES = {f"spotify-lake-dev-{noun}-1a2b3c4" for noun in ("raw", "curated", "results", "artifacts")}


def statements(policy: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return found


def test_no_bucket_is_public(stack: Recorded) -> None:
    blocks = stack.of_type("BucketPublicAccessBlock").values()
    assert {block["bucket"] for block in blocks} == NAMES
    for block in blocks:
        assert [value for key, value in block.items() if key != "bucket"] == [True] * 4


def test_every_bucket_belongs_to_its_owner_alone(stack: Recorded) -> None:
    rules = stack.of_type("BucketOwnershipControls").values()
    assert {each["bucket"] for each in rules} == NAMES
    assert {each["rule"]["objectOwnership"] for each in rules} == {"BucketOwnerEnforced"}


@pytest.mark.parametrize("kind", ["BucketPolicy", "TopicPolicy", "QueuePolicy"])
def test_clear_text_is_refused(stack: Recorded, kind: str) -> None:
    policies = stack.of_type(kind).values()
    assert len(policies) == {"BucketPolicy": 4, "TopicPolicy": 2}.get(kind, 1)
    for policy in policies:
        refusals = [each for each in statements(policy["policy"]) if each["Effect"] == "Deny"]
        conditions = [each["Condition"] for each in refusals]
        assert {"Bool": {"aws:SecureTransport": "false"}} in conditions
        assert kind != "BucketPolicy" or {"NumericLessThan": {"s3:TlsVersion": "1.2"}} in conditions


def test_no_resource_policy_lets_anyone_in(stack: Recorded) -> None:
    for kind in ("BucketPolicy", "TopicPolicy", "QueuePolicy", "Key"):
        for policy in stack.of_type(kind).values():
            for each in statements(policy["policy"]):
                assert each["Effect"] == "Deny" or each["Principal"] != "*"
                if "Service" in each.get("Principal", {}) and (kind, each["Sid"]) != ("TopicPolicy", "EventBridge"):
                    assert each["Condition"], f"{kind}: {each['Sid']} trusts a service for any account"


def test_only_to_rules_the_topic_is_open_without_a_condition(stack: Recorded) -> None:
    """EventBridge sends no key that a topic's policy could test; what it may do is publish, to the alerts' topic."""
    topics = stack.of_type("TopicPolicy")
    assert {each["Effect"] for each in statements(topics["spotify-lake-dev-digest"]["policy"])} == {"Deny"}
    topic = topics["spotify-lake-dev-alerts"]
    (open_to,) = [each for each in statements(topic["policy"]) if "Condition" not in each]
    assert (open_to["Principal"], open_to["Action"]) == ({"Service": "events.amazonaws.com"}, "sns:Publish")
    assert open_to["Resource"] == topic["arn"]


def test_only_rules_of_this_stack_and_account_leave_dead_letters(stack: Recorded) -> None:
    (queue,) = stack.of_type("QueuePolicy").values()
    (rules,) = [each for each in statements(queue["policy"]) if each["Effect"] == "Allow"]
    assert set(rules["Condition"]) == {"ArnLike", "StringEquals"}
    assert rules["Condition"]["ArnLike"]["aws:SourceArn"].endswith(":rule/spotify-lake-dev-*")
    assert set(rules["Condition"]["StringEquals"]) == {"aws:SourceAccount"}


def test_a_role_is_taken_by_one_service_for_this_stacks_resource_only(stack: Recorded) -> None:
    """This prevents confused deputies; Lambda sends no source when it assumes a role; Glue has not been seen to."""
    for name, role in stack.of_type("aws:iam/role:Role").items():
        (trust,) = statements(role["assumeRolePolicy"])
        assert (trust["Effect"], trust["Action"], list(trust["Principal"])) == ("Allow", "sts:AssumeRole", ["Service"])
        if trust["Principal"]["Service"] in {"glue.amazonaws.com", "lambda.amazonaws.com"}:
            assert "Condition" not in trust, name
        else:
            assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}, name
            assert trust["Condition"]["ArnLike"]["aws:SourceArn"] in SOURCES, name


def test_every_bucket_encrypts_with_the_stacks_key(stack: Recorded) -> None:
    for each in stack.of_type("BucketServerSideEncryptionConfiguration").values():
        (rule,) = each["rules"]
        assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
        assert rule["bucketKeyEnabled"]


def test_everything_else_is_under_the_stacks_key(stack: Recorded) -> None:
    assert {each["kmsKeyId"] for each in stack.of_type("LogGroup").values()} == {KEY}
    assert {each["kmsMasterKeyId"] for each in stack.of_type("Topic").values()} == {KEY}
    assert stack.one("Queue")["kmsMasterKeyId"] == KEY
    assert stack.one("aws:secretsmanager/secret:Secret")["kmsKeyId"] == KEY
    assert stack.one("aws:dynamodb/table:Table")["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": KEY}
    results = stack.one("Workgroup")["configuration"]["resultConfiguration"]
    assert results["encryptionConfiguration"] == {"encryptionOption": "SSE_KMS", "kmsKeyArn": KEY}


def test_the_key_rotates(stack: Recorded) -> None:
    assert stack.one("Key")["enableKeyRotation"] is True


def test_an_existing_key_is_used_instead_of_a_new_one(otherwise: Recorded) -> None:
    assert not otherwise.of_type("Key")
    assert {each["kmsKeyId"] for each in otherwise.of_type("LogGroup").values()} == {OTHERWISE["kmsKeyArn"]}


def test_an_existing_log_bucket_hears_of_every_access(otherwise: Recorded) -> None:
    buckets = otherwise.of_type("aws:s3/bucket:Bucket")
    logged = {each["targetPrefix"]: each["targetBucket"] for each in otherwise.of_type("BucketLogging").values()}
    assert logged == {f"{name}/": OTHERWISE["logBucket"] for name in buckets}


@pytest.mark.slow
def test_without_a_key_of_ones_own_everything_is_still_encrypted() -> None:
    stack = program("dev", customerManagedKey="false", dependencyLayers="false")
    assert not stack.of_type("Key")
    for each in stack.of_type("BucketServerSideEncryptionConfiguration").values():
        assert each["rules"] == [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]
    assert stack.one("Queue")["sqsManagedSseEnabled"] is True
    assert "kms:" not in json.dumps([each["policy"] for each in stack.of_type("RolePolicy").values()])


def test_every_bucket_is_versioned_and_forgets(stack: Recorded) -> None:
    versioned = stack.of_type("BucketVersioning").values()
    assert {each["bucket"] for each in versioned} == NAMES
    assert {each["versioningConfiguration"]["status"] for each in versioned} == {"Enabled"}
    for name, each in stack.of_type("BucketLifecycleConfiguration").items():
        leftovers = each["rules"][-1]
        assert leftovers["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 1}
        markers = {} if name.endswith("results") else {"expiredObjectDeleteMarker": True}  # else its one rule does it
        assert leftovers.get("expiration", {}) == markers
        kept = {
            rule["filter"]["prefix"]: rule["noncurrentVersionExpiration"]["noncurrentDays"]
            for rule in each["rules"]
            if "noncurrentVersionExpiration" in rule
        }
        by_prefix = {"raw/": 1, "inbox/": 1, "runs/": 1, "state/": 7}
        assert kept == (by_prefix if name.endswith("raw") else {"": 1})


@pytest.mark.parametrize(
    ("noun", "kept", "days"),
    [
        ("raw", {"raw/", "inbox/", "runs/"}, 30),
        ("curated", {*(f"{table}/" for table in TABLES), "reports/", "published/"}, 30),
        ("results", {""}, 7),
    ],
    ids=["raw", "curated", "results"],
)
def test_objects_expire(stack: Recorded, noun: str, kept: set[str], days: int) -> None:
    rules = stack.of_type("BucketLifecycleConfiguration")[f"spotify-lake-dev-{noun}"]["rules"]
    expiring = {rule["filter"]["prefix"]: rule["expiration"]["days"] for rule in rules[:-1] if "expiration" in rule}
    assert expiring == dict.fromkeys(kept, days)


def test_the_ledger_and_the_frontier_are_kept(stack: Recorded) -> None:
    for noun, prefix in (("curated", "runs/"), ("raw", "state/")):
        rules = stack.of_type("BucketLifecycleConfiguration")[f"spotify-lake-dev-{noun}"]["rules"]
        assert not [
            rule
            for rule in rules
            if prefix.startswith(rule["filter"]["prefix"]) and "days" in rule.get("expiration", {})
        ]


def test_every_log_group_forgets(stack: Recorded) -> None:
    assert {each["retentionInDays"] for each in stack.of_type("LogGroup").values()} == {30}


def test_the_secret_is_created_without_a_value(stack: Recorded) -> None:
    assert not stack.of_type("SecretVersion")


def test_no_column_says_more_than_glue_takes(stack: Recorded) -> None:
    """A comment has at most 255 characters: https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html."""
    columns = {
        f"{name}.{column['name']}": column["comment"]
        for name, table in stack.of_type("CatalogTable").items()
        for column in (*table["storageDescriptor"]["columns"], *table.get("partitionKeys", []))
    }
    assert len(columns) > 100
    assert [name for name, comment in columns.items() if len(comment) > 255] == []
