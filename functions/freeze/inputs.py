"""Which of a date's objects a run reads, in one order, under one digest."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, TypedDict

from functions.shared import keys
from functions.shared.errors import BadRequest, NoInputs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.shared.events import Run

READABLE = re.compile(r".*\.(json|ndjson|jsonl)(\.gz)?")


class Found(TypedDict):
    """An object of the raw bucket, as S3 lists it."""

    key: str
    etag: str
    size_bytes: int
    last_modified: str


class FrozenInputs(TypedDict):
    """`runs/<run_id>/inputs.json`: what a run reads. `digest` is the SHA-256 over its keys and ETags."""

    run_id: str
    snapshot_date: str
    digest: str
    objects: list[Found]


def freeze(run: Run, found: Iterable[Found], bucket: str) -> FrozenInputs:
    """Return the inputs of `run` out of what was found for its date: raw parts and inbox objects, by key.

    Raises:
        NoInputs: nothing was found that holds records.
        BadRequest: an inbox object is of a kind the pipeline does not read.
    """
    snapshot_date = run["snapshot_date"]
    objects = sorted(
        (each for each in found if _holds_records(each["key"], snapshot_date)), key=lambda each: each["key"]
    )
    if not objects:
        raise NoInputs(
            f"Nothing to transform for {snapshot_date}: no object under s3://{bucket}/{keys.raw_date(snapshot_date)} "
            f"or s3://{bucket}/{keys.inbox_date(snapshot_date)}. Extract the date, or put files under the latter, "
            "then start again."
        )
    unreadable = [each["key"] for each in objects if not READABLE.fullmatch(each["key"])]
    if unreadable:
        raise BadRequest(
            f"The pipeline reads .json, .ndjson and .jsonl, plain or .gz; found {len(unreadable)} of another kind, "
            f"the first s3://{bucket}/{unreadable[0]}. Rename or remove them, then start again."
        )
    lines = "".join(f"{each['key']}\t{each['etag']}\n" for each in objects)
    return {
        "run_id": run["run_id"],
        "snapshot_date": snapshot_date,
        "digest": hashlib.sha256(lines.encode()).hexdigest(),
        "objects": objects,
    }


def _holds_records(key: str, snapshot_date: str) -> bool:
    folder = key.endswith("/")
    return not folder and key != keys.manifest(snapshot_date) and not keys.MARKER.fullmatch(key)
