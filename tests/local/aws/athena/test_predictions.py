"""The parser makes the same tree from the recorded choices of an earlier process as from its own."""

from __future__ import annotations

import inspect
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from trino_query_parser.SqlBaseParser import SqlBaseParser

from conformance.trino.recorded import FILE as RECORDED
from local.aws.athena import predictions
from local.aws.athena.errors import Malformed
from local.aws.athena.sql import syntax

if TYPE_CHECKING:
    from pathlib import Path

STATEMENT = "SELECT a, count(*) AS n FROM t WHERE a > 1 + 2 * 3 GROUP BY a ORDER BY n DESC"
ALIKE = "select b, count(*) as m from u where c > 4 + 5 * 6 group by d order by e desc"


@pytest.fixture(autouse=True)
def kept_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty file of choices."""
    file = tmp_path / "state" / "predictions.txt"
    monkeypatch.setattr(predictions, "KEPT_IN", file)
    return file


@pytest.fixture
def looked_ahead(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the choices that the parser made itself."""
    found: list[int] = []
    predict = predictions.Recorded.adaptivePredict

    def noted(recorded: predictions.Recorded, *given: Any) -> int:
        found.append(predict(recorded, *given))
        return found[-1]

    monkeypatch.setattr(predictions.Recorded, "adaptivePredict", noted)
    return found


def parsed(text: str) -> str:
    """Return a statement's tree as text, as a new process parses it."""
    predictions._known.cache_clear()
    syntax.statement.cache_clear()
    return shown(syntax.statement(text))


def shown(node: Any) -> str:
    """Return a tree as text: the rules, and the tokens with their places."""
    if not hasattr(node, "getChildren"):
        return f"{node.symbol.text}@{node.symbol.start}"
    return f"({type(node).__name__} {' '.join(map(shown, node.getChildren()))})"


def statements(every: int) -> list[str]:
    """Return some of the statements that a real Trino answered."""
    recorded = map(json.loads, RECORDED.read_text(encoding="utf-8").splitlines()[::every])
    return [text for text, answer, *_ in recorded if isinstance(answer, list)]


@pytest.mark.parametrize("every", [160, pytest.param(40, marks=pytest.mark.slow)])  # each is parsed three times
def test_each_statement_has_the_same_tree_without_looking_ahead_again(looked_ahead: list[int], every: int) -> None:
    for text in statements(every):
        first = parsed(text)
        looked_ahead.clear()
        assert parsed(text) == first
        assert not looked_ahead, text


def test_statements_that_differ_in_names_and_numbers_only_share_their_choices(looked_ahead: list[int]) -> None:
    parsed(STATEMENT)
    looked_ahead.clear()
    found = parsed(ALIKE)
    assert not looked_ahead
    assert re.sub(r"[^(]*@\d+", "", found) == re.sub(r"[^(]*@\d+", "", parsed(STATEMENT))


def test_a_parameter_is_read_by_its_choices_too(looked_ahead: list[int]) -> None:
    first = shown(syntax.expression("CAST('a' AS varchar)"))
    looked_ahead.clear()
    predictions._known.cache_clear()
    assert shown(syntax.expression("CAST('a' AS varchar)")) == first
    assert not looked_ahead


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda line: line[:-8], id="cut"),
        pytest.param(lambda line: line + "01", id="longer"),
        pytest.param(lambda line: re.sub(" 01", " 07", line), id="another"),
        pytest.param(lambda line: line[:-3], id="half a byte"),
        pytest.param(lambda line: line.split(" ")[0], id="none"),
        pytest.param(lambda _: "\x00\xff", id="noise"),
    ],
)
def test_choices_that_do_not_fit_change_no_tree(damage: Any, kept_in: Path) -> None:
    first = parsed(STATEMENT)
    line = kept_in.read_text().splitlines()[0]
    assert damage(line) != line
    kept_in.write_text(f"{damage(line)}\n")
    assert parsed(STATEMENT) == first


def test_a_statement_that_is_none_is_refused_as_before() -> None:
    parsed("SELECT 1 FROM t")
    for _ in range(2):
        with pytest.raises(Malformed, match=r"line 1:15: mismatched input '<EOF>'"):
            parsed("SELECT 1 FROM ")


def test_where_nothing_can_be_written_a_process_looks_ahead(kept_in: Path, looked_ahead: list[int]) -> None:
    kept_in.parent.write_text("a file where the folder should be")
    first = parsed(STATEMENT)
    looked_ahead.clear()
    assert parsed(STATEMENT) == first
    assert looked_ahead


def test_a_file_that_grew_too_large_begins_anew(kept_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "MOST_BYTES", 10)
    parsed(STATEMENT)
    parsed("SELECT 1")
    assert len(kept_in.read_text().splitlines()) == 1


def test_another_rule_or_grammar_has_choices_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {predictions.key("singleStatement", [1, 2]), predictions.key("standaloneExpression", [1, 2])}
    monkeypatch.setattr(predictions, "_grammar", lambda: b"another")
    assert predictions.key("singleStatement", [1, 2]) not in names
    assert len(names) == 2


def test_the_grammar_s_predicates_compare_precedences_only() -> None:
    bodies = [inspect.getsource(each) for name, each in vars(SqlBaseParser).items() if name.endswith("_sempred")]
    found = {line.strip() for body in bodies for line in body.splitlines() if "return" in line}
    assert found
    assert all(re.fullmatch(r"return self\.precpred\(self\._ctx, \d+\)", line) for line in found)
