"""A lake of its own for each test of a handler, in the embedded AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

if TYPE_CHECKING:
    from functions.shared.events import Run
    from local.aws import EmbeddedAws


@dataclass(frozen=True)
class Lake:
    """Two empty buckets, and the clients that a test looks with."""

    aws: EmbeddedAws
    name: str
    s3: Any

    @property
    def raw(self) -> str:
        """The name of the raw bucket."""
        return f"{self.name}-raw"

    @property
    def curated(self) -> str:
        """The name of the curated bucket."""
        return f"{self.name}-curated"

    def put(self, bucket: str, key: str, body: str = "{}\n") -> str:
        """Write an object and return its ETag."""
        etag: str = self.s3.put_object(Bucket=bucket, Key=key, Body=body.encode())["ETag"]
        return etag

    def text(self, bucket: str, key: str) -> str:
        """Return an object's text."""
        body: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body.decode()

    def keys(self, bucket: str) -> list[str]:
        """Return every key of a bucket."""
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


@pytest.fixture
def lake(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """Return empty buckets that a handler's environment names; the handler calls as the administrator."""
    lake = Lake(aws, f"lake-{uuid4().hex[:12]}", aws.client("s3"))
    for bucket in (lake.raw, lake.curated):
        lake.s3.create_bucket(Bucket=bucket)
    buckets = {"RAW_BUCKET": lake.raw, "CURATED_BUCKET": lake.curated}
    for name, value in {**aws.environment(), **buckets, "METRIC_NAMESPACE": lake.name}.items():
        monkeypatch.setenv(name, value)
    return lake


@pytest.fixture
def two_keys_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let S3 return two keys per page of a listing, not a thousand, for every client made from now on."""
    session = boto3.Session()
    session.events.register("before-parameter-build.s3.ListObjectsV2", lambda params, **_: params.update(MaxKeys=2))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)


@pytest.fixture
def run() -> Run:
    """Return a daily run."""
    return {
        "run_id": "20261123T060000Z-00000000",
        "snapshot_date": "2026-11-23",
        "mode": "daily",
        "started_at": "2026-11-23T06:00:00.000Z",
        "ends_at": "2026-11-24T00:00:00.000Z",
        "execution_arn": "arn:aws:states:us-east-1:123456789012:execution:lake:one",
    }
