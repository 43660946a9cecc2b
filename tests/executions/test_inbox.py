"""Files in the inbox are published after a marker says that they are complete."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from tests.executions.conftest import published_by_inbox

if TYPE_CHECKING:
    from pathlib import Path

    from tests.executions.pipeline import Pipeline

DAY = "2014-06-01"
SETTLED_S = 1.0


def test_recorded_answers_and_a_marker_start_one_execution_and_their_rows_are_in_the_views(
    stack: Pipeline, recorded: Path
) -> None:
    albums, artists = _bodies(recorded / "albums.jsonl"), _bodies(recorded / "artists.jsonl")
    for name, bodies in (("albums", albums), ("artists", artists)):
        text = "".join(json.dumps(body) + "\n" for body in bodies)
        stack.put("raw", f"inbox/snapshot_date={DAY}/{name}.ndjson", text.encode())
    stack.mark_ready(DAY)

    (ended,) = stack.wait_for_inbox(DAY, executions=1)
    ended.must_succeed()
    time.sleep(SETTLED_S)
    assert len(stack.wait_for_inbox(DAY, executions=1)) == 1

    seen = _ids(stack, "album_id", "albums")
    refused = _ids(stack, "record_id", "quarantine")
    assert {body["id"] for body in albums} <= seen | refused
    assert len(seen) >= len({body["id"] for body in albums}) - len(refused)
    assert _ids(stack, "artist_id", "artists")
    assert ended.tables["tracks"]["rows"] > 0


def test_the_same_marker_again_changes_nothing(stack: Pipeline, first_day: str) -> None:
    day = published_by_inbox(stack, first_day, "2026-12-21")
    before = stack.published(day)
    stack.mark_ready(day)
    found = stack.wait_for_inbox(day, executions=2)
    assert sorted(each.must_succeed().output["outcome"] for each in found) == ["published", "unchanged"]
    assert stack.published(day) == before


def _bodies(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line)["body"] for line in file.read_text().splitlines()]


def _ids(stack: Pipeline, column: str, view: str) -> set[str]:
    rows = stack.sql(f"SELECT {column} AS id FROM {view} WHERE snapshot_date = DATE '{DAY}'")  # noqa: S608  our own names
    return {row["id"] for row in rows}
