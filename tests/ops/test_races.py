"""A command sends its requests in an order and under conditions that lose no other person's work."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from botocore.exceptions import ClientError

from functions.extract.frontier import document as frontier
from functions.extract.raw.store import packed
from functions.shared import keys
from functions.shared.errors import WatchListInvalid
from functions.shared.watchlist import WatchList
from ops import executions
from ops.athena import QueryResult
from ops.errors import OpsError
from ops.repair import locks, purge, state, undo
from ops.repair.frontier import reset, reset_after
from ops.spotify.extraction import Deployed
from ops.stack import Stack
from ops.watch import watchlist
from tests.ops.fakes import EXECUTION, OUTPUTS, refusal

DAY = "2026-11-23"


class Noted:
    """Clients that record each request, and respond with what was given by its name: a value, or a function."""

    def __init__(self, **answers: Any) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self._answers = answers

    def __getattr__(self, name: str) -> Any:
        def answer(**asked: Any) -> Any:
            self.requests.append((name, asked))
            found = self._answers.get(name, {})
            return found(asked) if callable(found) else found

        return answer

    def get_paginator(self, name: str) -> Any:
        return _Pages(getattr(self, name))

    def of(self, name: str) -> list[dict[str, Any]]:
        return [asked for asked_for, asked in self.requests if asked_for == name]

    @property
    def stack(self) -> Stack:
        return Stack("test", OUTPUTS, lambda _: self)  # type: ignore[arg-type]  # all that is called


class _Pages:
    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def paginate(self, **asked: Any) -> list[Any]:
        return [self._answer(**asked)]


class Body:
    def read(self) -> bytes:
        return b'{"run_id": "shown"}'


def test_undo_replaces_only_the_publication_that_it_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a run that is published meanwhile would be hidden again."""
    aws = Noted(get_object={"Body": Body(), "ETag": '"read"'}, list_objects_v2={"KeyCount": 1})
    runs = QueryResult(["run_id"], ["varchar"], [("latest",), ("older",)], 0, 0.0, "q")
    monkeypatch.setattr(undo, "ask", lambda *_: runs)
    assert undo.undo(aws.stack, DAY) == ("shown", "latest")
    assert [each["IfMatch"] for each in aws.of("put_object")] == ['"read"']


def test_undo_goes_back_to_the_run_that_ended_last_whatever_it_is_called() -> None:
    """A run that was redriven ends after one that was started later."""
    lake = duckdb.connect()
    lake.execute("CREATE TABLE runs (run_id VARCHAR, snapshot_date DATE, outcome VARCHAR, finished_at TIMESTAMP)")
    ended = [
        ("shown", DAY, "published", 9), ("x redriven", DAY, "partial", 8), ("a", DAY, "published", 7),
        ("b", DAY, "published", 7), ("failed", DAY, "failed", 6), ("unchanged", DAY, "unchanged", 5),
        ("other", "2026-11-22", "published", 8),
    ]  # fmt: skip
    for run_id, snapshot_date, outcome, hour in ended:
        lake.execute("INSERT INTO runs VALUES (?, ?, ?, ?)", [run_id, snapshot_date, outcome, f"{DAY} 0{hour}:00:00"])
    assert lake.execute(undo.EARLIER, [DAY, "shown"]).fetchall() == [("x redriven",), ("b",), ("a",)]


def test_unpublish_replaces_only_the_publication_that_it_read() -> None:
    aws = Noted(get_object={"Body": Body(), "ETag": '"read"'})
    undo.unpublish(aws.stack, DAY)
    (put,) = aws.of("put_object")
    assert (put["IfMatch"], json.loads(put["Body"])) == ('"read"', {"snapshot_date": None, "run_id": None})


RUNS_NOW = {
    "get_item": {"Item": {"lock_id": {"S": "x"}, "holder": {"S": EXECUTION}}},
    "describe_execution": {"status": "RUNNING"},
}
"""A lock whose holder runs."""


def test_what_an_execution_works_on_is_neither_undone_nor_withdrawn() -> None:
    aws = Noted(**RUNS_NOW)
    for withdraw in (undo.undo, undo.unpublish, undo.shown_run):
        with pytest.raises(OpsError, match=f"is running for {DAY}. Wait until it has ended"):
            withdraw(aws.stack, DAY)
    assert aws.of("put_object") == []


def version(number: int, *, size: int | None = 5, current: bool = False) -> dict[str, Any]:
    """Return a version as S3 lists it; one without a size is a deletion."""
    written = datetime(2026, 11, 20 + number, 0, 30, tzinfo=UTC)
    sized = {} if size is None else {"Size": size}
    return {"VersionId": f"v{number}", "LastModified": written, "IsLatest": current, **sized}


