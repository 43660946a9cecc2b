"""The results of each execution: its output, its ledger row, its alert, its locks, and what it did not change."""

from __future__ import annotations

import json
import shlex
from typing import Any, get_type_hints

import pytest

from functions.publish.ledger import LedgerRow
from functions.shared.events import PublishRequest
from functions.shared.keys import TABLES
from tests.statemachine.definition import VALUES
from tests.statemachine.fake_aws import FakeAws, Refused
from tests.statemachine.scenarios import FAILURE_PATH, LOCK, OTHER, SCENARIOS
from tests.statemachine.walking import DAILY, ME, Walk, walk

RUN_ID = "20261123T060000Z-82a09b7f"
ROW = f"runs/{RUN_ID}.json"
PUBLISHED = "published/2026-11-23.json"


def _walked(name: str) -> Walk:
    return SCENARIOS[name]()


def _ended(status: str) -> dict[str, Walk]:
    """Return the scenarios with this end, walked, by name."""
    return {name: build() for name, build in SCENARIOS.items() if build().status == status}


def _arguments(done: Walk, state: str) -> Any:
    return next(arguments for name, arguments in done.aws.calls if name == state)


def test_a_daily_run_publishes_and_tells_all_of_it() -> None:
    done = _walked("daily")
    assert list(done.output) == [
        "outcome", "run", "freeze", "extract", "transform", "crawl", "audit", "publish", "sweep", "digest",
        "report", "cost_usd",
    ]  # fmt: skip
    assert (done.output["outcome"], done.output["cost_usd"]) == ("published", 0.148)
    assert done.aws.objects[PUBLISHED] == done.output["run"]["run_id"] == RUN_ID
    assert set(done.output["crawl"]) == {"started_at", "duration_s", "polls"}
    assert done.output["audit"] == {
        "gates": done.output["audit"]["gates"],
        "bytes_scanned": 4096,
        "query_execution_id": "q-1",
    }


def test_the_verdict_names_every_gate() -> None:
    gates = _walked("daily").output["audit"]["gates"]
    assert {"gate": "rows_tracks", "observed": "3", "expected": "3", "passed": "true", "judged": True} in gates
    assert (len(gates), {gate["passed"] for gate in gates}) == (22, {"true"})
    assert [gate["gate"] for gate in gates if not gate["judged"]] == [
        f"volume_{t}" for t in ("artists", "albums", "tracks")
    ]


def test_a_replay_never_asks_spotify_nor_for_its_lease() -> None:
    done = _walked("replay")
    assert done.output["outcome"] == "published"
    assert "extract" not in done.output
    assert {"Extract", "Give back Spotify's lease"} & set(done.states) == set()


@pytest.mark.parametrize("name", ["daily", "replay"])
def test_publish_is_handed_what_it_is_typed_to_get(name: str) -> None:
    payload = _arguments(_walked(name), "Publish")["Payload"]
    assert set(payload) == set(get_type_hints(PublishRequest))
    assert (payload["extract"] is None) == (name == "replay")


def test_a_partial_extraction_is_published_as_partial() -> None:
    done = _walked("long_extraction")
    assert done.output["outcome"] == "partial"
    assert done.output["extract"]["reasons"] == ["albums: 40 calls left, the budget of 200 is spent"]


def test_extract_is_called_until_it_is_done_and_waits_as_long_as_spotify_says() -> None:
    done = _walked("long_extraction")
    assert done.tries("Extract") == 4
    assert done.waits[0] == pytest.approx(12 * 60, abs=5)


def test_the_date_is_locked_before_spotify_and_both_are_given_back() -> None:
    done = _walked("daily")
    taken = [arguments["Item"]["lock_id"]["S"] for state, arguments in done.aws.calls if state == "Take the lock"]
    assert taken == [LOCK, "spotify"]
    assert done.holders == {}


def test_spotifys_lease_is_given_back_as_soon_as_extract_is_done() -> None:
    states = _walked("daily").states
    assert states.index("Give back Spotify's lease") < states.index("Freeze the inputs")


def test_a_second_execution_of_a_date_waits_longer_and_longer_then_works() -> None:
    done = _walked("lock_is_held")
    assert done.output["outcome"] == "published"
    assert done.waits[:5] == [30, 45, 67, 101, 120]


