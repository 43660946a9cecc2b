"""A run's cost is counted from its history, retries included, and priced by one table."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, get_args

import pytest

from functions.report.collect import told_cost
from functions.report.cost import cost
from functions.report.model import Results
from functions.report.usage import S3_OF_A_TRY, Compute, TaskVisit, _calls, _digests, crawls, used
from functions.shared.athena import QueryResults
from functions.shared.prices import PRICES, Item, dpu_hours, megabytes
from functions.shared.state_visits import StateVisit, state_visits
from tests.functions.report.reports import BEGAN, DEFINITION, as_json, extracted, transformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.report.usage import Used

    Told = tuple[str, list[tuple[str, float]], object]

COMPUTE = Compute(
    "arm64",
    dict.fromkeys(("resolve", "extract", "freeze", "publish", "sweep", "digest", "report"), 512) | {"transform": 3072},
)
WRITTEN = BEGAN + timedelta(hours=2)
Event = dict[str, Any]


def filled() -> dict[str, Any]:
    """Return the definition as it is deployed, as far as functions are named in it."""
    text = json.dumps(DEFINITION)
    named = re.sub(
        r"\$\{(\w+)FunctionArn\}", lambda found: f"arn:aws:lambda:x:1:function:lake-{found[1].lower()}", text
    )
    definition: dict[str, Any] = json.loads(named)
    return definition


def history(*told: Told) -> list[StateVisit]:
    """Return stays in states: name, tries as (how each ended, seconds), output; the first began when the run did."""

    def events() -> Iterator[Event]:
        now = BEGAN
        for name, tries, output in told:
            kind = {**DEFINITION["States"], **_inner()}[name]["Type"]
            yield {
                "type": f"{kind}StateEntered",
                "timestamp": now,
                "stateEnteredEventDetails": {"name": name},
            }
            for end, seconds in tries:
                yield {"type": "TaskScheduled", "timestamp": now}
                now += timedelta(seconds=seconds)
                if end:
                    yield {"type": f"Task{end}", "timestamp": now}
            if not tries or tries[-1][0]:
                details = {"name": name, "output": as_json(output)}
                yield {"type": f"{kind}StateExited", "timestamp": now, "stateExitedEventDetails": details}

    return state_visits({**event, "id": at, "previousEventId": at - 1} for at, event in enumerate(events(), start=1))


def _inner() -> dict[str, Any]:
    found: dict[str, Any] = DEFINITION["States"]["Find this run's partitions"]["ItemProcessor"]["States"]
    return found


def counted(*told: Told, results: Results | None = None) -> Used:
    return used(history(*told), filled(), results or Results(), QueryResults(), COMPUTE, WRITTEN)


def test_a_retry_is_one_more_transition_and_each_try_is_billed_its_own_time() -> None:
    found = counted(("Transform", [("Failed", 2), ("TimedOut", 3), ("Succeeded", 5)], {}), ("Done", [], {}))
    assert found["transitions"] == 3 + 1
    assert found["invocations"] == 3
    assert found["lambda_arm64"] == pytest.approx(10 * 3)


def test_the_call_that_writes_the_report_is_billed_while_it_lasts_and_the_end_is_still_to_come() -> None:
    visits = history(("Resolve the run", [("Succeeded", 1)], {}), ("Write the report", [("", 0)], {}))
    found = used(visits, filled(), Results(), QueryResults(), COMPUTE, BEGAN + timedelta(seconds=4))
    assert found["lambda_arm64"] == pytest.approx((1 + 3) * 0.5)
    assert found["transitions"] == 3


def test_a_crawl_is_billed_ten_minutes_at_least_and_only_to_the_run_that_began_it() -> None:
    look: Told = ("Look at the crawler", [("Succeeded", 60.0)], {})
    start = "Start the crawl"
    assert counted((start, [("Succeeded", 1)], {}), look)["crawler"] == pytest.approx(2 * 600 / 3600)
    assert counted((start, [("Succeeded", 1)], {}), *[look] * 20)["crawler"] == pytest.approx(2 * 1200 / 3600)
    twice = counted((start, [("Succeeded", 1)], {}), look, (start, [("Succeeded", 1)], {}), look)
    assert twice["crawler"] == pytest.approx(2 * 2 * 600 / 3600)
    assert "crawler" not in counted((start, [("Failed", 1)], {"Error": "Glue.CrawlerRunningException"}), look)


def test_each_query_is_billed_by_itself_and_ten_megabytes_at_least() -> None:
    audit = {"QueryExecution": {"Statistics": {"DataScannedInBytes": 25_000_001}}}
    visits = history(("Audit with Athena", [("Failed", 1), ("Succeeded", 1)], audit))
    answers = QueryResults({"days": [], "changes": []}, {"refused": "no"}, {"days": 3, "changes": 11_000_000})
    assert used(visits, filled(), Results(), answers, COMPUTE, WRITTEN)["athena"] == 26 + 10 + 11


def test_a_query_that_failed_is_not_billed() -> None:
    """Its state was left with the error that was caught as its output."""
    failed = {"Error": "States.TaskFailed", "Cause": "{}"}
    assert "athena" not in counted(("Audit with Athena", [("Failed", 1)], failed))
    assert "athena" not in counted(("Send the digest", [("Failed", 1)], failed))


def test_a_call_that_began_after_the_time_of_the_page_takes_nothing_off() -> None:
    """The start of the call comes from another clock."""
    visits = history(("Resolve the run", [("Succeeded", 2)], {}), ("Write the report", [("", 0)], {}))
    found = used(visits, filled(), Results(), QueryResults(), COMPUTE, BEGAN)
    assert found["lambda_arm64"] == pytest.approx(2 * 0.5)


def test_requests_follow_from_what_was_done() -> None:
    found = counted(
        ("Take the lock", [("Succeeded", 1)], {}),
        ("Ask who holds the lock", [("Succeeded", 1)], {}),
        ("Record the failure", [("Failed", 1), ("Succeeded", 1)], {}),
        ("Alert", [("Succeeded", 1)], {}),
    )
    assert (found["lock_writes"], found["lock_reads"], found["s3_writes"], found["alerts"]) == (1, 1, 2, 1)
    a_call: Told = ("Transform", [("Succeeded", 1.0)], {})
    little = counted(a_call, results=Results())
    much = counted(a_call, results=Results(extracted("x"), transformed("x")))
    assert much["s3_writes"] - little.get("s3_writes", 0) == 1.5 * 50 + 4, "three for two calls, one a part written"


WHOLE_DAY: list[Told] = [
    ("Extract", [("Succeeded", 10)], {}),
    ("Extract", [("Succeeded", 10)], {}),
    ("Freeze the inputs", [("Succeeded", 1)], {}),
    ("Transform", [("Failed", 2), ("Succeeded", 3)], {}),
    ("Publish", [("Succeeded", 1)], {}),
    ("Sweep", [("Succeeded", 1)], {}),
    ("Send the digest", [("Succeeded", 1)], {"bytes_scanned": [3, 11_000_000]}),
    ("Write the report", [("Succeeded", 1)], {}),
    ("Done", [], {}),
]


def test_a_whole_day_is_the_sum_of_its_calls_its_objects_and_its_queries() -> None:
    frozen: Any = {"objects": 2000}
    found = counted(*WHOLE_DAY, results=Results(extracted("x"), transformed("x"), freeze=frozen))
    tries = {"extract": 2, "freeze": 1, "transform": 2, "publish": 1, "sweep": 1, "digest": 1, "report": 1}
    writes, reads = (sum(S3_OF_A_TRY[name][way] * tried for name, tried in tries.items()) for way in (0, 1))
    requests, parts, queries = 50, 4, 2
    assert found == {
        "transitions": len(WHOLE_DAY) + 1,
        "invocations": 9,
        "lambda_arm64": pytest.approx(20 * 0.5 + 5 * 3 + 5 * 0.5),
        "athena": 10 + 11,
        "secret_reads": 2,
        "lock_reads": 1,
        "alerts": 1,
        "s3_writes": writes + 1.5 * requests + parts * 2 + queries * 2 + 2000 // 1000,
        "s3_reads": reads + 2000 * 2 + parts * 2,
    }


def test_a_run_is_billed_the_processor_that_its_functions_have() -> None:
    x86 = Compute("x86_64", COMPUTE.memory_mb)
    found = used(history(*WHOLE_DAY), filled(), Results(), QueryResults(), x86, WRITTEN)
    assert "lambda_arm64" not in found
    assert found["lambda_x86_64"] == pytest.approx(27.5)


def test_a_run_has_one_cost_whoever_asks_later() -> None:
    told = cost({"transitions": 30.0})
    visits = history(("Write the report", [("Succeeded", 1)], {"key": "k", "cost": told}), ("Done", [], {}))
    assert told_cost(visits) == told
    assert told_cost(visits[1:]) is None


def test_every_item_that_is_counted_has_its_price() -> None:
    assert set(PRICES) == set(get_args(Item))


def test_the_sum_is_the_sum_of_its_items() -> None:
    found = cost({"transitions": 1000.0, "crawler": 1 / 3, "athena": 70.0, "alerts": 0.0})
    assert [each["item"] for each in found["items"]] == ["transitions", "crawler", "athena"]
    assert found["usd"] == pytest.approx(0.025 + 0.44 / 3 + 70 * 5e-6)
    assert found["usd"] == pytest.approx(sum(each["usd"] for each in found["items"]))


@pytest.mark.parametrize(("scanned", "billed"), [(1, 10), (10_000_000, 10), (10_000_001, 11), (2_000_000_000, 2000)])
def test_bytes_are_billed_by_the_megabyte_begun(scanned: int, billed: int) -> None:
    assert megabytes(scanned) == billed


def test_seconds_of_a_crawl_are_billed_once_they_are_more_than_ten_minutes() -> None:
    assert dpu_hours(0) == dpu_hours(600) == pytest.approx(1 / 3)
    assert dpu_hours(3600.5) == pytest.approx(2 * 3601 / 3600)


def test_a_crawl_that_was_not_checked_yet_lasts_until_now_and_not_until_the_check_of_the_one_before() -> None:
    began = datetime(2026, 11, 23, 6, tzinfo=UTC)

    def call(action: str, after_s: int) -> Any:
        visit = SimpleNamespace(left=began + timedelta(seconds=after_s), failed=False)
        return SimpleNamespace(action=f"aws-sdk:glue:{action}", visit=visit)

    calls = [call("startCrawler", 0), call("getCrawler", 60), call("startCrawler", 100)]
    assert crawls(calls, began + timedelta(seconds=130)) == [60.0, 30.0]


def test_only_tasks_that_were_called_are_billed_and_only_the_digests_own_questions() -> None:
    definition = {"States": {"A": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "Arguments": {}}}}
    not_called, no_task = StateVisit("A", "Task", BEGAN), StateVisit("B", "Pass", BEGAN, tries=1)
    assert [*_calls([not_called, no_task], definition)] == []
    output = StateVisit("A", "Task", BEGAN, output='{"bytes_scanned": [5]}', tries=1)
    assert [*_digests([TaskVisit("x", "transform", output), TaskVisit("x", "digest", output)])] == [5]
