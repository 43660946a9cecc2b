"""CloudWatch, its logs, and AWS Budgets."""

from __future__ import annotations

from typing import Any

from local.deployment.mapping import DESTROYED, Created, Resource, maps
from local.deployment.values import as_json


@maps("aws:cloudwatch/logGroup:LogGroup", leaves={"skipDestroy": DESTROYED})
def log_group(r: Resource) -> Created:
    """Create a log group and set its retention."""
    name, days = r.physical_name(), r.take("retentionInDays")
    inputs = {"logGroupName": name, **r.rest()}
    r.aws.attempt("logs", "CreateLogGroup", inputs, unless="ResourceAlreadyExistsException")
    if days:
        r.aws.call("logs", "PutRetentionPolicy", {"logGroupName": name, "retentionInDays": days})
    return Created(name, {"name": name, "arn": r.aws.arn("logs", f"log-group:{name}")})


@maps("aws:cloudwatch/metricAlarm:MetricAlarm")
def metric_alarm(r: Resource) -> Created:
    """Create an alarm, or bring it up to date."""
    name = r.physical_name()
    queries = [_query(query) for query in r.take("metricQueries") or []]
    inputs = {
        "alarmName": name,
        "dimensions": _dimensions(r.take("dimensions")),
        "metrics": queries or None,
        "OKActions": r.take("okActions"),
        "evaluateLowSampleCountPercentile": r.take("evaluateLowSampleCountPercentiles"),
        **r.rest(),
    }
    r.aws.call("cloudwatch", "PutMetricAlarm", inputs)
    return Created(name, {"name": name, "arn": r.aws.arn("cloudwatch", f"alarm:{name}")})


def _query(given: dict[str, Any]) -> dict[str, Any]:
    query = {key: value for key, value in given.items() if key != "metric"}
    if metric := given.get("metric"):
        named = {"namespace": metric.get("namespace"), "metricName": metric.get("metricName")}
        named["dimensions"] = _dimensions(metric.get("dimensions"))
        taken = {"namespace", "metricName", "dimensions"}
        query["metricStat"] = {"metric": named, **{k: v for k, v in metric.items() if k not in taken}}
    return query


def _dimensions(given: dict[str, str] | None) -> list[dict[str, str]] | None:
    return [{"name": name, "value": value} for name, value in given.items()] if given else None


@maps("aws:cloudwatch/dashboard:Dashboard")
def dashboard(r: Resource) -> Created:
    """Create a dashboard, or bring it up to date."""
    name = r.physical_name("dashboardName")
    r.aws.call(
        "cloudwatch", "PutDashboard", {"dashboardName": name, "dashboardBody": as_json(r.require("dashboardBody"))}
    )
    return Created(name, {"dashboardArn": f"arn:aws:cloudwatch::{r.aws.account_id}:dashboard/{name}"})


@maps("aws:budgets/budget:Budget")
def budget(r: Resource) -> Created:
    """Create a budget with its warnings; a changed one replaces the old."""
    name, account, tags = r.physical_name(after=":"), r.take("accountId") or r.aws.account_id, r.take("tags")
    filters = {each["name"]: each["values"] for each in r.take("costFilters") or []}
    warnings = [_warning(each) for each in r.take("notifications") or []]
    limit = {"amount": r.require("limitAmount"), "unit": r.require("limitUnit")}
    one = {"budgetName": name, "budgetLimit": limit, "costFilters": filters or None, **r.rest()}
    r.aws.attempt("budgets", "DeleteBudget", {"accountId": account, "budgetName": name}, unless="NotFoundException")
    inputs = {"accountId": account, "budget": one, "notificationsWithSubscribers": warnings, "resourceTags": tags}
    r.aws.call("budgets", "CreateBudget", inputs)
    return Created(f"{account}:{name}", {"name": name, "arn": f"arn:aws:budgets::{account}:budget/{name}"})


def _warning(given: dict[str, Any]) -> dict[str, Any]:
    addresses = [("EMAIL", a) for a in given.get("subscriberEmailAddresses") or []]
    addresses += [("SNS", a) for a in given.get("subscriberSnsTopicArns") or []]
    notification = {key: value for key, value in given.items() if not key.startswith("subscriber")}
    return {"notification": notification, "subscribers": [{"subscriptionType": t, "address": a} for t, a in addresses]}
