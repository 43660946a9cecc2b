"""The list of survivors matches the current code, and the table has only existing modules."""

from __future__ import annotations

import pytest

from tests.mutants.__main__ import ROW, TABLE, reasons
from tests.mutants.modules import ROOT, TESTS


@pytest.mark.parametrize("module", reasons())
def test_each_line_that_a_survivor_changes_is_still_there(module: str) -> None:
    text = " ".join((ROOT / module).read_text().split())
    assert [each.was for each in reasons()[module] if each.was not in text] == []


def test_the_table_and_the_tests_are_of_modules_that_are_there() -> None:
    named = {*TESTS, *(found["module"] for found in ROW.finditer(TABLE.read_text()))}
    assert [module for module in sorted(named) if not (ROOT / module).is_file()] == []
    assert [test for tests in TESTS.values() for test in tests if not (ROOT / test).exists()] == []
