"""The JSONata in the definition: whole expressions, of known functions and assigned variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.statemachine.definition import definition, states

if TYPE_CHECKING:
    from collections.abc import Iterator

MACHINE = definition()
STATES = dict(states(MACHINE))
JSONATA = set(
    re.findall(
        r"\w+",
        """
        string length substring substringBefore substringAfter uppercase lowercase trim pad contains split join match
        replace base64encode base64decode number abs floor ceil round power sqrt random formatNumber formatBase
        formatInteger parseInteger sum max min average boolean not exists count append sort reverse shuffle distinct
        zip keys lookup spread merge sift each error assert type now millis fromMillis toMillis map filter single
        reduce partition range hash uuid parse
        """,
    )
)


def expressions(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield every JSONata expression below a value, with its place."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from expressions(each, f"{where}.{key}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from expressions(each, f"{where}[{index}]")
    elif isinstance(value, str) and value.startswith("{%"):
        yield where, value[2:-2]


EXPRESSIONS = dict(expressions(MACHINE["States"]))


def variables(expression: str) -> set[str]:
    """Return the workflow variables that an expression reads."""
    local = set(re.findall(r"\$(\w+)\s*:=", expression))
    local |= {name for args in re.findall(r"function\(([^)]*)\)", expression) for name in re.findall(r"\$(\w+)", args)}
    return set(re.findall(r"\$(\w+)\b(?!\s*\()", _without_text(expression))) - local - {"states"}


def _without_text(expression: str) -> str:
    return re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", "''", expression)


def test_a_text_is_an_expression_as_a_whole_or_not_at_all() -> None:
    """AWS rejects `{% x %} text`; ministack accepts it."""
    for text in _texts(MACHINE):
        assert ("{%" in text) == text.startswith("{% ") == text.endswith(" %}") == ("%}" in text), text[:80]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from _texts(each)


def test_no_expression_is_a_program() -> None:
    """Logic of more than 200 characters belongs into a function, where it is tested: functions/audit judges."""
    assert {where: len(text) for where, text in EXPRESSIONS.items() if len(text) > 200 - len("{%%}")} == {}


def test_every_condition_can_only_be_true_or_false() -> None:
    comparison = re.compile(r" (=|!=|<|<=|>|>=|in) ")
    for where, expression in EXPRESSIONS.items():
        if where.endswith(".Condition"):
            for operand in re.split(r" and | or ", expression):
                sure = comparison.search(operand) or operand.strip().startswith(("$exists(", "$contains("))
                assert sure or operand.strip() == "$crawl.serves", where


def test_every_variable_is_assigned_somewhere() -> None:
    assigned = {name for state in STATES.values() for name in _assigned(state)}
    used = {name for expression in EXPRESSIONS.values() for name in variables(expression)}
    assert used == assigned, (used - assigned, assigned - used)


def _assigned(state: dict[str, Any]) -> Iterator[str]:
    for way in [state, *state.get("Choices", []), *state.get("Catch", [])]:
        yield from way.get("Assign", {})


def test_no_state_reads_a_variable_that_it_sets_but_to_change_it() -> None:
    """`Assign` and `Output` see the old values: reading a new one in the same state is always a mistake."""
    for name, state in STATES.items():
        assigned = set(state.get("Assign", {}))
        for variable, value in state.get("Assign", {}).items():
            for _, expression in expressions(value):
                assert variables(expression) & assigned <= {variable}, name
        for _, expression in expressions(state.get("Output", "")):
            assert not variables(expression) & assigned, name


def test_only_known_functions_are_called() -> None:
    for where, expression in EXPRESSIONS.items():
        bare = _without_text(expression)
        local = set(re.findall(r"\$(\w+)\s*:=\s*function", bare))
        assert set(re.findall(r"\$(\w+)\(", bare)) <= JSONATA | local, where


def test_what_a_filter_finds_is_never_taken_for_an_array() -> None:
    """One match is an object, and no match is nothing: only `$count`, an array around it, or `[0]` are safe."""
    for where, expression in EXPRESSIONS.items():
        for found in re.finditer(r"\[\w+ !?= [^\]]+\]", expression):
            before, after = expression[: found.start()], expression[found.end() :]
            path = re.search(r"[$\w.]+$", before)
            start = before[: path.start()] if path else before
            assert start.endswith(("$count(", "[")) or after.startswith("[0]"), where


def test_what_a_map_makes_is_wrapped_where_a_list_is_needed() -> None:
    """`$map` over nothing is undefined, which fails a state on AWS."""
    for where, expression in EXPRESSIONS.items():
        bare = _without_text(expression)
        for found in re.finditer(r"\$(map|keys)\(", bare):
            before = bare[: found.start()].rstrip()
            assert before.endswith(("[", ",", "in", "$filter(", "$map($filter(")) or "$join($map($refused" in bare, (
                where
            )