def test_the_newest_version_that_is_not_current_is_brought_back_and_no_deletion() -> None:
    found = {"Versions": [version(0), version(2), version(4, current=True)], "DeleteMarkers": [version(3, size=None)]}
    aws = Noted(list_object_versions=found)
    assert [each.version_id for each in state.history(aws.stack) if each.name == "quota"] == ["v4", "v3", "v2", "v0"]
    assert state.version_of(aws.stack, "frontier", None).version_id == "v2"
    assert state.version_of(aws.stack, "frontier", "v0").version_id == "v0"
    for missing in ("v3", "v9"):
        with pytest.raises(OpsError, match=f"no version {missing} of state/frontier.json.gz"):
            state.version_of(aws.stack, "frontier", missing)


@pytest.mark.parametrize(("rebuilt_to", "reads_from"), [(None, "2026-11-20"), ("2026-11-03", "2026-11-03")])
def test_a_frontier_that_is_brought_back_reads_raw_again_from_before_it_was_written(
    rebuilt_to: str | None, reads_from: str
) -> None:
    """At half past midnight UTC the schedule's time zone may have the day before, whose date was not over."""
    document: Any = {**frontier.empty(), **({"rebuilt_to": rebuilt_to} if rebuilt_to else {})}
    aws = Noted(get_object={"Body": io.BytesIO(packed(document))})
    written = version(2)
    state.restore(aws.stack, state.Version("frontier", "v2", written["LastModified"], 5, current=False))
    (put,) = aws.of("put_object")
    assert frontier.read(put["Body"])["rebuilt_to"] == reads_from
    assert aws.of("get_object")[0]["VersionId"] == "v2"


def test_nothing_of_state_is_changed_while_an_execution_extracts() -> None:
    """Otherwise the execution would overwrite the change."""
    aws = Noted(**RUNS_NOW)
    old = state.Version("quota", "v2", version(2)["LastModified"], 5, current=False)
    for change in (
        lambda: state.restore(aws.stack, old),
        lambda: state.rebuild(aws.stack),
        lambda: reset(aws.stack, "0" * 22),
        lambda: reset_after(aws.stack, DAY),
    ):
        with pytest.raises(OpsError, match="is extracting and would overwrite state/"):
            change()
    assert aws.of("put_object") == []
    assert {each["Key"]["lock_id"]["S"] for each in aws.of("get_item")} == {keys.LEASE}


def test_undo_passes_over_a_run_whose_objects_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def listed(asked: dict[str, Any]) -> dict[str, int]:
        return {"KeyCount": 0 if asked["Prefix"].startswith("tracks/") and "latest" in asked["Prefix"] else 1}

    aws = Noted(get_object={"Body": Body(), "ETag": '"read"'}, list_objects_v2=listed)
    runs = QueryResult(["run_id"], ["varchar"], [("latest",), ("older",)], 0, 0.0, "q")
    monkeypatch.setattr(undo, "ask", lambda *_: runs)

    class Glue(Exception):
        pass

    aws.__dict__["exceptions"] = type("exceptions", (), {"EntityNotFoundException": Glue})
    assert undo.undo(aws.stack, DAY) == ("shown", "older")


def test_undo_passes_over_a_run_that_lacks_a_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    """The views would show the date without the rows of that table."""

    class Missing(Exception):
        pass

    def partition(asked: dict[str, Any]) -> dict[str, Any]:
        if asked["TableName"] == "tracks" and asked["PartitionValues"] == [DAY, "latest"]:
            raise Missing
        return {}

    aws = Noted(get_object={"Body": Body(), "ETag": '"read"'}, list_objects_v2={"KeyCount": 1}, get_partition=partition)
    aws.__dict__["exceptions"] = type("exceptions", (), {"EntityNotFoundException": Missing})
    runs = QueryResult(["run_id"], ["varchar"], [("latest",), ("older",)], 0, 0.0, "q")
    monkeypatch.setattr(undo, "ask", lambda *_: runs)
    assert undo.undo(aws.stack, DAY) == ("shown", "older")


def test_a_watch_list_that_does_not_parse_is_not_brought_back() -> None:
    aws = Noted(get_object={"Body": io.BytesIO(b'{"artists": "all"}')})
    old = state.Version("watchlist", "v2", version(2)["LastModified"], 5, current=False)
    with pytest.raises(WatchListInvalid):
        state.restore(aws.stack, old)
    assert aws.of("put_object") == []


def test_a_lock_is_read_as_written_last_and_freed_only_from_the_holder_that_was_seen() -> None:
    item = {"lock_id": {"S": f"date#{DAY}"}, "holder": {"S": EXECUTION}}
    aws = Noted(get_item={"Item": item}, describe_execution={"status": "ABORTED"})
    held = locks.holder_of(aws.stack, f"date#{DAY}")
    assert held is not None
    locks.release(aws.stack, held)
    assert aws.of("get_item")[0]["ConsistentRead"] is True
    (deleted,) = aws.of("delete_item")
    assert deleted["ConditionExpression"] == "holder = :holder"
    assert deleted["ExpressionAttributeValues"] == {":holder": {"S": EXECUTION}}


