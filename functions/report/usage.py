"""Count the AWS usage of a run from its history; `functions.report.cost` prices it.

Counted: states entered and tries, the time of each call of a function, crawls begun, queries, locks, alerts. Computed
from the states' outputs: requests to S3. Not included, since only AWS knows it: the requests of the crawler and of
Athena, KMS, logs, traces, storage.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.shared.prices import dpu_hours, megabytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from functions.report.model import Results
    from functions.shared.athena import QueryResults
    from functions.shared.prices import Item
    from functions.shared.state_visits import StateVisit

    Used = dict[Item, float]

TASK = ":states:::"
S3_OF_A_TRY = {  # S3 writes and lists, then reads, of one call of a function, whatever the data
    "extract": (4, 5),
    "freeze": (2, 3),
    "transform": (0, 1),
    "publish": (2, 1),
    "sweep": (5, 4),
    "digest": (3, 3),
    "report": (2, 1),
}
WRITES_OF_A_SPOTIFY_CALL = 1.5  # one to write the response, and one to charge every two to four requests
WRITES_OF_A_QUERY = 2  # Athena's result and its metadata
LISTED_AT_ONCE = 1000
TABLE_READS = 1  # Transform reads the time of each part that it has written, by S3's clock


@dataclass(frozen=True)
class Compute:
    """The quantities that Lambda bills by: the processor architecture, and the memory of each function."""

    architecture: str
    memory_mb: Mapping[str, int]


@dataclass(frozen=True)
class TaskVisit:
    """One visit to a task: the service and action; for Lambda, the function."""

    action: str
    function: str | None
    visit: StateVisit


def used(
    visits: Sequence[StateVisit],
    definition: Mapping[str, Any],
    results: Results,
    answers: QueryResults,
    compute: Compute,
    now: datetime,
) -> Used:
    """Return how much a run used of each billed item; what still runs is counted up to `now`."""
    amounts: Used = defaultdict(float)
    lasts = bool(visits) and visits[-1].left is None
    amounts["transitions"] = (
        sum(max(visit.tries, 1) for visit in visits) + lasts
    )  # after a state that lasts comes the end
    calls = list(_calls(visits, definition))
    for call in calls:
        _count(amounts, call, compute, now)
    amounts["crawler"] = sum(dpu_hours(seconds) for seconds in crawls(calls, now))
    queries = [*_audits(calls), *_digests(calls), *answers.scanned.values()]
    amounts["athena"] = sum(megabytes(scanned) for scanned in queries)
    amounts["s3_writes"] += len(queries) * WRITES_OF_A_QUERY
    _count_data(amounts, calls, results)
    return {item: amount for item, amount in amounts.items() if amount}


def _calls(visits: Sequence[StateVisit], definition: Mapping[str, Any]) -> Iterator[TaskVisit]:
    tasks = {name: state for name, state in _states(definition) if state["Type"] == "Task"}
    for visit in visits:
        if visit.state in tasks and visit.tries:
            state = tasks[visit.state]
            function = state["Arguments"].get("FunctionName") if state["Resource"].endswith("lambda:invoke") else None
            noun = function.rsplit(":", 1)[-1].rsplit("-", 1)[-1] if function else None
            yield TaskVisit(state["Resource"].partition(TASK)[2], noun, visit)


def _states(definition: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every state by its name, those inside a Map too."""
    for name, state in definition["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from _states(state["ItemProcessor"])


def _count(amounts: Used, call: TaskVisit, compute: Compute, now: datetime) -> None:
    """Add the amounts that a task itself is billed for."""
    visit = call.visit
    if call.function:
        memory_gb = compute.memory_mb[call.function] / 1024
        processor: Item = "lambda_x86_64" if compute.architecture == "x86_64" else "lambda_arm64"
        amounts[processor] += memory_gb * _called_s(visit, now)
        amounts["invocations"] += visit.tries
        writes, reads = S3_OF_A_TRY.get(call.function, (0, 0))
        amounts["s3_writes"] += writes * visit.tries
        amounts["s3_reads"] += reads * visit.tries
        amounts["secret_reads"] += visit.tries * (call.function == "extract")
        amounts["lock_reads"] += visit.tries * (call.function == "sweep")
        amounts["alerts"] += visit.tries * (call.function == "digest")
    elif call.action == "dynamodb:getItem":
        amounts["lock_reads"] += visit.tries
    elif call.action.startswith("dynamodb:"):
        amounts["lock_writes"] += visit.tries
    elif call.action == "aws-sdk:s3:putObject":
        amounts["s3_writes"] += visit.tries
    elif call.action == "sns:publish":
        amounts["alerts"] += visit.tries


def _called_s(visit: StateVisit, now: datetime) -> float:
    """Return how long a task's calls took together; a call that was cut off counts as long as the visit."""
    lasting = ((visit.left or now) - visit.calling_since).total_seconds() if visit.calling_since else 0.0
    return visit.called_s + max(lasting, 0.0)


def crawls(calls: Sequence[TaskVisit], now: datetime) -> list[float]:
    """Return the longest that each of the run's crawls can have taken: until the last check before the next one."""
    began: datetime | None = None
    seen: datetime | None = None
    found: list[float] = []
    for call in calls:
        if call.action == "aws-sdk:glue:startCrawler" and not call.visit.failed:
            if began:
                found.append(((seen or now) - began).total_seconds())
            began, seen = call.visit.left, None
        elif call.action == "aws-sdk:glue:getCrawler":
            seen = call.visit.left
    return [*found, ((seen or now) - began).total_seconds()] if began else found


def _audits(calls: Sequence[TaskVisit]) -> Iterator[int]:
    """Yield the bytes that each audit scanned; a query that failed is not billed."""
    for call in calls:
        if call.action.startswith("athena:startQueryExecution") and call.visit.output and not call.visit.failed:
            statistics = json.loads(call.visit.output)["QueryExecution"].get("Statistics", {})
            yield statistics.get("DataScannedInBytes", 0)


def _digests(calls: Sequence[TaskVisit]) -> Iterator[int]:
    """Yield the bytes that each question of the digest scanned."""
    for call in calls:
        if call.function == "digest" and call.visit.output and not call.visit.failed:
            yield from json.loads(call.visit.output).get("bytes_scanned", [])


def _count_data(amounts: Used, calls: Sequence[TaskVisit], results: Results) -> None:
    """Add the S3 requests that follow from the day's data, by the states' outputs."""
    tries = defaultdict(int, {call.function: call.visit.tries for call in calls if call.function})
    if results.extract:
        amounts["s3_writes"] += WRITES_OF_A_SPOTIFY_CALL * sum(results.extract["requests"].values())
    if results.freeze:
        amounts["s3_writes"] += results.freeze["objects"] // LISTED_AT_ONCE * tries["freeze"]
        amounts["s3_reads"] += results.freeze["objects"] * tries["transform"]
    if results.transform:
        parts = sum(table["parts"] for table in results.transform["tables"].values())
        amounts["s3_writes"] += parts * tries["transform"]
        amounts["s3_reads"] += TABLE_READS * parts * tries["transform"]
