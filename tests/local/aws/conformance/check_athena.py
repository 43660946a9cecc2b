"""Checks of the table's rows about Athena."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.local.lake import PARQUET, Lake, presto_view

if TYPE_CHECKING:
    from local.aws import EmbeddedAws

NO_SERDE = "HIVE_METASTORE_ERROR: Table storage descriptor is missing SerDe info"


def table_or_view_without_serde_information(aws: EmbeddedAws) -> None:
    lake = Lake(aws)
    view = {
        "TableType": "VIRTUAL_VIEW",
        "ViewOriginalText": presto_view("SELECT 1 AS a", lake.database, a="integer"),
        "StorageDescriptor": {"Columns": []},
    }
    place = {"Location": f"s3://{lake.bucket}/t/", "Columns": [{"Name": "a", "Type": "int"}]}
    table = {"TableType": "EXTERNAL_TABLE", "StorageDescriptor": place}
    lacking: list[dict[str, Any]] = [{}, {"SerdeInfo": {}}]
    for kind, declared in (("view", view), ("table", table)):
        for number, serde in enumerate(lacking):
            assert _reason(lake, f"{kind}_{number}", declared, serde) == NO_SERDE
        assert _reason(lake, f"{kind}_2", declared, {"SerdeInfo": {"SerializationLibrary": PARQUET}}) == ""


def _reason(lake: Lake, name: str, declared: dict[str, Any], serde: dict[str, Any]) -> str:
    """Declare a table and return why a query over it fails, or nothing."""
    storage = {**declared["StorageDescriptor"], **serde}
    table = {**declared, "Name": name, "StorageDescriptor": storage}
    lake.client("glue").create_table(DatabaseName=lake.database, TableInput=table)
    return lake.query(f"SELECT a FROM {name}").reason  # noqa: S608  a name of this check
