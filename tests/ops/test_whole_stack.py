"""Every command on a whole local stack: its data, its exit code, and valid JSON."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from functions.shared import keys
from ops.commands.questions import saved_queries
from ops.stack import PROJECT
from tests.functions.report.parsed import parse
from tests.often import one_in
from tests.ops.conftest import DAY, days_ago

if TYPE_CHECKING:
    from pathlib import Path

    from tests.executions.pipeline import Ended, Pipeline
    from tests.ops.conftest import CommandLine


def test_the_first_daily_run_is_published_with_its_rows(
    local_ops: CommandLine, first: Ended, pipeline: Pipeline, published: str
) -> None:
    assert first.output["outcome"] == "published"
    for table in ("artists", "albums", "tracks"):
        counted = f"SELECT count(*) AS n FROM {table} WHERE snapshot_date = DATE '{published}'"  # noqa: S608  our own table
        assert local_ops("sql", counted, "--local", "--json").json == [{"n": first.tables[table]["rows"]}]
        assert first.tables[table]["rows"] > 0
    assert pipeline.locks() == []


def test_run_in_json_is_the_executions_output(local_ops: CommandLine, pipeline: Pipeline, published: str) -> None:
    assert published
    day = days_ago(2)
    pipeline.spotify.show(day)
    told = local_ops("run", day, "--local", "--json")
    assert told.code == 0
    assert told.json["output"]["run"]["run_id"] == pipeline.published(day)
    assert "✓ Publish" in told.err


def test_run_follows_the_execution_says_what_came_of_it_and_exits_3_where_something_is_left_out(
    local_ops: CommandLine, pipeline: Pipeline, published: str
) -> None:
    assert published
    day, days_ahead = days_ago(1), days_ago(-3)
    quota = json.loads(pipeline.read("raw", keys.QUOTA))
    closed = quota | {"blocked_until": {"artist_albums": f"{days_ahead}T00:00:00Z"}}
    pipeline.put("raw", keys.QUOTA, json.dumps(closed).encode())
    try:
        pipeline.spotify.show(day)
        told = local_ops("run", day, "--local")
        diagnosis = local_ops("doctor", "--local", "--no-ask", "--json")
        shown = local_ops("status", "--local", "--json", "--days", "3").json
    finally:
        pipeline.put("raw", keys.QUOTA, json.dumps(quota).encode())
    assert told.code == 3
    assert "✓ Publish" in told.out
    assert f"partial: {day} as run " in told.out
    assert "\x1b" not in told.out + told.err
    assert f"artist_albums: Spotify closed it until {days_ahead}" in told.out
    assert diagnosis.code == 1
    assert any("closed by Spotify" in each["told"] for each in diagnosis.json["findings"])
    assert {each["snapshot_date"]: each["state"] for each in shown}[day] == "partial"


def test_a_run_that_fails_exits_1_says_why_and_has_a_page(
    local_ops: CommandLine, pipeline: Pipeline, published: str
) -> None:
    empty = days_ago(60)
    told = local_ops("replay", empty, "--local")
    assert told.code == 1
    assert "NoInputs" in told.out
    row = next(day for day in local_ops("status", "--local", "--json", "--days", "90").json if day["error"])
    assert (row["snapshot_date"], row["state"], row["error"]) == (empty, "failed", "NoInputs")
    history = local_ops("history", "--local")
    assert history.code == 0
    assert "Input of Freeze the inputs: " in history.out
    arn = local_ops("history", "--local", "--json").json["execution_arn"]
    started = pipeline.client("stepfunctions").describe_execution(executionArn=arn)["startDate"]
    page = parse(pipeline.read("curated", keys.report(keys.run_id(started, arn))).decode())
    assert page.one("h2", id="failed").text == "Failed in “Freeze the inputs” with NoInputs"
    assert empty in page.one("section", **{"aria-labelledby": "failed"}).text
    assert published in {day["snapshot_date"] for day in local_ops("status", "--local", "--json").json}


def test_status_has_a_row_for_each_date(local_ops: CommandLine, published: str) -> None:
    told = local_ops("status", "--local")
    assert told.code == 0
    (line,) = [line for line in told.out.splitlines() if line.startswith(published)]
    assert "● published" in line
    assert len(local_ops("status", "--local", "--json").json) >= 30


def test_history_names_every_state_by_execution_name_and_by_run(
    local_ops: CommandLine, published: str, pipeline: Pipeline
) -> None:
    by_run = local_ops("history", pipeline.published(published), "--local", "--json")
    name = by_run.json["execution_arn"].rsplit(":", 1)[1]
    assert by_run.json == local_ops("history", name, "--local", "--json").json
    assert [visit["state"] for visit in by_run.json["visits"]][-1] == "Done"
    assert all(visit["entered"] and visit["left"] for visit in by_run.json["visits"][:-1])


def test_history_of_nothing_is_a_sentence(local_ops: CommandLine, published: str) -> None:
    told = local_ops("history", f"no-{published}", "--local")
    assert (told.code, told.out) == (1, "")
    assert "There is no execution and no run" in told.err


@pytest.mark.parametrize("name", one_in(4, saved_queries()))
def test_every_saved_query_answers_by_name(local_ops: CommandLine, published: str, name: str) -> None:
    told = local_ops("sql", name, "--local", "--json")
    assert told.code == 0, told.err
    assert isinstance(told.json, list)
    assert "bytes scanned" in told.err
    assert published


def test_sql_takes_a_statement_a_file_and_writes_files(local_ops: CommandLine, published: str, tmp_path: Path) -> None:
    assert published
    statement = f"SELECT album_id, release_date FROM albums WHERE snapshot_date = DATE '{published}' ORDER BY album_id"  # noqa: S608  a date of ours
    rows = local_ops("sql", statement, "--local", "--json").json
    file = tmp_path / "asked.sql"
    file.write_text(statement)
    assert local_ops("sql", str(file), "--local", "--json").json == rows
    assert list(csv.DictReader(io.StringIO(local_ops("sql", statement, "--local", "--csv").out))) == rows
    for ending in ("csv", "json", "parquet"):
        told = local_ops("sql", statement, "--local", "--out", str(tmp_path / f"answer.{ending}"))
        assert (told.code, told.out) == (0, "")
    assert list(csv.DictReader(io.StringIO((tmp_path / "answer.csv").read_text()))) == rows
    assert [json.loads(line) for line in (tmp_path / "answer.json").read_text().splitlines()] == rows
    table = pq.read_table(tmp_path / "answer.parquet")
    assert table.column("album_id").to_pylist() == [row["album_id"] for row in rows]
    assert rows


def test_a_query_that_athena_refuses_is_a_sentence(local_ops: CommandLine, published: str) -> None:
    told = local_ops("sql", "SELECT nothing FROM albums", "--local")
    assert (told.code, told.out, published) == (1, "", DAY)
    assert told.err.splitlines()[-1].startswith("Athena: ")


def test_a_result_nowhere_to_write_is_a_sentence(local_ops: CommandLine, published: str, tmp_path: Path) -> None:
    told = local_ops("sql", "last_runs", "--local", "--out", f"{tmp_path}/missing/{published}.csv")
    assert told.code == 1
    assert f"This machine refused {tmp_path}/missing/" in told.err


@pytest.mark.slow
def test_files_are_checked_put_into_the_inbox_and_run(
    local_ops: CommandLine, pipeline: Pipeline, published: str, tmp_path: Path
) -> None:
    day, file = days_ago(40), tmp_path / "mine.ndjson"
    artist = {"type": "artist", "id": "0A00000000000000000001", "name": "The Invented"}
    file.write_text(json.dumps(artist) + "\n{nonsense\n")
    checked = local_ops("inbox", "put", day, str(file), "--dry-run", "--local", "--json")
    assert (checked.code, checked.json["rows"]["artists"], published) == (3, 1, DAY)
    assert [(each["file"], each["line"]) for each in checked.json["rejected"]] == [("mine.ndjson", 2)]
    assert local_ops("inbox", "put", day, str(file), "--local").code == 2
    assert pipeline.keys("raw", keys.inbox_date(day)) == []
    told = local_ops("inbox", "put", day, str(file), "--yes", "--local")
    assert (told.code, "mine.ndjson  2" in told.out, pipeline.published(day) is not None) == (3, True, True), told.err
    assert [each["problem"] for each in local_ops("inbox", "list", day, "--local", "--json").json] == ["", ""]
    pipeline.put("raw", "inbox/_READY", b"")
    astray = local_ops("inbox", "list", "--local")
    diagnosis = local_ops("doctor", "--local", "--no-ask", "--json")
    pipeline.client("s3").delete_object(Bucket=pipeline.bucket("raw"), Key="inbox/_READY")
    assert (astray.code, "is not in a date's folder" in astray.out) == (1, True)
    assert any(each["about"] == "inbox" and "_READY" in each["told"] for each in diagnosis.json["findings"])


def test_doctor_foretells_the_calls_and_finds_nothing_wrong(local_ops: CommandLine, published: str) -> None:
    told = local_ops("doctor", "--local", "--json")
    assert told.code == 0, told.out
    ahead = told.json["ahead"]
    assert ahead["calls_a_day"]["artist_albums"] == 5  # two listings of two artists, and a seventh of one more
    assert (ahead["round_days"], len(ahead["visits"])) == (1, 2)
    told_of = {each["about"]: each["told"] for each in told.json["findings"]}
    assert {"frontier", "ledger", "time", "tracks", "audit", "views"} <= told_of.keys()
    assert "(the digest)" not in told_of["views"]  # the report scans more, and hands on how much
    shown = local_ops("doctor", "--local").out
    assert "✓ credentials: Spotify accepts the credentials." in shown
    assert "Each artist is visited every day" in shown
    assert published


def test_credentials_are_set_and_checked(
    local_ops: CommandLine, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert local_ops("credentials", "check", "--local", "--json").json["profile"] == "development"
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", "somebody")
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", "a-secret-of-theirs")
    try:
        assert local_ops("credentials", "set", "--local", "--json").json["version"]
        told = local_ops("credentials", "check", "--local")
        assert told.code == 1
        assert told.err.splitlines()[-1].startswith("Spotify's token endpoint rejected the credentials")
        assert "a-secret-of-theirs" not in told.out + told.err
        assert local_ops("doctor", "--local").code == 1
    finally:
        monkeypatch.setenv("SPOTIFY_CLIENT_ID", pipeline.spotify.client_id)
        monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", pipeline.spotify.client_secret)
        assert local_ops("credentials", "set", "--local").code == 0


def test_unlock_frees_what_a_dead_execution_holds_and_nothing_else(local_ops: CommandLine, pipeline: Pipeline) -> None:
    day = days_ago(30)
    free = local_ops("unlock", day, "--local", "--json")
    assert free.json == {"lock": f"date#{day}", "freed": False}
    dead = pipeline.outputs["state_machine_arn"].replace(":stateMachine:", ":execution:") + ":long-gone"
    pipeline.client("dynamodb").put_item(
        TableName=pipeline.outputs["lock_table"],
        Item={"lock_id": {"S": f"date#{day}"}, "holder": {"S": dead}, "acquired_at": {"S": f"{day}T06:00:00Z"}},
    )
    unasked = local_ops("unlock", day, "--local")
    assert (unasked.code, pipeline.locks()) == (2, [f"date#{day}"])
    assert "Confirm with --yes" in unasked.err
    assert local_ops("unlock", day, "--local", "--yes", "--json").json["freed"] is True
    assert pipeline.locks() == []


def test_the_same_commands_reach_a_stack_on_aws(
    local_ops: CommandLine, pipeline: Pipeline, published: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS is the embedded one here, and `pulumi` a script that prints the program's own exports."""
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(f"#!{sys.executable}\nprint({json.dumps(json.dumps(pipeline.outputs))})\n")
    pulumi.chmod(0o755)
    for name, value in {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": pipeline.session.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    told = local_ops("status", "--stack", "dev", "--json")
    assert told.code == 0, told.err
    assert {day["snapshot_date"]: day["state"] for day in told.json}[published] == "published"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    refused = local_ops("status", "--stack", "dev")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("AWS cannot be reached: ")


def test_the_process_says_the_same_as_the_functions(up: tuple[Path, object]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ops", "status"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Say which stack:")
    assert up


def test_backfill_quarantine_and_undo_follow_each_other(
    local_ops: CommandLine, published: str, pipeline: Pipeline
) -> None:
    before = pipeline.published(published)
    nameless = {"id": "0" * 22, "type": "artist", "name": ""}
    pipeline.put("raw", f"inbox/snapshot_date={published}/damaged.json", json.dumps({"artists": [nameless]}).encode())
    told = local_ops("backfill", "--from", published, "--to", published, "--local", "--json")
    assert told.code == 0
    assert [each["outcome"] for each in told.json] == ["published"]
    assert pipeline.published(published) != before

    reasons = local_ops("quarantine", "--local", "--json").json
    assert any(row["snapshot_date"] == published and row["records"] for row in reasons)
    (record,) = [
        row for row in local_ops("quarantine", published, "--local", "--json").json if row["record_id"] == "0" * 22
    ]
    assert record["reasons"] == "name: is shorter than 1"
    run = local_ops("quarantine", pipeline.published(published) or "", "--local", "--json").json
    assert record in run
    assert "reason" in local_ops("quarantine", "--local").out.splitlines()[0]
    never = local_ops("quarantine", days_ago(61), "--local")
    assert (never.code, "is not published" in never.err) == (1, True)

    undone = local_ops("undo", published, "--local", "--json")
    assert undone.code == 0, undone.err
    assert (undone.json["after"], pipeline.published(published)) == (before, before)
    nothing = local_ops("undo", days_ago(61), "--local")
    assert (nothing.code, "Nothing is published" in nothing.err) == (1, True)


def test_purge_asks_and_then_leaves_the_watch_list_alone(
    local_ops: CommandLine, pipeline: Pipeline, published: str
) -> None:
    unasked = local_ops("purge", "--local")
    assert unasked.code == 2
    assert pipeline.published(published)
    told = local_ops("purge", "--local", "--yes", "--json")
    assert told.code == 0, told.err
    assert told.json["deleted"] > 0
    assert pipeline.keys("raw", "") == [keys.WATCHLIST]
    assert pipeline.keys("curated", "") == []
    assert [pipeline.partitions(table, published) for table in keys.TABLES] == [[]] * len(keys.TABLES)


def test_a_date_that_lies_ahead_is_refused_before_anything_is_started(
    local_ops: CommandLine, pipeline: Pipeline, published: str
) -> None:
    assert published
    told = local_ops("run", "2062-11-23", "--local")
    assert (told.code, "2062-11-23 is in the future" in told.err) == (2, True)
    ended = pipeline.wait_for(_start_of(pipeline, {"mode": "daily", "snapshot_date": "2062-11-23"})).must_fail(
        "BadRequest"
    )
    assert "The date 2062-11-23 is in the future" in ended.cause
    assert "date#2062-11-23" not in pipeline.locks()


@pytest.mark.slow
def test_a_local_stacks_clock_goes_with_the_days_that_it_runs(local_ops: CommandLine, published: str) -> None:
    for day in (days_ago(5), days_ago(4)):
        told = local_ops("run", day, "--local")
        assert told.code == 0
        assert f"local stack and its simulated Spotify to {day}" in told.err
    assert local_ops("status", "--local", "--json").json[0]["snapshot_date"] >= days_ago(4)


def _start_of(pipeline: Pipeline, asked: dict[str, str]) -> str:
    """Start an execution regardless of the stack's date."""
    answer = pipeline.client("stepfunctions").start_execution(
        stateMachineArn=pipeline.outputs["state_machine_arn"], input=json.dumps(asked)
    )
    return str(answer["executionArn"])
