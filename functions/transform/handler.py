"""The Lambda that turns a run's frozen inputs into Parquet."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import TYPE_CHECKING, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from functions.shared import keys
from functions.shared.aws import aws_errors
from functions.shared.entry import entry
from functions.shared.errors import InputsChanged, StorageUnavailable
from functions.shared.json_objects import read_json
from functions.shared.logs import logger
from functions.transform.accepted import DATASETS
from functions.transform.lines import Source
from functions.transform.transform import Limits, transform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_lambda_powertools.utilities.typing import LambdaContext
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

    from functions.freeze.inputs import Found, FrozenInputs
    from functions.shared.events import Run, TransformRequest, TransformResult


AHEAD = 8  # objects opened ahead
HEAD_BYTES = 1 << 20
TRIES = 4
CHANGED = {"NoSuchKey", "404", "PreconditionFailed", "412"}


@dataclass(frozen=True)
class Settings:
    """The function's environment, set by infra."""

    raw_bucket: str
    curated_bucket: str
    profile: str
    max_quarantine_ratio: float

    @classmethod
    def from_environment(cls) -> Settings:
        """Return the settings of this function's environment."""
        return cls(
            raw_bucket=os.environ["RAW_BUCKET"],
            curated_bucket=os.environ["CURATED_BUCKET"],
            profile=os.environ["PROFILE"],
            max_quarantine_ratio=float(os.environ["MAX_QUARANTINE_RATIO"]),
        )


@entry
def handler(event: TransformRequest, _context: LambdaContext) -> TransformResult:
    """Write a run's tables; a retry reads the same objects and writes the same bytes to the same keys."""
    settings = Settings.from_environment()
    s3 = boto3.client("s3", config=Config(max_pool_connections=AHEAD + 2))
    run = event["run"]
    found = frozen(s3, settings.raw_bucket, event["inputs_key"])
    limits = Limits(date.fromisoformat(run["snapshot_date"]), settings.profile, settings.max_quarantine_ratio)
    curated = Curated(s3, settings.curated_bucket, run)
    summary = transform(opened(s3, settings.raw_bucket, found), limits, curated.put)
    result: TransformResult = {**summary, "last_write": curated.last_write()}
    logger.info("transformed", extra={"result": result})
    return result


def frozen(s3: S3Client, bucket: str, inputs_key: str) -> list[Found]:
    """Return the run's frozen inputs.

    Raises:
        InputsChanged: it is gone.
    """
    inputs = read_json(s3, bucket, inputs_key)
    if inputs is None:
        raise InputsChanged(
            f"The frozen inputs s3://{bucket}/{inputs_key} do not exist any more. Start a new run of the date."
        )
    return cast("FrozenInputs", inputs)["objects"]


def opened(s3: S3Client, bucket: str, found: list[Found]) -> Iterator[tuple[Source, FrozenObject]]:
    """Yield frozen objects in their order, a few of them opened ahead.

    Raises:
        InputsChanged: an object is gone, or is no longer what was frozen.
    """
    with ThreadPoolExecutor(AHEAD) as threads:
        opening = deque(threads.submit(FrozenObject(s3, bucket, each).open) for each in found[:AHEAD])
        for position, each in enumerate(found):
            ready = opening.popleft().result()
            if position + AHEAD < len(found):
                opening.append(threads.submit(FrozenObject(s3, bucket, found[position + AHEAD]).open))
            yield source(each), ready


def source(found: Found) -> Source:
    """Return a frozen object's source; outside raw/, the content decides what its records are, as in the inbox."""
    folders = found["key"].split("/")
    dataset = folders[2] if folders[0] == "raw" and len(folders) > 3 and folders[2] in DATASETS else "inbox"
    return Source(found["key"], dataset, datetime.fromisoformat(found["last_modified"]))


class FrozenObject:
    """One frozen object as a stream: read only with its frozen ETag, resumed if a connection breaks."""

    def __init__(self, s3: S3Client, bucket: str, found: Found) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._found = found
        self._name = f"s3://{bucket}/{found['key']}"
        self._at = 0
        self._head = BytesIO()
        self._body: StreamingBody | None = None

    def open(self) -> FrozenObject:
        """Open the object and read its beginning, so that a small one is complete before it is needed."""
        self._head = BytesIO(self._fetch(HEAD_BYTES))
        return self

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes; none at the end."""
        return self._head.read(size) or self._fetch(size)

    def _fetch(self, size: int) -> bytes:
        for left in reversed(range(TRIES)):
            try:
                with aws_errors(f"read {self._name}"):
                    return self._next(size)
            except StorageUnavailable:
                self._body = None
                if not left:
                    raise
        raise AssertionError("the last try returns or raises")

    def _next(self, size: int) -> bytes:
        if self._at >= self._found["size_bytes"]:
            return b""
        self._body = self._body or self._ask()
        data = self._body.read(None if size < 0 else size)
        self._at += len(data)
        return data

    def _ask(self) -> StreamingBody:
        try:
            return self._s3.get_object(
                Bucket=self._bucket, Key=self._found["key"], IfMatch=self._found["etag"], Range=f"bytes={self._at}-"
            )["Body"]
        except ClientError as exc:
            if exc.response["Error"]["Code"] not in CHANGED:
                raise
            raise InputsChanged(
                f"{self._name} has changed since this run froze it (ETag {self._found['etag']}): it was replaced or "
                f"deleted ({exc.response['Error']['Code']}). Start a new run of the date: it reads what is there now."
            ) from exc


class Curated:
    """A run's partitions in the curated bucket."""

    def __init__(self, s3: S3Client, bucket: str, run: Run) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._run = run
        self._written: list[str] = []

    def put(self, table: str, number: int, part: memoryview) -> None:
        """Write one part of a table."""
        key = keys.part(table, self._run["snapshot_date"], self._run["run_id"], number)
        with aws_errors(f"write s3://{self._bucket}/{key}"):
            self._s3.put_object(
                Bucket=self._bucket, Key=key, Body=BytesIO(part), ContentType="application/vnd.apache.parquet"
            )
        self._written.append(key)

    def last_write(self) -> str:
        """Return the newest LastModified of what was written, by S3's clock."""
        newest = max(self._head(key) for key in self._written)
        return newest.isoformat().replace("+00:00", "Z")

    def _head(self, key: str) -> datetime:
        with aws_errors(f"look at s3://{self._bucket}/{key}"):
            return self._s3.head_object(Bucket=self._bucket, Key=key)["LastModified"]
