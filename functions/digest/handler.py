"""The Lambda that notifies people of what a run found: it sends one message and writes the feed."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from functions.digest import record
from functions.digest.digest import ITEMS, QUESTIONS, asked, why_partial
from functions.digest.feed import feed
from functions.digest.message import message
from functions.digest.plan import Plan, plan
from functions.digest.storage import RecordObject, put_feed
from functions.shared import keys
from functions.shared.athena import Library, QueryResults
from functions.shared.aws import aws_errors
from functions.shared.entry import entry
from functions.shared.errors import DigestUnconfirmed, PipelineError, StorageUnavailable
from functions.shared.json_objects import LostRace, read_json
from functions.shared.logs import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from functions.digest.message import Message
    from functions.digest.record import Document
    from functions.shared.events import DigestResult, Run, RunRequest

Outcome = TypeVar("Outcome")

TRIES = 10  # tries of a conditional write: it fails only if so many other executions write in between
INSTEAD = "It is not sent again, since it might arrive twice. Read it with: ops digest DATE"
ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20)
"""If the SDK repeats the request, SNS sends the message again: only this module decides on a second try."""


@dataclass(frozen=True)
class Settings:
    """The function's environment, set by infra."""

    raw_bucket: str
    curated_bucket: str
    workgroup: str
    views_database: str
    lake_database: str
    topic_arn: str
    always: bool
    daily_run: str

    @classmethod
    def from_environment(cls) -> Settings:
        """Return the settings of this function's environment."""
        return cls(
            raw_bucket=os.environ["RAW_BUCKET"],
            curated_bucket=os.environ["CURATED_BUCKET"],
            workgroup=os.environ["WORKGROUP"],
            views_database=os.environ["VIEWS_DATABASE"],
            lake_database=os.environ["LAKE_DATABASE"],
            topic_arn=os.environ["DIGEST_TOPIC_ARN"],
            always=os.environ["DIGEST_ALWAYS"] == "true",
            daily_run=os.environ["DAILY_RUN"],
        )


@entry
def handler(event: RunRequest, _context: LambdaContext) -> DigestResult:
    """Write the feed, and send what no message has told of the run's date yet; a repeated call sends nothing more.

    Raises:
        DigestUnconfirmed: a message was handed to SNS, and SNS did not say whether it took it.
    """
    settings, run = Settings.from_environment(), event["run"]
    s3 = boto3.client("s3")
    library = Library(
        boto3.client("athena"), settings.workgroup, settings.views_database, settings.lake_database, QUESTIONS
    )
    with aws_errors(f"ask Athena for the digest of {run['snapshot_date']}"):
        answers = asked(library, run["snapshot_date"], (*ITEMS, "known", "latest"))
        shown, latest = _latest(library, run["snapshot_date"], answers)
    albums, changes = (shown.of(each) for each in ITEMS)
    put_feed(s3, settings.curated_bucket, feed(settings.curated_bucket, albums, changes, latest))
    store = RecordObject(s3, settings.raw_bucket)
    partial = why_partial(read_json(s3, settings.curated_bucket, keys.run_record(run["run_id"])) or {})
    claim = _claim(store, run, answers, partial, always=settings.always, daily_run=settings.daily_run)
    result: DigestResult = {"status": "nothing new", "bytes_scanned": _bytes_scanned(answers, shown)}
    if claim.digest:
        sent = message(claim.digest)
        message_id = _send(settings.topic_arn, sent, claim, store, run)
        result |= {"status": "sent", "subject": sent["Subject"], "message_id": message_id}
    logger.info("told", extra={"result": result})
    return result


def _latest(library: Library, snapshot_date: str, answers: QueryResults) -> tuple[QueryResults, str]:
    """Return the answers about the latest published date, and this date: the run may be about an earlier one."""
    latest = next((str(row["day"]) for row in answers.of("latest") if row["day"]), snapshot_date)
    return (answers, snapshot_date) if latest <= snapshot_date else (asked(library, latest, ITEMS), latest)


def _bytes_scanned(answers: QueryResults, shown: QueryResults) -> list[int]:
    return [*answers.scanned.values(), *(shown.scanned.values() if shown is not answers else ())]


def _claim(
    store: RecordObject, run: Run, answers: QueryResults, partial: list[str], *, always: bool, daily_run: str = ""
) -> Plan:
    """Return what this run tells, after claiming it in the record so that no other run tells it too.

    Raises:
        DigestUnconfirmed: the run has claimed its message before, and ended before it confirmed it.
    """

    def planned(before: Document) -> tuple[Plan, Document]:
        if run["run_id"] in before["claims"]:
            raise DigestUnconfirmed(
                f"The digest of {run['snapshot_date']} may not have been sent: an earlier attempt ended before it was "
                f"confirmed. {INSTEAD}"
            )
        now = datetime.now(UTC).isoformat(timespec="seconds")
        found = plan(run, answers, partial, before, now, always=always, daily_run=daily_run)
        return found, found.after

    return _changed(store, planned)


def _changed(store: RecordObject, change: Callable[[Document], tuple[Outcome, Document]]) -> Outcome:
    """Change the record and return the outcome; repeat the change if another execution wrote the record meanwhile."""
    for _ in range(TRIES):
        found, etag = store.read()
        before = found or record.empty()
        outcome, after = change(before)
        if after is before:
            return outcome
        with suppress(LostRace):
            store.write(after, replaces=etag)
            return outcome
    raise StorageUnavailable(
        f"Could not write {keys.DIGEST}: other executions changed it {TRIES} times in the meantime. It is tried again."
    )


def _send(topic: str, sent: Message, claim: Plan, store: RecordObject, run: Run) -> str:
    """Send a claimed message, confirm it and return SNS's ID of it; if SNS refuses the message, undo the claim."""
    run_id = run["run_id"]
    try:
        with aws_errors(f"send the digest of {run['snapshot_date']} to {topic}"):
            answer = boto3.client("sns", config=ONCE).publish(TopicArn=topic, **sent)
    except (PipelineError, ClientError) as exc:
        if not _refused(said := exc.__cause__ or exc):
            raise DigestUnconfirmed(
                f"SNS did not confirm that it accepted the digest of {run['snapshot_date']}: {said}. {INSTEAD}"
            ) from exc
        _changed(store, lambda found: (None, record.released(found, claim.before, claim.after, run_id)))
        raise
    try:
        _changed(store, lambda found: (None, record.confirmed(found, run_id)))
    except PipelineError as exc:  # it was sent: the next message says that it may not have been
        logger.warning("not confirmed", extra={"reason": str(exc)})
    return answer["MessageId"]


def _refused(exc: BaseException) -> bool:
    """Return whether an error says that SNS did not take the message: it was answered 4xx, or never reached SNS."""
    if isinstance(exc, ClientError):
        return bool(exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) < 500)
    return isinstance(exc, ConnectTimeoutError | EndpointConnectionError)
