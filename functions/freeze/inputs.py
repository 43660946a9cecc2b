"""Which of a date's objects a run reads, in one order, under one digest."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypedDict

from functions.shared import keys
from functions.shared.errors import NoInputs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.shared.events import Run


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
    """
    snapshot_date = run["snapshot_date"]
    objects = sorted(
        (each for each in found if _holds_records(each["key"], snapshot_date)), key=lambda each: each["key"]
    )
    if not objects:
        raise NoInputs(
            f"Nothing to transform for {snapshot_date}: no object under s3://{bucket}/{keys.raw_date(snapshot_date)} "
            f"or s3://{bucket}/{keys.inbox_date(snapshot_date)}. Spotify returns only today's data, so an earlier date "
            "cannot be extracted any more: put files under the latter, then start again."
        )
    lines = "".join(f"{each['key']}\t{each['etag']}\n" for each in objects)
    return {
        "run_id": run["run_id"],
        "snapshot_date": snapshot_date,
        "digest": hashlib.sha256(lines.encode()).hexdigest(),
        "objects": objects,
    }


def _holds_records(key: str, snapshot_date: str) -> bool:
    """Return whether a run reads an object: not folders, nor names that begin with a dot or an underscore.

    The manifest and the marker have such names, and what a file manager or Spark leaves (`.DS_Store`, `_SUCCESS`).
    What else people drop is read, or is one refused record: it never fails the date.
    """
    names = key.removeprefix(keys.raw_date(snapshot_date)).removeprefix(keys.inbox_date(snapshot_date)).split("/")
    return names[-1] != "" and not any(name.startswith((".", "_")) for name in names)
