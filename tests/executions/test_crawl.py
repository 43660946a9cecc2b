"""A crawler that finds nothing: the run fails and names what is missing, and nothing partial is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.executions.pipeline import Pipeline


@pytest.fixture
def crawler_off(stack: Pipeline) -> Iterator[None]:
    """The crawler, without any of the lake's tables among its targets but one."""
    glue, name = stack.client("glue"), stack.outputs["crawler_name"]
    targets = glue.get_crawler(Name=name)["Crawler"]["Targets"]
    database = stack.outputs["lake_database"]
    glue.update_crawler(Name=name, Targets={"CatalogTargets": [{"DatabaseName": database, "Tables": ["artists"]}]})
    yield
    glue.update_crawler(Name=name, Targets=targets)


@pytest.mark.usefixtures("crawler_off")
def test_without_a_crawl_the_run_fails_naming_the_partitions_and_the_views_stay_empty(
    stack: Pipeline, inbox_day: str
) -> None:
    day = "2026-11-02"
    for key in stack.keys("raw", f"inbox/snapshot_date={inbox_day}/"):
        if not key.endswith("_READY"):
            stack.put("raw", key.replace(inbox_day, day), stack.read("raw", key))
    ended = stack.run({"mode": "replay", "snapshot_date": day}).must_fail("CrawlIncomplete")
    for word in (day, "albums", "quarantine", "tracks"):
        assert word in ended.cause
    assert stack.sql(f"SELECT album_id FROM albums WHERE snapshot_date = DATE '{day}'") == []  # noqa: S608  our own constant
    assert stack.keys("curated", f"published/{day}") == []
    assert stack.locks() == []
