"""The policy pack accepts the program, and refuses it after a guarded line is broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from fnmatch import fnmatchcase
from typing import Any

import pytest

from policy.rules import MARKER, NOTICES, RESOURCE_RULES, STACK_RULES, STATEMENTS, UNKNOWN, Resource, known
from tests.infra.recording import program
from tests.policy.pack import previewed

Break = Callable[[list[Resource]], None]


@pytest.fixture(scope="module")
def good() -> list[Resource]:
    """The program's own resources."""
    return [Resource(each.type, each.name, each.inputs) for each in program("dev").resources]


def find(resources: list[Resource], noun: str, name: str) -> dict[str, Any]:
    (found,) = (each.props for each in resources if each.type.endswith(f":{noun}") and each.name.endswith(name))
    return found


def rewrite(props: dict[str, Any], change: Callable[[list[dict[str, Any]]], object]) -> None:
    document = json.loads(props["policy"])
    change(document["Statement"])
    props["policy"] = json.dumps(document)


def allow(action: str, resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": [action], "Resource": [resource]}


def without_its_denial(statements: list[dict[str, Any]]) -> None:
    statements[:] = [each for each in statements if each["Effect"] == "Allow"]
    statements.append(allow("s3:PutObject", "arn:aws:s3:::spotify-lake-dev-raw-1a2b3c4/*"))


BROKEN: dict[str, tuple[Break, str]] = {
    "a bucket opens": (
        lambda all_: find(all_, "BucketPublicAccessBlock", "raw").update(blockPublicAcls=False),
        "bucket spotify-lake-dev-raw does not set blockPublicAcls",
    ),
    "a bucket takes clear text": (
        lambda all_: rewrite(find(all_, "BucketPolicy", "raw"), list.clear),
        "the policy of bucket spotify-lake-dev-raw allows requests without TLS",
    ),
    "a bucket has no lifecycle": (
        lambda all_: all_.remove(next(each for each in all_ if each.type.endswith("LifecycleConfiguration"))),
        "has no BucketLifecycleConfiguration with the same name",
    ),
    "a role may do all": (
        lambda all_: rewrite(find(all_, "RolePolicy", "publish"), lambda s: s.append(allow("s3:*", "arn:aws:s3:::x"))),
        "role policy spotify-lake-dev-publish allows s3:*",
    ),
    "a role may do it everywhere": (
        lambda all_: rewrite(find(all_, "RolePolicy", "publish"), lambda s: s.append(allow("s3:GetObject", "*"))),
        "role policy spotify-lake-dev-publish allows s3:GetObject on every resource",
    ),
    "the topic is clear": (
        lambda all_: find(all_, "Topic", "alerts").pop("kmsMasterKeyId"),
        "topic spotify-lake-dev-alerts is not encrypted",
    ),
    "the key stays": (
        lambda all_: find(all_, "Key", "key").update(enableKeyRotation=False),
        "key spotify-lake-dev-key does not rotate",
    ),
    "logs stay": (
        lambda all_: find(all_, "LogGroup", "extract").pop("retentionInDays"),
        "keeps logs without a limit",
    ),
    "the pipeline starts itself": (
        lambda all_: rewrite(find(all_, "RolePolicy", "extract"), without_its_denial),
        "role policy spotify-lake-dev-extract may write inbox/snapshot_date=*/_READY",
    ),
}


def said(resources: list[Resource]) -> list[str]:
    return [sentence for rule in RESOURCE_RULES for each in resources for sentence in rule(each)] + [
        sentence for rule in STACK_RULES for sentence in rule(resources)
    ]


def test_the_program_passes(good: list[Resource]) -> None:
    assert said(good) == []


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_program_is_stopped(good: list[Resource], case: str) -> None:
    breaking, sentence = BROKEN[case]
    bad = [Resource(each.type, each.name, _copied(each.props)) for each in good]
    breaking(bad)
    found = said(bad)
    assert any(sentence in each for each in found)
    assert len(found) == (2 if case == "the pipeline starts itself" else 1), "its role may also write the marker"


def _copied(props: dict[str, Any]) -> dict[str, Any]:
    return {key: value if key == "code" else deepcopy(value) for key, value in props.items()}


@pytest.fixture
def first_preview() -> list[Resource]:
    """The program's resources as the first preview of a stack knows them."""
    return [
        Resource(each.type, each.name, _copied(each.inputs)) for each in previewed(program("dev").resources, UNKNOWN)
    ]


def test_a_first_preview_passes_and_says_what_it_could_not_validate(first_preview: list[Resource]) -> None:
    assert find(first_preview, "RolePolicy", "extract")["policy"] is UNKNOWN
    assert said(first_preview) == []
    (notice,) = (sentence for rule in NOTICES for sentence in rule(first_preview))
    assert "spotify-lake-dev-extract" in notice


def test_a_first_preview_stops_a_role_that_may_do_everything(first_preview: list[Resource]) -> None:
    """Its policy is not known yet; the statements declared beside it are."""
    find(first_preview, "PolicyStatements", "publish")["statements"].append(allow("s3:*", "*"))
    assert "role policy spotify-lake-dev-publish allows s3:*" in said(first_preview)


def test_a_first_preview_stops_a_bucket_that_takes_clear_text(first_preview: list[Resource]) -> None:
    find(first_preview, "PolicyStatements", "raw")["statements"].clear()
    assert said(first_preview) == ["the policy of bucket spotify-lake-dev-raw allows requests without TLS"]


def test_a_first_preview_stops_a_policy_that_nobody_can_validate(first_preview: list[Resource]) -> None:
    without = [each for each in first_preview if (each.type, each.name) != (STATEMENTS, "spotify-lake-dev-extract")]
    (found,) = said(without)
    assert "the policy spotify-lake-dev-extract is not known yet" in found


def test_the_statements_declared_are_those_of_the_policies(good: list[Resource]) -> None:
    """Otherwise a preview would validate other statements than the deployed ones."""
    declared = {each.name: each.props["statements"] for each in good if each.type == STATEMENTS}
    policies = [each for each in good if each.type.endswith((":RolePolicy", ":BucketPolicy"))]
    assert declared.keys() == {each.name for each in policies}
    for each in policies:
        written = {_grants(statement) for statement in json.loads(each.props["policy"])["Statement"]}
        assert frozenset.union(*written) == frozenset.union(*map(_grants, declared[each.name])), each.name


def _grants(statement: dict[str, Any]) -> frozenset[tuple[str, str, str, str]]:
    """Return each action on each resource, with the effect and the condition."""
    condition = json.dumps(statement.get("Condition") or {}, sort_keys=True)
    actions, on = (each if isinstance(each, list) else [each] for each in (statement["Action"], statement["Resource"]))
    return frozenset((statement["Effect"], action, arn, condition) for action in actions for arn in on)


def test_the_marker_is_one_that_the_inbox_rule_matches(good: list[Resource]) -> None:
    patterns = [json.loads(each.props["eventPattern"]) for each in good if each.type.endswith(":EventRule")]
    (keys,) = (each["detail"]["object"]["key"] for each in patterns if "object" in each["detail"])
    assert any(fnmatchcase(MARKER, key["wildcard"]) for key in keys)


class Preview(Mapping[str, Any]):
    """A mapping that raises where a value is not known yet, as Pulumi's own does."""

    def __init__(self, **values: Any) -> None:
        self.values_ = values

    def __getitem__(self, key: str) -> Any:
        if self.values_[key] is None:
            raise LookupError(key)
        return self.values_[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


def test_one_unknown_value_hides_no_other() -> None:
    seen = known(Preview(arn=None, rules=[Preview(id="all", bucket=None)], days=7), LookupError)
    assert seen == {"arn": UNKNOWN, "rules": [{"id": "all", "bucket": UNKNOWN}], "days": 7}
