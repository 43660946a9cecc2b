"""An AWS in memory for the definition's calls: a clock, locks, a crawler, the lake's catalog, the functions.

The lock table is ministack's DynamoDB, so that the definition's conditions are really parsed and evaluated.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from ministack.services import dynamodb

from functions.audit import catalogue, gates, query
from functions.publish.ledger import row
from functions.resolve.request import resolve
from functions.shared import errors
from functions.shared.keys import REHEARSAL_DATE, TABLES
from local.aws.stepfunctions import task_errors
from tests.statemachine.definition import VALUES

if TYPE_CHECKING:
    from collections.abc import Callable


Json = dict[str, Any]
DATE = "2026-11-23"
# The audit query's rows for a run that wrote three rows of each table, and quarantined one record.
COUNTS = {"quarantine": "1", "matched_albums": "3"}
OBSERVED = tuple(
    (name, "3", "3", "3", "") if name in gates.KEYED else (name, COUNTS.get(name, "0"), "", "", "")
    for name in sorted(gates.ALWAYS)
)
LONG_AGO = "2026-11-22T06:00:00.000Z"


KEPT = ("now", "slices", "already_published", "observed", "crawler", "statuses", "objects", "partitions", "written")


class Refused(Exception):
    """An AWS error with its name, as Step Functions reports it."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error)
        self.error, self.cause = error, cause


@dataclass
class Crawler:
    """The one crawler: what runs, and what ran last."""

    seconds: float = 40
    outcomes: list[str] = field(default_factory=list)
    hangs: bool = False
    began: float | None = None
    last: Json | None = None
    sees_nothing: bool = False