@pytest.mark.parametrize("code", ["ExecutionDoesNotExist", "InvalidArn"])
def test_a_holder_that_step_functions_does_not_know_is_gone(code: str) -> None:
    """Step Functions responds `InvalidArn` if the holder is the name of a person, not the ARN of an execution."""

    def unknown(_asked: dict[str, Any]) -> None:
        raise refusal(code)

    item = {"lock_id": {"S": f"date#{DAY}"}, "holder": {"S": "a person"}}
    held = locks.holder_of(Noted(get_item={"Item": item}, describe_execution=unknown).stack, f"date#{DAY}")
    assert held is not None
    assert (held.status, held.alive) == ("GONE", False)


def test_a_holder_that_may_not_be_asked_about_is_not_taken_for_gone() -> None:
    def denied(_asked: dict[str, Any]) -> None:
        raise refusal("AccessDeniedException")

    item = {"lock_id": {"S": f"date#{DAY}"}, "holder": {"S": EXECUTION}}
    with pytest.raises(ClientError):
        locks.holder_of(Noted(get_item={"Item": item}, describe_execution=denied).stack, f"date#{DAY}")


@pytest.mark.parametrize(("status", "alive"), [("RUNNING", True), ("PENDING_REDRIVE", True), ("ABORTED", False)])
def test_a_holder_that_waits_for_a_redrive_is_alive(status: str, alive: bool) -> None:
    assert locks.Held("date#x", EXECUTION, "then", status).alive is alive


def test_a_purge_drops_partitions_first_and_takes_delete_markers_in_pieces_that_aws_takes() -> None:
    versions = [{"Key": str(number), "VersionId": "v"} for number in range(1001)]
    aws = Noted(
        list_object_versions={"Versions": versions, "DeleteMarkers": [{"Key": "gone", "VersionId": "m"}]},
        get_partitions={"Partitions": [{"Values": [DAY, str(number)]} for number in range(26)]},
    )
    purge.purge(aws.stack, purge.plan(aws.stack)[:1])
    order = [name for name, _ in aws.requests if name in {"batch_delete_partition", "delete_objects"}]
    assert order == ["batch_delete_partition"] * 2 * len(keys.TABLES) + ["delete_objects"] * 2
    assert [len(each["PartitionsToDelete"]) for each in aws.of("batch_delete_partition")][:2] == [25, 1]
    objects = [each["Delete"]["Objects"] for each in aws.of("delete_objects")]
    assert [len(each) for each in objects] == [1000, 2]
    assert objects[1][-1] == {"Key": "gone", "VersionId": "m"}


def test_a_purge_keeps_the_watch_list_and_says_what_s3_kept_of_the_rest() -> None:
    found = [{"Key": key, "VersionId": "v"} for key in (keys.WATCHLIST, keys.FRONTIER)]
    aws = Noted(
        list_object_versions={"Versions": found},
        get_partitions={"Partitions": []},
        delete_objects={"Errors": [{"Code": "AccessDenied"}]},
    )
    doomed = purge.plan(aws.stack)
    assert [each["Key"] for each in doomed[0].versions] == [keys.FRONTIER]
    with pytest.raises(OpsError, match=r"S3 did not delete objects of raw: .*AccessDenied"):
        purge.purge(aws.stack, doomed)


def test_a_rebuild_that_loses_the_watch_list_to_somebody_leaves_the_frontier_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changed: list[object] = []

    class Frontier:
        def update(self, change: object) -> None:
            changed.append(change)

    def lost(*_: object) -> None:
        raise OpsError("Somebody else changed the watch-list")

    known = QueryResult(["artist_id", "first_seen"], ["varchar", "date"], [("0" * 22, DAY)], 0, 0.0, "q")
    for module, name, found in (
        (state, "nobody_extracts", lambda _: None),
        (Deployed, "of", lambda _: SimpleNamespace(config=SimpleNamespace(refresh_days=21))),
        (state, "catch_up", lambda *_: []),
        (state, "ask", lambda *_: known),
        (state, "remembered_watchlist", lambda *_: (WatchList(), DAY)),
        (state, "frontier_of", lambda _: Frontier()),
        (watchlist, "load", lambda _: (WatchList(), None)),
        (watchlist, "save", lost),
    ):
        monkeypatch.setattr(module, name, found)
    with pytest.raises(OpsError, match="changed the watch-list"):
        state.rebuild(Noted().stack)
    assert changed == []


def test_the_last_visits_of_an_execution_are_read_after_it_was_seen_to_have_ended() -> None:
    """The other way round, what happened between the two requests would be missing."""
    aws = Noted(
        describe_execution={"status": "SUCCEEDED", "startDate": None},
        get_execution_history={"events": []},
    )
    assert list(executions.follow(aws.stack, EXECUTION, 0)) == [[]]
    assert [name for name, _ in aws.requests] == ["describe_execution", "get_execution_history"]
