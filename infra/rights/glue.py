"""Rights on the catalog: crawl, read, delete and register partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from functions.shared.keys import TABLES
from infra.rights.statements import Right, allow

if TYPE_CHECKING:
    from infra.catalogue import Catalogue
    from infra.place import Place


def crawl(place: Place, crawler: pulumi.Output[str]) -> Right:
    """Return the right to start the crawler of that name and to read its state."""
    arn = place.arn("glue", pulumi.Output.concat("crawler/", crawler))
    return allow("glue:StartCrawler", "glue:GetCrawler", on=[arn])


def look_up(place: Place, catalogue: Catalogue) -> Right:
    """Return the right to read the lake database, its tables and their partitions, as Athena does for its caller.

    It covers all tables, since a table that a crawl added is found by listing them.
    """
    return allow(
        "glue:GetDatabase", "glue:GetTable", "glue:GetTables",
        "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition",
        on=lake_resources(place, catalogue, ("*",)),
    )  # fmt: skip


def look_up_views(place: Place, catalogue: Catalogue) -> Right:
    """Return the right to read the views' definitions, as Athena does for its caller; `look_up` has the catalogue."""
    database = catalogue.views_database.name
    return allow(
        "glue:GetDatabase", "glue:GetTable", "glue:GetTables",
        on=[
            place.arn("glue", pulumi.Output.concat("database/", database)),
            place.arn("glue", pulumi.Output.concat("table/", database, "/*")),
        ],
    )  # fmt: skip


def delete_partitions(place: Place, catalogue: Catalogue) -> Right:
    """Return the right to find and delete partitions of the crawled tables."""
    return allow("glue:GetPartitions", "glue:BatchDeletePartition", on=lake_resources(place, catalogue, TABLES))


def register_partitions(place: Place, catalogue: Catalogue) -> Right:
    """Return the crawler's right to read the crawled tables and to add and correct their partitions."""
    return allow(
        "glue:GetDatabase", "glue:GetTable", "glue:GetTables",
        "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition",
        "glue:CreatePartition", "glue:BatchCreatePartition", "glue:UpdatePartition", "glue:BatchUpdatePartition",
        on=lake_resources(place, catalogue, TABLES),
    )  # fmt: skip


def lake_resources(place: Place, catalogue: Catalogue, tables: tuple[str, ...]) -> list[pulumi.Output[str]]:
    """Return the ARNs of the tables, their database and the catalog: Glue checks a request against all three."""
    database = catalogue.lake_database.name
    return [
        place.arn("glue", "catalog"),
        place.arn("glue", pulumi.Output.concat("database/", database)),
        *(place.arn("glue", pulumi.Output.concat("table/", database, "/", table)) for table in tables),
    ]
