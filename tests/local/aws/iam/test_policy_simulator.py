"""The policy simulator's answers are in order, and the strictest decision counts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ministack.services import sts

from local.aws.iam import callers
from local.aws.iam.policy_simulator import Subject, _context, _listed, _strictest


@pytest.mark.parametrize(
    ("decisions", "strictest"),
    [
        (["allowed", "allowed"], "allowed"), (["implicitDeny", "allowed"], "implicitDeny"),
        (["allowed", "explicitDeny", "implicitDeny"], "explicitDeny"),
    ],
)  # fmt: skip
def test_the_strictest_decision_counts(decisions: list[str], strictest: str) -> None:
    assert _strictest(decisions) == strictest


def test_the_condition_keys_of_all_policies_are_named_once_in_order() -> None:
    def policy(*keys: str) -> Any:
        return [SimpleNamespace(conditions={"StringEquals": dict.fromkeys(keys, "x")})]

    subject = Subject("arn", [policy("aws:c", "aws:a")], ([policy("aws:e", "aws:b")], [policy("aws:d", "aws:a")]))
    assert subject.condition_keys == [f"aws:{letter}" for letter in "abcde"]


def test_the_members_of_a_list_are_read_in_order_up_to_the_first_that_is_missing() -> None:
    members = {f"A.member.{number}": f"{number}" for number in (2, 1, 3, 5)}
    assert _listed(members, "A") == ["1", "2", "3"]


def test_a_condition_key_has_its_values_or_its_first_value() -> None:
    entry = "ContextEntries.member"
    given = {f"{entry}.1.ContextKeyName": "aws:A", f"{entry}.1.ContextKeyType": "stringList"}
    given |= {f"{entry}.2.ContextKeyName": "b", f"{entry}.2.ContextKeyType": "string"}
    given |= {f"{entry}.{e}.ContextKeyValues.member.{v}": f"v{v}" for e in (1, 2) for v in (1, 2)}
    assert _context(given) == {"aws:a": ["v1", "v2"], "b": "v1"}


def test_a_session_of_a_role_has_the_same_access_key_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sts, "register_session", lambda *_: None)
    role = "arn:aws:iam::1:role/r"
    key = callers.role_session(role, "s")
    assert (len(key), key[:4], callers.role_session(role, "s")) == (20, "ASIA", key)
    assert callers.role_session(role, "other") != key
