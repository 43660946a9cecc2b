"""The handler keeps the page and the cost of a run, but not those of a rehearsal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from functions.report import handler as report_handler
from tests.functions.context import CONTEXT
from tests.functions.report.reports import ARN, COST, DAY, RUN_ID, published

if TYPE_CHECKING:
    from functions.shared.events import RunRequest

ENVIRONMENT = ("CURATED_BUCKET", "WORKGROUP", "VIEWS_DATABASE", "LAKE_DATABASE", "ARCHITECTURE")


@pytest.mark.parametrize(("mode", "kept"), [("daily", ["cost", "page"]), ("rehearsal", [])])
def test_a_rehearsal_makes_its_page_and_its_cost_and_keeps_neither(
    mode: str, kept: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ENVIRONMENT:
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("MEMORY_MB", "{}")
    written: list[str] = []

    def put(*_: object) -> tuple[str, int]:
        written.append("page")
        return "key", 4

    monkeypatch.setattr("boto3.client", lambda _: None)
    monkeypatch.setattr(report_handler, "gather", lambda *_: published())
    monkeypatch.setattr(report_handler, "enter_cost", lambda *_: written.append("cost"))
    monkeypatch.setattr(report_handler, "put", put)
    run: Any = {"run_id": RUN_ID, "snapshot_date": DAY, "mode": mode, "execution_arn": ARN}
    event: RunRequest = {"run": run}
    found = report_handler.handler(event, CONTEXT)
    assert (written, found["cost"], "key" in found) == (kept, COST, bool(kept))
