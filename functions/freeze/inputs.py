"""Select the objects of a date that a run reads: sorted, under one digest."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NotRequired, TypedDict

from functions.shared import keys
from functions.shared.errors import NoInputs
from functions.shared.partial import missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from functions.shared.events import Run

NOT_FINISHED = "The extraction of this date was not finished."
MOST_REASONS = 20


class Found(TypedDict):
    """An object of the raw bucket, as S3 lists it."""

    key: str
    etag: str
    size_bytes: int
    last_modified: str


class FrozenInputs(TypedDict):
    """`runs/<run_id>/inputs.json`: the objects that a run reads. `digest` is the SHA-256 of their keys and ETags.

    `incomplete` says why the date's raw data is not complete; an earlier release did not write it.
    """

    run_id: str
    snapshot_date: str
    digest: str
    objects: list[Found]
    incomplete: NotRequired[list[str]]


def freeze(
    run: Run,
    found: Iterable[Found],
    bucket: str,
    manifest: Mapping[str, object] | None = None,
    published: FrozenInputs | None = None,
) -> FrozenInputs:
    """Return the inputs of `run` from the objects found for its date: raw parts and inbox objects, by key.

    `manifest` is the date's, which extraction writes last, or None. `published` is the list of inputs of the run that
    is published for the date.

    Raises:
        NoInputs: nothing was found that holds records, or not all of the raw data that is published.
    """
    snapshot_date = run["snapshot_date"]
    objects = sorted((each for each in found if holds_records(each["key"])), key=lambda each: each["key"])
    if not objects:
        raise NoInputs(
            f"Nothing to transform for {snapshot_date}: no object under s3://{bucket}/{keys.raw_date(snapshot_date)} "
            f"or s3://{bucket}/{keys.inbox_date(snapshot_date)}. Spotify returns only today's data, so an earlier date "
            "cannot be extracted any more. Put files into the inbox, then start again."
        )
    if published:
        _nothing_lost(published, objects)
    lines = "".join(f"{each['key']}\t{each['etag']}\n" for each in objects)
    return {
        "run_id": run["run_id"],
        "snapshot_date": snapshot_date,
        "digest": hashlib.sha256(lines.encode()).hexdigest(),
        "objects": objects,
        "incomplete": _incomplete(objects, snapshot_date, manifest),
    }


def _nothing_lost(published: FrozenInputs, objects: Iterable[Found]) -> None:
    """Raise NoInputs unless all raw data of the published run is there: a new run would show less than that.

    Objects of a run that passed midnight (UTC) expire a day apart, and a replay outlives the raw data that it read.
    """
    raw, there = keys.raw_date(published["snapshot_date"]), {each["key"] for each in objects}
    lost = [each["key"] for each in published["objects"] if each["key"].startswith(raw) and each["key"] not in there]
    if lost:
        raise NoInputs(
            f"{len(lost):,} of the objects that the published run {published['run_id']} read do not exist any more, "
            f"the first: {lost[0]}. A new run of {published['snapshot_date']} would show less than is published, so "
            f"nothing was changed. To publish what is left, run `ops unpublish {published['snapshot_date']}`, then "
            "start again."
        )


def _incomplete(objects: Sequence[Found], snapshot_date: str, manifest: Mapping[str, object] | None) -> list[str]:
    """Return the reasons why a date's raw data is not complete; none if it is, or if there is no raw data."""
    there = {each["key"] for each in objects if each["key"].startswith(keys.raw_date(snapshot_date))}
    if not there:
        return []
    if manifest is None:
        return [NOT_FINISHED]
    gone = sorted(_named(manifest) - there)
    lost = [missing(gone)] if gone else []
    if manifest.get("complete"):
        return lost
    reasons = manifest.get("reasons")
    told = [str(reason) for reason in reasons[:MOST_REASONS]] if isinstance(reasons, list) else []
    return lost + (told or [NOT_FINISHED])


def _named(manifest: Mapping[str, object]) -> set[str]:
    """Return the keys of the objects that a manifest names."""
    named = manifest.get("objects")
    return {str(each["key"]) for each in named} if isinstance(named, list) else set()


def holds_records(key: str) -> bool:
    """Return whether a run reads an object: not folders, nor objects whose name begins with a dot or underscore.

    The manifest and the marker have such names, and so have files of file managers or Spark (`.DS_Store`, `_SUCCESS`).
    Anything else in the inbox is read, or becomes one rejected record: it never fails the date.
    """
    names = key.split("/")
    return names[-1] != "" and not any(name.startswith((".", "_")) for name in names)
