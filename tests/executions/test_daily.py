"""A day, from Spotify to the views."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from functions.shared.keys import QUOTA, QUOTA_GROUPS, TABLES, partition
from functions.shared.wording import utc
from infra.cost.month import QUERIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.executions.pipeline import Ended, Pipeline

COUNTED, CLOSED = "2026-11-23", "2026-11-24"


@pytest.fixture
def all_closed(stack: Pipeline, first_day: str) -> Iterator[str]:
    """The time until which Spotify has closed every quota group, as the last run found and as a person reads it."""
    assert stack.published(first_day)
    quota = stack.read("raw", QUOTA)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    until = tomorrow.strftime("%Y-%m-%dT%H:%M:%SZ")
    closed = {"blocked_until": dict.fromkeys(QUOTA_GROUPS, until), "blocked_why": dict.fromkeys(QUOTA_GROUPS, "banned")}
    stack.put("raw", QUOTA, json.dumps(json.loads(quota) | closed).encode())
    yield utc(tomorrow)
    stack.put("raw", QUOTA, quota)


def test_a_daily_execution_publishes_its_date(stack: Pipeline, first_day: str) -> None:
    albums = stack.sql(f"SELECT count(*) AS n FROM albums WHERE snapshot_date = DATE '{first_day}'")  # noqa: S608  our own constant
    assert albums[0]["n"] > 0
    assert stack.sql("SELECT DISTINCT snapshot_date FROM tracks WHERE album_id IS NOT NULL")
    assert stack.locks() == []


def test_every_line_of_a_functions_log_names_its_request(stack: Pipeline, first_day: str) -> None:
    """Powertools' lines and metrics have function_request_id, the runtime's requestId, Lambda's own a record."""
    logs, kinds = stack.client("logs"), Counter[str]()
    for group in logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]:
        for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]:
            line = json.loads(event["message"])
            if line.get("type") == "platform.initStart":
                continue  # it belongs to no request
            told = line.get("function_request_id") or line.get("requestId") or line.get("record", {}).get("requestId")
            assert told, f"{group['logGroupName']} of {first_day}: {event['message'][:300]}"
            kinds[line.get("type") or line.get("level") or "metrics"] += 1
    assert {"INFO", "metrics", "platform.start", "platform.report"} <= kinds.keys()


def test_every_view_answers(stack: Pipeline, first_day: str) -> None:
    views = stack.views()
    assert len(views) > 5
    counts = {view: stack.sql(f'SELECT count(*) AS n FROM "{view}"')[0]["n"] for view in views}  # noqa: S608  our own views
    assert {name for name in ("artists", "albums", "tracks", "artists_current", "runs") if not counts[name]} == set()


def test_the_same_date_again_is_published_anew_and_equal_to_the_byte(stack: Pipeline, first_day: str) -> None:
    before = stack.published(first_day)
    again = stack.daily(first_day).must_succeed()
    once_more = stack.daily(first_day).must_succeed()

    assert stack.published(first_day) == once_more.run_id != again.run_id
    assert _contents(again) == _contents(once_more)
    for gone in (before, again.run_id):
        for table in TABLES:
            assert stack.keys("curated", partition(table, first_day, gone)) == []
    for table in TABLES:
        assert stack.partitions(table, first_day) == [once_more.run_id]
    calls = once_more.output["extract"]["requests"]
    assert calls == again.output["extract"]["requests"], "a date that is extracted is not asked for again"


def _contents(ended: Ended) -> dict[str, tuple[int, str]]:
    return {table: (each["rows"], each["sha256"]) for table, each in ended.tables.items()}


def test_a_replay_makes_no_call_to_spotify_and_gives_the_same_bytes(stack: Pipeline, first_day: str) -> None:
    daily = stack.daily(first_day).must_succeed()
    asked = stack.spotify.ask("requests")
    replayed = stack.run({"mode": "replay", "snapshot_date": first_day}).must_succeed()
    assert asked
    assert stack.spotify.ask("requests") == asked
    assert _contents(replayed) == _contents(daily)


def test_the_next_day_shows_what_is_new(stack: Pipeline, first_day: str) -> None:
    ended = stack.daily("2026-11-22").must_succeed()
    assert ended.output["outcome"] == "published"
    new = stack.sql("SELECT name FROM new_releases WHERE first_seen = DATE '2026-11-22'")
    changes = stack.sql("SELECT change FROM catalogue_changes WHERE snapshot_date = DATE '2026-11-22'")
    assert new
    assert "added" in {each["change"] for each in changes}


def test_a_day_on_which_every_group_is_closed_is_partial_and_says_why(stack: Pipeline, all_closed: str) -> None:
    ended = stack.daily(CLOSED).must_succeed()
    assert ended.output["outcome"] == "partial"
    assert sum(ended.output["extract"]["requests"].values()) == 0
    assert any(all_closed in reason for reason in ended.output["extract"]["reasons"])
    assert stack.published(CLOSED) == ended.run_id
    assert ended.tables["observations"]["rows"] > 0 == ended.tables["albums"]["rows"]


def test_a_run_costs_what_it_asked_of_aws_and_the_ledger_the_output_and_the_history_agree(stack: Pipeline) -> None:
    before = len(stack.calls())
    ended = stack.daily(COUNTED).must_succeed()
    asked = Counter(call["action"] for call in stack.calls()[before:] if _by_a_function_or_the_definition(call))
    cost = ended.output["report"]["cost"]
    assert cost["usd"] == ended.output["cost_usd"] > 0.146, "a crawl alone is billed ten minutes"
    assert stack.sql(f"SELECT cost_usd FROM runs WHERE run_id = '{ended.run_id}'") == [{"cost_usd": cost["usd"]}]  # noqa: S608  our own id
    amounts = {each["item"]: each["amount"] for each in cost["items"]}
    assert amounts["lock_writes"] == sum(asked[f"dynamodb:{verb}Item"] for verb in ("Put", "Update", "Delete"))
    assert amounts["s3_writes"] == pytest.approx(asked["s3:PutObject"] + asked["s3:ListBucket"], rel=0.1)
    later = any(key > f"published/{COUNTED}.json" for key in stack.keys("curated", "published/"))
    for_the_feed = 2 if later else 0  # the feed ends with the latest published date
    assert asked["athena:StartQueryExecution"] == QUERIES + for_the_feed
    assert amounts["s3_reads"] == pytest.approx(asked["s3:GetObject"], rel=0.1)


def _by_a_function_or_the_definition(call: dict[str, str]) -> bool:
    """Return whether a call counts: not the crawler's, nor one that Athena makes for its caller."""
    role = call["principal"].split("/")[1].rsplit("-", 1)[0].rsplit("-", 1)[1]
    athena_reads = role in {"pipeline", "report", "digest"} and call["action"] in {"s3:GetObject", "s3:ListBucket"}
    return role != "crawler" and not athena_reads


def test_a_run_is_in_the_ledger_with_its_counts(stack: Pipeline, first_day: str) -> None:
    row, *_ = stack.sql(f"SELECT * FROM runs WHERE snapshot_date = DATE '{first_day}' ORDER BY started_at")  # noqa: S608  our own day
    assert (row["mode"], row["outcome"]) == ("daily", "published")
