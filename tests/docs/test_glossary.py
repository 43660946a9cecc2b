"""The glossary defines each term once and names its place; documents use its words and not those it replaced."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\*\*.+?\*\*) \| (.+?) \| (.+?) \|$", GLOSSARY, re.MULTILINE)
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
REPLACED = {
    r"\bflaky\b": "retryable or transient",
    r"\blost race\b": "failed conditional write",
    r"\blearner\b|\bmeter\b": "frontier session, quota ledger",
    r"\bfates?\b": "what becomes of it",
    r"\btroubles?\b": "fault",
    r"\bthe fast way\b|\bthe strict way\b": "path",
    r"\bteach(es)?\b|\btaught\b": "update",
    r"\bbears (no|the)\b": "has, or missing",
    r"\bslimm": "cleanup",
    r"\b(USD|calls|requests|rows|lines?) a (day|month|line|run)\b": "per",
}
QUOTED = re.compile(r"`[^`]*`|^\|.*https?://.*$", re.MULTILINE)  # code, and rows that quote a source


def test_each_term_is_defined_once_and_shows_where_it_is() -> None:
    terms = [term for term, _, _ in ROWS]
    assert 25 <= len(terms) == len(set(terms))
    assert [term for term, meaning, where in ROWS if len(meaning) < 30 or not where] == []


@pytest.mark.parametrize(("term", "_meaning", "where"), ROWS)
def test_what_a_term_points_to_is_there(term: str, _meaning: str, where: str) -> None:
    files = [each for each in re.findall(r"`([^`]+)`", where) if "/" in each]
    assert [each for each in files if not (ROOT / each).exists()] == [], term


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_a_document_uses_the_words_of_the_glossary(file: Path) -> None:
    text = QUOTED.sub("", file.read_text(encoding="utf-8"))
    found = {
        word.group(): better for said, better in REPLACED.items() for word in re.finditer(said, text, re.IGNORECASE)
    }
    assert found == {}, f"{file.name} says {list(found)}; better: {list(found.values())}"
