"""Other tools' findings about the program's policies: each has a written reason, and no reason is unused."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

from tests.infra.recording import OTHERWISE, program
from tests.policy.findings import REVIEWED, Finding, Reason, complaints, reviewed
from tests.policy.rendered import POLICIES, plan, policies

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def said_by_parliament() -> list[Finding]:
    """Return parliament's findings about every policy of the stacks, without trust policies, which it does not know."""
    stacks = (program("dev"), program("prod"), program("dev", **OTHERWISE))
    texts = {text: f"{kind} {name}" for stack in stacks for kind, name, text in policies(stack, POLICIES)}
    return [finding for text, whose in texts.items() for finding in parliament(whose, text)]


def parliament(whose: str, text: str) -> Iterator[Finding]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own making: pkg_resources, escapes, files left open
        from parliament import analyze_policy_string
    for each in analyze_policy_string(text).findings:
        yield Finding("parliament", each.issue, whose, str(each.detail))


def test_parliament_finds_nothing_without_a_written_reason(said_by_parliament: list[Finding]) -> None:
    assert complaints(said_by_parliament, reviewed("parliament")) == []


def test_parliament_finds_what_is_wrong_with_a_role() -> None:
    allow = '{"Effect": "Allow", "Action": ["s3:GetObjekt"], "Resource": ["arn:aws:s3:::x/*"]}'
    found = parliament("RolePolicy x", f'{{"Version": "2012-10-17", "Statement": [{allow}]}}')
    assert [each.check for each in found] == ["UNKNOWN_ACTION"]


@pytest.mark.parametrize(
    ("findings", "left"),
    [
        ([Finding("checkov", "C1", "a.raw", "is open")], []),
        (
            [Finding("checkov", "C2", "a.raw", "is open")],
            ["checkov C2 on a.raw: is open", "checkov no longer says C1 of a.*"],
        ),
        ([], ["checkov no longer says C1 of a.*"]),
    ],
    ids=["reviewed", "new", "gone"],
)
def test_a_finding_needs_a_reason_and_a_reason_a_finding(findings: list[Finding], left: list[str]) -> None:
    assert complaints(findings, [Reason("checkov", "C1", "a.*", "because")]) == left


def test_every_reason_is_a_sentence() -> None:
    reasons = reviewed("parliament", "checkov", "cfn-lint")
    assert len(reasons) == REVIEWED.read_text().count("[[finding]]")
    assert [each for each in reasons if len(each.because.split()) < 10 or not each.because.endswith(".")] == []


def test_a_plan_shows_other_tools_what_the_program_registers() -> None:
    shown = plan(program("dev"))
    (bucket,) = (
        each["values"]
        for each in shown["planned_values"]["root_module"]["resources"]
        if each["address"] == "aws_s3_bucket_server_side_encryption_configuration.spotify-lake-dev-raw"
    )
    assert bucket["rule"][0]["apply_server_side_encryption_by_default"][0]["sse_algorithm"] == "aws:kms"
    (configured,) = (
        each["expressions"]["bucket"]
        for each in shown["configuration"]["root_module"]["resources"]
        if each["address"] == "aws_s3_bucket_policy.spotify-lake-dev-raw"
    )
    assert configured["references"] == ["aws_s3_bucket.spotify-lake-dev-raw.id", "aws_s3_bucket.spotify-lake-dev-raw"]
