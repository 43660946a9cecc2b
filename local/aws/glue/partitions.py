"""Complete ministack's partitions: BatchDeletePartition, Expression, paging, and AWS's errors.

ListCrawls comes in here too, since both are actions that its dispatch does not know.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.services import glue

from local.aws.glue import crawler
from local.aws.patching import Reply, Request, action, answered, refused, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_DELETED = 25
MOST_CREATED = 100
PAGE = 1000


def _key(request: Request) -> str:
    return f"{request.get('DatabaseName')}/{request.get('TableName')}"


@wrap(glue, "_get_partition")
def get_partition(original: Callable[[Request], Reply], request: Request) -> Reply:
    """Answer GetPartition, with AWS's error if there is none."""
    if all(one["Values"] != request.get("PartitionValues") for one in glue._partitions.get(_key(request)) or []):
        return refused("EntityNotFoundException", "Cannot find partition.")
    return original(request)


@wrap(glue, "_get_partitions")
def get_partitions(_original: Callable[[Request], Reply], request: Request) -> Reply:
    """Answer GetPartitions: the partitions that meet Expression, of one Segment if given, page by page."""
    from local.aws.glue import partition_filter  # and sqlglot, which takes as long as ten services

    table = glue._tables[_key(request)]
    found = list(glue._partitions.get(_key(request)) or [])
    try:
        meets = partition_filter.condition(request.get("Expression") or "", table.get("PartitionKeys") or [])
        found = [partition for partition in found if meets(partition["Values"])]
    except partition_filter.BadExpression as exc:
        return refused("InvalidInputException", str(exc))
    segment = request.get("Segment") or {"SegmentNumber": 0, "TotalSegments": 1}
    found = found[segment["SegmentNumber"] :: segment["TotalSegments"]]
    first, size = int(request.get("NextToken") or 0), min(int(request.get("MaxResults") or PAGE), PAGE)
    page = found[first : first + size]
    if request.get("ExcludeColumnSchema"):
        page = [_without_columns(partition) for partition in page]
    more = {"NextToken": str(first + size)} if first + size < len(found) else {}
    return answered({"Partitions": page, **more})


def _without_columns(partition: Request) -> Request:
    storage = {key: value for key, value in partition["StorageDescriptor"].items() if key != "Columns"}
    return {**partition, "StorageDescriptor": storage}


@wrap(glue, "_delete_partition")
def delete_partition(original: Callable[[Request], Reply], request: Request) -> Reply:
    """Answer DeletePartition: a missing partition is an error."""
    known = [one["Values"] for one in glue._partitions.get(_key(request)) or []]
    if request.get("PartitionValues") not in known:
        return refused("EntityNotFoundException", "Partition not found.")
    return original(request)


@wrap(glue, "_get_partition")
@wrap(glue, "_get_partitions")
@wrap(glue, "_delete_partition")
@wrap(glue, "_create_partition")
@wrap(glue, "_batch_create_partition")
def _on_a_table(original: Callable[[Request], Reply], request: Request) -> Reply:
    """Validate that the table exists and that the values match its partition keys; asked before those above."""
    table = glue._tables.get(_key(request))
    if table is None:
        return refused("EntityNotFoundException", f"Table {request.get('TableName')} not found.")
    inputs = request.get("PartitionInputList") or [request["PartitionInput"]] if _creates(request) else []
    if len(inputs) > MOST_CREATED:
        return refused("InvalidInputException", f"At most {MOST_CREATED} partitions a call; {len(inputs)} given")
    if any(len(one.get("Values") or []) != len(table.get("PartitionKeys") or []) for one in inputs):
        return refused(
            "InvalidInputException", "The number of partition keys do not match the number of partition values"
        )
    return original(request)


def _creates(request: Request) -> bool:
    return "PartitionInput" in request or "PartitionInputList" in request


def batch_delete_partition(request: Request) -> Reply:
    """Answer BatchDeletePartition: missing partitions are named among the errors."""
    wanted = [one["Values"] for one in request.get("PartitionsToDelete") or []]
    if len(wanted) > MOST_DELETED:
        return refused("InvalidInputException", f"At most {MOST_DELETED} partitions a call; {len(wanted)} given")
    if glue._tables.get(_key(request)) is None:
        return refused("EntityNotFoundException", f"Table {request.get('TableName')} not found.")
    known = glue._partitions.get(_key(request)) or []
    glue._partitions[_key(request)] = [one for one in known if one["Values"] not in wanted]
    there = [one["Values"] for one in known]
    detail = {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Partition not found."}
    errors = [{"PartitionValues": values, "ErrorDetail": detail} for values in wanted if values not in there]
    return answered({"Errors": errors})


MORE = {"BatchDeletePartition": batch_delete_partition, "ListCrawls": crawler.history}


@wrap(glue, "_handle_request_sync")
def _dispatch(
    original: Callable[..., Reply], method: str, path: str, headers: dict[str, str], body: bytes, query: Any
) -> Reply:
    """Answer the actions that ministack does not know; pass on the others."""
    more = MORE.get(action(headers))
    return more(json.loads(body or b"{}")) if more else original(method, path, headers, body, query)
