"""The transform's Lambda, on the embedded S3."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from functions.shared import contract, keys
from functions.shared.errors import InputsChanged
from functions.transform.handler import handler
from tests.functions.context import CONTEXT
from tests.functions.transform.days import DAY, album, artist, envelope, raw

if TYPE_CHECKING:
    from functions.shared.events import Run, TransformResult
    from tests.functions.conftest import Lake

pytestmark = pytest.mark.embedded


@pytest.fixture
def inputs(lake: Lake, run: Run, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Two raw parts, landed; what a run would freeze of them."""
    monkeypatch.setenv("PROFILE", "extended")
    monkeypatch.setenv("MAX_QUARANTINE_RATIO", "0.05")
    found = []
    for key, data in (raw("albums", envelope(album())), raw("artists", envelope(artist()))):
        put = lake.s3.put_object(Bucket=lake.raw, Key=key, Body=data)
        found.append({"key": key, "etag": put["ETag"], "size_bytes": len(data), "last_modified": f"{DAY}T07:00:00Z"})
    freeze(lake, run, found)
    return found


def freeze(lake: Lake, run: Run, found: list[dict[str, Any]]) -> None:
    """Write the frozen inputs of a run."""
    frozen = {"run_id": run["run_id"], "snapshot_date": DAY, "digest": "0", "objects": found}
    lake.put(lake.raw, keys.frozen_inputs(run["run_id"]), json.dumps(frozen))


def transform(run: Run) -> TransformResult:
    """Return what the handler returns for a run."""
    return handler({"run": run, "inputs_key": keys.frozen_inputs(run["run_id"])}, CONTEXT)


def test_transform_writes_one_part_of_each_table_under_its_run(
    lake: Lake, run: Run, inputs: list[dict[str, Any]]
) -> None:
    result = transform(run)
    assert sorted(lake.keys(lake.curated)) == sorted(
        keys.part(table, DAY, run["run_id"], 0) for table in contract.TABLES
    )
    assert {table: each["rows"] for table, each in result["tables"].items()} == {
        "artists": 1,
        "albums": 1,
        "tracks": 2,
        "observations": 0,
        "quarantine": 0,
    }


def test_what_is_written_has_the_contract_s_schema(lake: Lake, run: Run, inputs: list[dict[str, Any]]) -> None:
    transform(run)
    for table in contract.TABLES:
        body = lake.s3.get_object(Bucket=lake.curated, Key=keys.part(table, DAY, run["run_id"], 0))["Body"].read()
        assert pq.read_schema(io.BytesIO(body)).equals(contract.arrow_schema(table))


def test_last_write_is_the_newest_modification_by_s3_s_clock(
    lake: Lake, run: Run, inputs: list[dict[str, Any]]
) -> None:
    last_write = datetime.fromisoformat(transform(run)["last_write"])
    listed = lake.s3.list_objects_v2(Bucket=lake.curated)["Contents"]
    newest = max(each["LastModified"] for each in listed)
    assert last_write == newest.replace(microsecond=0)  # HeadObject tells whole seconds


def test_a_retry_writes_the_same_bytes(lake: Lake, run: Run, inputs: list[dict[str, Any]]) -> None:
    assert transform(run)["tables"] == transform(run)["tables"]


def test_an_object_replaced_since_the_freeze_stops_the_run(lake: Lake, run: Run, inputs: list[dict[str, Any]]) -> None:
    lake.put(lake.raw, inputs[1]["key"], "{}")
    with pytest.raises(InputsChanged, match=inputs[1]["key"]):
        transform(run)
    assert lake.keys(lake.curated) == []


def test_an_object_deleted_since_the_freeze_stops_the_run(lake: Lake, run: Run, inputs: list[dict[str, Any]]) -> None:
    lake.s3.delete_object(Bucket=lake.raw, Key=inputs[0]["key"])
    with pytest.raises(InputsChanged, match="replaced or deleted"):
        transform(run)


def test_frozen_inputs_that_are_gone_stop_the_run(lake: Lake, run: Run, inputs: list[dict[str, Any]]) -> None:
    lake.s3.delete_object(Bucket=lake.raw, Key=keys.frozen_inputs(run["run_id"]))
    with pytest.raises(InputsChanged, match="do not exist any more"):
        transform(run)


def test_more_objects_than_are_opened_ahead_are_all_read(lake: Lake, run: Run, inputs: list[dict[str, Any]]) -> None:
    many = []
    for number in range(30):
        key, data = raw("artists", envelope(artist(number)), part=f"{number:05d}")
        put = lake.s3.put_object(Bucket=lake.raw, Key=key, Body=data)
        many.append({"key": key, "etag": put["ETag"], "size_bytes": len(data), "last_modified": f"{DAY}T07:00:00Z"})
    freeze(lake, run, many)
    assert transform(run)["tables"]["artists"]["rows"] == 30
