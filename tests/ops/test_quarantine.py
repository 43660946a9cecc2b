"""`ops quarantine RUN` shows the rejected records of any run, read from its objects."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from functions.shared import contract
from ops.errors import OpsError
from ops.executions import RUN_ID
from ops.quarantine import records_of
from ops.stack import Stack
from tests.ops.fakes import OUTPUTS, refusal, stack

RUN = "20261123T060000Z-82a09b7f"


class S3:
    """An S3 with these objects in one bucket."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self._objects = objects

    def get_object(self, Bucket: str, Key: str) -> Any:  # noqa: N803  as boto3 names them
        assert Bucket == "curated"
        if Key not in self._objects:
            raise refusal("NoSuchKey", 404)
        return {"Body": io.BytesIO(self._objects[Key])}

    def list_objects_v2(self, Bucket: str, Prefix: str) -> Any:  # noqa: N803  as boto3 names them
        assert Bucket == "curated"
        found = [{"Key": key} for key in self._objects if key.startswith(Prefix)]
        return {"Contents": found} if found else {}


def stack_with(s3: S3) -> Stack:
    """Return a stack with this S3."""
    return Stack("test", OUTPUTS, lambda _service: s3)  # type: ignore[arg-type]  # the names are OUTPUTS'


def part(*lines: int) -> bytes:
    """Return a part of quarantine with a record on each of these lines."""
    rows = [
        {"dataset": "albums", "record_id": None, "reasons": ["a: x", "b: y"], "record": "{}", "source_key": "k"}
        | {"source_line": line}
        for line in lines
    ]
    body = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, contract.arrow_schema("quarantine")), body)
    return body.getvalue()


LEDGER = {f"runs/{RUN}.json": json.dumps({"snapshot_date": "2026-11-23", "outcome": "failed"}).encode()}
FOLDER = f"quarantine/snapshot_date=2026-11-23/run_id={RUN}/"


def test_the_records_of_a_failed_run_come_in_the_order_of_their_lines() -> None:
    objects = LEDGER | {f"{FOLDER}part-00000.parquet": part(10, 9), f"{FOLDER}part-00001.parquet": part(100, 1)}
    found = records_of(stack_with(S3(objects)), RUN)
    assert [record["source_line"] for record in found] == [1, 9, 10, 100]
    assert found[0]["reasons"] == "a: x; b: y"


def test_a_run_that_the_ledger_has_not_is_named() -> None:
    with pytest.raises(OpsError, match=f"The ledger has no run {RUN}"):
        records_of(stack_with(S3({})), RUN)


def test_a_run_whose_objects_were_swept_says_so() -> None:
    with pytest.raises(OpsError, match="supersededGraceMinutes"):
        records_of(stack_with(S3(LEDGER)), RUN)


def test_a_denial_is_not_taken_for_a_missing_run() -> None:
    with pytest.raises(type(refusal("AccessDenied")), match="AccessDenied"):
        records_of(stack(get_object=refusal("AccessDenied", 403)), RUN)


@pytest.mark.parametrize("text", ["2026-11-23", "20261123T060000Z-82a09b7", f"{RUN}x", ""])
def test_what_is_no_run_id_is_not_taken_for_one(text: str) -> None:
    assert RUN_ID.fullmatch(text) is None
    assert RUN_ID.fullmatch(RUN)
