"""Rights to query: Athena reads and writes with the rights of its caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from functions.shared.keys import TABLES
from infra.rights.access import list_keys, read, read_write
from infra.rights.glue import look_up
from infra.rights.statements import Right, allow

if TYPE_CHECKING:
    from infra.catalogue import Catalogue
    from infra.lake import Lake
    from infra.place import Place
    from infra.workgroup import Workgroup


def query(workgroup: Workgroup, lake: Lake) -> Right:
    """Return the right to run queries in the workgroup, to stop them, and to keep and read their results."""
    ask = allow(
        "athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:StopQueryExecution",
        on=[workgroup.arn],
    )  # fmt: skip
    results = lake.results
    upload = allow(
        "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", on=[pulumi.Output.concat(results.arn, "/athena/*")]
    )
    find = allow("s3:GetBucketLocation", "s3:ListBucketMultipartUploads", on=[results.arn])
    return ask + read_write(results, "athena/*") + upload + find + list_keys(results, "athena/*")


def read_lake(
    place: Place, lake: Lake, catalogue: Catalogue, tables: tuple[str, ...] = (*TABLES, "runs", "published")
) -> Right:
    """Return the right to read tables of the lake through Athena: all tables, or those given."""
    keys = [f"{table}/*" for table in tables]
    where = allow("s3:GetBucketLocation", on=[lake.curated.arn])
    return look_up(place, catalogue) + where + read(lake.curated, *keys) + list_keys(lake.curated, *keys)
