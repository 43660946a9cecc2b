"""Athena's workgroup with its limits on every query, and the saved queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.rendering.sql import SQL, fill

if TYPE_CHECKING:
    from infra.catalogue import Catalogue
    from infra.lake import Lake
    from infra.place import Place

MB = 1_000_000


class Workgroup(pulumi.ComponentResource):
    """A workgroup whose settings override a client's: the place of results, their key, and the bytes per query."""

    def __init__(self, place: Place, lake: Lake, catalogue: Catalogue) -> None:
        name = place.settings.name
        super().__init__("spotify-lake:infra:Workgroup", name)
        child = pulumi.ResourceOptions(parent=self)
        key = lake.results.key.arn
        encryption: aws.athena.WorkgroupConfigurationResultConfigurationEncryptionConfigurationArgsDict = (
            {"encryption_option": "SSE_S3"} if key is None else {"encryption_option": "SSE_KMS", "kms_key_arn": key}
        )
        self.workgroup = aws.athena.Workgroup(
            name,
            name=name,
            description=f"Queries on the lake of stack {place.settings.stack}",
            force_destroy=True,
            configuration={
                "enforce_workgroup_configuration": True,
                "publish_cloudwatch_metrics_enabled": True,
                "bytes_scanned_cutoff_per_query": place.settings.query_scan_limit_mb * MB,
                "engine_version": {"selected_engine_version": "Athena engine version 3"},
                "result_configuration": {
                    "output_location": pulumi.Output.concat("s3://", lake.results.name, "/athena/"),
                    "encryption_configuration": encryption,
                },
            },
            opts=child,
        )
        self.name, self.arn = self.workgroup.name, self.workgroup.arn
        for path in (SQL / "queries").glob("*.sql"):
            text = path.read_text(encoding="utf-8")
            aws.athena.NamedQuery(
                place.name(f"query-{path.stem}"),
                name=path.stem,
                description=text.splitlines()[0].removeprefix("-- "),
                database=catalogue.views_database.name,
                workgroup=self.name,
                query=pulumi.Output.all(lake=catalogue.lake_database.name, views=catalogue.views_database.name).apply(
                    lambda names, text=text, path=path: fill(  # type: ignore[misc]  # the defaults bind the loop's values
                        text,
                        {"LakeDatabase": names["lake"], "ViewsDatabase": names["views"]},
                        f"sql/queries/{path.name}",
                    )
                ),
                opts=child,
            )
        self.register_outputs({"name": self.name})
