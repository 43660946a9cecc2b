"""Each statement gives requests that it allows and neighbors that it denies; IAM's evaluator decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ministack.core.iam_evaluator import EvalContext, evaluate, fnmatch_iam_cs, parse_policy_document

from ops.declared import Declared
from ops.errors import OpsError
from ops.rehearsal.cases import Case, cases, example, neighbor
from ops.rehearsal.statements import Role, parsed, roles

if TYPE_CHECKING:
    from collections.abc import Sequence

BUCKET = "arn:aws:s3:::lake"
STATEMENTS: dict[str, dict[str, Any]] = {
    "a prefix": {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": [f"{BUCKET}/raw/*", f"{BUCKET}/runs/*"]},
    "one object": {"Action": "s3:GetObject", "Resource": f"{BUCKET}/state/watchlist.json"},
    "a wildcard inside": {"Action": "kms:Decrypt", "Resource": "arn:aws:kms:*:1:key/0a1b"},
    "all of a kind": {"Action": "glue:GetTable", "Resource": "arn:aws:glue:eu-west-1:1:table/lake/*"},
    "a bare name": {"Action": "glue:GetTable", "Resource": "arn:aws:glue:eu-west-1:1:catalog"},
    "everything": {"Action": ["xray:PutTraceSegments", "logs:CreateLogDelivery"], "Resource": "*"},
    "a condition": {
        "Action": "s3:ListBucket",
        "Resource": BUCKET,
        "Condition": {"StringLike": {"s3:prefix": ["raw/*", "runs/*"]}},
    },
    "where it is given": {
        "Action": "s3:ListBucket",
        "Resource": BUCKET,
        "Condition": {"StringLikeIfExists": {"s3:prefix": ["runs/*"]}},
    },
    "where it is absent": {"Action": "s3:ListBucket", "Resource": BUCKET, "Condition": {"Null": {"s3:prefix": "true"}}},
    "two conditions": {
        "Action": "kms:Decrypt",
        "Resource": "arn:aws:kms:eu-west-1:1:key/0a1b",
        "Condition": {
            "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
        },
    },
    "a list of values": {
        "Action": "dynamodb:GetItem",
        "Resource": "arn:aws:dynamodb:eu-west-1:1:table/locks",
        "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["date#*", "spotify"]}},
    },
    "a refusal": {"Effect": "Deny", "Action": "s3:PutObject", "Resource": f"{BUCKET}/inbox/*"},
}


def role_of(statement: dict[str, Any]) -> Role:
    """Return a role of one statement."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
    return Role("role", "arn:aws:iam::1:role/role", tuple(parsed(document)), ())


def operations(service: str) -> Sequence[str]:
    """Return the operations of a service of which the statements above declare one."""
    return {"xray": ["PutTraceSegments", "CreateGroup"], "logs": ["CreateLogDelivery", "DeleteLogGroup"]}[service]


def decisions(case: Case, statement: dict[str, Any]) -> set[str]:
    """Return the evaluator's decisions on a case's requests."""
    document = parse_policy_document({"Statement": [{"Effect": "Allow", **statement}]})
    given_keys = {
        key.lower(): values if kind.endswith("List") else values[0] for key, (kind, values) in case.context.items()
    }
    return {
        evaluate(
            EvalContext(
                principal_arn="arn:aws:sts::1:assumed-role/role/x",
                principal_type="AssumedRole",
                principal_account="1",
                action=action,
                resource_arn=resource,
                region="eu-west-1",
                service_context={
                    key: list(value) if isinstance(value, tuple) else value for key, value in given_keys.items()
                },
            ),
            [document],
        ).decision
        for action in case.actions
        for resource in case.resources
    }


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_allows_its_examples_and_none_of_its_neighbors(name: str) -> None:
    statement = STATEMENTS[name]
    found = list(cases(role_of(statement), operations))
    wanted = {"allowed": {"Allow"}, "denied": {"ImplicitDeny"}, "explicitly denied": {"Deny"}}
    assert [decisions(case, statement) for case in found] == [wanted[case.expected] for case in found]
    assert {case.expected for case in found} >= (
        {"explicitly denied"} if "Effect" in statement else {"allowed", "denied"}
    )


