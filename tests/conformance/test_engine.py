"""The engine's part: its table has every configuration key, and its values differ from the defaults."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from conformance.bridge.values import UNKNOWN, proposed, same, tells_the_same, to_pulumi, to_terraform, unwrapped, wired
from conformance.engine.__main__ import main
from conformance.engine.scenarios import KEYS, SMALL
from infra.settings import defaults

if TYPE_CHECKING:
    import pytest

TABLE = tomllib.loads(KEYS.read_text())
BLOCK = {
    "attributes": {
        "name": {"type": "string", "optional": True, "computed": False},
        "arn": {"type": "string", "optional": False, "computed": True},
        "tags": {"type": ["map", "string"], "optional": True, "computed": False},
        "secret": {"type": "string", "optional": True, "computed": False, "sensitive": True},
    },
    "block_types": {
        "rule": {"nesting_mode": "list", "max_items": 0, "block": {"attributes": {"days": {"type": "number"}}}},
        "filter": {"nesting_mode": "list", "max_items": 1, "block": {"attributes": {"on": {"type": "bool"}}}},
    },
}


def test_every_key_is_in_the_table_with_another_value_than_its_default() -> None:
    assert TABLE.keys() == defaults().keys()
    now = {key: SMALL.get(key, value) for key, value in defaults().items()}
    assert [key for key, case in TABLE.items() if str(now[key]).lower() == case["value"].lower()] == []


def test_no_key_but_the_encryption_deletes_anything() -> None:
    deletes = {
        key for key, case in TABLE.items() if any(each.startswith(("delete", "replace")) for each in case["touches"])
    }
    assert deletes == {"customerManagedKey", "kmsKeyArn"}


def test_an_unknown_scenario_is_refused_before_the_engine_is_built(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["life", "--help"]) == 2
    assert capsys.readouterr().err.startswith("Unknown scenario '--help'. The known ones are: life, ")


def test_values_go_to_terraform_and_back() -> None:
    given = {"name": "a", "tags": {"n": 1.0}, "rules": [{"days": 7.0}], "filter": {"on": True}}
    written = to_terraform("aws_x", BLOCK, given)
    assert written == {
        "name": "a", "arn": None, "tags": {"n": "1"}, "secret": None, "rule": [{"days": 7.0}], "filter": [{"on": True}],
    }  # fmt: skip
    assert to_pulumi("aws_x", BLOCK, written) == {**given, "tags": {"n": "1"}}


def test_what_is_unknown_or_secret_is_so_on_both_sides() -> None:
    unknown = wired({"name": UNKNOWN})
    assert unwrapped(unknown) == {"name": UNKNOWN}
    assert to_terraform("aws_x", BLOCK, unwrapped(unknown))["name"] == UNKNOWN
    shown = to_pulumi("aws_x", BLOCK, {"secret": "s"})
    assert unwrapped(shown) == {"secret": "s"} != shown


def test_terraform_keeps_what_is_computed_and_nothing_else() -> None:
    prior = {"name": "a", "arn": "arn:a", "rule": [], "filter": []}
    config = to_terraform("aws_x", BLOCK, {"rules": [{"days": 1.0}]})
    made = proposed(BLOCK, prior, config)
    assert (made["name"], made["arn"], made["rule"]) == (None, "arn:a", [{"days": 1.0}])


def test_absent_and_empty_are_one_and_sets_have_no_order() -> None:
    assert same(None, [])
    assert same([{"a": 1}, {"a": 2}], [{"a": 2}, {"a": 1}])
    assert not same([{"a": 1}], [{"a": 1}, {"a": 1}])
    assert tells_the_same(False, None)
    assert not tells_the_same("a", "b")
