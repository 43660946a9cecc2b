"""Glue and Athena: databases, tables, crawlers, workgroups and saved queries."""

from __future__ import annotations

from typing import Any

from local.deployment.mapping import DESTROYED, Created, Resource, maps

EXISTS = "AlreadyExistsException"
TARGETS = ("catalogTargets", "s3Targets", "jdbcTargets", "dynamodbTargets", "deltaTargets", "icebergTargets")


@maps("aws:glue/catalogDatabase:CatalogDatabase")
def database(r: Resource) -> Created:
    """Create a database, or bring its description up to date."""
    catalog, tags = r.aws.account_id, r.take("tags")
    name = r.physical_name(after=":")
    inputs = {"catalogId": catalog, "databaseInput": {"name": name, **r.rest()}}
    if not r.aws.attempt("glue", "CreateDatabase", {**inputs, "tags": tags}, unless=EXISTS):
        r.aws.call("glue", "UpdateDatabase", {**inputs, "name": name})
    return Created(
        f"{catalog}:{name}", {"name": name, "catalogId": catalog, "arn": r.aws.arn("glue", f"database/{name}")}
    )


@maps("aws:glue/catalogTable:CatalogTable")
def table(r: Resource) -> Created:
    """Create a table, or bring its definition up to date; its partitions stay."""
    catalog = r.aws.account_id
    database_name, name = r.require("databaseName"), r.require("name")
    inputs = {
        "catalogId": catalog,
        "databaseName": database_name,
        "partitionIndexes": r.take("partitionIndices"),
        "tableInput": {"name": name, **r.rest()},
    }
    if not r.aws.attempt("glue", "CreateTable", inputs, unless=EXISTS):
        inputs.pop("partitionIndexes")
        r.aws.call("glue", "UpdateTable", inputs)
    arn = r.aws.arn("glue", f"table/{database_name}/{name}")
    return Created(f"{catalog}:{database_name}:{name}", {"name": name, "catalogId": catalog, "arn": arn})


@maps("aws:glue/crawler:Crawler")
def crawler(r: Resource) -> Created:
    """Create a crawler, or bring it up to date."""
    name, tags = r.physical_name(), r.take("tags")
    targets = {key: r.take(key) for key in TARGETS}
    security = r.take("securityConfiguration")
    inputs = {"name": name, "targets": targets, "crawlerSecurityConfiguration": security, **r.rest()}
    if not r.aws.attempt("glue", "CreateCrawler", {**inputs, "tags": tags}, unless=EXISTS):
        r.aws.call("glue", "UpdateCrawler", inputs)
    return Created(name, {"name": name, "arn": r.aws.arn("glue", f"crawler/{name}")})


@maps("aws:athena/workgroup:Workgroup", leaves={"forceDestroy": DESTROYED})
def workgroup(r: Resource) -> Created:
    """Create a workgroup, or bring its configuration up to date."""
    name, configuration, state = r.physical_name(), _configuration(r.take("configuration") or {}), r.take("state")
    description = r.take("description")
    inputs = {"name": name, "configuration": configuration, "description": description, "tags": r.take("tags")}
    exists = any(g["Name"] == name for g in r.aws.call("athena", "ListWorkGroups", {}).get("WorkGroups", []))
    if not exists:
        r.aws.call("athena", "CreateWorkGroup", inputs)
    updates = {key: value for key, value in configuration.items() if key != "resultConfiguration"}
    updates["resultConfigurationUpdates"] = configuration.get("resultConfiguration")
    if exists or state:
        update = {"workGroup": name, "description": description, "state": state, "configurationUpdates": updates}
        r.aws.call("athena", "UpdateWorkGroup", update)
    return Created(name, {"name": name, "arn": r.aws.arn("athena", f"workgroup/{name}")})


def _configuration(given: dict[str, Any]) -> dict[str, Any]:
    """Return a workgroup's configuration with the key's name as Athena writes it (`KmsKey`, not its ARN)."""
    result = dict(given.get("resultConfiguration") or {})
    if encryption := result.get("encryptionConfiguration"):
        result["encryptionConfiguration"] = {
            "kmsKey" if key == "kmsKeyArn" else key: value for key, value in encryption.items()
        }
    return {**given, "resultConfiguration": result} if result else given


@maps("aws:athena/namedQuery:NamedQuery")
def named_query(r: Resource) -> Created:
    """Save a query; a changed one replaces the old, as Pulumi does it."""
    query = {
        "name": r.physical_name() if not r.known_id else r.require("name"),
        "database": r.require("database"),
        "queryString": r.require("query"),
        "workGroup": r.take("workgroup"),
        "description": r.take("description"),
    }
    if r.known_id and r.aws.call("athena", "BatchGetNamedQuery", {"namedQueryIds": [r.known_id]})["NamedQueries"]:
        r.aws.call("athena", "DeleteNamedQuery", {"namedQueryId": r.known_id})
    return Created(r.aws.call("athena", "CreateNamedQuery", query)["NamedQueryId"])
