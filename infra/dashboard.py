"""The dashboard: it shows which dates succeeded, their requests and times, and whether anything is stuck."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.function import PipelineFunction
    from infra.place import Place

HOUR, DAY = 3600, 24 * 3600


class Graph(TypedDict):
    """One graph: a question, the metrics that answer it, and their period."""

    title: str
    metrics: list[list[object]]
    stat: str
    period: int


class Dashboard(pulumi.ComponentResource):
    """A CloudWatch dashboard named after the stack."""

    def __init__(self, place: Place, functions: Mapping[str, PipelineFunction]) -> None:
        name = place.settings.name
        super().__init__("spotify-lake:infra:Dashboard", name)
        shown = graphs(place, list(functions))
        aws.cloudwatch.Dashboard(
            name,
            dashboard_name=name,
            dashboard_body=pulumi.Output.json_dumps({"widgets": [widget(place, *each) for each in enumerate(shown)]}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def graphs(place: Place, functions: list[str]) -> list[Graph]:
    """Return the graphs, most important first."""
    name = place.settings.name

    def executions(metric: str) -> list[object]:
        return ["AWS/States", metric, "StateMachineArn", place.state_machine_arn]

    def published(metric: str) -> list[object]:
        return [name, metric, "service", "publish"]

    def lambdas(metric: str) -> list[list[object]]:
        return [["AWS/Lambda", metric, "FunctionName", place.name(each)] for each in functions]

    outcomes = ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted")
    return [
        {"title": "Executions", "metrics": [executions(each) for each in outcomes], "stat": "Sum", "period": DAY},
        {
            "title": "Days published, and in part",
            "metrics": [published("Published"), published("Partial")],
            "stat": "Sum",
            "period": DAY,
        },
        {"title": "Calls to Spotify", "metrics": [published("Requests")], "stat": "Sum", "period": DAY},
        {"title": "Seconds waited for Spotify", "metrics": [published("Waited")], "stat": "Sum", "period": DAY},
        {"title": "Records refused", "metrics": [published("Quarantined")], "stat": "Sum", "period": DAY},
        {
            "title": "How long executions take",
            "metrics": [executions("ExecutionTime")],
            "stat": "Maximum",
            "period": DAY,
        },
        {"title": "How long functions take", "metrics": lambdas("Duration"), "stat": "Maximum", "period": HOUR},
        {"title": "Errors of functions", "metrics": lambdas("Errors"), "stat": "Sum", "period": HOUR},
        {
            "title": "Triggers not delivered",
            "metrics": [["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", place.name("dlq")]],
            "stat": "Maximum",
            "period": HOUR,
        },
        {
            "title": "Bytes scanned by queries",
            "metrics": [
                ["AWS/Athena", "ProcessedBytes", "WorkGroup", name, "QueryState", "SUCCEEDED", "QueryType", "DML"]
            ],
            "stat": "Sum",
            "period": DAY,
        },
    ]


def widget(place: Place, position: int, graph: Graph) -> dict[str, object]:
    """Return a graph as CloudWatch draws it, two in a row."""
    where = {"type": "metric", "x": position % 2 * 12, "y": position // 2 * 6, "width": 12, "height": 6}
    return {**where, "properties": {**graph, "region": place.region, "view": "timeSeries"}}
