"""Show and send the digest of a published date, as the pipeline does."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from functions.digest.digest import ITEMS, QUESTIONS, Digest, asked, cut_dates, is_continued, of_date, why_partial
from functions.digest.feed import feed as feed_of
from functions.digest.storage import put_feed
from functions.shared import keys
from functions.shared.errors import StorageUnavailable
from functions.shared.json_objects import read_json
from functions.shared.published import published_run
from ops.athena import ask
from ops.errors import OpsError

if TYPE_CHECKING:
    from functions.shared.athena import QueryResults
    from ops.stack import Stack

LATEST = 'SELECT max(p.snapshot_date) AS day FROM "{lake}".published AS p'
RUN = """
SELECT r.run_id, r.outcome, r.reasons
FROM runs AS r
JOIN "{lake}".published AS p ON p.run_id = r.run_id
WHERE p.snapshot_date = ?
"""


def send(stack: Stack, snapshot_date: str) -> dict[str, Any]:
    """Call the stack's function, which sends what it has not told of a published date; return its result.

    Raises:
        OpsError: the date is not published, the stack has no such function, or the function failed.
    """
    function = stack.outputs["functions"].get("digest")
    if function is None:
        raise OpsError(f"Stack {stack.name} has no function that sends the digest: run `pulumi up` first.")
    s3, bucket = stack.client("s3"), stack.outputs["curated_bucket"]
    run_id = published_run(s3, bucket, snapshot_date)
    run = read_json(s3, bucket, keys.run_record(run_id)) if run_id else None
    if run is None:
        raise OpsError(f"{snapshot_date} is not published. `ops status` shows the dates that are.")
    asked = {name: run[name] for name in ("run_id", "snapshot_date", "execution_arn")}
    asked["ends_at"] = stack.end_of(snapshot_date).isoformat()
    answer = stack.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"run": asked}))
    result: dict[str, Any] = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise OpsError(f"The digest was not sent: {result.get('errorType')}: {result.get('errorMessage')}")
    return result


def feed(stack: Stack) -> bytes | None:
    """Return the feed that the pipeline wrote last, or None if it wrote none."""
    s3, bucket = stack.client("s3"), stack.outputs["curated_bucket"]
    try:
        body: bytes = s3.get_object(Bucket=bucket, Key=keys.FEED)["Body"].read()
    except ClientError as exc:
        if exc.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
    return body


def correct_feed(stack: Stack) -> None:
    """Write the feed again from the published dates; if there is none, the next daily run writes the first.

    Raises:
        OpsError: Athena does not answer.
    """
    if feed(stack) is None:
        return
    outputs = stack.outputs
    bucket, lake = outputs["curated_bucket"], outputs["lake_database"]
    day = str(ask(stack, LATEST.format(lake=lake)).rows[0][0] or stack.today())
    answers = _answers(stack, day)
    albums, changes = (answers.of(each) for each in ITEMS)
    put_feed(stack.client("s3"), bucket, feed_of(bucket, albums, changes, day))


def _answers(stack: Stack, snapshot_date: str) -> QueryResults:
    try:
        return asked(stack.library(QUESTIONS), snapshot_date, ITEMS)
    except StorageUnavailable as exc:
        raise OpsError(str(exc)) from exc


def collect(stack: Stack, snapshot_date: str | None) -> Digest:
    """Return the digest of a published date, or of the latest one.

    Raises:
        OpsError: the date is not published, or nothing is, or Athena does not answer.
    """
    outputs = stack.outputs
    lake = outputs["lake_database"]
    day = snapshot_date or ask(stack, LATEST.format(lake=lake)).rows[0][0]
    if day is None:
        raise OpsError("Nothing is published yet. Start a daily run: ops run")
    runs = ask(stack, RUN.format(lake=lake), [f"'{day}'"]).records()
    if not runs:
        raise OpsError(f"{day} is not published. `ops status` shows the dates that are.")
    answers = _answers(stack, str(day))
    albums, changes = (of_date(answers.of(each), str(day)) for each in ITEMS)
    beyond = sum(sum(cut_dates(rows).values()) for rows in (albums, changes))
    told, daily_run = why_partial(runs[0]), outputs.get("daily_run", "")
    continued = is_continued(stack.end_of(str(day)).isoformat(), daily_run, datetime.now(UTC))
    return Digest(str(day), albums, changes, told, beyond=beyond, daily_run=daily_run, continued=continued)
