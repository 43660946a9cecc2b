"""The course of one crawl: what it does when, what is kept of it, and what a crawler takes in each of its states."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from ministack.services import glue

from local.aws.glue import crawl, crawl_log, crawler, crawler_faults, crawler_runs
from local.aws.glue.crawl import CrawlFailed, Found
from local.aws.glue.crawler_runs import KEPT_CRAWLS, Crawl
from local.aws.iam import rights
from local.aws.iam.rights import Principal
from local.aws.s3.objects import LakeObject
from tests.ops.test_waits import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Principal("root")
TABLE: dict[str, Any] = {
    "DatabaseName": "d", "Name": "t", "PartitionKeys": [{"Name": "day"}],
    "StorageDescriptor": {"Location": "s3://b/t/"}, "Parameters": {"compressionType": "none", "typeOfData": "file"},
}  # fmt: skip


class Watched(dict[str, Any]):
    """A crawler that notes its states, and what a reader finds of its crawl as soon as it is READY."""

    def __init__(self, steps: list[str]) -> None:
        super().__init__(Name="c", Role="r", Targets={"CatalogTargets": []}, State="RUNNING")
        self.steps = steps

    def __setitem__(self, name: str, value: Any) -> None:
        if name == "State":
            ended = f" {self['LastCrawl']['Status']}" if "LastCrawl" in self else ""
            self.steps.append(f"{value}{ended}{' and still running' if 'c' in crawler_runs.running else ''}")
        super().__setitem__(name, value)


class Stop(threading.Event):
    """Nobody stops the crawl; who waits for that is noted."""

    def __init__(self, steps: list[str]) -> None:
        super().__init__()
        self.steps = steps

    def wait(self, timeout: float | None = None) -> bool:
        self.steps.append(f"wait {timeout}")
        return False


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps of a crawl on a machine where waits take half as long."""
    steps: list[str] = []
    clock = Clock()

    def sleep(seconds: float) -> None:
        steps.append(f"sleep {seconds}")

    def look(*_: object) -> Found:
        steps.append("look")
        return Found(log=["found"])

    def register(*_: object) -> int:
        steps.append("register")
        return 1

    monkeypatch.setenv("SFN_WAIT_SCALE", "0.5")
    monkeypatch.setattr(clock, "sleep", sleep)
    monkeypatch.setattr(crawler_runs, "time", clock)
    monkeypatch.setattr(crawler_runs, "trusts", lambda *_: True)
    monkeypatch.setattr(rights, "of_role", lambda *_: ROOT)
    monkeypatch.setattr(crawler_runs, "look", look)
    monkeypatch.setattr(Found, "register", register)
    monkeypatch.setattr(crawl_log, "write", lambda *told: steps.append(f"log {told[-1]}"))
    monkeypatch.setattr(crawler_runs, "running", {"c": None})
    return steps


def test_a_crawl_looks_first_and_registers_after_ten_seconds_and_is_ready_five_later(steps: list[str]) -> None:
    """It leaves what is written after it has looked to the next crawl, and tells what it found before it is READY."""
    Crawl(Watched(steps), stopped=Stop(steps)).run()
    assert steps == [
        "look", "wait 5.0", "register", "STOPPING and still running", "sleep 2.5",
        "log ['found', 'BENCHMARK : Crawler has finished running: SUCCEEDED']", "READY SUCCEEDED",
    ]  # fmt: skip


def test_a_crawl_that_is_stopped_meanwhile_registers_nothing(steps: list[str]) -> None:
    stop = Stop(steps)
    stop.set()
    Crawl(Watched(steps), stopped=stop).run()
    assert "register" not in steps
    assert steps[-1] == "READY CANCELLED"


@pytest.mark.parametrize(
    ("fault", "message"),
    [(CrawlFailed("no table"), "no table"), (KeyError("x"), "Internal Service Exception: KeyError: 'x'")],
    ids=["by a rule", "by a mistake"],
)
def test_a_crawl_that_fails_is_ready_again_and_says_why(
    steps: list[str], monkeypatch: pytest.MonkeyPatch, fault: Exception, message: str
) -> None:
    def look(*_: object) -> Found:
        raise fault

    monkeypatch.setattr(crawler_runs, "look", look)
    watched = Watched(steps)
    Crawl(watched, stopped=Stop(steps)).run()
    assert (steps[-1], watched["LastCrawl"]["ErrorMessage"]) == ("READY FAILED", message)


def test_a_crawler_is_ready_even_if_its_log_cannot_be_written(
    steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl_log, "write", lambda *_: dict[str, str]()["log"])
    with pytest.raises(KeyError):
        Crawl(Watched(steps), stopped=Stop(steps)).run()
    assert steps[-1] == "READY SUCCEEDED"


