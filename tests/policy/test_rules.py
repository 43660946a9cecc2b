"""The policy pack lets the program through, and stops it once a guarded line is broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest

from policy.rules import RULES, UNKNOWN, Resource, known
from tests.infra.recording import program
from tests.policy.pack import previewed

Break = Callable[[list[Resource]], None]


@pytest.fixture(scope="module")
def good() -> list[Resource]:
    """The program's own resources."""
    return [Resource(each.type, each.name, each.inputs) for each in program("dev").resources if each.custom]


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
        "the policy of bucket spotify-lake-dev-raw lets clear text through",
    ),
    "a bucket has no lifecycle": (
        lambda all_: all_.remove(next(each for each in all_ if each.type.endswith("LifecycleConfiguration"))),
        "has no BucketLifecycleConfiguration of its name",
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
        "keeps logs for ever",
    ),
    "the pipeline starts itself": (
        lambda all_: rewrite(find(all_, "RolePolicy", "extract"), without_its_denial),
        "role policy spotify-lake-dev-extract may write inbox/snapshot_date=*/_READY",
    ),
}


def said(resources: list[Resource]) -> list[str]:
    return [sentence for rule in RULES for sentence in rule(resources)]


def test_the_program_passes(good: list[Resource]) -> None:
    assert said(good) == []


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_program_is_stopped(good: list[Resource], case: str) -> None:
    breaking, sentence = BROKEN[case]
    bad = [Resource(each.type, each.name, _copied(each.props)) for each in good]
    breaking(bad)
    (found,) = said(bad)
    assert sentence in found


def _copied(props: dict[str, Any]) -> dict[str, Any]:
    return {key: value if key == "code" else deepcopy(value) for key, value in props.items()}


def test_what_a_preview_does_not_know_yet_is_no_error() -> None:
    preview = [each for each in previewed(program("dev").resources, UNKNOWN) if each.custom]
    resources = [Resource(each.type, each.name, each.inputs) for each in preview]
    assert find(resources, "RolePolicy", "extract")["policy"] is UNKNOWN
    assert said(resources) == []


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
