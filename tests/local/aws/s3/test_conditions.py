"""A condition that S3 refuses for a write may stand in a read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.local.cloud import new_name

if TYPE_CHECKING:
    from local.aws import EmbeddedAws


@pytest.mark.embedded
def test_a_read_takes_an_etag_that_a_write_does_not_take(aws: EmbeddedAws) -> None:
    s3, bucket = aws.client("s3"), new_name("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    assert s3.get_object(Bucket=bucket, Key="a", IfNoneMatch='"other"')["Body"].read() == b"1"
    with pytest.raises(ClientError, match="NotImplemented"):
        s3.put_object(Bucket=bucket, Key="a", Body=b"2", IfNoneMatch='"other"')