def test_a_dead_holders_lock_is_taken_over_at_once() -> None:
    for name in ("lock_of_the_dead", "lock_freed_while_asking"):
        assert _walked(name).tries("Take the lock") == 3
        assert "Wait for the lock" not in _walked(name).states


def test_a_lock_of_somebody_who_is_no_execution_is_taken_without_asking_step_functions() -> None:
    """Step Functions would respond to `a person` with a denial, or that the ARN is malformed."""
    done = _walked("lock_of_a_person")
    assert (done.status, "Ask whether the holder runs" in done.states) == ("SUCCEEDED", False)


def test_a_lock_that_another_took_over_first_is_waited_for() -> None:
    assert "Wait for the lock" in _walked("lock_of_nobody").states


def test_the_lease_on_spotify_is_waited_for_like_a_date() -> None:
    done = _walked("spotify_is_busy")
    assert done.output["outcome"] == "published"
    assert [a["Key"]["lock_id"]["S"] for s, a in done.aws.calls if s == "Ask who holds the lock"] == ["spotify"]


@pytest.mark.slow
def test_a_lock_that_never_comes_free_ends_with_the_executions_own_time_out() -> None:
    aws = FakeAws(statuses={OTHER: "RUNNING"})
    aws.hold(LOCK, OTHER)
    done = walk(DAILY, aws)
    assert done.status == "TIMED_OUT"
    assert aws.holders() == {LOCK: OTHER}
    assert len(done.states) * 3 < 25_000, "an event for each entry, exit and call stays within the history's limit"


def test_locks_expire_after_every_execution_that_could_hold_them_is_over() -> None:
    done = _walked("daily")
    taken = _arguments(done, "Take the lock")["Item"]["expires_at"]["N"]
    renewed = _arguments(done, "Make sure the lock is still ours")["ExpressionAttributeValues"][":later"]["N"]
    assert int(taken) - 1_795_413_600 == pytest.approx(2 * 86_400, abs=60)
    assert int(taken) <= int(renewed) < int(taken) + 86_400


def test_a_crawl_that_began_before_our_last_write_is_waited_out_and_another_started() -> None:
    done = _walked("another_crawl_before_our_write")
    assert done.tries("Start the crawl") == 2
    assert done.output["crawl"]["started_at"] > done.output["transform"]["last_write"]


def test_a_crawl_that_another_began_in_the_second_of_our_last_write_is_not_trusted() -> None:
    done = _walked("another_crawl_in_the_second_of_our_write")
    assert done.tries("Start the crawl") == 2
    assert done.output["outcome"] == "published"


def test_a_crawl_that_began_after_our_last_write_serves_whoever_started_it() -> None:
    assert _walked("another_crawl_after_our_write").tries("Start the crawl") == 1


def test_a_crawler_that_still_shows_its_last_crawl_is_started_again() -> None:
    assert _walked("crawl_is_slow_to_show").tries("Start the crawl") == 2


def test_looks_at_the_crawler_grow_rarer_and_end() -> None:
    done = _walked("crawl_hangs")
    assert done.error == "CrawlTimedOut"
    assert done.waits[:6] == [15, 22, 33, 50, 60, 60]
    assert done.tries("Look at the crawler") == 60


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("crawl_fails", "CrawlFailed", "ended FAILED: Insufficient Lake Formation permission."),
        ("crawl_is_cancelled", "CrawlFailed", "ended CANCELLED"),
        ("crawl_hangs", "CrawlTimedOut", "After 60 checks, the crawler spotify-lake-test is STOPPING"),
        ("crawler_is_blind", "CrawlIncomplete", "is missing in: artists, albums, tracks, observations, quarantine."),
        ("schema_changed", "SchemaChanged", "Table part_00000_parquet was added. Table quarantine is missing."),
        ("schema_changed", "SchemaChanged", "Table albums has the columns album_id bigint, name string"),
        ("gates_refuse", "GateFailed", "Gate rows_tracks: observed 2, expected 3."),
        ("gates_refuse", "GateFailed", "Gate unique_albums: observed 1 repeated, expected 0 repeated."),
        ("audit_says_nothing", "GateFailed", "The audit query returned no row of: albums, artists,"),
        ("lock_was_lost", "LockLost", "Another execution took the lock of 2026-11-23 over"),
        ("marker_in_a_folder_of_no_date", "BadRequest", "is '2026-11-31'; expected a calendar date"),
        ("unknown_mode", "BadRequest", "The execution's mode is 'weekly'."),
        ("input_is_text", "TypeError", "'str' has no attribute 'get'"),
    ],
)
def test_a_failure_ends_with_its_name_and_a_sentence(name: str, error: str, says: str) -> None:
    done = _walked(name)
    assert (done.status, done.error) == ("FAILED", error)
    assert says in done.cause
    assert "errorMessage" not in done.cause


