"""The rows of the run ledger that the definition itself writes, and the times in locks, value by value."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from math import floor
from typing import Any

import pytest

from tests.statemachine.fake_aws import FakeAws
from tests.statemachine.scenarios import SCENARIOS
from tests.statemachine.walking import DAILY, ME, REPLAY, Walk, walk

RUN_ID = "20261123T060000Z-82a09b7f"
NOTHING = dict.fromkeys(
    ("error", "state", "cause", "rows", "quarantined", "quarantine_ratio", "requests", "waits_s", "bytes_scanned",
     "cost_usd", "gates"),
)  # fmt: skip


def _row(done: Walk) -> Any:
    return done.aws.objects[f"runs/{RUN_ID}.json"]


def _entered(done: Walk, state: str) -> FakeAws:
    """Return the AWS as it was when a state was entered last."""
    return next(entry.aws() for entry in reversed(done.entries) if entry.state == state)


def _run(mode: str, outcome: str, done: Walk, state: str) -> dict[str, Any]:
    """Return what every row has of its run."""
    return {
        "snapshot_date": "2026-11-23",
        "run_id": RUN_ID,
        "execution_arn": ME,
        "mode": mode,
        "outcome": outcome,
        "started_at": "2026-11-23T06:00:00.123Z",
        "finished_at": _entered(done, state).now_iso(),
    }


def test_the_row_of_a_run_that_changed_nothing_names_the_run_that_is_published() -> None:
    done = SCENARIOS["second_marker"]()
    reasons = {"unchanged": "the inputs are those of the published run 20261123T050000Z-11111111"}
    assert _row(done) == NOTHING | _run("inbox", "unchanged", done, "Record that nothing changed") | {
        "inputs_digest": "d" * 64,
        "reasons": json.dumps(reasons, separators=(",", ":")),
    }


def test_the_row_of_a_failure_has_what_each_state_before_it_said() -> None:
    done = SCENARIOS["gates_refuse"]()
    known = {"quarantine": {"album_id: not an id": 1}, "partial": []}
    assert _row(done) == _run("daily", "failed", done, "Record the failure") | {
        "error": "GateFailed",
        "state": "Judge the gates",
        "cause": done.cause,
        "inputs_digest": "d" * 64,
        "rows": {"artists": 3, "albums": 3, "tracks": 3, "observations": 3, "quarantine": 1},
        "quarantined": 1,
        "quarantine_ratio": 0.01,
        "requests": {"albums": 4},
        "waits_s": 1.5,
        "bytes_scanned": 4096,
        "cost_usd": None,
        "gates": _row(done)["gates"],
        "reasons": json.dumps(known, separators=(",", ":")),
    }


def test_the_row_of_a_failure_before_anything_was_known_has_nothing_else() -> None:
    done = SCENARIOS["unknown_mode"]()
    assert _row(done) == NOTHING | _run("weekly", "failed", done, "Record the failure") | {
        "snapshot_date": None,
        "error": "BadRequest",
        "state": "Resolve the run",
        "cause": done.cause,
        "inputs_digest": None,
        "reasons": '{"quarantine":{},"partial":[]}',
    }


@pytest.mark.parametrize(
    ("name", "what"), [("gates_refuse", "daily run of 2026-11-23"), ("unknown_mode", "weekly run")]
)
def test_an_alert_begins_with_the_run_that_failed(name: str, what: str) -> None:
    done = SCENARIOS[name]()
    first = f'The {what} failed in the state "{_row(done)["state"]}" with {done.error}.'
    assert done.aws.alerts[0]["Message"].splitlines()[0] == first


@pytest.mark.parametrize("state", ["Take the lock", "Make sure the lock is still ours"])
def test_a_lock_expires_two_days_after_it_was_taken_or_renewed(state: str) -> None:
    """In whole seconds, as DynamoDB reads them; the walk waits for the lock first."""
    done = SCENARIOS["lock_is_held"]()
    written = [json.dumps(arguments) for name, arguments in done.aws.calls if name == state][-1]
    assert f'{{"N": "{floor(_entered(done, state).now) + 2 * 86_400}"}}' in written


def test_a_query_without_statistics_scanned_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = {"QueryExecution": {"QueryExecutionId": "q-1"}}
    monkeypatch.setattr(FakeAws, "_athena_startQueryExecution", lambda *_: answer)
    assert walk(REPLAY).output["audit"]["bytes_scanned"] == 0


def test_a_crawl_that_another_began_counts_from_the_second_after_our_last_write() -> None:
    aws = FakeAws()

    def begun() -> None:
        if not aws.crawler.last:
            aws.crawler.began = floor(max(aws.written.values())) + 1.0

    aws.before["Start the crawl"] = begun
    assert walk(DAILY, aws).tries("Start the crawl") == 1


def test_the_seconds_of_a_crawl_are_those_until_it_was_seen_to_end() -> None:
    done = SCENARIOS["daily"]()
    assert done.aws.crawler.last
    began = datetime.fromisoformat(done.aws.crawler.last["StartTime"]).timestamp()
    seen = _entered(done, "Look at the crawler").now
    assert done.output["crawl"]["duration_s"] == pytest.approx(seen - began, abs=0.002)


def test_a_crawl_that_failed_or_never_came_is_told_with_its_times() -> None:
    failed, hangs = SCENARIOS["crawl_fails"](), SCENARIOS["crawl_hangs"]()
    at = failed.aws.crawler.last
    assert at
    assert failed.cause == (
        f"The crawl of spotify-lake-test that started at {at['StartTime']} ended FAILED: Insufficient Lake Formation "
        "permission. Check the crawler in the Glue console, fix the cause, then start this date again."
    )
    wrote = datetime.fromtimestamp(int(max(hangs.aws.written.values())), UTC).isoformat()
    assert hangs.cause == (
        "After 60 checks, the crawler spotify-lake-test is STOPPING, and its last crawl, started at nothing, did not "
        f"start after the last write of this run at {wrote}. Stop a crawl that hangs in the Glue console, then start "
        "this date again."
    )