@dataclass
class FakeAws:
    """The state that the definition reads and changes. `faults` holds, by state, the errors of its next calls."""

    now: float = datetime(2026, 11, 23, 6, 0, 0, 400_000, tzinfo=UTC).timestamp()
    slices: list[Json] = field(default_factory=list)
    already_published: str | None = None
    observed: list[list[str]] = field(default_factory=lambda: [list(row) for row in OBSERVED])
    crawler: Crawler = field(default_factory=Crawler)
    statuses: dict[str, str] = field(default_factory=dict)
    faults: dict[str, list[Refused]] = field(default_factory=dict)
    before: dict[str, Callable[[], None]] = field(default_factory=dict)
    objects: dict[str, Any] = field(default_factory=dict)
    alerts: list[Json] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    partitions: set[tuple[str, str, str]] = field(default_factory=set)
    written: dict[tuple[str, str, str], float] = field(default_factory=dict)
    swept: int = 0

    def __post_init__(self) -> None:
        """Make the lock table and the declared tables."""
        dynamodb._delete_table({"TableName": "locks"})
        keys = {"AttributeDefinitions": [{"AttributeName": "lock_id", "AttributeType": "S"}]}
        schema = {"KeySchema": [{"AttributeName": "lock_id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
        dynamodb._create_table({"TableName": "locks", **keys, **schema})
        self.tables: dict[str, list[list[str]]] = json.loads(VALUES["LakeTables"])

    def as_it_is(self) -> Callable[[], FakeAws]:
        """Return a maker of an AWS that is as this one is now, without its faults and surprises.

        What is in a collection is replaced, never changed, so that only the collections are copied here.
        """
        held = self.holders()
        kept = {name: copy.copy(getattr(self, name)) for name in KEPT}
        kept["crawler"] = replace(self.crawler, outcomes=list(self.crawler.outcomes))
        calls = len(self.calls)

        def again() -> FakeAws:
            aws = FakeAws(**copy.deepcopy(kept))
            aws.calls = [("", None)] * calls
            for lock, holder in held.items():
                aws.hold(lock, holder)
            return aws

        return again

    def now_iso(self) -> str:
        """Return the time, as Step Functions writes it."""
        return datetime.fromtimestamp(self.now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def hold(self, lock: str, holder: str) -> None:
        """Let a holder hold a lock."""
        dynamodb._put_item({"TableName": "locks", "Item": {"lock_id": {"S": lock}, "holder": {"S": holder}}})

    def free(self, lock: str) -> None:
        """Remove a lock."""
        dynamodb._delete_item({"TableName": "locks", "Key": {"lock_id": {"S": lock}}})

    def holders(self) -> dict[str, str]:
        """Return who holds which lock."""
        items = json.loads(dynamodb._scan({"TableName": "locks"})[2])["Items"]
        return {item["lock_id"]["S"]: item["holder"]["S"] for item in items}

    def call(self, state: str, resource: str, arguments: Json) -> Any:
        """Return the result of one task; it takes a tenth of a second."""
        self.now += 0.1
        self.calls.append((state, arguments))
        self.before.get(state, lambda: None)()
        if self.faults.get(state):
            raise self.faults[state].pop(0)
        service, action = resource.removeprefix("arn:aws:states:::").removeprefix("aws-sdk:").split(":")
        if service == "dynamodb":
            return task_errors.run_dynamodb(resource, arguments)
        return getattr(self, f"_{service}_{action.removesuffix('.sync')}")(arguments)

    def _lambda_invoke(self, arguments: Json) -> Json:
        function: Callable[[Json], Any] = getattr(self, f"_run_{arguments['FunctionName']}")
        try:
            return {"StatusCode": 200, "Payload": function(arguments["Payload"])}
        except errors.PipelineError as error:
            said = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": ["  File …"]}
            raise Refused(type(error).__name__, json.dumps(said)) from error

    def _run_resolve(self, payload: Json) -> Any:
        return resolve(payload["input"], payload["execution"], ZoneInfo("UTC"), "raw")

    def _run_extract(self, _payload: Json) -> Json:
        return self.slices.pop(0) if self.slices else extracted("DONE")

    def _run_freeze(self, payload: Json) -> Json:
        frozen = {"key": f"runs/{payload['run']['run_id']}/inputs.json", "digest": "d" * 64, "objects": 2}
        published = {"already_published": self.already_published} if self.already_published else {}
        return {**frozen, "size_bytes": 10, **published}

    def _run_transform(self, payload: Json) -> Json:
        run = payload["run"]
        for table in TABLES:
            self.written[table, run["snapshot_date"], run["run_id"]] = self.now
        stamp = datetime.fromtimestamp(int(self.now), UTC).isoformat()
        summary = {"rows": 3, "parts": 1, "size_bytes": 9, "sha256": "5" * 64}
        return {
            "tables": {table: {**summary, "rows": 1 if table == "quarantine" else 3} for table in TABLES},
            "conservation": {"albums": {"read": 100, "written": 98, "quarantined": 1, "duplicates": 1}},
            "quarantine_ratio": 0.01,
            "cases": {"read": 100, "refused": 1},
            "faults": {},
            "reasons": {"album_id: not an id": 1},
            "drift": [],
            "last_write": stamp,
        }

    def _run_audit(self, payload: Json) -> Any:
        if "observed" not in payload:
            said = catalogue.check(cast("Any", payload), json.loads(payload["declared"]))
            return said | {"parameters": query.parameters(payload["run"])}
        complete = payload["run"]["mode"] == "daily" and payload["extract"]["status"] == "DONE"
        seen = query.observed(payload["observed"])
        return gates.judge(payload["run"], payload["transform"], seen, gates.Limits(0.05, 0.5), complete=complete)

    def _run_publish(self, payload: Any) -> Json:
        run = payload["run"]
        self.objects[f"published/{run['snapshot_date']}.json"] = run["run_id"]
        entry = row(payload, datetime.fromtimestamp(self.now, UTC))
        self.objects[f"runs/{run['run_id']}.json"] = entry
        return {"outcome": entry["outcome"], "published_at": entry["finished_at"]}

    def _run_sweep(self, payload: Json) -> Json:
        self.swept += 1
        if payload["run"]["mode"] == "rehearsal":
            self.written = {key: at for key, at in self.written.items() if key[1] != REHEARSAL_DATE}
        return {"runs": [], "objects": 0, "partitions": 0, "expired_dates": []}

    def _run_digest(self, payload: Json) -> Json:
        self.told.append(payload["run"]["snapshot_date"])
        return {"status": "sent", "subject": "1 new", "message_id": "m", "bytes_scanned": [1, 1, 1]}

    def _run_report(self, payload: Json) -> Json:
        if payload["run"]["mode"] == "rehearsal":
            return {"size_bytes": 0, "cost": {"usd": 0.1, "region": "", "as_of": "", "items": []}}
        key = f"reports/{payload['run']['run_id']}.html"
        self.objects[key] = "<!doctype html>"
        cost = {"usd": 0.148, "region": "us-east-1", "as_of": "November 2026", "items": []}
        return {"key": key, "size_bytes": 15, "cost": cost, "bytes_scanned": {"changes": 1}}

    def _s3_putObject(self, arguments: Json) -> Json:  # noqa: N802 - the action's name
        self.objects[arguments["Key"]] = arguments["Body"]
        return {"ETag": '"e"'}

    def _sns_publish(self, arguments: Json) -> Json:
        self.alerts.append(arguments)
        return {"MessageId": "m"}

    def _sfn_describeExecution(self, arguments: Json) -> Json:  # noqa: N802 - the action's name
        if ":execution:" not in arguments["ExecutionArn"]:
            raise Refused("Sfn.SfnException", "User is not authorized to perform: states:DescribeExecution")
        if arguments["ExecutionArn"] not in self.statuses:
            raise Refused("Sfn.ExecutionDoesNotExistException", "no such execution")
        return {"ExecutionArn": arguments["ExecutionArn"], "Status": self.statuses[arguments["ExecutionArn"]]}

    def _glue_startCrawler(self, _arguments: Json) -> Json:  # noqa: N802 - the action's name
        self._let_crawl_end()
        if self.crawler.began is not None:
            raise Refused("Glue.CrawlerRunningException", "Crawler is already running")
        self.crawler.began = self.now
        return {}

    def _glue_getCrawler(self, _arguments: Json) -> Json:  # noqa: N802 - the action's name
        state = self._let_crawl_end()
        last = {"LastCrawl": self.crawler.last} if self.crawler.last else {}
        return {"Crawler": {"Name": "c", "State": state, **last}}

    def _let_crawl_end(self) -> str:
        crawler = self.crawler
        if crawler.began is None:
            return "READY"
        over = self.now - crawler.began
        if over < crawler.seconds or crawler.hangs:
            return "RUNNING" if over < crawler.seconds * 0.8 else "STOPPING"
        outcome = crawler.outcomes.pop(0) if crawler.outcomes else "SUCCEEDED"
        if outcome == "SUCCEEDED" and not crawler.sees_nothing:
            self.partitions |= {key for key, at in self.written.items() if at <= crawler.began}
        started = datetime.fromtimestamp(crawler.began, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        said = {} if outcome == "SUCCEEDED" else {"ErrorMessage": "Insufficient Lake Formation permission"}
        crawler.last, crawler.began = {"Status": outcome, "StartTime": started, **said}, None
        return "READY"

    def _glue_getTables(self, _arguments: Json) -> Json:  # noqa: N802 - the action's name
        def described(pairs: list[list[str]]) -> Json:
            return {"Columns": [{"Name": name, "Type": kind} for name, kind in pairs]}

        return {"TableList": [{"Name": n, "StorageDescriptor": described(pairs)} for n, pairs in self.tables.items()]}

    def _glue_batchGetPartition(self, arguments: Json) -> Json:  # noqa: N802 - the action's name
        wanted = [each["Values"] for each in arguments["PartitionsToGet"]]
        found = [values for values in wanted if (arguments["TableName"], *values) in self.partitions]
        return {"Partitions": [{"Values": values} for values in found], "UnprocessedKeys": []}

    def _athena_startQueryExecution(self, _arguments: Json) -> Json:  # noqa: N802 - the action's name
        return {"QueryExecution": {"QueryExecutionId": "q-1", "Statistics": {"DataScannedInBytes": 4096}}}

    def _athena_getQueryResults(self, _arguments: Json) -> Json:  # noqa: N802 - the action's name
        table = [["name", "n", "whole_keys", "distinct_keys", "ids"], *self.observed]
        return {"ResultSet": {"Rows": [{"Data": [{"VarCharValue": cell} for cell in cells]} for cells in table]}}


def extracted(status: str, **more: Any) -> Json:
    """Return what Extract answers after a slice."""
    counts: Json = {"requests": {"albums": 4}, "budgets": {"albums": 200}, "blocked": {}, "records": {"albums": 4}}
    rest: Json = {"reasons": [], "not_modified": 0, "failed_calls": 0, "waits_s": 1.5, "work": {"left": 0}}
    return {"status": status, **counts, **rest, **more}
