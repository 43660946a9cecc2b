"""The controls in-process: the date, the clock, the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from local.spotify.config import Config, ConfigInvalid
from local.spotify.control import ACTIONS, Control

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.local.spotify.conftest import Simulation


def test_the_catalogue_follows_the_clock_until_it_is_pinned(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(date=None, now="2026-11-23T23:59:00Z")
    control = simulation.control
    assert control.state()["date"] == "2026-11-23"
    control.move_clock(120)
    assert control.state()["date"] == "2026-11-24"
    control.set_date("2027-01-01")
    assert control.state()["date"] == "2027-01-01"
    control.set_date(None)
    control.set_clock("2026-12-24T01:00:00+02:00")
    assert control.state()["date"] == "2026-12-23"


def test_an_app_becomes_another_while_it_is_used(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    assert simulation.get("/browse/new-releases").status_code == 403
    simulation.control.set_app(profile="extended")
    assert simulation.get("/browse/new-releases").status_code == 200
    assert "popularity" in simulation.json(f"/artists/{simulation.artists[0]}")


def test_limits_change_while_the_counts_stay(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    path = f"/artists/{simulation.artists[0]}"
    assert simulation.get(path).status_code == 200
    simulation.control.set_limits(quotas={"artists": 1})
    assert simulation.control.state()["spent"]["artists"] == 1
    assert simulation.get(path).status_code == 429


def test_the_log_is_read_from_a_number_on_and_cleared(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    simulation.get(f"/artists/{simulation.artists[0]}")
    first, *_, last = simulation.control.requests()
    assert (first["group"], first["number"]) == ("token", 1)
    assert (last["group"], last["status"], last["number"]) == ("artists", 200, 2)
    assert simulation.control.requests(after=2) == []
    simulation.control.clear_requests()
    assert simulation.control.requests() == []


def test_requests_are_counted_and_logged_one_at_a_time(simulate: Callable[..., Simulation]) -> None:
    """The server has threads, and a quota that two of them count at once would be spent a request late."""
    simulation = simulate()
    spotify, seen = simulation.spotify, []
    refuse, add = spotify.quotas.refuse, spotify.log.add

    def refused(group: str, now: float) -> Any:
        seen.append(spotify._lock.locked())
        return refuse(group, now)

    def added(*logged: Any, **how: Any) -> None:
        seen.append(spotify._lock.locked())
        add(*logged, **how)

    spotify.quotas.refuse, spotify.log.add = refused, added  # type: ignore[method-assign]
    simulation.get(f"/artists/{simulation.artists[0]}")
    assert seen == [True, True]
    assert not spotify._lock.locked()


def test_a_token_is_posted_for_and_an_artist_is_got(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    path = f"/artists/{simulation.artists[0]}"
    answers = [simulation.client.get("http://spotify.test/api/token"), simulation.client.post(path)]
    assert [each.status_code for each in answers] == [405, 405]


def test_tokens_end_when_they_are_told_to(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    simulation.control.expire_tokens()
    assert simulation.get(f"/artists/{simulation.artists[0]}").status_code == 401


def test_every_action_is_a_method_and_every_method_an_action() -> None:
    methods = {name for name in vars(Control) if not name.startswith("_")} - {"act"}
    assert methods == set(ACTIONS)


@pytest.mark.parametrize(("action", "arguments"), [("__init__", {}), ("set_date", {"date": "2026-11-23"}), ("act", {})])
def test_an_action_or_argument_nobody_knows_is_refused(
    simulate: Callable[..., Simulation], action: str, arguments: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=r"No control is called|does not take"):
        simulate().control.act(action, arguments)


def test_a_configuration_travels_as_json_and_names_what_it_does_not_know() -> None:
    config = Config.from_json('{"profile": "extended", "size": {"artists": 3}, "schedule": {"kinds": ["reset"]}}')
    assert (config.size.artists, config.schedule.kinds) == (3, ("reset",))
    assert Config.from_json(config.to_json()) == config
    with pytest.raises(ConfigInvalid, match=r"Limits has no calls; it has .*calls_per_30_s"):
        Config.from_json('{"limits": {"calls": 1}}')
