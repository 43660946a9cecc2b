"""After any fault, the date is complete and published, or the previous run still is; the lock is free or can be taken.

`pytest -m long tests/executions/test_chaos.py -s` runs two hundred more seeds and prints the counts.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from itertools import count
from time import sleep
from typing import TYPE_CHECKING

import pytest

from functions.shared.keys import FRONTIER, QUOTA, TABLES, published, raw_date
from tests.executions.call_breaker import CallBreaker
from tests.executions.chaos import KINDS, Chaos, Trouble, trouble
from tests.executions.conftest import drop_inbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.executions.pipeline import Ended, Pipeline

pytestmark = [
    pytest.mark.xdist_group("chaos"),  # a separate stack, so that another worker runs the other tests
    pytest.mark.dateless("the days are those of test_daily: what is added are faults"),
]

# The faults of the functions' calls come last: a proxy takes time.
FEW = (3, 4, 5, 8, 10, 12, 14, 15, 38, 19, 17, 137)
MORE = range(1000, 1200)
WITHIN_S = 300.0  # a bucket that responds 500 forty times is retried with growing pauses, which are real time
LONG = (pytest.mark.long, pytest.mark.timeout(2 * WITHIN_S))
INBOXES = count(2)
SHOWN = ("artists", "albums", "tracks")
FAULTS = {
    "throttling", "500", "function's call: SlowDown", "503 SlowDown", "function's call: InternalError", "answer lost",
    "function's call: 504 after a while", "function's call: reset in mid-upload",
    "function's call: reset in mid-download", "denied", "function's call: AccessDenied", "lambda killed",
    "crawler: fail", "crawler hangs", "crawler already running", "query fails", "query is cancelled", "query is late",
    "duplicate events", "two executions at once",
}  # fmt: skip


@dataclass
class Tally:
    """The counts of the executions with faults."""

    executions: int = 0
    faults_fired: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, brought: Trouble, ended: list[Ended], fired: int) -> None:
        """Count one seed."""
        self.executions += len(ended)
        self.faults_fired += fired
        self.ended.update(each.error or each.status for each in ended)
        self.kinds.update(brought.kind.split(" and "))


@pytest.fixture(scope="module")
def breaker(stack: Pipeline) -> Iterator[CallBreaker]:
    """The proxy through which the stack's functions call AWS, once a seed breaks their calls."""
    proxy = CallBreaker(stack)
    yield proxy
    proxy.stop()


@pytest.fixture
def chaos(stack: Pipeline, first_day: str, breaker: CallBreaker) -> Iterator[Chaos]:
    """A stack with a published date, in which faults can be injected until the test ends."""
    assert stack.published(first_day)
    brought = Chaos(stack, breaker)
    yield brought
    brought.end()


@pytest.fixture(scope="module", autouse=True)
def tally() -> Iterator[Tally]:
    """The counts of this run's seeds, printed at its end (`-s` shows them)."""
    counted = Tally()
    yield counted
    print(f"\n{json.dumps(vars(counted), indent=1)}")


@pytest.mark.parametrize(
    "seed",
    [*(pytest.param(seed, marks=pytest.mark.soak) for seed in FEW), *(pytest.param(seed, marks=LONG) for seed in MORE)],
)
def test_trouble_harms_nothing_and_one_clean_run_repairs_it(
    chaos: Chaos, seed: int, first_day: str, tally: Tally
) -> None:
    stack, brought = chaos.stack, trouble(seed)
    day, asked = _work(seed, first_day, brought)
    _forget(stack, day, keep=first_day)
    if brought.marked_twice:
        drop_inbox(stack, first_day, day)
    before, fired = _published(stack, day), chaos.fired()
    stack.go_to(day)
    chaos.begin(seed, brought)
    ended = _marked_twice(stack, day) if brought.marked_twice else _run(stack, asked, brought)
    chaos.end()
    tally.add(brought, ended, chaos.fired() - fired)
    what = f"seed {seed}: {brought.kind}; {[(each.status, each.error) for each in ended]}"
    _judge(stack, day, before, ended, what)
    if any(each.status != "SUCCEEDED" for each in ended):
        repaired = stack.run(asked).must_succeed()
        assert _published(stack, day) == repaired.run_id, what
        _judge(stack, day, before, [*ended, repaired], what)
        assert f"date#{day}" not in stack.locks(), what


