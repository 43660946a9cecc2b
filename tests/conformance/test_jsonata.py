"""The JSONata part evaluates each expression of the definition, and reports each different evaluation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from conformance import jsonata
from conformance.part import Disagreement
from local.aws.stepfunctions.expressions import Scope

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.jsonata import Seen

SCOPE: Seen = {"input": {"n": 2}, "context": {"variables": {"x": 3, "none": None}}, "result": None, "error": None}
DEFINITION = {"A": {"Output": "{% $x + 1 %}", "Arguments": [{"a": "{% $none %}", "b": "plain"}]}, "B": "{% $x + 1 %}"}


def test_each_expression_of_a_definition_is_found() -> None:
    assert list(jsonata.expressions(DEFINITION)) == ["$x + 1", "$none", "$x + 1"]


def test_an_expression_that_was_not_reached_is_evaluated_over_what_others_saw() -> None:
    recorded = [{**SCOPE, "expression": "$x", "input": number} for number in range(30)]
    own, others = (list(jsonata.to_evaluate([each], recorded)) for each in ("$x", "$y"))
    assert len(own) == 30
    assert 10 <= len(others) <= 20
    assert {each["expression"] for each in others} == {"$y"}


@pytest.mark.parametrize(
    ("expression", "given"),
    [("$states.input.n + $x", {"value": 5}), ("$none", {"value": None}), ("$nothing", None), ("1 + 'a'", None)],
    ids=["value", "null", "undefined", "error"],
)
def test_the_embedded_evaluator_gives_a_value_or_an_error(expression: str, given: Seen | None) -> None:
    found = jsonata.embedded({**SCOPE, "expression": expression})
    assert found == given if given else "error" in found


@pytest.mark.parametrize(
    ("real", "ours", "same"),
    [
        ({"value": 1}, {"value": 1}, True),
        ({}, {"error": "returned nothing"}, True),
        ({"error": "T2001"}, {"error": "threw"}, True),
        ({"value": None}, {"error": "returned nothing"}, False),
        ({"value": 1}, {"value": 2}, False),
        ({"value": [1]}, {"value": 1}, False),
    ],
    ids=["equal", "undefined", "error", "null", "value", "one in a list"],
)
def test_a_difference_is_told(real: Seen, ours: Seen, same: bool) -> None:
    asked = [{**SCOPE, "expression": "$x"}]
    if same:
        jsonata.compare(asked, [real], [ours])
        return
    with pytest.raises(Disagreement, match=r"1 of 1 evaluations differ\n\$x: "):
        jsonata.compare(asked, [real], [ours])


def test_what_an_expression_sees_is_recorded_only_where_the_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "evaluations.ndjson"
    monkeypatch.setenv("EMBEDDED_AWS_EVALUATIONS", str(log))
    scope: Any = Scope({"n": 2}, {"variables": {"x": 3}}, {"r": 1})
    assert scope.value("{% $x %}", "Output") == 3
    assert not log.exists()
    log.touch()
    assert scope.value("{% $x %}", "Output") == 3
    assert [json.loads(line) for line in log.read_text().splitlines()] == [
        {"expression": "$x", "input": {"n": 2}, "context": {"variables": {"x": 3}}, "result": {"r": 1}, "error": None}
    ]


def test_without_node_the_part_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert jsonata.missing() == "there is no node on the PATH: install Node.js"
