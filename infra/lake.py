"""The lake's three buckets: raw responses, curated tables, and Athena's results."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from functions.shared.keys import TABLES
from infra.bucket import Bucket, Expiry

if TYPE_CHECKING:
    from infra.encryption import EncryptionKey
    from infra.place import Place

RESULT_DAYS = 7
STATE_VERSION_DAYS = 7
"""The number of days in which `ops state restore` can restore a version of `state/`."""


class Lake:
    """The buckets: raw keeps `state/` and its versions for a week; curated keeps `runs/`; everything else expires."""

    def __init__(self, place: Place, key: EncryptionKey) -> None:
        days = place.settings.retention_days
        expiring = [Expiry(prefix, days, noncurrent_days=1) for prefix in ("raw/", "inbox/", "runs/")]
        state = Expiry("state/", None, STATE_VERSION_DAYS)
        self.raw = Bucket("raw", place, key, [*expiring, state])
        tables = [f"{table}/" for table in TABLES]
        self.curated = Bucket(
            "curated", place, key, [Expiry(prefix, days) for prefix in (*tables, "reports/", "published/")]
        )
        self.results = Bucket("results", place, key, [Expiry("", RESULT_DAYS)], disposable=True)
        aws.s3.BucketNotification(
            place.name("raw"),
            bucket=self.raw.name,
            eventbridge=True,
            opts=pulumi.ResourceOptions(parent=self.raw),
        )
