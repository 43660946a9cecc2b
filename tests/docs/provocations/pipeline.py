"""Provoke the errors of the pipeline's functions and of the state machine."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from functions.digest import record
from functions.digest.digest import asked
from functions.digest.handler import _claim, _send
from functions.digest.storage import RecordObject
from functions.extract.api import responses
from functions.extract.api.endpoint import Endpoint
from functions.extract.api.request import Request
from functions.extract.api.tokens import Credentials, Tokens, credentials_in
from functions.extract.quota import QuotaLedger
from functions.freeze.inputs import freeze
from functions.resolve.request import resolve
from functions.shared import keys, watchlist
from functions.shared.athena import QueryResults
from functions.shared.aws import aws_errors
from functions.shared.json_objects import LostRace
from functions.sweep.lake import Lake
from functions.sweep.runs import Partition
from functions.transform.accepted import Accepted
from functions.transform.handler import FrozenObject, frozen
from functions.transform.lines import Source
from functions.transform.parse.block_result import BlockResult
from tests.docs.provocations.situation import DAY, ID, UNREACHED, Provocations
from tests.functions.extract.world import FIRST_DAY, MemoryStore, World, world
from tests.ops.fakes import Client, refusal
from tests.statemachine.scenarios import SCENARIOS

if TYPE_CHECKING:
    import pytest

    from functions.shared.athena import Row
    from functions.shared.events import Run


FROZEN: Any = {"key": "raw/x", "etag": '"1"', "size_bytes": 10, "last_modified": f"{DAY}T06:00:00Z"}


def resolved(**asked: object) -> object:
    execution = {"Id": "arn", "Name": "n", "StartTime": f"{DAY}T06:00:00Z"}
    return resolve(asked, execution, ZoneInfo("UTC"), "raw")  # type: ignore[arg-type]  # wrong on purpose


def answered(status: int, message: str) -> object:
    body = json.dumps({"error": {"message": message}}).encode()
    response = responses.HttpResponse("https://api.invalid/v1/artists/x", status, {}, body)
    return responses.interpret(Request(Endpoint("artists", ("x",))), response, datetime.now(UTC))


def told_by_aws(exc: Exception) -> None:
    with aws_errors("read s3://lake/key"):
        raise exc


def a_world() -> World:
    return world(artists=1, albums=1, budgets={"tracks": 0}, oddities="none")


def a_day(fault: str = "", *, group: str | None = None, followed: object = None) -> object:
    """Extract a day from a Spotify with a fault, or for a watch-list that is as given."""
    made = a_world()
    if fault:
        made.control.inject(fault, group=group, times=None)
    if followed is not None:
        made.store.write(keys.WATCHLIST, followed)
    return made.day(FIRST_DAY)


def without_a_token() -> str:
    response = responses.HttpResponse("https://api.invalid/token", 400, {}, b'{"error": "invalid_client"}')
    app = Credentials("id", "secret")
    return Tokens("https://api.invalid/token", app, lambda _: response, lambda: datetime.now(UTC)).current()


def without_a_watch_list() -> object:
    made = a_world()
    del made.store.objects[keys.WATCHLIST]
    return made.day(FIRST_DAY)


class Contended(MemoryStore):
    """A bucket in which another writer is always first."""

    def put(self, key: str, body: bytes, *, replaces: str | None) -> str:
        raise LostRace(key)


def contended_quota() -> None:
    made = a_world()
    QuotaLedger(Contended(), made.run(FIRST_DAY), made.config.budgets, made.clock).pause(made.clock.now())


def swept(**answers_of_aws: object) -> Lake:
    client: Any = Client(**answers_of_aws)
    return Lake(s3=client, glue=client, dynamodb=client, bucket="curated", database="lake", lock_table="locks")


def listed(name: str) -> object:
    run: Run = a_world().run(DAY)
    return freeze(run, [FROZEN | {"key": name}], "raw")


def listed_without_what_is_published() -> object:
    run: Run = a_world().run(DAY)
    dropped = FROZEN | {"key": f"inbox/snapshot_date={DAY}/a.json"}
    return freeze(run, [dropped], "raw", published=freeze(run, [FROZEN | {"key": f"{keys.raw_date(DAY)}a"}], "raw"))


def walked(scenario: str) -> None:
    """Walk the state machine through a failure, and tell under which name and cause it ended."""
    done = SCENARIOS[scenario]()
    raise type(done.error or "", (Exception,), {})(done.cause)


def too_many_refused() -> None:
    accepted = Accepted()
    outcome = BlockResult("albums", passed=Counter(lines=3))
    for line in (1, 2, 3):
        outcome.refuse(
            Source(f"raw/snapshot_date={DAY}/albums/1.ndjson.gz", "albums", datetime.now(UTC)),
            line,
            ["name: is missing"],
            {},
        )
        outcome.refused_of([None])
    accepted.add(outcome)
    raise type("ContractBroken", (Exception,), {})(accepted.refusal(0.05))


def unanswered() -> object:
    silent: Any = SimpleNamespace(ask=lambda *_: QueryResults(silent={"albums": "FAILED"}))
    return asked(silent, DAY, ("albums",))


def told(monkeypatch: pytest.MonkeyPatch, claims: dict[str, Any] | None = None, **answers: object) -> None:
    """Send a digest; the record has these claims, and S3 and SNS give these responses."""
    document = gzip.compress(json.dumps({**record.empty(), "claims": claims or {}}).encode())
    found = {"get_object": {"Body": SimpleNamespace(read=lambda: document), "ETag": "1"}, "put_object": {"ETag": "2"}}
    client: Any = Client(**found | answers)
    monkeypatch.setattr("functions.digest.handler.boto3.client", lambda *_, **__: client)
    known: list[Row] = [{"counted": each, "number": 1} for each in ("followed", "artists", "albums", "tracks")]
    run: Any = {"run_id": "r", "snapshot_date": DAY}
    claim = _claim(RecordObject(client, "raw"), run, QueryResults({"known": known}), [], always=False)
    _send("topic", {"Subject": "", "Message": "", "MessageStructure": "json"}, claim, RecordObject(client, "raw"), run)


PROVOKED: Provocations = [
    ("SpotifyUnavailable", "Nothing could be extracted", lambda _: a_day("server_error")),
    ("StorageUnavailable", "Could not …: … responded …", lambda _: told_by_aws(refusal("SlowDown", 503))),
    ("StorageUnavailable", "Could not …: …: …", lambda _: told_by_aws(UNREACHED)),
    (
        "StorageUnavailable",
        "S3 did not delete objects",
        lambda _: swept(delete_objects={"Errors": ["x"]}).delete_objects(["k"]),
    ),
    ("StorageUnavailable", "Athena did not run the digest's query", lambda _: unanswered()),
    (
        "StorageUnavailable",
        "Could not write …: other executions changed it",
        lambda here: told(here.patch, put_object=refusal("PreconditionFailed", 412)),
    ),
    ("DigestUnconfirmed", "SNS did not confirm", lambda here: told(here.patch, publish=refusal("InternalError", 500))),
    ("DigestUnconfirmed", "The digest of …", lambda here: told(here.patch, claims={"r": {}})),
    (
        "StorageUnavailable",
        "Glue did not delete partitions",
        lambda _: swept(batch_delete_partition={"Errors": [{}]}).delete_partitions([Partition("albums", DAY, "r")]),
    ),
    ("FrontierContended", "… attempts failed: other writers changed …", lambda _: contended_quota()),
    ("BadRequest", "… is reserved for rehearsals", lambda _: resolved(mode="replay", snapshot_date="2000-01-01")),
    ("BadRequest", "The execution's mode is", lambda _: resolved(mode="yearly")),
    ("BadRequest", "A … execution takes one of", lambda _: resolved(mode="replay")),
    ("BadRequest", "The date … is in the future", lambda _: resolved(mode="daily", snapshot_date="2062-11-23")),
    ("BadRequest", "… is …; expected an instant", lambda _: resolved(mode="daily", scheduled_time="now")),
    ("BadRequest", "… is …; expected … or later", lambda _: resolved(mode="replay", snapshot_date="0001-01-01")),
    ("BadRequest", "… is …; expected a calendar date", lambda _: resolved(mode="daily", snapshot_date="2026-02-30")),
    ("BadRequest", "The marker lies in bucket", lambda _: resolved(mode="inbox", bucket="other", key="x")),
    ("BadRequest", "The marker's key is", lambda _: resolved(mode="inbox", bucket="raw", key="x")),
    ("WatchListInvalid", "There is no watch-list", lambda _: without_a_watch_list()),
    ("WatchListInvalid", "The watch-list … has no artist and no search", lambda _: a_day(followed={"artists": []})),
    ("WatchListInvalid", "The watch-list is not JSON", lambda _: watchlist.parse("{")),
    ("WatchListInvalid", "The watch-list is …; expected", lambda _: watchlist.parse("[]")),
    ("WatchListInvalid", "… is …; expected a list", lambda _: watchlist.parse('{"artists": 1}')),
    ("WatchListInvalid", "… is …; expected an id, URI", lambda _: watchlist.parse('{"artists": [1]}')),
    (
        "WatchListInvalid",
        "….name is …; expected a string",
        lambda _: watchlist.parse(json.dumps({"artists": [{"id": ID, "name": 1}]})),
    ),
    ("WatchListInvalid", '… is …; expected {"name"', lambda _: watchlist.parse('{"searches": [1]}')),
    ("WatchListInvalid", "….… is …; expected a string", lambda _: watchlist.parse('{"searches": [{"name": "x"}]}')),
    ("WatchListInvalid", "… has the unknown member", lambda _: watchlist.parse('{"artist": []}')),
    ("WatchListInvalid", "… is …, a Spotify …", lambda _: watchlist.artist_id(f"spotify:album:{ID}", "here")),
    ("WatchListInvalid", "… is …, a short link", lambda _: watchlist.artist_id("https://spotify.link/x", "here")),
    ("WatchListInvalid", "… is …; no Spotify ID is that large", lambda _: watchlist.artist_id("z" * 22, "here")),
    ("WatchListInvalid", "… is …; expected an artist's id", lambda _: watchlist.artist_id("Somebody", "here")),
    ("CredentialsRejected", "The secret holds no", lambda _: credentials_in(None)),
    ("CredentialsRejected", "Spotify's token endpoint rejected", lambda _: without_a_token()),
    ("CredentialsRejected", "Spotify responded 401", lambda _: a_day("token_expired", group="albums")),
    ("PremiumLapsed", "Spotify refused …: 403", lambda _: answered(403, "Active premium subscription required")),
    ("SpotifyRefused", "Spotify refused …: … …", lambda _: answered(400, "invalid id")),
    ("AccessRefused", "Could not …: AWS refused", lambda _: told_by_aws(refusal("AccessDenied", 403))),
    ("NoInputs", "Nothing to transform for", lambda _: listed(f"inbox/snapshot_date={DAY}/_READY")),
    ("NoInputs", "… of the objects that the published run", lambda _: listed_without_what_is_published()),
    (
        "InputsChanged",
        "The frozen inputs",
        lambda _: frozen(Client(get_object=refusal("NoSuchKey", 404)), "raw", "runs/r"),  # type: ignore[arg-type]
    ),
    (
        "InputsChanged",
        "… has changed since this run froze it",
        lambda _: FrozenObject(Client(get_object=refusal("PreconditionFailed", 412)), "raw", FROZEN).open(),  # type: ignore[arg-type]
    ),
    ("ContractBroken", "… of … responses", lambda _: too_many_refused()),
    ("CrawlFailed", "The crawl of", lambda _: walked("crawl_fails")),
    ("CrawlTimedOut", "After … checks", lambda _: walked("crawl_hangs")),
    ("CrawlIncomplete", "The crawl succeeded", lambda _: walked("crawler_is_blind")),
    ("SchemaChanged", "The crawl changed the schema", lambda _: walked("schema_changed")),
    ("GateFailed", "The audit of run", lambda _: walked("gates_refuse")),
    ("LockLost", "Another execution took the lock", lambda _: walked("lock_was_lost")),
]
