"""The metrics of a published run, for the alarms and the dashboard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from functions.publish.metrics import measure

if TYPE_CHECKING:
    from functions.publish.ledger import LedgerRow


@pytest.mark.parametrize(("outcome", "partial"), [("published", 0.0), ("partial", 1.0)])
def test_a_runs_metrics_are_those_of_its_ledger_row(
    capsys: pytest.CaptureFixture[str], outcome: Any, partial: float
) -> None:
    """The alarms on partial days and on quarantine read nothing else."""
    row: Any = {
        "outcome": outcome,
        "quarantined": 7,
        "quarantine_ratio": 0.25,
        "requests": {"albums": 4, "search": 2},
        "waits_s": 1.5,
        "execution_arn": "arn",
        "run_id": "r",
    }
    told: LedgerRow = row
    measure("lake", told, "request")
    line = json.loads(capsys.readouterr().out)
    (described,) = line["_aws"]["CloudWatchMetrics"]
    assert (described["Namespace"], described["Dimensions"], line["service"]) == ("lake", [["service"]], "publish")
    assert {each["Name"]: (line[each["Name"]], each["Unit"]) for each in described["Metrics"]} == {
        "Published": ([1.0], "Count"),
        "Partial": ([partial], "Count"),
        "Quarantined": ([7.0], "Count"),
        "QuarantineRatio": ([0.25], "None"),
        "Requests": ([6.0], "Count"),
        "Waited": ([1.5], "Seconds"),
    }
    assert (line["execution_arn"], line["function_request_id"], line["run_id"]) == ("arn", "request", "r")
