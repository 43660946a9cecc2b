"""The crawler: it adds the partitions of runs, and can change nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from functions.shared.contract import TABLES
from infra.rights import glue
from infra.rights.access import list_keys, read
from infra.rights.role import service_role
from infra.rights.statements import Right, allow

if TYPE_CHECKING:
    from infra.catalogue import Catalogue
    from infra.lake import Lake
    from infra.place import Place

CONFIGURATION = {
    "Version": 1.0,
    "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}},
    "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"},
}


class Crawler(pulumi.ComponentResource):
    """A crawler over catalog targets: the tables are declared, so it logs differences and only adds partitions."""

    def __init__(self, place: Place, lake: Lake, catalogue: Catalogue) -> None:
        name = place.settings.name
        super().__init__("spotify-lake:infra:Crawler", name)
        tables = [f"{table}/*" for table in TABLES]
        role = service_role(
            f"{name}-crawler",
            "glue",
            [
                read(lake.curated, *tables),
                list_keys(lake.curated, *tables),
                allow("s3:GetBucketLocation", on=[lake.curated.arn]),
                glue.register_partitions(place, catalogue),
                write_logs(place),
            ],
            place,
            self,
            source_arn=None,
        )
        self.crawler = aws.glue.Crawler(
            name,
            name=name,
            role=role.arn,
            database_name=catalogue.lake_database.name,
            catalog_targets=[
                {
                    "database_name": catalogue.lake_database.name,
                    "tables": [table.name for table in catalogue.crawled],
                }
            ],
            schema_change_policy={"update_behavior": "LOG", "delete_behavior": "LOG"},
            configuration=json.dumps(CONFIGURATION),
            opts=pulumi.ResourceOptions(parent=self, depends_on=role.with_rights),
        )
        self.name = self.crawler.name
        self.register_outputs({"name": self.name})


def write_logs(place: Place) -> Right:
    """Return the right to write to the log group that Glue keeps for all crawlers of the account.

    Both ARNs are needed: CreateLogGroup is denied for a role that names `…:*` only, and CreateLogStream, whose resource
    is `…:log-stream:` without a name, for a role that names its own stream only.
    """
    group = place.arn("logs", "log-group:/aws-glue/crawlers")
    return [
        *allow("logs:CreateLogGroup", on=[group]),
        *allow("logs:CreateLogStream", "logs:PutLogEvents", on=[pulumi.Output.concat(group, ":*")]),
    ]
