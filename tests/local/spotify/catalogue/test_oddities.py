"""Each oddity as it goes over the wire."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from local.spotify.catalogue.oddities import HARSH, RECORDED
from local.spotify.config import CatalogueSize

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.local.spotify.conftest import Simulation

DAYS = ("2026-11-23", "2026-12-01")  # an album that is withdrawn on the one is back on the other


def odd_album(simulation: Simulation, oddity: str) -> dict[str, Any]:
    """Return the body of the album that has an oddity."""
    for day in DAYS:
        simulation.control.set_date(day)
        snapshot = simulation.spotify.snapshot
        for origin in snapshot.albums:
            if origin.oddity == oddity:
                return simulation.json(f"/albums/{snapshot.album(origin.key).id}", market="US")
    raise AssertionError(f"no album is odd by {oddity}")


def first_track(body: dict[str, Any]) -> dict[str, Any]:
    track: dict[str, Any] = body["tracks"]["items"][0]
    return track


LOOKS: dict[str, Callable[[dict[str, Any]], object]] = {
    "long": lambda body: body["total_tracks"] >= 67 and body["tracks"]["next"],
    "longer": lambda body: body["total_tracks"] >= 104,
    "barely_long": lambda body: body["total_tracks"] in {51, 52},
    "script": lambda body: first_track(body)["name"] == "<script>alert(1)</script>",
    "year_date": lambda body: re.fullmatch(r"\d{4}", body["release_date"]) and body["release_date_precision"] == "year",
    "month_date": lambda body: (
        re.fullmatch(r"\d{4}-\d\d", body["release_date"]) and body["release_date_precision"] == "month"
    ),
    "floats": lambda body: isinstance(first_track(body)["duration_ms"], float) and body["total_tracks"] % 1 == 0,
    "null_item": lambda body: None in body["tracks"]["items"],
    "upper_type": lambda body: body["album_type"].isupper(),
    "unicode": lambda body: "\u202e" in body["name"] and "\u2028" in first_track(body)["name"],
    "hole": lambda body: len(body["tracks"]["items"]) < body["tracks"]["total"] and not body["tracks"]["next"],
    "empty_name": lambda body: first_track(body)["name"] == "",
    "no_images": lambda body: body["images"] == [],
    "zero_duration": lambda body: first_track(body)["duration_ms"] == 0,
    "sparse": lambda body: not {"external_ids", "copyrights", "images"} & set(body),
    "null_id": lambda body: first_track(body)["id"] is None,
    "relinked": lambda body: first_track(body)["id"],
    "drift": lambda body: "content_rating" in body and "mastering" in first_track(body),
    "no_total": lambda body: "total_tracks" not in body,
    "surrogate": lambda body: "\ud83d" in first_track(body)["name"],
    "nul": lambda body: "\x00" in first_track(body)["name"],
    "year_zero": lambda body: body["release_date"] == "0000",
    "huge_name": lambda body: len(first_track(body)["name"]) > 20_000,
    "fraction": lambda body: first_track(body)["duration_ms"] % 1,
    "text_number": lambda body: first_track(body)["track_number"] == "1",
    "no_name": lambda body: "name" not in body,
    "no_artists": lambda body: body["artists"] == [],
}


@pytest.mark.parametrize("oddity", RECORDED + HARSH)
def test_an_odd_album_looks_as_odd_as_it_is(simulate: Callable[..., Simulation], oddity: str) -> None:
    simulation = simulate(size=CatalogueSize(artists=24, oddities="harsh"))
    assert LOOKS[oddity](odd_album(simulation, oddity))


def test_a_track_is_as_odd_alone_as_on_its_album(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(size=CatalogueSize())
    listed = first_track(odd_album(simulation, "script"))
    assert simulation.json(f"/tracks/{listed['id']}", market="US")["name"] == listed["name"]


def test_the_default_catalogue_has_what_recorded_answers_show_and_nothing_harsher() -> None:
    assert CatalogueSize().oddities == "recorded"
    assert not set(RECORDED) & set(HARSH)


def test_some_artists_have_no_pictures_and_some_have_floats(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate(size=CatalogueSize(), profile="extended")
    artists = [simulation.json(f"/artists/{artist}") for artist in simulation.artists]
    assert [artist["images"] for artist in artists].count([]) == 1
    floats = [artist for artist in artists if isinstance(artist["popularity"], float)]
    assert len(floats) == 1
    assert isinstance(floats[0]["followers"]["total"], float)
