"""A deployed stack with methods to start executions, wait for them, and query the results."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from local.clock import move
from ops.athena import ask
from ops.stack import Stack

if TYPE_CHECKING:
    from datetime import datetime

    from local.session import Session

ENDED = frozenset({"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"})
WITHIN_S = 90.0
POLL_S = 0.2  # each check costs both sides more time than waiting


@dataclass(frozen=True)
class Ended:
    """An execution that has ended."""

    arn: str
    status: str
    error: str | None
    cause: str
    output: dict[str, Any]

    @property
    def run_id(self) -> str:
        """The ID of the execution's run."""
        return str(self.output["run"]["run_id"])

    @property
    def tables(self) -> dict[str, Any]:
        """The transform's summary of each table."""
        found: dict[str, Any] = self.output["transform"]["tables"]
        return found

    def must_succeed(self) -> Ended:
        """Return the execution, or fail the test with its error."""
        assert self.status == "SUCCEEDED", f"{self.error}: {self.cause}"
        return self

    def must_fail(self, error: str) -> Ended:
        """Return the execution if it failed with this error, or fail the test."""
        assert (self.status, self.error) == ("FAILED", error), f"{self.status} {self.error}: {self.cause}"
        return self


class Pipeline:
    """A deployed stack, and the Spotify it reads."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.spotify = session.source
        self.outputs = session.outputs
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """Return the one boto3 client of a service."""
        if service not in self._clients:
            self._clients[service] = self.session.client(service)
        return self._clients[service]

    def daily(self, snapshot_date: str) -> Ended:
        """Run one daily execution of a date, which is also the simulated Spotify's, to its end."""
        return self.run({"mode": "daily", "snapshot_date": snapshot_date})

    def go_to(self, day: str) -> None:
        """Set the stack's clock to a date."""
        move(self.session, day)

    def run(self, asked: dict[str, str]) -> Ended:
        """Run one execution to its end."""
        return self.wait_for(self.start(asked))

    def start(self, asked: dict[str, str]) -> str:
        """Start an execution, on the date that it is asked for, and return its ARN."""
        if "snapshot_date" in asked:
            self.go_to(asked["snapshot_date"])
        answer = self.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs["state_machine_arn"], name=f"test-{uuid4().hex}", input=json.dumps(asked)
        )
        return str(answer["executionArn"])

    def wait_for(self, arn: str, within_s: float = WITHIN_S) -> Ended:
        """Return an execution once it has ended."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            found = self.client("stepfunctions").describe_execution(executionArn=arn)
            if found["status"] in ENDED:
                output = json.loads(found.get("output") or "{}")
                return Ended(arn, found["status"], found.get("error"), found.get("cause") or "", output)
            time.sleep(POLL_S)
        raise AssertionError(f"{arn} did not end within {within_s} s")

    def began(self, arn: str) -> datetime:
        """Return when an execution began."""
        found: datetime = self.client("stepfunctions").describe_execution(executionArn=arn)["startDate"]
        return found

    def wait_for_inbox(self, snapshot_date: str, executions: int) -> list[Ended]:
        """Return the executions that markers of a date have started, once there are that many and all have ended."""
        deadline = time.monotonic() + WITHIN_S
        while len(found := self._inbox_executions(snapshot_date)) < executions:
            assert time.monotonic() < deadline, f"{len(found)} executions started for the inbox of {snapshot_date}"
            time.sleep(POLL_S)
        return [self.wait_for(arn) for arn in found]

    def _inbox_executions(self, snapshot_date: str) -> list[str]:
        client, machine = self.client("stepfunctions"), self.outputs["state_machine_arn"]
        arns = [each["executionArn"] for each in client.list_executions(stateMachineArn=machine)["executions"]]
        inputs = {arn: json.loads(client.describe_execution(executionArn=arn)["input"]) for arn in arns}
        marker = f"inbox/snapshot_date={snapshot_date}/_READY"
        return [arn for arn, asked in inputs.items() if asked.get("key") == marker]

    def bucket(self, zone: str) -> str:
        """Return a bucket's name: of raw, curated or results."""
        return str(self.outputs[f"{zone}_bucket"])

    def keys(self, zone: str, prefix: str) -> list[str]:
        """Return the keys under a prefix."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket(zone), Prefix=prefix)
        return [each["Key"] for page in pages for each in page.get("Contents", [])]

    def read(self, zone: str, key: str) -> bytes:
        """Return an object's bytes."""
        body: bytes = self.client("s3").get_object(Bucket=self.bucket(zone), Key=key)["Body"].read()
        return body

    def put(self, zone: str, key: str, body: bytes) -> None:
        """Write an object, as a person would."""
        self.client("s3").put_object(Bucket=self.bucket(zone), Key=key, Body=body)

    def mark_ready(self, snapshot_date: str) -> None:
        """Put the marker of a date's inbox, on that date."""
        self.go_to(snapshot_date)
        self.put("raw", f"inbox/snapshot_date={snapshot_date}/_READY", b"")

    def sql(self, statement: str) -> list[dict[str, Any]]:
        """Return the rows of one statement over the views."""
        stack = Stack(self.session.stack, self.outputs, self.client)  # type: ignore[arg-type]  # exports, as ops names them
        return ask(stack, statement).records()

    def views(self) -> list[str]:
        """Return the names of all views."""
        pages = self.client("glue").get_paginator("get_tables").paginate(DatabaseName=self.outputs["views_database"])
        return [table["Name"] for page in pages for table in page["TableList"]]

    def partitions(self, table: str, snapshot_date: str) -> list[str]:
        """Return the runs that a lake table has partitions of, for a date."""
        pages = (
            self.client("glue")
            .get_paginator("get_partitions")
            .paginate(DatabaseName=self.outputs["lake_database"], TableName=table)
        )
        values = [each["Values"] for page in pages for each in page["Partitions"]]
        return [run_id for day, run_id in values if day == snapshot_date]

    def published(self, snapshot_date: str) -> str:
        """Return the published run of a date."""
        return str(json.loads(self.read("curated", f"published/{snapshot_date}.json"))["run_id"])

    def calls(self) -> list[dict[str, Any]]:
        """Return every call so far that a role made, by the embedded AWS's log."""
        log = Path(self.session.state_dir, "calls.ndjson").read_text(encoding="utf-8")
        return [call for call in map(json.loads, log.splitlines()) if ":assumed-role/" in call["principal"]]

    def locks(self) -> list[str]:
        """Return the locks that are held."""
        items = self.client("dynamodb").scan(TableName=self.outputs["lock_table"])["Items"]
        return [item["lock_id"]["S"] for item in items]
