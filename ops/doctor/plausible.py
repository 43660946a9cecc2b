"""Check the stored state for impossible values: dates ahead of today, IDs and ETags not valid, unreadable files."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from functions.extract.frontier import document as frontier
from functions.extract.frontier.repair import repair
from functions.extract.quota_document import document_in, repaired
from functions.shared import keys
from ops.terminal.output import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.stack import Stack

DATE = re.compile(r"(?:snapshot_date=|published/)(?P<date>[^/.]+)")
CLOCK_TOLERANCE = timedelta(minutes=5)
REPAIRED = "The next run repairs this."


def implausible(stack: Stack) -> Iterator[str]:
    """Yield a sentence for each thing that is not plausible, and what to do about it."""
    today = stack.today().isoformat()
    yield from _frontier(stack, today)
    yield from _quota(stack)
    yield from _dates_ahead(stack, today)
    yield from _clock(stack)


def _frontier(stack: Stack, today: str) -> Iterator[str]:
    stored = stack.raw().get(keys.FRONTIER)
    if stored is None:
        return  # a new stack
    document = frontier.read(stored[0])
    if document.get("rebuilt_to") == "":
        yield f"{keys.FRONTIER} cannot be read: the next run rebuilds it from raw, or `ops state restore frontier`."
    yield from (f"{sentence} {REPAIRED}" for sentence in repair(document, today))
    early = [
        each for each, seen in document["albums"].items() if seen.get("at", seen["first_seen"]) < seen["first_seen"]
    ]
    if early:
        yield (
            f"Requested before they were first seen: {counted(len(early), 'album')}, the first {early[0]}. "
            f"Request them again with `ops frontier reset {early[0]}`."
        )


def _quota(stack: Stack) -> Iterator[str]:
    stored = stack.raw().get(keys.QUOTA)
    if stored is None:
        return
    quota = document_in(stored[0])
    if quota is None:
        yield f"{keys.QUOTA} cannot be read: the next run counts the day's requests in raw."
        return
    if told := repaired(quota, datetime.now(UTC)):
        yield f"{told} {REPAIRED}"
    if negative := [group for group, calls in quota["calls"].items() if calls < 0]:
        yield f"The quota ledger has a negative count for {', '.join(negative)}. Run `ops state restore quota`."


def _dates_ahead(stack: Stack, today: str) -> Iterator[str]:
    """Yield a sentence for each place with a date after today."""
    for bucket, prefix, remedy in (
        ("raw_bucket", "raw/", "no run reads it before that day: delete it"),
        ("raw_bucket", "inbox/", "no run may be about it: delete it, or move it to the right date"),
        ("curated_bucket", "published/", "withdraw it with `ops unpublish`"),
    ):
        ahead = sorted({each for each in _dates(stack, stack.outputs[bucket], prefix) if each > today})  # type: ignore[literal-required]  # two of them
        for each in ahead[:3]:
            yield f"{prefix} holds the date {each}, which is in the future: {remedy}."


def _dates(stack: Stack, bucket: str, prefix: str) -> Iterator[str]:
    pages = stack.client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket, Prefix=prefix, Delimiter="/" if prefix != "published/" else ""):
        found: list[dict[str, Any]] = [*page.get("CommonPrefixes", []), *page.get("Contents", [])]
        for each in found:
            if named := DATE.search(str(each.get("Prefix") or each.get("Key"))):
                yield named["date"]


def _clock(stack: Stack) -> Iterator[str]:
    """Yield a sentence if this machine's clock and S3's differ; the local stack has a clock of its own."""
    if stack.local:
        return
    answer = stack.client("s3").head_bucket(Bucket=stack.outputs["raw_bucket"])
    theirs = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    apart = abs(datetime.now(UTC) - theirs)
    if apart > CLOCK_TOLERANCE:
        yield f"This machine's clock and S3's differ by {apart.total_seconds() / 60:.0f} minutes. Set it by NTP."
