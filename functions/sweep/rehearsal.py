"""Delete what rehearsals wrote: every object and partition of the date that only rehearsals use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from functions.shared import keys

if TYPE_CHECKING:
    from functions.shared.events import SweepResult
    from functions.sweep.lake import Lake

RAW = (keys.raw_date(keys.REHEARSAL_DATE), keys.REHEARSED_INPUTS)


def remove(lake: Lake, raw_bucket: str) -> SweepResult:
    """Delete the data of all rehearsals: the caller holds the date's lock, so no other rehearsal writes."""
    raw_lake = replace(lake, bucket=raw_bucket)
    partitions = [each for each in lake.partitions() if each.snapshot_date == keys.REHEARSAL_DATE]
    tables = [f"{keys.table_prefix(table)}snapshot_date={keys.REHEARSAL_DATE}/" for table in keys.TABLES]
    curated = [each.key for prefix in tables for each in lake.under(prefix)]
    raw = [each.key for prefix in RAW for each in raw_lake.under(prefix)]
    lake.delete_partitions(partitions)
    lake.delete_objects(curated)
    raw_lake.delete_objects(raw)
    return {
        "runs": sorted({each.run_id for each in partitions}),
        "objects": len(curated) + len(raw),
        "partitions": len(partitions),
        "expired_dates": [],
    }
