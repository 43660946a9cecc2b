"""Compilations and guest appearances: listed in every n-th round, and a first listing is the baseline."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from functions.extract.api.config import Config, release_groups_of
from functions.extract.frontier.document import Document, empty
from functions.extract.frontier.turns import Turns
from functions.extract.frontier.worklist import WorkList
from functions.shared.watchlist import Artist, WatchList
from tests.functions.extract.frontier.test_baseline import ALBUM, ONE, OTHER, applied, baselines, listing
from tests.functions.extract.frontier.test_turns import path
from tests.functions.extract.test_run import CONFIG

GROUPS = {"album": 1, "single": 1, "compilation": 7}
CONFIGURED = replace(CONFIG, release_groups=GROUPS)
FIRST = date(2026, 11, 1)


def day(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def work(today: str, artists: tuple[str, ...] = (ONE,), groups: dict[str, int] = GROUPS) -> WorkList:
    watchlist = WatchList(tuple(Artist(each, None) for each in artists), ())
    return WorkList(watchlist, replace(CONFIG, release_groups=groups), today)


def asked(document: Document, today: str, **options: Any) -> list[str]:
    """Return the listings requested on a day, in order."""
    return [request.endpoint.listing for request in work(today, **options).incremental_listings(document)]


def known(**at: str) -> Document:
    """Return a frontier in which listings of an artist were requested and read to their end on some days."""
    document = empty()
    listings: Any = {name: {"at": last, "walked": last, "complete": last} for name, last in at.items()}
    document["artists"][ONE] = {"listings": listings}
    return document


def test_compilations_are_listed_on_one_day_in_seven_and_albums_on_each() -> None:
    document, days = empty(), []
    for number in range(70):
        names = asked(document, day(number))
        assert {"album", "single"} <= {*names}
        days += [number] if "compilation" in names else []
        applied(document, day(number), *(listing(ONE, [], groups=name) for name in names))
    steps = {later - earlier for earlier, later in pairwise(days[1:])}
    assert days[0] == 0
    assert steps == {7}


def test_a_kind_that_is_not_configured_is_not_listed() -> None:
    document = known(album=day(0), single=day(0), compilation=day(0))
    assert sorted(asked(document, day(30), groups={"album": 1, "single": 1})) == ["album", "single"]
    assert "appears_on" in asked(document, day(30), groups=GROUPS | {"appears_on": 2})


def test_one_in_the_middle_goes_on_on_the_next_day_and_one_of_today_stays_among_the_turns() -> None:
    document = known(album=day(9), single=day(9), compilation=day(9))
    assert "compilation" not in asked(document, day(10))
    document["artists"][ONE]["listings"]["compilation"]["next"] = path(ONE, 10).replace("=album", "=compilation")
    assert "compilation" in asked(document, day(10))
    del document["artists"][ONE]["listings"]["compilation"]["next"]
    assert "compilation" in [name for _, name, _ in work(day(9)).turns(document)]


def test_the_age_of_a_listing_counts_by_its_rounds() -> None:
    document = known(album=day(30), single=day(24), compilation=day(0))
    assert asked(document, day(35)) == ["single", "album", "compilation"]  # 11, 5, and 35 / 7, which ties with 5
    assert asked(document, day(36)) == ["single", "album", "compilation"]
    assert asked(document, day(31)) == ["single", "compilation", "album"]


def test_one_that_was_listed_today_does_not_end_the_list() -> None:
    document = known(album=day(9), single=day(8))
    assert asked(document, day(9)) == ["single", "compilation"]


def test_an_existing_stack_begins_its_compilations_behind_everything_in_one_request_of_four() -> None:
    artists = tuple(f"{number:022d}" for number in range(1, 9))
    document = empty()
    for artist in artists:
        document["artists"][artist] = known(album=day(0), single=day(0))["artists"][ONE]
    document["artists"][artists[0]]["listings"]["single"] = {"next": path(artists[0], 10).replace("=album", "=single")}
    turns = Turns(work(day(1), artists).incremental_listings(document), document)
    names = []
    while turns:
        names.append(turns.popleft().endpoint.listing)
    assert [number for number, name in enumerate(names[:16], 1) if name == "compilation"] == [8, 12, 16]
    assert names[3] == "single"  # the one that goes on comes before those that begin
    assert names.count("compilation") == len(artists)


def test_nothing_of_a_first_listing_of_compilations_is_news() -> None:
    """Even what its type would put among the artist's albums, which were complete."""
    document = known(album=day(0), single=day(0))
    first = listing(ONE, [ALBUM], groups="compilation")
    first["body"]["items"][0]["album_type"] = "album"
    applied(document, day(1), first)
    assert baselines(document) == {ALBUM: True}
    later = f"{11:022d}"
    applied(document, day(8), listing(ONE, [later, ALBUM], groups="compilation"))
    assert baselines(document) == {ALBUM: True, later: False}


def test_another_followed_artists_album_is_news_where_a_first_listing_of_appearances_names_it() -> None:
    document = known(album=day(0), single=day(0))
    document["artists"][OTHER] = {"listings": {"album": {"at": day(0), "walked": day(0), "complete": day(0)}}}
    first = listing(ONE, [ALBUM], groups="appears_on")
    first["body"]["items"][0] |= {"album_type": "album", "artists": [{"id": OTHER}, {"id": ONE}]}
    applied(document, day(1), first)
    assert baselines(document) == {ALBUM: False}


def test_a_stack_without_the_setting_lists_albums_and_singles() -> None:
    environment = {
        "MARKET": "US", "PROFILE": "development", "BUDGETS": json.dumps(CONFIG.budgets), "REFRESH_DAYS": "21",
        "RETENTION_DAYS": "30", "MAX_WAIT_MINUTES": "20", "CALLS_PER_30_SECONDS": "100",
    }  # fmt: skip
    assert Config.of(environment).release_groups == {"album": 1, "single": 1}
    assert Config.of(environment | {"RELEASE_GROUPS": '{"compilation": 7}'}).release_groups == GROUPS
    assert release_groups_of({"compilation": 7.0}) == GROUPS


@pytest.mark.parametrize("wrong", [[], {"mixtape": 1}, {"compilation": 0}, {"compilation": 1.5}])
def test_what_infra_never_sets_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="RELEASE_GROUPS"):
        release_groups_of(wrong)
