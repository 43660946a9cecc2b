"""A marker in the inbox starts its date's run once; a marker without a date is refused."""

from __future__ import annotations

from tests.statemachine.fake_aws import FakeAws, Refused
from tests.statemachine.scenarios import LOCK, OTHER, SCENARIOS
from tests.statemachine.walking import INBOX, ME, walk

RUN_ID = "20261123T060000Z-82a09b7f"
PUBLISHED = "published/2026-11-23.json"


def test_a_second_marker_over_the_same_inputs_is_no_work() -> None:
    done = SCENARIOS["second_marker"]()
    assert done.output["outcome"] == "unchanged"
    assert {"Transform", "Start the crawl", "Publish", "Sweep"} & set(done.states) == set()
    assert list(done.output) == ["outcome", "run", "freeze", "report", "cost_usd"]


def test_two_deliveries_of_one_marker_do_the_work_once() -> None:
    first = walk(INBOX)
    first.aws.already_published = first.output["run"]["run_id"]
    second = walk(INBOX, first.aws, arn=f"{ME}-2")
    assert (first.output["outcome"], second.output["outcome"]) == ("published", "unchanged")
    assert second.aws.objects[PUBLISHED] == first.output["run"]["run_id"]


def test_a_delivery_that_finds_its_own_publication_is_not_taken_for_a_second() -> None:
    assert walk(INBOX, FakeAws(already_published=RUN_ID)).output["outcome"] == "published"


def test_a_marker_without_data_fails_with_no_inputs_and_frees_the_date() -> None:
    said = '{"errorMessage": "Nothing to transform for 2026-11-23: no object under …", "errorType": "NoInputs"}'
    done = walk(INBOX, FakeAws(faults={"Freeze the inputs": [Refused("NoInputs", said)]}))
    assert (done.error, done.holders) == ("NoInputs", {})
    assert done.tries("Freeze the inputs") == 1


def test_a_marker_for_a_date_that_is_running_waits_and_freezes_what_is_there_then() -> None:
    aws = FakeAws(statuses={OTHER: "RUNNING"})
    aws.hold(LOCK, OTHER)
    aws.before["Ask whether the holder runs"] = lambda: aws.free(LOCK)
    done = walk(INBOX, aws)
    assert done.output["outcome"] == "published"
    assert done.states.index("Wait for the lock") < done.states.index("Freeze the inputs")


def test_a_bad_date_in_a_key_is_refused_before_any_lock() -> None:
    done = SCENARIOS["marker_in_a_folder_of_no_date"]()
    assert "Take the lock" not in done.states
