"""`ops digest` prints the digest of a published date."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from functions.shared.keys import FEED
from local.session import DIGEST_EMAIL
from ops.executions import Execution
from ops.terminal.execution_output import summary

if TYPE_CHECKING:
    from pathlib import Path

    from local.session import Session
    from tests.executions.pipeline import Pipeline
    from tests.ops.conftest import CommandLine


def test_digest_shows_the_latest_published_date(local_ops: CommandLine, published: str) -> None:
    told = local_ops("digest", "--local", "--json")
    assert told.code == 0
    said = json.loads(told.out)
    assert said["snapshot_date"] == published
    assert local_ops("digest", published, "--local").out == f"{said['subject']}\n\n{said['text']}\n"


def test_digest_of_a_date_that_is_not_published_is_a_sentence(local_ops: CommandLine, published: str) -> None:
    told = local_ops("digest", "2019-01-01", "--local")
    assert (told.code, "2019-01-01 is not published." in told.err) == (1, True)


@pytest.mark.slow
def test_send_sends_what_was_not_told_and_keeps_the_feed(
    local_ops: CommandLine, up: tuple[Path, Session], pipeline: Pipeline, published: str
) -> None:
    told = local_ops("digest", published, "--local", "--send")
    assert (told.code, "Nothing was sent: everything was already reported." in told.err) == (0, True)
    assert (up[0] / "reports" / "feed.atom").read_bytes() == pipeline.read("curated", FEED)
    pipeline.client("s3").delete_object(Bucket=pipeline.bucket("raw"), Key="state/digest.json.gz")
    again = local_ops("digest", published, "--local", "--send")
    assert (again.code, "Sent: Following " in again.err) == (0, True)


def test_the_outbox_lists_the_mails_and_shows_one(local_ops: CommandLine, published: str) -> None:
    mails = json.loads(local_ops("outbox", "--local", "--json").out)
    first = next(number for number, mail in enumerate(mails, 1) if mail["to"] == DIGEST_EMAIL)
    assert mails[first - 1]["subject"].startswith("Following ")
    assert f"{first}" in local_ops("outbox", "--local").out
    shown = local_ops("outbox", str(first), "--local").out
    assert shown.startswith(f"To: {DIGEST_EMAIL}\nSubject: Following ")
    assert published


def test_a_digest_that_was_not_sent_is_named_with_the_run() -> None:
    run = {"snapshot_date": "2019-05-01", "run_id": "r"}
    output = {"outcome": "published", "run": run, "digest": {"error": "AccessRefused: no."}}
    began = datetime(2019, 5, 1, tzinfo=UTC)
    lines = [line.plain for line in summary(Execution("arn", "SUCCEEDED", began, began, output, None, None))]
    assert "The digest was not sent: AccessRefused: no." in lines
