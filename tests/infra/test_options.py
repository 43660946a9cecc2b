"""Options that mocks do not show, read from the registrations: what is protected, and what was renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.infra.known_resources import known
from tests.infra.recording import program, record

if TYPE_CHECKING:
    from pathlib import Path

    from tests.infra.recording import Recorded

RENAMED = """
import pulumi
import pulumi_aws as aws

class Noun(pulumi.ComponentResource):
    def __init__(self):
        super().__init__("x:y:Noun", "noun")

was = [pulumi.Alias(name="old"), pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE),
       "urn:pulumi:dev::spotify-lake::aws:sns/topic:Topic::oldest"]
aws.sns.Topic("new", opts=pulumi.ResourceOptions(parent=Noun(), protect=True, aliases=was))
"""


def test_what_was_deployed_keeps_its_urn_or_is_known_by_an_alias(stack: Recorded) -> None:
    """Otherwise the engine deletes it with its data. To delete on purpose, remove it from known_resources.txt too."""
    aliases = {alias for each in stack.resources for alias in each.aliases}
    names = {each.known_as for each in stack.resources if each.custom}
    assert known() - names - aliases == set()
    assert names - known() == set(), "new ones are written down by: python -m tests.infra.known_resources"


def test_aliases_and_protection_are_seen(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(RENAMED)
    (tmp_path / "Pulumi.yaml").write_text("name: spotify-lake")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}")
    (topic,) = (each for each in record("dev", root=tmp_path).resources if each.custom)
    assert topic.known_as == "x:y:Noun$aws:sns/topic:Topic::new"
    assert topic.aliases == [
        "x:y:Noun$aws:sns/topic:Topic::old",
        "aws:sns/topic:Topic::new",
        "aws:sns/topic:Topic::oldest",
    ]
    assert topic.protect


def test_prod_protects_what_cannot_be_made_again(prod: Recorded) -> None:
    protected = {(each.type.rsplit(":", 1)[1], each.name.rsplit("-", 1)[1]) for each in prod.resources if each.protect}
    guards = (
        "Bucket", "BucketPublicAccessBlock", "BucketOwnershipControls", "BucketPolicy", "BucketVersioning",
        "BucketServerSideEncryptionConfiguration", "BucketLifecycleConfiguration",
    )  # fmt: skip
    kept = {(guard, bucket) for guard in guards for bucket in ("raw", "curated")}
    assert protected == kept | {("Key", "key"), ("Secret", "spotify")}


def test_a_bucket_that_is_protected_is_never_emptied_to_delete_it(prod: Recorded) -> None:
    buckets = prod.of_type("aws:s3/bucket:Bucket")
    emptied = {name.rpartition("-")[2] for name, each in buckets.items() if each["forceDestroy"]}
    assert emptied == {"artifacts", "results"}  # both can be made again


def test_a_secret_that_is_deleted_can_be_restored_for_a_week_where_data_is_protected(
    stack: Recorded, prod: Recorded
) -> None:
    assert prod.one("aws:secretsmanager/secret:Secret")["recoveryWindowInDays"] == 7
    assert stack.one("aws:secretsmanager/secret:Secret")["recoveryWindowInDays"] == 0


def test_a_key_that_is_deleted_can_be_restored_for_longer_where_data_is_protected(
    stack: Recorded, prod: Recorded
) -> None:
    assert (
        prod.one("aws:kms/key:Key")["deletionWindowInDays"],
        stack.one("aws:kms/key:Key")["deletionWindowInDays"],
    ) == (
        30,
        7,
    )


def test_no_stack_deletes_a_key_that_its_data_is_under(stack: Recorded, prod: Recorded) -> None:
    """It is not deleted when the stack is destroyed, nor when `customerManagedKey` or `kmsKeyArn` changes."""
    keys = [each for recorded in (stack, prod) for each in recorded.resources if each.type == "aws:kms/key:Key"]
    assert [each.retained for each in keys] == [True, True]


def test_every_resource_under_the_key_says_so_without_a_key_too(stack: Recorded) -> None:
    """An omitted argument keeps its former key, so that a preview would not show the change of key."""
    assert stack.one("Table")["serverSideEncryption"]["kmsKeyArn"]
    assert program("dev", customerManagedKey="false").one("Table")["serverSideEncryption"] == {"enabled": False}


def test_texts_that_are_shown_elsewhere_are_hidden_where_they_are_encoded(stack: Recorded) -> None:
    shown = {each.name: each.inputs for each in stack.resources}
    hidden = {(each.type.rsplit(":", 1)[1], *each.hidden) for each in stack.resources if each.hidden}
    assert hidden == {("CatalogTable", "viewOriginalText"), ("StateMachine", "definition")}
    assert "FROM spotify_dev_lake.albums" in shown["spotify-lake-dev-catalogue"]["views"]["albums"]
    pipeline = next(each.inputs for each in stack.resources if each.type == "spotify-lake:infra:Pipeline")
    assert '"TimeoutSeconds": 86400' in pipeline["definition"]["template"]
    assert len(pipeline["definition"]["AuditSql"].splitlines()) > 50


def test_dev_can_be_destroyed(stack: Recorded) -> None:
    assert not [each.name for each in stack.resources if each.protect]
    assert {each["forceDestroy"] for each in stack.of_type("aws:s3/bucket:Bucket").values()} == {True}


ROLE, POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"


def test_what_works_with_a_role_comes_after_its_policy_and_goes_before_it(stack: Recorded) -> None:
    """The policy is the role's child, and Pulumi does not wait for the children of a custom resource."""
    roles = {each.name for each in stack.resources if each.type == ROLE}
    users = [
        (each, name)
        for each in stack.resources
        for type_, name in each.after
        if type_ == ROLE and each.custom and (each.type, each.name) != (POLICY, name)
    ]
    assert {name for _, name in users} == roles
    assert [each.known_as for each, name in users if (POLICY, name) not in each.after] == []


def test_what_guards_a_bucket_comes_in_the_order_that_s3_needs(stack: Recorded) -> None:
    """A policy may be refused while public policies are not blocked; versions expire only if there are versions."""
    before = {"BucketPolicy": "BucketPublicAccessBlock", "BucketLifecycleConfiguration": "BucketVersioning"}
    found = [
        (each.name, {type_.rsplit(":", 1)[1] for type_, name in each.after if name == each.name}, before[kind])
        for each in stack.resources
        if (kind := each.type.rsplit(":", 1)[1]) in before
    ]
    assert len(found) == 2 * len(stack.of_type("aws:s3/bucket:Bucket"))
    assert [name for name, after, needed in found if needed not in after] == []


def test_a_rule_has_a_target_once_topic_and_queue_take_what_it_sends(stack: Recorded) -> None:
    targets = {
        each.name: {type_.rsplit(":", 1)[1] for type_, _ in each.after}
        for each in stack.resources
        if each.type.endswith((":EventTarget", ":Schedule"))
    }
    assert len(targets) == 3
    for name, after in targets.items():
        needed = {"QueuePolicy"} | ({"TopicPolicy"} if name.endswith("executions") else set())
        assert needed <= after, name
