"""The first and the last of everything that the simulated Spotify counts, and the order of what it lists."""

from __future__ import annotations

import asyncio
import gzip
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from local.spotify import endpoints, search
from local.spotify.app import ConnectionBroken, SimulatedResponse
from local.spotify.catalogue.dice import Dice
from local.spotify.config import Config, ConfigInvalid, FaultSchedule
from local.spotify.faults.book import FaultBook
from local.spotify.faults.kinds import KINDS, Fault
from local.spotify.messages import ApiResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.local.spotify.conftest import Simulation


@pytest.mark.parametrize(
    ("drawn", "ratio", "happens"),
    [(0, 0, False), (2**63 - 1, 0.5, True), (2**63, 0.5, False), (2**64 - 1, 1, True)],
)
def test_a_chance_is_a_share_of_the_draws(
    monkeypatch: pytest.MonkeyPatch, drawn: int, ratio: float, happens: bool
) -> None:
    monkeypatch.setattr(Dice, "draw", lambda *_: drawn)
    assert Dice("seed").chance(ratio) is happens


@pytest.mark.parametrize(
    ("breakage", "body", "length", "sent"), [("during", 9, b"9", 4), ("before", 9, b"9", 0), ("before", 0, b"1", 0)]
)
def test_a_connection_that_breaks_has_told_the_length_of_the_whole_answer(
    breakage: Any, body: int, length: bytes, sent: int
) -> None:
    """One byte at least: an empty answer would be complete."""
    told: list[Any] = []

    async def send(message: Any) -> None:
        told.append(message)

    response = SimulatedResponse(ApiResponse(200, b"x" * body, {}, breakage=breakage))
    nothing: Any = None
    with pytest.raises(ConnectionBroken):
        asyncio.run(response({}, nothing, send))
    assert [value for name, value in told[0]["headers"] if name == b"content-length"] == [length]
    assert len(told[1]["body"]) == sent


def test_a_ban_that_ends_now_is_no_longer_shown(simulate: Callable[..., Simulation]) -> None:
    control = simulate().control
    control.ban("artists", 10)
    for seconds, shown in ((9, ["artists"]), (1, [])):
        control.move_clock(seconds)
        assert [*control.state()["banned_until"]] == shown
    assert control.state()["fault_kinds"] == sorted(KINDS)


def test_what_a_configuration_or_a_schedule_does_not_know_is_told_in_order() -> None:
    with pytest.raises(ConfigInvalid) as unknown:
        Config.from_json('{"schedule": {"zeal": 1, "colour": 1, "taste": 1}}')
    assert str(unknown.value) == "FaultSchedule has no colour, taste, zeal; it has in_a_row, kinds, rate, seed."
    with pytest.raises(ValueError, match="names colour, taste, zeal; there are") as unknown_kinds:
        FaultBook(FaultSchedule(kinds=("zeal", "colour", "taste")))
    with pytest.raises(ValueError, match="No fault is called 'zeal'") as unknown_fault:
        FaultBook(FaultSchedule()).inject(Fault("zeal"))
    for each in (unknown_kinds, unknown_fault):
        assert str(each.value).endswith(f"there are {', '.join(sorted(KINDS))}.")


@pytest.mark.parametrize(
    ("index", "albums", "slots"),
    [(0, 4, "aaaa"), (0, 5, "aaaahha"), (1, 5, "aaaaa"), (2, 4, "aaaa"), (2, 5, "aaaana"), (4, 5, "aaaahha")],
)
def test_a_listing_has_holes_only_where_an_album_follows_them(index: int, albums: int, slots: str) -> None:
    size = SimpleNamespace(oddities="recorded")
    snapshot: Any = SimpleNamespace(catalogue=SimpleNamespace(size=size), listing=lambda *_: range(albums))
    found = endpoints._slots(snapshot, index, "album")
    assert "".join(each[0] if isinstance(each, str) else "a" for each in found) == slots


@pytest.mark.parametrize(("kind", "most"), [("artists", 50), ("albums", 20), ("tracks", 50)])
def test_a_batch_has_as_many_ids_as_spotify_takes(simulate: Callable[..., Simulation], kind: str, most: int) -> None:
    simulation = simulate(profile="extended")
    unknown = "0" * 22
    codes = [simulation.get(f"/{kind}", ids=",".join([unknown] * n)).status_code for n in (most, most + 1)]
    assert codes == [200, 400]


def test_tracks_are_searched_for_until_no_more_can_be_reached(
    simulate: Callable[..., Simulation], monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = simulate().spotify.snapshot
    every = search.Query.parse("a").tracks(snapshot)
    assert len(every) > 5
    monkeypatch.setattr(search, "FURTHEST", 5)
    assert search.Query.parse("a").tracks(snapshot) == every[:5]


def test_an_album_is_new_for_thirteen_days_after_its_release(simulate: Callable[..., Simulation]) -> None:
    snapshot = simulate().spotify.snapshot
    ages = {(snapshot.day - origin.release_date).days for origin in search.Query.parse("tag:new").albums(snapshot)}
    assert (min(ages), max(ages)) == (0, 13)


def test_a_truncated_answer_has_half_of_its_bytes(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    path = f"/artists/{simulation.artists[0]}/albums"
    whole = gzip.compress(simulation.get(path).content, compresslevel=1, mtime=0)
    simulation.control.inject("truncated_gzip")
    simulation.get(path)
    assert simulation.control.requests()[-1]["size_bytes"] == len(whole) // 2
