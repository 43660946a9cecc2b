"""Tables, databases and partitions as AWS's Glue returns and replaces them, which Trino's Glue client relies on.

Sources: Trino 435's reader of Glue fails without `NumberOfBuckets`, `Compressed` and `StoredAsSubDirectories` in a
StorageDescriptor, and takes an empty `Description` for a comment; Glue's API reference says that UpdateTable "updates a
metadata table": members that the request leaves out are gone, as Terraform's provider expects.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.services import glue

from local.aws.patching import Reply, action, answered, wrap

if TYPE_CHECKING:
    from collections.abc import Callable

ALWAYS = {"NumberOfBuckets": 0, "Compressed": False, "StoredAsSubDirectories": False}
"""The fields of a StorageDescriptor that Glue adds by itself."""

NOT_GIVEN: dict[str, Any] = {
    "Description": "", "Owner": "", "StorageDescriptor": {}, "PartitionKeys": [], "Parameters": {},
    "ViewOriginalText": None, "ViewExpandedText": None,
}  # fmt: skip
"""The values of a table's members that a request leaves out."""

_READS = {
    f"{verb}{what}"
    for verb, whats in (("Get", "Table Tables Partition Partitions Database Databases"), ("BatchGet", "Partition"))
    for what in whats.split()
}


def as_returned(node: Any) -> Any:
    """Return a response's member as AWS returns it: with all its fields, and without unset ones."""
    if isinstance(node, list):
        return [as_returned(each) for each in node]
    if not isinstance(node, dict):
        return node
    given = {
        key: as_returned(value)
        for key, value in node.items()
        if value is not None and (key, value) != ("Description", "")
    }
    if isinstance(given.get("StorageDescriptor"), dict):
        given["StorageDescriptor"] = {**ALWAYS, **given["StorageDescriptor"]}
    return given


@wrap(glue, "_handle_request_sync")
def _dispatch(
    original: Callable[..., Reply], method: str, path: str, headers: dict[str, str], body: bytes, query: Any
) -> Reply:
    """Answer a request; what reads tables and partitions in AWS's form."""
    reply = original(method, path, headers, body, query)
    if reply[0] != 200 or action(headers) not in _READS:
        return reply
    return answered(as_returned(json.loads(reply[2])))


@wrap(glue, "_update_table")
def update_table(original: Callable[[dict[str, Any]], Reply], request: dict[str, Any]) -> Reply:
    """Answer UpdateTable: the table is replaced."""
    return original({**request, "TableInput": {**NOT_GIVEN, **(request.get("TableInput") or {})}})
