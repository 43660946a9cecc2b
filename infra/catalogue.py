"""The Glue databases: one of tables that only the pipeline fills, and one of views that people query."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from functions.shared.contract import TABLES, glue_columns
from infra.rendering import ledger, views
from infra.rendering.shown import wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from functions.shared.contract import GlueColumn
    from infra.lake import Lake
    from infra.place import Place

PARQUET = {
    "input_format": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "output_format": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "serde": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
}
JSON_LINES = {
    "input_format": "org.apache.hadoop.mapred.TextInputFormat",
    "output_format": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    "serde": "org.openx.data.jsonserde.JsonSerDe",
}
AS_CRAWLED = {"compressionType": "none", "typeOfData": "file"}
"""The table properties that a crawl finds. A crawl that finds them changed, or absent before, registers no partitions
(https://github.com/aws-solutions-library-samples/cloud-intelligence-dashboards-data-collection/issues/463)."""

NO_SERDE: aws.glue.CatalogTableStorageDescriptorSerDeInfoArgsDict = {"name": "-", "serialization_library": "-"}
"""A view's SerDe. Athena refuses a view without SerDe information, and the provider drops an empty block
(https://github.com/hashicorp/terraform-provider-aws/issues/28517)."""

RUN_OF_A_DATE: list[aws.glue.CatalogTablePartitionKeyArgsDict] = [
    {"name": "snapshot_date", "type": "string", "comment": "the day the data is about"},
    {"name": "run_id", "type": "string", "comment": "the run that wrote it"},
]


class Catalogue(pulumi.ComponentResource):
    """The databases: `lake_database` has the crawler's tables, `views_database` views that join them with `published`.

    The component's input `views` has each view's SQL, so that `pulumi preview --diff` shows the changed line, and not
    the encoded text in which Glue keeps the view.
    """

    def __init__(self, place: Place, lake: Lake) -> None:
        stack = place.settings.stack.replace("-", "_")
        lake_name, views_name = f"spotify_{stack}_lake", f"spotify_{stack}"
        shown = {view.name: wrapped(view.sql(lake_name, views_name)) for view in views.all_views()}
        super().__init__("spotify-lake:infra:Catalogue", place.name("catalogue"), {"views": shown})
        self._place, self._lake = place, lake
        self._child = pulumi.ResourceOptions(parent=self)
        self.lake_database = self._database(lake_name, "Written by the pipeline only")
        self.views_database = self._database(views_name, "The views that people query: published runs only")
        self.crawled = [
            self._table(table, glue_columns(table), PARQUET, "parquet", partitioned=True) for table in TABLES
        ]
        self._table("runs", ledger.RUNS, JSON_LINES, "json")
        self._table("published", ledger.PUBLISHED, JSON_LINES, "json")
        for view in views.all_views():
            self._view(view)
        self.register_outputs({"lake": self.lake_database.name, "views": self.views_database.name})

    def _database(self, name: str, description: str) -> aws.glue.CatalogDatabase:
        return aws.glue.CatalogDatabase(name, name=name, description=description, opts=self._child)

    def _table(
        self,
        table: str,
        columns: Sequence[GlueColumn],
        form: dict[str, str],
        classification: str,
        *,
        partitioned: bool = False,
    ) -> aws.glue.CatalogTable:
        storage: aws.glue.CatalogTableStorageDescriptorArgsDict = {
            "location": pulumi.Output.concat("s3://", self._lake.curated.name, "/", table, "/"),
            "input_format": form["input_format"],
            "output_format": form["output_format"],
            "ser_de_info": {"serialization_library": form["serde"]},
            "columns": described(columns),
        }
        created: aws.glue.CatalogTable = aws.glue.CatalogTable(
            self._place.name(f"lake-{table}"),
            name=table,
            database_name=self.lake_database.name,
            table_type="EXTERNAL_TABLE",
            parameters={"classification": classification, "EXTERNAL": "TRUE", **AS_CRAWLED},
            partition_keys=RUN_OF_A_DATE if partitioned else None,
            storage_descriptor=storage,
            opts=self._child,
        )
        return created

    def _view(self, view: views.View) -> None:
        """Declare a view without a description: Trino would take it for the parameter `comment` and hide the view."""
        text = pulumi.Output.all(lake=self.lake_database.name, views=self.views_database.name).apply(
            lambda names: view.presto(names["lake"], names["views"])
        )
        aws.glue.CatalogTable(
            self._place.name(f"view-{view.name}"),
            name=view.name,
            database_name=self.views_database.name,
            table_type="VIRTUAL_VIEW",
            parameters={"presto_view": "true", "comment": "Presto View"},
            view_original_text=text,
            view_expanded_text="/* Presto View */",
            storage_descriptor={"columns": described(view.columns), "ser_de_info": NO_SERDE},
            opts=pulumi.ResourceOptions(parent=self, hide_diffs=["viewOriginalText"]),
        )


def described(columns: Sequence[GlueColumn]) -> list[aws.glue.CatalogTableStorageDescriptorColumnArgsDict]:
    """Return columns in the form that Pulumi takes."""
    return [{"name": each["Name"], "type": each["Type"], "comment": each["Comment"]} for each in columns]
