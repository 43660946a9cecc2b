"""The cases of a test that `make test` runs; the others are slow, and run in `make soak`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from _pytest.mark import ParameterSet


def one_in(number: int, cases: Iterable[object]) -> list[ParameterSet]:
    """Return the cases, of which the first, and then one in so many, is not slow; a tuple is several arguments."""
    return [_case(case, often=place % number == 0) for place, case in enumerate(cases)]


def some(often: Container[object], cases: Iterable[object]) -> list[ParameterSet]:
    """Return the cases, of which those in `often` are not slow."""
    return [_case(case, often=case in often) for case in cases]


def _case(case: object, *, often: bool) -> ParameterSet:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=[] if often else pytest.mark.slow)
