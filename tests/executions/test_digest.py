"""The digest of whole executions: daily runs send it by mail, each item once, and no other run sends one."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from functions.digest.feed import ATOM
from functions.shared.keys import FEED
from local.session import DIGEST_EMAIL

if TYPE_CHECKING:
    from tests.executions.pipeline import Pipeline

NEXT = "2026-11-25"
NEW = re.compile(
    r"^(?:RELEASED|ADDED TO SPOTIFY) .*?(?=\n\n(?:CHANGED|GONE|NOT CHECKED) |\Z)", re.MULTILINE | re.DOTALL
)


def mails(stack: Pipeline) -> list[dict[str, str]]:
    """Return the digests that were delivered, oldest first."""
    lines = map(json.loads, Path(stack.session.state_dir, "mailbox.ndjson").read_text(encoding="utf-8").splitlines())
    topic = stack.outputs["digest_topic_arn"]
    return [line for line in lines if line["topic_arn"] == topic and "token" not in line]


def test_the_first_digest_is_the_baseline(stack: Pipeline, first_day: str) -> None:
    first = mails(stack)[0]
    assert (first["to"], first["subject"][:20]) == (DIGEST_EMAIL, "Following 3 artists,")
    assert first["text"].startswith("Following 3 artists. Known so far: 3")
    assert stack.read("raw", "state/digest.json.gz")
    assert first_day


def test_a_rerun_and_a_replay_send_nothing_and_a_new_date_tells_each_album_once(
    stack: Pipeline, first_day: str
) -> None:
    before = len(mails(stack))
    assert stack.daily(first_day).must_succeed().output["digest"]["status"] == "nothing new"
    assert "digest" not in stack.run({"mode": "replay", "snapshot_date": first_day}).must_succeed().output
    assert len(mails(stack)) == before
    told = stack.daily(NEXT).must_succeed().output["digest"]
    news = stack.sql("SELECT DISTINCT n.album_id FROM new_releases AS n")
    sent = mails(stack)
    assert (told["status"], told["subject"]) == ("sent", sent[-1]["subject"])
    links = Counter(re.findall(r"album/(\w+)", " ".join(found for each in sent for found in NEW.findall(each["text"]))))
    assert links
    assert links.keys() <= {row["album_id"] for row in news}
    assert set(links.values()) == {1}


def test_the_feed_lists_the_news_of_the_views(stack: Pipeline, first_day: str) -> None:
    stack.daily(NEXT).must_succeed()
    entries = list(ElementTree.fromstring(stack.read("curated", FEED)).iter(f"{{{ATOM}}}entry"))  # noqa: S314  our own text
    links = {str(entry.find(f"{{{ATOM}}}link").get("href")) for entry in entries}  # type: ignore[union-attr]  # each has one
    news = stack.sql(f"SELECT n.album_id FROM new_releases AS n WHERE n.reported_on = DATE '{NEXT}'")  # noqa: S608  our own date
    assert news
    assert {f"https://open.spotify.com/album/{row['album_id']}" for row in news} <= links
    assert first_day