def test_every_kind_of_trouble_has_its_seeds() -> None:
    assert {seed % len(KINDS) for seed in MORE} == set(range(len(KINDS)))
    drawn = {kind for seed in MORE for kind in trouble(seed).kind.split(" and ")}
    assert FAULTS - drawn == set()


def _work(seed: int, first_day: str, brought: Trouble) -> tuple[str, dict[str, str]]:
    """Return a seed's date and execution input: another day, the first day again, or its replay."""
    if brought.marked_twice:
        day, mode = _days_after(first_day, next(INBOXES)), "replay"
    else:
        day, mode = [(_days_after(first_day, 1), "daily"), (first_day, "daily"), (first_day, "replay")][seed % 3]
    return day, {"mode": mode, "snapshot_date": day}


def _days_after(first_day: str, days: int) -> str:
    return (date.fromisoformat(first_day) + timedelta(days=days)).isoformat()


def _forget(stack: Pipeline, day: str, keep: str) -> None:
    """Remove a seed's day, unless it is to be kept, and reset the day's request counts.

    All seeds use one day: with a date per seed, the report would read more from seed to seed.
    """
    s3, raw, curated = stack.client("s3"), stack.bucket("raw"), stack.bucket("curated")
    for key in (FRONTIER, QUOTA, *(stack.keys("raw", raw_date(day)) if day != keep else [])):
        s3.delete_object(Bucket=raw, Key=key)
    if day != keep:
        s3.delete_object(Bucket=curated, Key=published(day))


def _run(stack: Pipeline, asked: dict[str, str], brought: Trouble) -> list[Ended]:
    arns = [stack.start(asked) for _ in range(1 + brought.twice)]
    if brought.stop_after_s is not None:
        sleep(brought.stop_after_s)
        stack.client("stepfunctions").stop_execution(executionArn=arns[0])
    return [stack.wait_for(arn, WITHIN_S) for arn in arns]


def _marked_twice(stack: Pipeline, day: str) -> list[Ended]:
    """Write an inbox marker twice, as EventBridge may deliver an event twice; return the ended executions."""
    for _ in range(2):
        stack.mark_ready(day)
    return stack.wait_for_inbox(day, executions=2)


def _published(stack: Pipeline, day: str) -> str | None:
    return stack.published(day) if stack.keys("curated", published(day)) else None


def _judge(stack: Pipeline, day: str, before: str | None, ended: list[Ended], what: str) -> None:
    """Fail unless the published run is complete, and is either the earlier one or one of these executions."""
    now = _published(stack, day)
    own = [each.run_id for each in ended if each.status == "SUCCEEDED"]
    if own:
        assert now in own, what
    if now != before:
        assert now is not None, what
        assert now.endswith(tuple(_fingerprint(each.arn) for each in ended)), what
    if now is not None:
        _must_be_whole(stack, day, now, what)
    _locks_must_be_takeable(stack, what)
    for each in ended:
        if each.status == "FAILED":
            assert each.error, what
            assert each.cause, what


def _fingerprint(arn: str) -> str:
    """Return the end of the execution's run ID, also if it failed or was stopped."""
    return sha256(arn.encode()).hexdigest()[:8]


def _must_be_whole(stack: Pipeline, day: str, run_id: str, what: str) -> None:
    rows = json.loads(stack.read("curated", f"runs/{run_id}.json"))["rows"]
    for table in TABLES:
        assert run_id in stack.partitions(table, day), f"{what}: no partition of {table}"
        assert stack.keys("curated", f"{table}/snapshot_date={day}/run_id={run_id}/"), f"{what}: no objects of {table}"
    counts = " UNION ALL ".join(
        f"SELECT '{table}' AS name, count(*) AS n FROM {table} WHERE snapshot_date = DATE '{day}'"  # noqa: S608 - ours
        for table in SHOWN
    )
    assert {row["name"]: int(row["n"]) for row in stack.sql(counts)} == {table: rows[table] for table in SHOWN}, what


def _locks_must_be_takeable(stack: Pipeline, what: str) -> None:
    for item in stack.client("dynamodb").scan(TableName=stack.outputs["lock_table"])["Items"]:
        holder = stack.client("stepfunctions").describe_execution(executionArn=item["holder"]["S"])
        assert holder["status"] != "RUNNING", what
