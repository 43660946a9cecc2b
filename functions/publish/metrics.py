"""The metrics of a published run: one EMF line in the log, without an API request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_lambda_powertools.metrics import Metrics, MetricUnit

if TYPE_CHECKING:
    from functions.publish.ledger import LedgerRow


def measure(namespace: str, row: LedgerRow, request_id: str) -> None:
    """Write the metrics of a run's ledger row; alarms and the dashboard read these names."""
    metrics = Metrics(namespace=namespace, service="publish")
    metrics.add_metric(name="Published", unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="Partial", unit=MetricUnit.Count, value=int(row["outcome"] == "partial"))
    metrics.add_metric(name="Quarantined", unit=MetricUnit.Count, value=row["quarantined"])
    metrics.add_metric(name="QuarantineRatio", unit=MetricUnit.NoUnit, value=row["quarantine_ratio"])
    metrics.add_metric(name="Requests", unit=MetricUnit.Count, value=sum(row["requests"].values()))
    metrics.add_metric(name="Waited", unit=MetricUnit.Seconds, value=row["waits_s"])
    metrics.add_metadata(key="execution_arn", value=row["execution_arn"])
    metrics.add_metadata(key="function_request_id", value=request_id)
    metrics.add_metadata(key="run_id", value=row["run_id"])
    metrics.flush_metrics()
