"""Every decision record has the same format, the index lists every record, and a superseded one names its successor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.decisions import FOLDER, INDEX, PARTS, NotADecision, every, index, read

if TYPE_CHECKING:
    from pathlib import Path

DECISIONS = every()
WHOLE = """# 0999 A title

- Status: accepted
- Date: 2026-11-28
- Part: tests

## Context

a

## Decision

b

## Consequences

c

## What was tried

d
"""


def test_each_record_is_named_by_its_number_and_says_something_in_each_section() -> None:
    for each in DECISIONS:
        assert each.file.name.startswith(f"{each.number}-")
        assert each.part in PARTS, each.file.name
        assert [name for name, text in each.sections.items() if not text] == [], each.file.name
    assert len({each.number for each in DECISIONS}) == len(DECISIONS)


def test_the_index_has_every_record() -> None:
    assert INDEX.read_text(encoding="utf-8") == index(DECISIONS), "run python -m tests.docs.decisions"


def test_a_superseded_record_and_its_successor_name_each_other() -> None:
    led_on = {(each.number, other) for each in DECISIONS for other in each.successors}
    replaced = {(old, each.number) for each in DECISIONS for old in each.supersedes}
    assert led_on == replaced
    assert {new for _, new in led_on} <= {each.number for each in DECISIONS}
    assert all(old < new for old, new in led_on)


def test_nothing_else_lies_in_the_folder() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {each.file.name for each in DECISIONS} | {"README.md"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# 0999 A title", "# 999: A title", "expected title, Status, Date and Part"),
        ("- Status: accepted", "- Status: superseded", "expected title, Status, Date and Part"),
        ("- Date: 2026-11-28\n", "", "expected title, Status, Date and Part"),
        ("## Consequences", "## Consequence", "has the sections ['Context', 'Decision', 'Consequence', "),
        ("## What was tried\n\nd\n", "", "expected ['Context', 'Decision', 'Consequences', 'What was tried']"),
    ],
)  # fmt: skip
def test_another_format_is_an_error_that_says_what_is_expected(tmp_path: Path, old: str, new: str, said: str) -> None:
    file = tmp_path / "0999-a-title.md"
    file.write_text(WHOLE)
    assert read(file).sections["Decision"] == "b"
    file.write_text(WHOLE.replace(old, new))
    with pytest.raises(NotADecision) as raised:
        read(file)
    assert said in str(raised.value)
