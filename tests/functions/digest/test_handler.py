"""The digest on the embedded S3 and SNS: each item is sent once, whatever fails, repeats or runs at the same time."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError

from functions.digest import handler as handlers
from functions.digest import record
from functions.digest.handler import Settings, handler
from functions.digest.storage import RecordObject
from functions.shared import keys
from functions.shared.athena import QueryResults
from functions.shared.errors import AccessRefused, DigestUnconfirmed, StorageUnavailable
from functions.shared.json_objects import LostRace
from tests.functions.context import CONTEXT
from tests.functions.digest.rows import DAY, OTHER, album
from tests.functions.digest.test_plan import KNOWN, told_before
from tests.often import one_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.digest.record import Document
    from functions.shared.events import Run, RunRequest
    from tests.functions.conftest import Lake

ADDRESS = "news@spotify-lake.example"


class Stack:
    """A lake with a digest's topic, which has a subscribed address, and the rows of its views."""

    def __init__(self, lake: Lake, run: Run) -> None:
        self.lake, self.sns = lake, lake.aws.client("sns")
        self.topic = self.sns.create_topic(Name=lake.name)["TopicArn"]
        self.sns.subscribe(TopicArn=self.topic, Protocol="email", Endpoint=ADDRESS)
        self.sns.confirm_subscription(TopicArn=self.topic, Token=self._lines()[0]["token"])
        self.record = RecordObject(lake.s3, lake.raw)
        self.event: RunRequest = {"run": {**run, "snapshot_date": DAY}}
        self.albums = [album("New")]

    def _lines(self) -> list[dict[str, str]]:
        lines = map(json.loads, self.lake.aws.mailbox.read_text().splitlines())
        return [line for line in lines if line["topic_arn"] == self.topic]

    def mails(self) -> list[dict[str, str]]:
        """Return what was delivered to the address."""
        return self._lines()[1:]

    def told(self, before: Document | None = None) -> None:
        """Mark the baseline as told."""
        self.record.write(before or told_before(), replaces=None)

    def document(self) -> Document:
        """Return the record."""
        found, _ = self.record.read()
        assert found is not None
        return found

    def answers(self, *_asked: object) -> QueryResults:
        """Return Athena's responses."""
        return QueryResults({"albums": list(self.albums), "changes": [], "known": KNOWN}, scanned={"albums": 5})


@pytest.fixture
def stack(lake: Lake, run: Run, monkeypatch: pytest.MonkeyPatch) -> Stack:
    stack = Stack(lake, run)
    named = {
        "WORKGROUP": "w",
        "VIEWS_DATABASE": "v",
        "LAKE_DATABASE": "l",
        "DIGEST_ALWAYS": "false",
        "DAILY_RUN": "06:00 UTC",
    }
    for name, value in {**named, "DIGEST_TOPIC_ARN": stack.topic}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(handlers, "asked", stack.answers)
    return stack


@pytest.fixture
def sns_raises(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Return a function that makes each Publish raise an error."""

    def let(error: Exception) -> None:
        class Sns:
            def publish(self, **_message: str) -> None:
                raise error

        client = boto3.client
        monkeypatch.setattr(boto3, "client", lambda name, **more: Sns() if name == "sns" else client(name, **more))

    return let


def refused(code: str, status: int) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "Publish")


def test_the_first_message_is_the_baseline_and_the_next_tells_what_is_new(stack: Stack) -> None:
    first = handler(stack.event, CONTEXT)
    stack.albums.append(album("Also", album_id=OTHER))
    stack.event["run"]["run_id"] = "second"
    assert handler(stack.event, CONTEXT)["status"] == "sent"
    assert [mail["subject"] for mail in stack.mails()] == [
        "Following 5 artists, 5 albums known on 2019-05-07",
        "1 new on 2019-05-07: Also",
    ]
    assert (first["subject"], first["bytes_scanned"]) == (stack.mails()[0]["subject"], [5])
    assert "Also" in stack.mails()[1]["text"]
    assert stack.document()["claims"] == {}


def test_a_repeated_state_sends_nothing_more_and_writes_the_same_feed(stack: Stack) -> None:
    stack.told()
    handler(stack.event, CONTEXT)
    feed = stack.lake.text(stack.lake.curated, keys.FEED)
    assert handler(stack.event, CONTEXT) == {"status": "nothing new", "bytes_scanned": [5]}
    assert len(stack.mails()) == 1
    assert stack.lake.text(stack.lake.curated, keys.FEED) == feed
    assert "New" in feed


def test_the_feed_ends_with_the_latest_published_date_whichever_date_the_digest_is_about(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A redrive, or `ops digest DATE --send`, is about an earlier date: the feed lost what was found after it."""
    later = "2019-05-09"
    asked_about = {DAY: [album("New")], later: [album("Newer", album_id=OTHER, found_on=later), album("New")]}

    def asked(_library: object, snapshot_date: str, _questions: object) -> QueryResults:
        return QueryResults({"albums": asked_about[snapshot_date], "known": KNOWN, "latest": [{"day": later}]})

    monkeypatch.setattr(handlers, "asked", asked)
    stack.told()
    handler(stack.event, CONTEXT)
    feed = stack.lake.text(stack.lake.curated, keys.FEED)
    assert re.findall(r" - (\w+)</title>", feed) == ["Newer", "New"]
    assert [mail["subject"] for mail in stack.mails()] == [f"1 new on {DAY}: New"]


def test_a_state_that_has_nothing_new_leaves_the_record_alone(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing the same record would make a concurrent writer repeat its write, or lose it."""
    stack.told()
    handler(stack.event, CONTEXT)

    def write(*_: object, **__: object) -> None:
        pytest.fail("the record was written")

    monkeypatch.setattr(RecordObject, "write", write)
    assert handler(stack.event, CONTEXT)["status"] == "nothing new"


def test_two_executions_at_once_send_one_message(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read the record before either writes it."""
    stack.told()
    read, both, reads = RecordObject.read, Barrier(2, timeout=30), list[object]()

    def together(self: RecordObject) -> Any:
        found = read(self)
        reads.append(found)
        if len(reads) <= 2:
            both.wait()
        return found

    monkeypatch.setattr(RecordObject, "read", together)
    runs = [{"run": {**stack.event["run"], "run_id": run_id}} for run_id in ("one", "two")]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda event: handler(event, CONTEXT), runs))
    assert sorted(each["status"] for each in results) == ["nothing new", "sent"]
    assert len(stack.mails()) == 1


