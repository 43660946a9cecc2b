"""Following an execution reads only the new events of its history at each check, not all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ops import executions
from tests.ops.fakes import EXECUTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.shared.state_visits import StateVisit


def history(length: int) -> list[dict[str, Any]]:
    return [{"id": number, "type": "ExecutionStarted", "previousEventId": 0} for number in range(1, length + 1)]


class Growing:
    """States' client and stack at once: the history is longer at each check; it records what it returned."""

    def __init__(self, *lengths: int) -> None:
        self.lengths, self.length, self.handed_out = list(lengths), 0, 0

    def client(self, _service: str) -> Growing:
        return self

    def describe_execution(self, **_: object) -> dict[str, Any]:
        self.length = self.lengths.pop(0)
        return {"status": "RUNNING" if self.lengths else "SUCCEEDED", "startDate": None}

    def get_paginator(self, _name: str) -> Growing:
        return self

    def paginate(self, *, reverseOrder: bool, PaginationConfig: dict[str, int], **_: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        assert reverseOrder
        found, size = history(self.length)[::-1], PaginationConfig["PageSize"]
        for start in range(0, len(found), size):
            self.handed_out += len(found[start : start + size])
            yield {"events": found[start : start + size]}


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Return the event IDs of which visits were made, for each check."""
    looks: list[list[int]] = []

    def visits(known: list[dict[str, Any]]) -> list[StateVisit]:
        looks.append([each["id"] for each in known])
        return []

    monkeypatch.setattr(executions, "state_visits", visits)
    return looks


@pytest.mark.parametrize("lengths", [(0, 1), (30, 30, 31), (120, 300), (50, 100, 100)], ids=str)
def test_each_look_knows_the_whole_history_in_order(lengths: tuple[int, ...], read: list[list[int]]) -> None:
    assert len(list(executions.follow(Growing(*lengths), EXECUTION, 0))) == len(lengths)  # type: ignore[arg-type]
    assert read == [list(range(1, length + 1)) for length in lengths]


def test_a_look_at_a_long_history_asks_for_its_newest_page_only(read: list[list[int]]) -> None:
    stack = Growing(1000, 1000, 1001, 1003)
    list(executions.follow(stack, EXECUTION, 0))  # type: ignore[arg-type]
    assert stack.handed_out == 1000 + 3 * executions.NEWEST
    assert read[-1][-1] == 1003