def test_the_last_hundred_crawls_are_kept_the_last_first_and_each_once(steps: list[str]) -> None:
    watched = Watched(steps)
    for number in range(KEPT_CRAWLS + 1):
        one = Crawl(watched, crawl_id=str(number))
        one._record("RUNNING")
        one._record("COMPLETED")
    kept = watched["_crawls"]
    assert len(kept) == 100
    assert [kept[0]["CrawlId"], kept[-1]["CrawlId"], kept[0]["State"]] == ["100", "1", "COMPLETED"]


@pytest.mark.parametrize(
    ("held", "asked", "shown", "more"),
    [
        pytest.param(20, {}, (0, 20), None, id="a page"),
        pytest.param(21, {}, (0, 20), "20", id="more than a page"),
        pytest.param(5, {"MaxResults": 2, "NextToken": "2"}, (2, 4), "4", id="the next page"),
        pytest.param(4, {"MaxResults": 2, "NextToken": "2"}, (2, 4), None, id="the last page"),
    ],
)
def test_crawls_come_in_pages(
    monkeypatch: pytest.MonkeyPatch, held: int, asked: dict[str, Any], shown: tuple[int, int], more: str | None
) -> None:
    monkeypatch.setattr(glue, "_crawlers", {"c": {"State": "READY", "_crawls": list(range(held))}})
    answer = json.loads(crawler.history({"CrawlerName": "c", **asked})[2])
    assert (answer["Crawls"], answer.get("NextToken")) == (list(range(*shown)), more)


def _update_crawler(_request: Any) -> Any:
    return 200, {}, b"{}"


CALLS: dict[str, Callable[[Any], Any]] = {
    "start": crawler.start, "stop": crawler.stop, "get": crawler.get,
    "update": lambda request: crawler._checked(_update_crawler, request),
    "delete": lambda request: crawler._idle(_update_crawler, request),
    "crawls": lambda request: crawler.history({"CrawlerName": request["Name"]}),
}  # fmt: skip


@pytest.mark.parametrize(
    ("call", "state", "refusal"),
    [
        ("start", "RUNNING", "CrawlerRunningException"), ("start", "STOPPING", "CrawlerRunningException"),
        ("start", "none", "EntityNotFoundException"),
        ("stop", "READY", "CrawlerNotRunningException"), ("stop", "STOPPING", "CrawlerStoppingException"),
        ("stop", "none", "EntityNotFoundException"), ("stop", "RUNNING", ""),
        ("update", "READY", ""), ("update", "RUNNING", "CrawlerRunningException"),
        ("delete", "READY", ""), ("delete", "RUNNING", "CrawlerRunningException"),
        ("get", "READY", ""), ("get", "none", "EntityNotFoundException"),
        ("crawls", "READY", ""), ("crawls", "none", "EntityNotFoundException"),
    ],
)  # fmt: skip
def test_a_call_is_refused_in_some_states(monkeypatch: pytest.MonkeyPatch, call: str, state: str, refusal: str) -> None:
    held = {} if state == "none" else {"c": {"Name": "c", "State": state}}
    monkeypatch.setattr(glue, "_crawlers", held)
    monkeypatch.setattr(crawler, "running", {"c": Crawl({})})
    monkeypatch.setattr(crawler, "broken", lambda _: None)
    status, _, body = CALLS[call]({"Name": "c"})
    assert (status, json.loads(body).get("__type", "")) == (400 if refusal else 200, refusal)


def test_a_crawl_that_died_with_an_earlier_server_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glue, "_crawlers", {"c": {"Name": "c", "State": "RUNNING"}})
    monkeypatch.setattr(crawler, "running", {})
    (found,) = json.loads(crawler.get_all({})[2])["Crawlers"]
    assert (found["State"], found["LastCrawl"]["Status"]) == ("READY", "FAILED")