def test_each_value_of_a_condition_and_each_key_has_a_case_of_its_own() -> None:
    (first, second, *others) = cases(role_of(STATEMENTS["a condition"]), operations)
    assert [case.context["s3:prefix"][1] for case in (first, second)] == [("raw/rehearsal",), ("runs/rehearsal",)]
    assert [case.expected for case in others] == ["denied", "denied"]
    misses = [case for case in cases(role_of(STATEMENTS["two conditions"]), operations) if case.expected == "denied"]
    assert len(misses) == 3  # another key, another service, no second factor


def test_an_operator_that_nothing_is_derived_from_is_named() -> None:
    statement = {"Action": "s3:GetObject", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    with pytest.raises(OpsError, match="IpAddress"):
        list(cases(role_of(statement), operations))


def test_a_resource_with_colons_in_its_name_has_a_neighbor_in_its_account() -> None:
    group = "arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/x"
    assert neighbor(f"{group}:*") == group.replace("/x", "/other-x") + ":rehearsal"


def test_a_role_that_may_do_something_everywhere_is_denied_the_first_operation_that_it_does_not_declare() -> None:
    """One of each service, in the same order each time."""
    services = ["athena", "glue", "kms", "s3", "sns", "sqs"]
    actions = [f"{service}:A" for service in reversed(services)]
    *_, denied = cases(role_of({"Action": actions, "Resource": "*"}), lambda _: ["C", "B", "A"])
    assert denied.actions == tuple(f"{service}:B" for service in services)


def test_the_order_in_which_aws_returns_a_policy_makes_no_difference() -> None:
    lists: dict[str, list[str]] = {"actions": ["s3:A", "s3:B"], "resources": ["a", "b"], "values": ["x", "y"]}

    def written(step: int) -> dict[str, Any]:
        actions, resources, values = (each[::step] for each in lists.values())
        given = {"StringLike": dict([("k", values), ("l", values)][::step]), "StringEquals": {"m": values}}
        condition = dict([*given.items()][::step])
        principal = {"Service": values, "AWS": values}
        one = {"Effect": "Allow", "Action": actions, "Resource": resources, "Condition": condition}
        return {"Statement": [{**one, "Principal": dict([*principal.items()][::step])}]}

    declared, found = parsed(written(1)), parsed(written(-1))
    assert declared == found
    assert [*declared[0].claims()] == [*found[0].claims()]


def test_roles_are_read_by_name() -> None:
    declared = [
        Declared("aws:iam/role:Role", name, {"assumeRolePolicy": {"Statement": []}}, {"name": name, "arn": name})
        for name in ("b", "c", "a")
    ]
    assert [role.name for role in roles(declared)] == ["a", "b", "c"]


PATTERNS = st.from_regex(r"[a-z][a-z0-9_.-]{0,8}([/:][a-z*][a-z0-9*?_.-]{0,8}){0,4}", fullmatch=True)


@settings(max_examples=25)
@given(PATTERNS)
def test_an_example_matches_its_pattern_and_a_neighbor_does_not(pattern: str) -> None:
    _matches_and_its_neighbor_does_not(pattern)


@pytest.mark.slow
@given(PATTERNS)
def test_more_examples_match_their_patterns_and_their_neighbors_do_not(pattern: str) -> None:
    _matches_and_its_neighbor_does_not(pattern)


def _matches_and_its_neighbor_does_not(pattern: str) -> None:
    arn = f"arn:aws:s3:::{pattern}"
    assert fnmatch_iam_cs(example(arn), arn)
    assert not fnmatch_iam_cs(neighbor(arn), arn)