def test_a_gate_that_passed_is_not_named() -> None:
    assert "rows_albums" not in _walked("gates_refuse").cause


def test_a_failure_enters_the_ledger_and_alerts_with_sentence_console_and_command() -> None:
    for name, done in _ended("FAILED").items():
        if name == "nothing_works_after_the_failure":
            continue
        entry = done.aws.objects[ROW]
        assert set(entry) == set(get_type_hints(LedgerRow)), name
        assert (entry["outcome"], entry["error"], entry["cause"]) == ("failed", done.error, done.cause), name
        last = done.states.index("Say what failed")  # of a verdict, the state that reached it stands before the choice
        assert entry["state"] in done.states[max(last - 2, 0) : last], name
        (alert,) = done.aws.alerts
        assert len(alert["Subject"]) < 100, name
        assert alert["Subject"].isascii(), name
        for expected in (done.error, done.cause, entry["state"], VALUES["ConsoleUrl"] + ME, "#execution-failed"):
            assert expected in alert["Message"], name


def test_the_subject_of_an_alert_names_the_error_and_its_date_if_there_is_one() -> None:
    subjects = [_walked(name).aws.alerts[0]["Subject"] for name in ("unknown_mode", "gates_refuse")]
    assert subjects == [f"spotify-lake {VALUES['Stack']}: {end}" for end in ("BadRequest", "GateFailed on 2026-11-23")]


def test_a_failure_publishes_nothing_and_keeps_no_lock_of_its_own() -> None:
    for name, done in _ended("FAILED").items():
        assert PUBLISHED not in done.aws.objects, name
        assert ME not in done.holders.values() or name == "nothing_works_after_the_failure"


def test_the_alerts_command_starts_the_same_input_again_whatever_is_in_it() -> None:
    """The command reads the input from the execution, so that the message contains no quotes and no long text.

    It names the region, since the AWS CLI takes its own, and not that of an ARN.
    """
    command = _walked("unknown_mode").aws.alerts[0]["Message"].splitlines()[-1]
    start, _, given = command.partition(" --input ")
    assert shlex.split(start)[:5] == ["aws", "stepfunctions", "start-execution", "--region", ME.split(":")[3]]
    region = f"--region {ME.split(':')[3]}"
    asked = f"aws stepfunctions describe-execution {region} --execution-arn {ME} --query input --output text"
    assert given == f'"$({asked})"'


def test_a_row_of_a_failure_keeps_what_was_known_by_then() -> None:
    entry = _walked("gates_refuse").aws.objects[ROW]
    assert entry["rows"] == dict.fromkeys(TABLES, 3) | {"quarantine": 1}
    assert (entry["quarantined"], entry["quarantine_ratio"], entry["requests"]) == (1, 0.01, {"albums": 4})
    assert [gate["gate"] for gate in json.loads(entry["gates"]) if gate["passed"] == "false"] == [
        "rows_tracks",
        "unique_albums",
    ]
    assert json.loads(entry["reasons"]) == {"quarantine": {"album_id: not an id": 1}, "partial": []}


def test_a_run_that_was_never_resolved_has_the_id_it_would_have_had() -> None:
    entry = _walked("unknown_mode").aws.objects[ROW]
    assert (entry["run_id"], entry["snapshot_date"], entry["mode"]) == (RUN_ID, None, "weekly")


