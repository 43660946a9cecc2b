"""Check the catalog after a crawl: the declared tables, and the run's partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.audit.verdict import gate, verdict

if TYPE_CHECKING:
    from functions.shared.events import CatalogueRequest, FoundTable, Verdict

Declared = dict[str, list[list[str]]]
"""Each table's columns, as pairs of a name and a type."""


def check(asked: CatalogueRequest, declared: Declared) -> Verdict:
    """Return the verdict on the catalog: SchemaChanged before CrawlIncomplete, since the first explains the second."""
    run, database = asked["run"], asked["database"]
    changes = changed(asked["tables"], declared)
    missing = [each["table"] for each in asked["partitions"] if not each["found"]]
    gates = [
        gate("catalogue_schema", f"{len(changes)} changed", "0 changed", passed=not changes),
        gate("catalogue_partitions", f"{len(missing)} missing", "0 missing", passed=not missing),
    ]
    if changes:
        return verdict(
            gates,
            "SchemaChanged",
            f"The crawl changed the schema of {database}. {' '.join(changes)} Nothing is published. Delete what was "
            "added, run pulumi up to declare the tables again, then start this date again.",
        )
    if missing:
        return verdict(
            gates,
            "CrawlIncomplete",
            f"The crawl succeeded, but the partition snapshot_date={run['snapshot_date']}, run_id={run['run_id']} is "
            f"missing in: {', '.join(missing)}. Check that the crawler has these tables among its targets and may read "
            "their folders, then start this date again.",
        )
    return verdict(gates)


def changed(found: list[FoundTable], declared: Declared) -> list[str]:
    """Return a sentence for each table that was added, is gone, or has other columns than declared."""
    columns = {table["Name"]: [(column["Name"], column["Type"]) for column in table["Columns"]] for table in found}
    wanted = {name: [(column, kind) for column, kind in pairs] for name, pairs in declared.items()}
    return [
        *(f"Table {name} was added." for name in columns if name not in wanted),
        *(f"Table {name} is missing." for name in wanted if name not in columns),
        *(
            f"Table {name} has the columns {_told(columns[name])}; expected {_told(wanted[name])}."
            for name in wanted
            if name in columns and columns[name] != wanted[name]
        ),
    ]


def _told(columns: list[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns)
