"""The program as a Terraform configuration has the provider's names and references; other texts stay texts."""

from __future__ import annotations

import pulumi
import pytest

from conformance.bridge.names import arguments, resource_type
from conformance.terraform.commands import Change, summary
from conformance.terraform.configuration import NotAnArgument, _block, _plain

BUCKET_RULES = {
    "attributes": {"id": {"type": "string", "computed": True}, "bucket": {"type": "string", "required": True}},
    "block_types": {
        "rule": {
            "nesting_mode": "list",
            "block": {
                "attributes": {"days": {"type": "number", "optional": True}},
                "block_types": {"filter": {"nesting_mode": "list", "max_items": 1, "block": {"attributes": {}}}},
            },
        }
    },
}


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "aws_s3_bucket_public_access_block"),
        ("aws:s3/bucketObjectv2:BucketObjectv2", "aws_s3_object"),
        ("aws:lambda/function:Function", "aws_lambda_function"),
    ],
)
def test_a_pulumi_type_is_the_providers(token: str, kind: str) -> None:
    assert resource_type(token) == kind


def test_a_list_is_plural_and_a_single_block_an_object() -> None:
    assert arguments("aws_x", BUCKET_RULES).keys() == {"id", "bucket", "rules"}
    written = _block("aws_x", BUCKET_RULES, {"bucket": "b", "rules": [{"days": 7.0, "filter": {}}]})
    assert written == {"bucket": "b", "rule": [{"days": 7, "filter": [{}]}]}


def test_an_input_that_the_provider_does_not_have_is_named() -> None:
    with pytest.raises(NotAnArgument, match="aws_x has no argument for day"):
        _block("aws_x", BUCKET_RULES, {"rules": [{"day": 7}]})


def test_only_our_references_are_templates() -> None:
    assert _plain("${aws_s3_bucket.raw.arn}/*") == "${aws_s3_bucket.raw.arn}/*"
    assert _plain('${Name} {% "%{x}" %}') == '$${Name} {% "%%{x}" %}'
    assert _plain(pulumi.FileArchive("code.zip")) == "code.zip"


def test_equal_changes_are_told_once() -> None:
    changes = [Change(f"aws_alarm.{name}", "update", {"period": (0, 300)}) for name in ("a", "b")]
    assert summary(changes) == "2 x aws_alarm: update period, such as aws_alarm.a: period 0 -> 300"