def test_a_failure_is_told_even_if_every_step_after_it_fails() -> None:
    done = _walked("nothing_works_after_the_failure")
    assert (done.status, done.error) == ("FAILED", "CrawlFailed")
    assert [done.tries(state) for state in FAILURE_PATH] == [1] * len(FAILURE_PATH)


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        ('{"errorMessage": "It refused.", "errorType": "X", "stackTrace": []}', "It refused."),
        ('{"QueryExecution": {"Status": {"StateChangeReason": "SYNTAX_ERROR: line 3"}}}', "SYNTAX_ERROR: line 3"),
        ("{not JSON at all, errorMessage}", "{not JSON at all, errorMessage}"),
        ('{"errorMessage": ""}', 'The state "Transform" ended with X and gave no cause.'),
        ("", 'The state "Transform" ended with X and gave no cause.'),
    ],
)  # fmt: skip
def test_the_cause_is_the_sentence_in_what_the_service_reported(cause: str, sentence: str) -> None:
    done = walk(DAILY, FakeAws(faults={"Transform": [Refused("X", cause)]}))
    assert done.cause == sentence


def test_a_time_out_without_a_cause_says_that_it_was_one() -> None:
    done = walk(DAILY, FakeAws(faults={"Transform": [Refused("States.Timeout")] * 3}))
    assert (done.error, "longer than its TimeoutSeconds" in done.cause) == ("States.Timeout", True)


def test_a_sweep_that_fails_is_told_and_harms_nothing() -> None:
    done = _walked("sweep_fails")
    assert done.aws.objects[PUBLISHED] == RUN_ID
    assert done.output["sweep"] == {
        "error": "AccessRefused: Could not delete s3://curated/x: DeleteObjects answered 503."
    }


def test_an_execution_that_succeeded_alerts_nobody_and_has_its_row() -> None:
    for name, done in _ended("SUCCEEDED").items():
        assert done.aws.alerts == [], name
        if name == "rehearsal":  # it has no row
            continue
        assert done.aws.objects[ROW]["outcome"] == done.output["outcome"], name
        assert set(done.aws.objects[ROW]) == set(get_type_hints(LedgerRow)), name


# Triggers: the result of each kind of delivery. docs/runbook.md has the same list for people.


def test_a_digest_that_cannot_be_sent_is_told_and_harms_nothing() -> None:
    done = _walked("digest_fails")
    assert (done.status, done.output["outcome"], done.holders) == ("SUCCEEDED", "published", {})
    assert done.output["digest"] == {"error": "AccessRefused: Could not send the digest: AWS refused Publish."}
    assert done.output["cost_usd"] == 0.148


def test_only_a_daily_run_that_published_tells_people() -> None:
    told = {name for name, done in _ended("SUCCEEDED").items() if done.aws.told or "Send the digest" in done.states}
    daily = {name for name in _ended("SUCCEEDED") if _walked(name).output["run"]["mode"] == "daily"}
    assert told == daily
    assert {"replay", "inbox", "second_marker", "rehearsal"} <= set(_ended("SUCCEEDED")) - told
    assert all("digest" not in _walked(name).output for name in set(_ended("SUCCEEDED")) - told)
    assert not [name for name, done in _ended("FAILED").items() if "Send the digest" in done.states]


def test_a_report_that_cannot_be_written_is_told_and_harms_nothing() -> None:
    done = _walked("report_fails")
    assert (done.status, done.output["outcome"], done.holders) == ("SUCCEEDED", "published", {})
    assert done.output["report"] == {"error": "E: Could not write s3://curated/reports/x.html: PutObject answered 503."}
    assert done.output["cost_usd"] is None


def test_the_page_of_a_failure_is_written_after_the_alert() -> None:
    done = _walked("crawl_fails")
    assert done.states[-3:] == ["Alert", "Write the report of the failure", "Fail"]
    assert f"reports/{RUN_ID}.html" in done.aws.objects


def test_a_rehearsal_takes_the_daily_path_and_ends_before_publish() -> None:
    daily, done = _walked("daily"), _walked("rehearsal")
    before = daily.states[: daily.states.index("Make sure the lock is still ours")]
    after = daily.states[daily.states.index("Sweep") :]
    assert done.states == [*before, *(each for each in after if each != "Send the digest")]
    assert (done.status, done.output["outcome"], done.output["publish"]) == ("SUCCEEDED", "rehearsed", None)
    assert (done.aws.objects, done.aws.written, done.holders) == ({}, {}, {})


def test_a_daily_run_twice_publishes_twice() -> None:
    first = walk(DAILY)
    first.aws.already_published = first.output["run"]["run_id"]
    second = walk(DAILY, first.aws, arn=f"{ME}-2")
    assert second.output["outcome"] == "published"
    assert second.aws.objects[PUBLISHED] == second.output["run"]["run_id"] != first.output["run"]["run_id"]
