"""Statements of a policy that differ only in their resources are one, however their actions are listed."""

from __future__ import annotations

import json

from infra.rights.statements import _merged, allow, written


def test_the_order_of_actions_makes_no_other_statement_and_no_resource_is_named_twice() -> None:
    rights = [allow("s3:A", "s3:B", on=["x", "y"]), allow("s3:B", "s3:A", on=["y", "z"]), allow("s3:B", on=["x"])]
    both, one = json.loads(_merged(written(rights)))["Statement"]
    assert both == {"Sid": "S0", "Effect": "Allow", "Action": ["s3:A", "s3:B"], "Resource": ["x", "y", "z"]}
    assert (one["Sid"], one["Action"]) == ("S1", ["s3:B"])
