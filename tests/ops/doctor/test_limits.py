"""Doctor reports how close each growing quantity is to its limit, before it reaches that."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ops.doctor.limits import BYTES_PER_TRACK, GROW, MOST_RUNS, TRANSFORM_MB, Limit, limits
from ops.stack import PROJECT, Stack
from tests.ops.fakes import OUTPUTS, Client

if TYPE_CHECKING:
    from collections.abc import Iterator

MB = 1_000_000
BEGAN = datetime(2026, 1, 1, 6, tzinfo=UTC)
STATES = ("Extract", "Freeze the inputs", "Transform", "Audit with Athena", "Sweep", "Send the digest")


@dataclass
class Run:
    """A stack's last run: seconds of each state, and the outputs of the states."""

    seconds: dict[str, float] = field(default_factory=dict)
    tracks: int = 10
    audit: int = 0
    report: dict[str, Any] = field(default_factory=lambda: {"bytes_scanned": {"changes": MB}})
    digest: list[int] = field(default_factory=list)
    runs: int = 3
    failed_tries: int = 0

    def outputs(self) -> dict[str, Any]:
        statistics = {"DataScannedInBytes": self.audit}
        return {
            "Transform": {"tables": {"tracks": {"rows": self.tracks}}},
            "Audit with Athena": {"QueryExecution": {"Statistics": statistics}},
            "Write the report": self.report,
            "Send the digest": {"bytes_scanned": self.digest},
        }

    def history(self) -> Iterator[dict[str, Any]]:
        """Yield the events of its execution: each state entered, called once and left."""
        at, number = BEGAN, 0
        for state in (*STATES, "Write the report"):
            took, output = self.seconds.get(state, 1.0), json.dumps(self.outputs().get(state, {}))
            entered = {"name": state, "input": "{}"}
            left = {"name": state, "output": output}
            for kind, after, details in (
                ("TaskStateEntered", 0.0, {"stateEnteredEventDetails": entered}),
                *[("TaskScheduled", 0.0, {}), ("TaskFailed", took, {})] * self.failed_tries,
                ("TaskScheduled", 0.0, {}),
                ("TaskSucceeded", took, {}),
                ("TaskStateExited", took, {"stateExitedEventDetails": left}),
            ):
                number += 1
                when = at + timedelta(seconds=after)
                yield {"id": number, "previousEventId": number - 1, "type": kind, "timestamp": when, **details}
            at += timedelta(seconds=took)


@dataclass
class States:
    """Step Functions with one successful execution, behind a rehearsal that is newer, or with none."""

    run: Run | None

    def get_paginator(self, name: str) -> Any:
        return (
            self
            if name == "get_execution_history"
            else Client(page={"executions": self._named()}).get_paginator("page")
        )

    def _named(self) -> list[dict[str, str]]:
        return [{"name": name, "executionArn": name} for name in ("rehearsal-1", "daily")] if self.run else []

    def paginate(self, executionArn: str) -> Any:  # noqa: N803 - Step Functions' name
        """Return the one page of an execution's history."""
        assert self.run
        return [{"events": list(self.run.history()) if executionArn == "daily" else []}]

    def describe_state_machine(self, **_: object) -> Any:
        timeouts = {"Audit with Athena": 600, "Send the digest": 150, "Write the report": 200}
        states = {state: {"TimeoutSeconds": timeouts.get(state, 960)} for state in (*STATES, "Write the report")}
        return {"definition": json.dumps({"States": states})}


def found(run: Run | None, cutoff: int | None = 1024 * MB) -> dict[str, Limit]:
    """Return the limits of a stack by what they are about; of tasks that are near their time, the last."""
    return {each.about: each for each in told(run, cutoff)}


