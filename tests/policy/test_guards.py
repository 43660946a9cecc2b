"""Each rule of the policy pack on the smallest resources that it refuses, and how strongly the pack refuses them."""

from __future__ import annotations

import json
import runpy
import sys
from types import ModuleType
from typing import Any

import pytest

from policy import rules
from policy.rules import UNKNOWN, Resource

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
CLOSED = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)


def test_a_bucket_is_open_where_nothing_says_that_it_is_closed() -> None:
    assert list(rules.buckets_are_closed(Resource(BLOCK, "raw", CLOSED))) == []
    for name in CLOSED:
        for value in ({}, {name: False}, {name: UNKNOWN}):
            block = Resource(BLOCK, "raw", {key: True for key in CLOSED if key != name} | value)
            assert list(rules.buckets_are_closed(block)) == [f"bucket raw does not set {name}"]


def declared(of: str, *statements: dict[str, Any]) -> Resource:
    return Resource(rules.STATEMENTS, "raw", {"of": of, "statements": [*statements]})


def test_only_a_denial_keeps_clear_text_out() -> None:
    clear = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    found = [
        list(rules.buckets_are_closed(declared("bucket", {"Effect": effect, **clear}))) for effect in ("Allow", "Deny")
    ]
    assert found == [["the policy of bucket raw allows requests without TLS"], []]


@pytest.mark.parametrize(("service", "told"), [("xray", 0), ("logs", 0), ("kms", 1), ("s3", 1)])
def test_only_traces_and_log_deliveries_are_allowed_on_everything(service: str, told: int) -> None:
    may = {"Effect": "Allow", "Action": [f"{service}:Do"], "Resource": ["*"]}
    assert len(list(rules.roles_do_not_hold_everything(declared("role", may)))) == told


def test_a_role_that_may_write_the_marker_must_be_denied_it() -> None:
    may, never = (
        {"Effect": effect, "Action": ["s3:PutObject"], "Resource": ["arn:aws:s3:::raw/*"]}
        for effect in ("Allow", "Deny")
    )
    policies = [
        Resource(rules.ROLE_POLICY, "r", {"policy": json.dumps({"Statement": each})}) for each in ([may], [may, never])
    ]
    assert [len(list(rules.no_role_may_write_the_marker(each))) for each in policies] == [1, 0]


def test_what_does_not_say_that_it_is_encrypted_or_rotates_is_not() -> None:
    bare = [Resource(kind, "x", {}) for kind in ("aws:sns/topic:Topic", "aws:sqs/queue:Queue", "aws:kms/key:Key")]
    assert [len(list(rules.everything_kept_is_encrypted(each))) for each in bare] == [1, 1, 1]


def test_a_bucket_lacks_each_of_the_six_that_is_not_of_its_name() -> None:
    """Public access, owner, encryption, versions, lifecycle and policy."""
    sides = (
        "PublicAccessBlock", "OwnershipControls", "ServerSideEncryptionConfiguration", "Versioning",
        "LifecycleConfiguration", "Policy",
    )  # fmt: skip
    others = [Resource(f"aws:s3/bucket{each}:Bucket{each}", "other", {}) for each in sides]
    found = list(rules.buckets_have_all_their_side_resources([Resource("aws:s3/bucket:Bucket", "raw", {}), *others]))
    assert found == [f"bucket raw has no Bucket{each} with the same name" for each in sides]


@pytest.mark.parametrize("kind", [rules.ROLE_POLICY, rules.BUCKET_POLICY])
def test_a_policy_that_is_not_known_needs_declared_statements_of_its_own_name(kind: str) -> None:
    unknown, own = Resource(kind, "raw", {"policy": UNKNOWN}), declared("role")
    other = Resource(rules.STATEMENTS, "other", own.props)
    told = [len(list(rules.every_policy_says_what_it_will_say([unknown, each]))) for each in (own, other)]
    assert told == [0, 1]


def test_policies_that_are_validated_later_are_named_in_order() -> None:
    policies = [Resource(rules.ROLE_POLICY, name, {"policy": UNKNOWN}) for name in ("b", "a")]
    (told,) = rules.what_is_validated_later(policies)
    assert told.startswith("the ARNs in 2 role policies")
    assert told.endswith(": a, b")


def test_the_pack_refuses_what_breaks_a_rule_and_only_notes_what_comes_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulumi's packages of the pack are installed beside it, so they are stood in for here."""
    packs: list[dict[str, str]] = []
    sdk, proxy = ModuleType("pulumi_policy"), ModuleType("pulumi_policy.proxy")
    level: Any = type("EnforcementLevel", (), {"MANDATORY": "mandatory", "ADVISORY": "advisory"})
    given: Any = {
        "EnforcementLevel": level,
        "ResourceValidationPolicy": lambda **policy: policy,
        "StackValidationPolicy": lambda **policy: policy,
        "PolicyPack": lambda _name, policies: packs.append(
            {each["name"]: each["enforcement_level"] for each in policies}
        ),
    }
    for name in ("ReportViolation", "ResourceValidationArgs", "StackValidationArgs"):
        given[name] = object
    sdk.__dict__.update(given)
    proxy.__dict__["UnknownValueError"] = ValueError
    for name, module in (("pulumi_policy", sdk), ("pulumi_policy.proxy", proxy), ("rules", rules)):
        monkeypatch.setitem(sys.modules, name, module)
    runpy.run_path(f"{rules.__file__.removesuffix('rules.py')}__main__.py")
    (levels,) = packs
    assert len(levels) == len(rules.RESOURCE_RULES + rules.STACK_RULES + rules.NOTICES)
    assert [name for name, each in levels.items() if each != "mandatory"] == ["what-is-validated-later"]