@pytest.mark.parametrize(
    ("error", "raised"),
    one_in(
        3,
        [
            (refused("AuthorizationError", 403), AccessRefused),
            (refused("Throttled", 429), StorageUnavailable),
            (refused("NotFound", 404), ClientError),
            (EndpointConnectionError(endpoint_url="https://sns.invalid"), StorageUnavailable),
            (ConnectTimeoutError(endpoint_url="https://sns.invalid"), StorageUnavailable),
        ],
    ),
    ids=["denied", "throttled", "no topic", "not reached", "not reached in time"],
)
def test_what_sns_refused_is_told_by_the_next_run(
    stack: Stack, sns_raises: Callable[[Exception], None], error: Exception, raised: type[Exception]
) -> None:
    stack.told()
    before = stack.document()
    sns_raises(error)
    with pytest.raises(raised):
        handler(stack.event, CONTEXT)
    assert stack.document() == before


@pytest.mark.parametrize(
    "error",
    [refused("InternalError", 500), ReadTimeoutError(endpoint_url="https://sns.invalid")],
    ids=["failed inside", "no answer"],
)
def test_a_message_that_may_have_been_sent_is_never_sent_again(
    stack: Stack, sns_raises: Callable[[Exception], None], error: Exception
) -> None:
    stack.told()
    sns_raises(error)
    with pytest.raises(
        DigestUnconfirmed, match=r"^SNS did not confirm that it accepted the digest of 2019-05-07: .+\. It is"
    ):
        handler(stack.event, CONTEXT)
    stack.lake.s3.delete_object(Bucket=stack.lake.curated, Key=keys.FEED)
    with pytest.raises(
        DigestUnconfirmed, match=r"^The digest of 2019-05-07 may not have been sent: an earlier attempt"
    ):
        handler(stack.event, CONTEXT)
    assert record.due(stack.albums, stack.document()) == []
    assert "New" in stack.lake.text(stack.lake.curated, keys.FEED)


def test_a_message_is_handed_to_sns_once_whatever_it_answers(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that SNS accepted before it failed would be sent twice if the SDK repeated the request."""
    asked = []

    class Failing(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(503)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    stack.told()
    with HTTPServer(("127.0.0.1", 0), Failing) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(DigestUnconfirmed):
            handler(stack.event, CONTEXT)
        server.shutdown()
    assert len(asked) == 1


def test_a_message_whose_confirmation_fails_counts_as_sent(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.told()
    write, writes = RecordObject.write, []

    def once(self: RecordObject, document: Document, *, replaces: str | None) -> None:
        writes.append(document)
        if len(writes) > 1:
            raise StorageUnavailable("S3 is away.")
        write(self, document, replaces=replaces)

    monkeypatch.setattr(RecordObject, "write", once)
    assert handler(stack.event, CONTEXT)["status"] == "sent"
    assert stack.document()["claims"].keys() == {stack.event["run"]["run_id"]}


def test_a_record_that_never_stays_as_it_was_is_tried_again_later(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> None:
        raise LostRace

    monkeypatch.setattr(RecordObject, "write", lost)
    with pytest.raises(
        StorageUnavailable,
        match=r"^Could not write state/digest.json.gz: other executions changed it 10 times in the meantime",
    ):
        handler(stack.event, CONTEXT)
    assert stack.mails() == []


def test_why_a_date_is_partial_comes_from_its_run_in_the_ledger(stack: Stack) -> None:
    stack.told()
    row = {"outcome": "partial", "reasons": json.dumps({"partial": ["albums: 4 calls left."]})}
    stack.lake.put(stack.lake.curated, keys.run_record(stack.event["run"]["run_id"]), json.dumps(row))
    handler(stack.event, CONTEXT)
    (mail,) = stack.mails()
    assert mail["subject"] == "1 new on 2019-05-07 (partial): New"
    assert "NOT CHECKED (1)\n\nalbums: 4 calls left." in mail["text"]


def test_a_question_that_athena_does_not_answer_is_named_and_nothing_is_sent() -> None:
    from functions.digest.digest import ITEMS, asked

    class Silent:
        def ask(self, *_: object) -> QueryResults:
            return QueryResults(silent={"changes": "FAILED"})

    library: Any = Silent()
    with pytest.raises(StorageUnavailable, match=r"^Athena did not run the digest's query changes: FAILED"):
        asked(library, DAY, ITEMS)


@pytest.mark.parametrize(("always", "told"), [("true", True), ("false", False)])
def test_a_date_without_news_is_told_only_if_the_stack_says_so(
    always: str, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RAW_BUCKET", "CURATED_BUCKET", "WORKGROUP", "VIEWS_DATABASE", "LAKE_DATABASE", "DIGEST_TOPIC_ARN"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("DAILY_RUN", "06:00 UTC")
    monkeypatch.setenv("DIGEST_ALWAYS", always)
    assert Settings.from_environment().always is told