def told(run: Run | None, cutoff: int | None = 1024 * MB) -> list[Limit]:
    """Return the limits of a stack."""
    configuration = {"BytesScannedCutoffPerQuery": cutoff} if cutoff else {}
    clients = {
        "s3": Client(list_objects_v2={"Contents": [{}] * (run.runs if run else 0)}),
        "stepfunctions": States(run),
        "lambda": Client(get_function_configuration={"MemorySize": 3008}),
        "athena": Client(get_work_group={"WorkGroup": {"Configuration": configuration}}),
    }
    outputs: Any = OUTPUTS | {"functions": {"transform": "t"}}
    stack = Stack(name="test", outputs=outputs, client=lambda name: clients[name])
    return list(limits(stack))


@pytest.mark.parametrize(
    ("about", "small", "large", "named"),
    [
        ("ledger", Run(runs=3), Run(runs=MOST_RUNS * 8 // 10), "runs/"),
        ("tracks", Run(tracks=5_000_000), Run(tracks=5_500_000), "several dates"),
        ("audit", Run(audit=700 * MB), Run(audit=800 * MB), "queryScanLimitMb"),
        ("views", Run(), Run(report={"bytes_scanned": {"changes": 800 * MB, "days": MB}}), "(changes)"),
        ("views", Run(digest=[700 * MB]), Run(digest=[MB, 800 * MB]), "(the digest)"),
        ("time", Run({"Sweep": 700.0}), Run({"Sweep": 730.0}), "Sweep"),
        ("time", Run({"Write the report": 140.0}), Run({"Write the report": 155.0}), "Write the report"),
        ("time", Run({"Audit with Athena": 440.0}), Run({"Audit with Athena": 460.0}), "Audit with Athena"),
        ("time", Run({"Transform": 700.0}), Run({"Transform": 730.0}), "Transform"),
    ],
    ids=[
        "ledger",
        "tracks",
        "audit's bytes",
        "report's views",
        "digest's views",
        "sweep",
        "report",
        "audit",
        "transform",
    ],
)
def test_a_bound_is_reported_before_it_is_reached(about: str, small: Run, large: Run, named: str) -> None:
    fine, near = found(small)[about], found(large)[about]
    assert (fine.fine, near.fine) == (True, False)
    assert near.found < near.most
    assert near.remedy in near.sentence()
    assert near.remedy not in fine.sentence()
    assert named in near.sentence()
    assert all(each.fine for name, each in found(large).items() if name != about)


def test_of_tasks_far_from_their_time_the_nearest_is_named() -> None:
    near = [each.what for each in told(Run({"Send the digest": 20.0, "Sweep": 30.0})) if each.about == "time"]
    assert near == ["Send the digest"]


def test_a_task_that_was_called_again_is_measured_by_the_call() -> None:
    again = found(Run({"Sweep": 500.0}, failed_tries=1))["time"]
    assert (again.what, again.found, again.fine) == ("Sweep", 500.0, True)


def test_extract_is_near_its_time_on_purpose() -> None:
    assert found(Run({"Extract": 950.0}))["time"].fine


def test_each_state_whose_work_grows_has_a_limit_in_the_definition() -> None:
    states = json.loads((PROJECT / "statemachine" / "pipeline.asl.json").read_text())["States"]
    assert {state for state in GROW if "TimeoutSeconds" not in states[state]} == set()


def test_a_stack_without_a_run_has_a_ledger_only() -> None:
    assert found(None).keys() == {"ledger"}


def test_a_report_of_an_earlier_release_says_nothing_of_its_queries() -> None:
    assert found(Run(report={"size_bytes": 1}))["views"].found == 0


def test_without_a_limit_per_query_none_is_reported() -> None:
    assert found(Run(), cutoff=None).keys() == {"ledger", "time", "tracks"}


@pytest.mark.parametrize(("found", "fine"), [(74, True), (75, False), (76, False)])
def test_three_quarters_of_a_limit_are_near_it(found: int, fine: bool) -> None:
    assert Limit("x", "X", found, 100, "things", "Nothing.").fine is fine
    assert (MOST_RUNS, TRANSFORM_MB, BYTES_PER_TRACK) == (10_000, 270, 389)
