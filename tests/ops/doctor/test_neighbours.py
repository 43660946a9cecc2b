"""`ops doctor` names other stacks beside this one, and a part of long lists."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from functions.extract.frontier.document import empty
from functions.shared.state_visits import StateVisit
from functions.shared.watchlist import Artist, WatchList
from ops.commands.doctor import _waiting
from ops.doctor import diagnosis, forecast, limits, neighbours
from ops.doctor.forecast import Forecast, ListingDates
from ops.spotify.extraction import Deployed
from tests.functions.extract.world import FIRST_DAY, world
from tests.ops.test_races import Noted

APPS = {"secret": "ours", "spotify-lake-a-spotify": "ours", "spotify-lake-b-spotify": "theirs"}


def test_the_other_stacks_are_told_by_name_and_this_one_is_not() -> None:
    names = ("spotify-lake-test", "spotify-lake-b", "another", "spotify-lake-a")
    aws = Noted(
        list_state_machines={"stateMachines": [{"name": name} for name in names]},
        get_secret_value=lambda asked: {"SecretString": json.dumps({"client_id": APPS[asked["SecretId"]]})},
        get_function_configuration={"Environment": {"Variables": {"BUDGETS": '{"albums": 5}'}}},
    )
    found = neighbours.neighbours(aws.stack)
    assert [(each.name, each.same_app, each.budgets) for each in found] == [
        ("a", True, {"albums": 5}),
        ("b", False, {"albums": 5}),
    ]


def test_of_many_objects_astray_the_first_ten_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: Any = lambda *_: []  # noqa: E731  one for several
    for name in ("_key", "_blocked", "implausible", "limits", "neighbours"):
        monkeypatch.setattr(diagnosis, name, nothing)
    monkeypatch.setattr(diagnosis, "_watchlist", lambda *_: None)
    monkeypatch.setattr(Deployed, "of", lambda _: SimpleNamespace(config=None))
    monkeypatch.setattr(diagnosis, "problems", lambda _: [str(number) for number in range(12)])
    told = [each.told for each in diagnosis.diagnose(Noted().stack, ask=False).findings]
    assert told == [str(number) for number in range(10)]


def test_a_state_that_was_entered_again_is_measured_by_its_last_visit() -> None:
    """A redrive enters a state again."""
    visits = [StateVisit("Transform", "Task", None, output=f'{{"n": {number}}}') for number in (1, 2)]  # type: ignore[arg-type]  # no times
    assert limits._output([*visits, StateVisit("Transform", "Task", None)], "Transform") == {"n": 2}  # type: ignore[arg-type]


def test_only_a_run_that_succeeded_is_measured() -> None:
    """A failed run lacks states."""
    aws = Noted(list_executions={"executions": []})
    assert limits._last_run(aws.stack) == []
    assert [each["statusFilter"] for each in aws.of("list_executions")] == ["SUCCEEDED"]


def test_a_round_takes_a_day_at_least_and_a_small_budget_leaves_it_a_request() -> None:
    """Failed items take one request of many; if there is a single request, they would take it."""
    assert (forecast._days(0, 5), forecast._days(6, 5), forecast._days(6, 0)) == (1, 2, None)
    made = world(artists=1, budgets={"artist_albums": 1})
    document: Any = empty()
    document["failing"]["artist_albums/a.album"] = {"days": 1, "last": FIRST_DAY}
    found = forecast.forecast(WatchList((Artist("a"),)), document, made.config, FIRST_DAY)
    assert found.round_days == found.calls_a_day["artist_albums"] == 3


def test_an_artist_was_visited_when_the_older_of_its_listings_was() -> None:
    made = world(artists=1)
    document: Any = empty()
    for artist, listings in (("a", {"album": "2026-11-22", "single": "2026-11-20"}), ("b", {"album": "2026-11-22"})):
        marked = {name: {"at": day, "walked": day} for name, day in listings.items()}
        document["artists"][artist] = {"first_seen": "2026-11-01", "listings": marked}
    followed = WatchList((Artist("a"), Artist("b")))
    visits = forecast.forecast(followed, document, made.config, "2026-11-23").visits
    assert {each.artist: each.last_looked for each in visits} == {"a": "2026-11-20", "b": None}


@pytest.mark.parametrize(("share", "calls"), [(0.5, 5), (1.0, 10), (1.5, 10)])
def test_tracks_that_the_next_run_forgets_cost_no_request(share: float, calls: int) -> None:
    made = world(artists=1, budgets={"tracks": 10})
    document: Any = empty()
    document["tracks"] = {str(number): {} for number in range(int(made.config.lookups_kept * share))}
    assert forecast.forecast(WatchList(), document, made.config, FIRST_DAY).calls_a_day["tracks"] == calls


def test_of_those_who_wait_the_last_ten_are_shown() -> None:
    visits = tuple(ListingDates(str(number), None, None, number) for number in range(13))
    _, shown = _waiting(Forecast({}, {}, {}, 2, 1, visits))
    assert [str(each) for each in shown.columns[0].cells] == [str(number) for number in range(3, 13)]


def test_artists_whose_turn_is_not_known_come_after_those_who_wait() -> None:
    """One that Spotify does not know has none."""
    made = world(artists=1)
    document: Any = empty()
    document["artists"]["gone"] = {"first_seen": "2026-11-01", "at": "2026-11-22", "gone": "2026-11-02", "listings": {}}
    for name in ("album", "single"):
        document["artists"]["gone"]["listings"][name] = {"at": "2026-11-23", "walked": "2026-11-23"}
    followed = WatchList((Artist("gone"), Artist("new")))
    visits = forecast.forecast(followed, document, made.config, "2026-11-23").visits
    assert [(each.artist, each.next_in_days is None) for each in visits] == [("new", False), ("gone", True)]
