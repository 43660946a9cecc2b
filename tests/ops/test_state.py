"""`state/` on a whole local stack: versions, a rebuild after it was deleted, the frontier, a withdrawn date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from functions.extract.frontier import document as frontier
from functions.shared import keys
from ops.repair.frontier import entity_id, forget_after, forget_entity
from tests.functions.extract.world import FIRST_DAY, world

if TYPE_CHECKING:
    from tests.executions.pipeline import Pipeline
    from tests.ops.conftest import CommandLine


def test_state_that_was_deleted_is_restored_or_rebuilt(
    local_ops: CommandLine, pipeline: Pipeline, published: str
) -> None:
    before = frontier.read(pipeline.read("raw", keys.FRONTIER))
    followed = pipeline.read("raw", keys.WATCHLIST)
    s3, bucket = pipeline.client("s3"), pipeline.outputs["raw_bucket"]
    for key in pipeline.keys("raw", "state/"):
        s3.delete_object(Bucket=bucket, Key=key)
    rebuilt = local_ops("state", "rebuild", "--local", "--yes", "--json")
    assert rebuilt.code == 0, rebuilt.err
    assert rebuilt.json["watchlist"]
    after = frontier.read(pipeline.read("raw", keys.FRONTIER))
    assert (after["artists"], after["albums"]) == (before["artists"], before["albums"])
    assert local_ops("state", "restore", "watchlist", "--local").code == 2, "it asks first"
    assert local_ops("state", "restore", "watchlist", "--local", "--yes").code == 0
    assert pipeline.read("raw", keys.WATCHLIST) == followed
    restored = local_ops("state", "restore", "frontier", "--local", "--yes")
    assert restored.code == 0, restored.err
    assert frontier.read(pipeline.read("raw", keys.FRONTIER))["albums"] == before["albums"]
    assert published
    versions = local_ops("state", "history", "--local", "--json").json
    assert {each["name"] for each in versions if each["current"]} == {"frontier", "watchlist", "quota"}
    shown = local_ops("state", "history", "--local").out.splitlines()
    assert max(map(len, shown)) <= 80, "a version is copied: it stands on one line"
    deleted = [each for each in versions if each["size_bytes"] is None]
    assert {each["name"] for each in deleted} == {"frontier", "watchlist", "quota"}


def test_frontier_shows_and_forgets_an_artist(local_ops: CommandLine, pipeline: Pipeline, published: str) -> None:
    assert published
    document = frontier.read(pipeline.read("raw", keys.FRONTIER))
    artist = min(document["artists"])
    shown = local_ops("frontier", "show", f"https://open.spotify.com/artist/{artist}?si=x", "--local", "--json")
    assert shown.json["artist"]["first_seen"] == published
    assert local_ops("frontier", "reset", artist, "--local", "--json").json["forgotten"] > 1
    left = frontier.read(pipeline.read("raw", keys.FRONTIER))["artists"][artist]
    assert "at" not in left
    assert left["first_seen"] == published
    assert local_ops("frontier", "show", "0" * 22, "--local").code == 1


def test_a_date_is_withdrawn_after_confirmation_and_undo_brings_it_back(
    local_ops: CommandLine, pipeline: Pipeline, published: str
) -> None:
    run = pipeline.published(published)
    assert local_ops("unpublish", published, "--local").code == 2
    assert pipeline.published(published) == run
    pipeline.put("curated", keys.FEED, b"of before")
    told = local_ops("unpublish", published, "--local", "--yes", "--json")
    assert told.code == 0, told.err
    assert pipeline.read("curated", keys.FEED).startswith(b"<?xml")
    assert (told.json["before"], published in told.json["published"]) == (run, False)
    rows = f"SELECT count(*) AS n FROM albums WHERE snapshot_date = DATE '{published}'"  # noqa: S608  our own date
    counted = local_ops("sql", rows, "--local", "--json")
    assert counted.json == [{"n": 0}]
    assert local_ops("unpublish", published, "--local", "--yes").code == 1
    pipeline.put("curated", keys.FEED, b"of before")
    undone = local_ops("undo", published, "--local", "--json")
    assert undone.code == 0, undone.err
    assert pipeline.published(published) == run
    assert pipeline.read("curated", keys.FEED).startswith(b"<?xml")


@pytest.mark.parametrize(
    "text", ["{}", "spotify:artist:{}", "https://open.spotify.com/intl-de/artist/{}?si=1"], ids=["id", "uri", "link"]
)
def test_an_entity_is_named_as_people_have_it(text: str) -> None:
    assert entity_id(text.format("0" * 21 + "1")) == "0" * 21 + "1"


def test_forgetting_makes_due_again_and_leaves_what_is_new_alone() -> None:
    made = world(artists=2, albums=3)
    made.day(FIRST_DAY)
    made.dawn("2026-11-24")
    made.day("2026-11-24")
    document = made.frontier()
    artist = min(document["artists"])
    firsts = {album: (seen["first_seen"], seen["baseline"]) for album, seen in document["albums"].items()}
    listings: Any = document["artists"][artist]["listings"]
    assert forget_entity(document, artist)
    assert [set(each) & {"at", "walked", "complete"} for each in listings.values()] == [{"complete"}] * len(listings)
    assert forget_after(document, FIRST_DAY)
    assert all(seen.get("at", FIRST_DAY) == FIRST_DAY for seen in document["albums"].values())
    assert forget_after(document, FIRST_DAY) == 0
    assert {album: (seen["first_seen"], seen["baseline"]) for album, seen in document["albums"].items()} == firsts


def test_what_was_noted_on_the_date_itself_stays() -> None:
    document: Any = frontier.empty()
    document["artists"]["a"] = {"first_seen": FIRST_DAY, "at": FIRST_DAY, "full": "2026-11-24", "etag": "x"}
    document["failing"] = {"albums/b": {"days": 1, "last": FIRST_DAY}, "albums/c": {"days": 1, "last": "2026-11-24"}}
    assert forget_after(document, FIRST_DAY) == 2
    assert document["artists"]["a"] == {"first_seen": FIRST_DAY, "at": FIRST_DAY}
    assert list(document["failing"]) == ["albums/b"]
