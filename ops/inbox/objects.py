"""List the objects of the inbox and why a run will not read some of them, and upload files."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.freeze.inputs import holds_records
from functions.shared import keys
from functions.shared.errors import BadRequest
from ops.inbox.check import key_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from ops.stack import Stack

INBOX = "inbox/"
OURS = frozenset({"raw/", INBOX, "runs/", "state/"})
FOLDER = re.compile(r"inbox/snapshot_date=(?P<snapshot_date>[^/]*)/(?P<rest>.*)", re.DOTALL)
LIKE_A_MARKER = re.compile(r"_?ready(\.\w+)?", re.IGNORECASE)
POLL_S, WAIT_S = 1.0, 60.0
WRONG_PLACE = "expected inbox/snapshot_date=YYYY-MM-DD/NAME"


@dataclass(frozen=True)
class Object:
    """An object of the inbox; `problem` says why no run reads it, or is empty."""

    key: str
    size_bytes: int
    last_modified: datetime
    problem: str = ""


def listed(stack: Stack, snapshot_date: str | None = None) -> list[Object]:
    """Return the objects of the inbox, or of one date, by key, and misplaced objects beside it."""
    prefix = keys.inbox_date(snapshot_date) if snapshot_date else INBOX
    found = _objects(stack, prefix)
    markers = {each["Key"]: each["LastModified"] for each in found if keys.MARKER.fullmatch(each["Key"])}
    today = stack.latest_day(stack.today()).isoformat()
    objects = [_object(each, _problem(each, markers, today)) for each in found if not each["Key"].endswith("/")]
    return objects if snapshot_date else [*objects, *_beside(stack)]


def problems(stack: Stack) -> list[str]:
    """Return a sentence for each object that no run will read."""
    return [f"{each.key}: {each.problem}" for each in listed(stack) if each.problem]


def _problem(entry: dict[str, Any], markers: dict[str, datetime], today: str) -> str:
    """Return why no run reads an object, or nothing."""
    key = entry["Key"]
    found = FOLDER.fullmatch(key)
    if not found:
        return f"is not in a date's folder, so no run reads it; {WRONG_PLACE}."
    snapshot_date, name = found["snapshot_date"], found["rest"].rpartition("/")[2]
    try:
        keys.parse_date(snapshot_date, "The folder")
    except BadRequest:
        return f"{snapshot_date!r} is not a date, so no run reads it; {WRONG_PLACE}."
    if snapshot_date > today or snapshot_date <= keys.REHEARSAL_DATE:
        return f"no run may be about {snapshot_date}; move it to the right date."
    marker = f"{keys.inbox_date(snapshot_date)}_READY"
    if key == marker:
        return "" if any(map(holds_records, entry["objects"])) else "the date's inbox has no file that a run reads."
    if LIKE_A_MARKER.fullmatch(name):
        return f"starts no run; the marker is {marker}."
    if not holds_records(key):
        return "its name begins with a dot or an underscore, so no run reads it."
    if not keys.READABLE.fullmatch(key):
        return (
            "expected a name that ends in .json, .ndjson or .jsonl, or these with .gz: it will be one rejected record."
        )
    if marker not in markers:
        return f"waits for the marker {marker}."
    if entry["LastModified"] > markers[marker]:
        return "is newer than the marker; upload the marker again."
    return ""


def _objects(stack: Stack, prefix: str) -> list[dict[str, Any]]:
    pages = (
        stack.client("s3").get_paginator("list_objects_v2").paginate(Bucket=stack.outputs["raw_bucket"], Prefix=prefix)
    )
    found: list[dict[str, Any]] = [dict(each) for page in pages for each in page.get("Contents", [])]
    folders: dict[str, list[str]] = {}
    for each in found:
        folders.setdefault("/".join(each["Key"].split("/")[:2]), []).append(each["Key"])
    return [each | {"objects": folders["/".join(each["Key"].split("/")[:2])]} for each in found]


def _beside(stack: Stack) -> list[Object]:
    """Return the objects outside the four folders of the raw bucket: misplaced files, often meant for the inbox."""
    found = stack.client("s3").list_objects_v2(Bucket=stack.outputs["raw_bucket"], Delimiter="/")
    astray = [_object(each, f"is outside the inbox; {WRONG_PLACE}.") for each in found.get("Contents", [])]
    for each in found.get("CommonPrefixes", []):
        if each["Prefix"] not in OURS:
            first = _objects(stack, each["Prefix"])[:1]
            astray += [_object(entry, f"is outside the inbox; {WRONG_PLACE}.") for entry in first]
    return astray


def _object(entry: dict[str, Any], problem: str) -> Object:
    return Object(entry["Key"], entry["Size"], entry["LastModified"], problem)


def put(stack: Stack, files: Sequence[Path], snapshot_date: str) -> str:
    """Upload files into a date's inbox, then its marker, and return the marker's key."""
    s3, bucket = stack.client("s3"), stack.outputs["raw_bucket"]
    for file in files:
        with file.open("rb") as body:
            s3.put_object(Bucket=bucket, Key=key_of(file, snapshot_date), Body=body)
    marker = f"{keys.inbox_date(snapshot_date)}_READY"
    s3.put_object(Bucket=bucket, Key=marker, Body=b"")
    return marker


def executions(stack: Stack) -> set[str]:
    """Return the latest executions' ARNs."""
    found = stack.client("stepfunctions").list_executions(stateMachineArn=stack.outputs["state_machine_arn"])
    return {each["executionArn"] for each in found["executions"]}


def started_by(stack: Stack, marker: str, before: set[str]) -> str | None:
    """Return the execution that a marker started, as soon as it is there; None after a minute."""
    states, seen, until = stack.client("stepfunctions"), set(before), time.monotonic() + WAIT_S
    while time.monotonic() < until:
        for arn in executions(stack) - seen:
            seen.add(arn)
            if f'"{marker}"' in states.describe_execution(executionArn=arn)["input"]:
                return arn
        time.sleep(POLL_S)
    return None
