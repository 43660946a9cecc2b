"""`ops report` and the pipeline write a run's page from the lake's data, also for a failed run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from functions.report.collect import QUESTIONS
from functions.shared.athena import Library
from functions.shared.keys import report, run_id
from tests.functions.report.parsed import parse

if TYPE_CHECKING:
    from tests.executions.pipeline import Ended, Pipeline
    from tests.ops.conftest import CommandLine


def test_every_question_of_the_page_is_answered_from_the_views(pipeline: Pipeline, published: str) -> None:
    outputs = pipeline.outputs
    library = Library(
        pipeline.client("athena"),
        outputs["workgroup"],
        outputs["views_database"],
        outputs["lake_database"],
        QUESTIONS,
    )
    questions = tuple(path.stem for path in QUESTIONS.glob("*.sql"))
    answers = library.ask(published, questions)
    assert answers.silent == {}
    assert set(answers.rows) == set(questions)
    assert answers.of("new_albums") == answers.of("new_tracks") == []  # the first date is the baseline (test_news.py)
    (called,) = {row["calls"] for row in answers.of("days") if row["mode"] == "daily"}
    assert called != 0
    assert all(answers.scanned[each] > 0 for each in ("new_albums", "days"))


def test_the_pipeline_writes_the_page_of_a_published_run(pipeline: Pipeline, first: Ended) -> None:
    written = first.output["report"]
    assert written["key"] == report(first.run_id)
    page = pipeline.read("curated", written["key"])
    assert len(page) == written["size_bytes"]
    tree = parse(page.decode())
    assert "published" in tree.one("header").text
    assert (
        "No album is reported as new. Albums that an artist had when it was first read count as known."
        in tree.one("section", id="news").text
    )


def test_an_execution_that_names_no_date_has_a_page_too(pipeline: Pipeline) -> None:
    failed = pipeline.run({"mode": "weekly"}).must_fail("BadRequest")
    started = pipeline.client("stepfunctions").describe_execution(executionArn=failed.arn)["startDate"]
    page = pipeline.read("curated", report(run_id(started, failed.arn))).decode()
    assert "A run without a date" in parse(page).one("h1").text


def test_report_writes_a_dates_page_to_a_file_and_to_the_bucket(
    local_ops: CommandLine, pipeline: Pipeline, published: str, tmp_path: Path
) -> None:
    file = tmp_path / "new" / "page.html"
    told = local_ops("report", published, "--local", "--json", "--out", str(file))
    assert told.code == 0
    said = json.loads(told.out)
    assert Path(said["file"]) == file
    assert pipeline.read("curated", report(said["run_id"])) == file.read_bytes()
    assert "Done" in parse(file.read_text(encoding="utf-8")).one("section", id="path").all("table")[0].text


def test_report_of_nothing_is_a_sentence(local_ops: CommandLine, published: str) -> None:
    told = local_ops("report", "2019-01-01", "--local")
    assert (told.code, "No run of 2019-01-01 is in the ledger." in told.err) == (1, True)
    assert local_ops("report", "nobody", "--local").code == 1