def test_no_two_starts_find_a_crawler_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the look at its state until it is RUNNING, other starts wait. The crawl keeps no server from ending."""
    alone: list[bool] = []

    def noted(record: Any) -> Crawl:
        alone.append(crawler._starting.locked())
        return Crawl(record)

    def thread(*, daemon: bool, **_: object) -> Any:
        alone.append(crawler._starting.locked())
        return SimpleNamespace(start=lambda: alone.append(daemon))

    monkeypatch.setattr(glue, "_crawlers", {"c": {"Name": "c", "State": "READY"}})
    monkeypatch.setattr(crawler, "Crawl", noted)
    monkeypatch.setattr(crawler, "running", {})
    monkeypatch.setattr(crawler, "threading", SimpleNamespace(Thread=thread))
    assert crawler.start({"Name": "c"})[0] == 200
    assert alone == [True, False, True]


@pytest.mark.parametrize(
    ("keys", "registered"),
    [
        pytest.param(
            ["day=9/x", "day=7/x", "day=8/x", "day=2/x", "day=1/x", "day=1/y"],
            [["1"], ["2"], ["7"], ["8"], ["9"]],
            id="each folder once, in order",
        ),
        pytest.param(["day=3/x"], [], id="one that is known"),
        pytest.param(["x", "hour=1/x", "day=1/hour=2/x"], [], id="no partition"),
    ],
)
def test_a_crawl_finds_the_folders_that_are_new(
    monkeypatch: pytest.MonkeyPatch, keys: list[str], registered: list[list[str]]
) -> None:
    files = [LakeObject("b", f"t/{key}", "", 0, {}) for key in keys]
    monkeypatch.setattr(crawl, "_files", lambda *_: files)
    monkeypatch.setattr(glue, "_partitions", {"d/t": [{"Values": ["3"]}]})
    found = Found()
    crawl._look_at(TABLE, ROOT, found)
    assert [values for _, values, _ in found.new] == registered
    assert len(found.log) == sum(not key.startswith("day=") or "hour" in key for key in keys)


@pytest.mark.parametrize(
    ("change", "names", "said"),
    [
        pytest.param({}, [], "No files found", id="no files"),
        pytest.param({"PartitionKeys": []}, ["day=1/x"], "", id="no partition keys"),
        pytest.param({"PartitionKeys": None, "Parameters": None}, ["x"], "'compressionType' has changed", id="unset"),
        pytest.param({}, ["day=1/x.gz", "day=2/y.gz"], "and the crawled value is 'gzip'", id="all zipped"),
        pytest.param({}, ["day=3/x.gz", "day=3/y"], "", id="one of them zipped"),
    ],
)
def test_a_crawl_says_why_it_registers_nothing(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], names: list[str], said: str
) -> None:
    monkeypatch.setattr(crawl, "_files", lambda *_: [LakeObject("b", f"t/{name}", "", 0, {}) for name in names])
    monkeypatch.setattr(glue, "_partitions", {"d/t": [{"Values": ["3"]}]})
    found = Found()
    crawl._look_at(TABLE | change, ROOT, found)
    lines = [line for line in found.log if "typeOfData" not in line]
    assert (found.new, len(lines)) == ([], 1 if said else 0)
    assert said in "".join(lines)


INHERIT = '{"CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}}'


@pytest.mark.parametrize(
    ("configuration", "database", "table", "said"),
    [
        ("", "d", "t", "it infers no schema"),
        ("{}", "d", "t", "it infers no schema"),
        ('{"CrawlerOutput": {}}', "d", "t", "it infers no schema"),
        (INHERIT, "x", "t", "Database x does not exist"),
        (INHERIT, "d", "x", "Table x does not exist in database d"),
    ],
    ids=["no configuration", "an empty one", "no behaviour", "no database", "no table"],
)
def test_a_crawl_fails_without_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, configuration: str, database: str, table: str, said: str
) -> None:
    monkeypatch.setattr(glue, "_databases", {"d": {}})
    monkeypatch.setattr(glue, "_tables", {"d/t": TABLE})
    monkeypatch.setattr(crawl, "_look_at", lambda *_: None)
    with pytest.raises(CrawlFailed, match=said):
        crawl.look([{"DatabaseName": database, "Tables": [table]}], configuration, ROOT)


def test_a_partition_that_was_registered_meanwhile_is_not_registered_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [{"Values": ["1"]}]
    monkeypatch.setattr(glue, "_partitions", {"d/t": there})
    found = Found(new=[(TABLE, ["1"], "s3://b/t/day=1/"), (TABLE, ["2"], "s3://b/t/day=2/")])
    assert found.register(ROOT) == 1
    assert [each["Values"] for each in there] == [["1"], ["2"]]


def test_a_fault_of_crawlers_is_of_all_or_of_one_until_they_behave(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("EMBEDDED_AWS_FAULTS", str(tmp_path / "faults.json"))
    crawler_faults.behave(tmp_path)
    assert crawler_faults.behaviour_of("c") is None
    crawler_faults.misbehave(tmp_path, crawler_faults.FAIL)
    assert crawler_faults.behaviour_of("c") == crawler_faults.FAIL
    crawler_faults.misbehave(tmp_path, crawler_faults.HANG, "other")
    assert [crawler_faults.behaviour_of(name) for name in ("c", "other")] == [None, crawler_faults.HANG]
    with pytest.raises(ValueError, match="A crawler can find nothing, fail, hang; not 'sing'"):
        crawler_faults.misbehave(tmp_path, "sing")
    monkeypatch.delenv("EMBEDDED_AWS_FAULTS")
    assert crawler_faults.behaviour_of("other") is None
