"""The catalog's content on a day; every kind of change happens on every day."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import pytest

from local.spotify.catalogue.entities import LISTING_GROUPS, Album
from local.spotify.catalogue.generated import Catalogue
from local.spotify.catalogue.oddities import RECORDED
from local.spotify.config import CatalogueSize, Config
from local.spotify.control import Control
from local.spotify.service import Spotify

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.spotify.catalogue.generated import Snapshot

START = date(2026, 11, 1)
DAYS = 40
DEFAULT = Catalogue(CatalogueSize())
SIZES = {
    "as it is": CatalogueSize(),
    "one artist": CatalogueSize(seed=7, artists=1, albums_per_artist=1),
    "harsh": CatalogueSize(artists=24, albums_per_artist=3, new_ratio=0.05, back_catalogue=0.5, oddities="harsh"),
}


def fingerprint(size: str) -> int:
    """Return a checksum of all that a catalogue has on two days."""
    catalogue, text = Catalogue(SIZES[size]), []
    for day in (START, START + timedelta(days=22)):
        snapshot = catalogue.on(day)
        for origin in snapshot.albums:
            album = snapshot.album(origin.key)
            text.append(repr([album, [snapshot.track(album, n) for n in range(1, album.track_count + 1)]]))
        artists = range(catalogue.size.artists)
        text.append(repr([snapshot.artist(index) for index in artists]))
        text.append(repr([snapshot.listing(index, group) for index in artists for group in LISTING_GROUPS]))
    return crc32("".join(text).encode())


class Day(NamedTuple):
    """A day's albums by id, the second track of each as (id, playable, length, explicit), and those on first pages."""

    albums: dict[str, Album]
    tracks: dict[str, tuple[str, bool, int, bool]]
    first_pages: set[str]


def a_day(day: date) -> Day:
    snapshot = DEFAULT.on(day)
    albums = [snapshot.album(origin.key) for origin in snapshot.albums]
    second = [(album.id, snapshot.track(album, min(2, album.track_count))) for album in albums]
    tracks = {one: (track.id, track.is_playable, track.duration_ms, track.explicit) for one, track in second}
    listings = [snapshot.listing(index, group) for index in range(12) for group in ("album", "single")]
    first_pages = {snapshot.album(origin.key).id for listing in listings for origin in listing[:10]}
    return Day({album.id: album for album in albums}, tracks, first_pages)


@pytest.fixture(scope="module")
def days() -> list[Day]:
    return [a_day(START + timedelta(days=n)) for n in range(DAYS)]


def changed(field: str) -> Callable[[Day, Day], object]:
    """Return whether an album that stayed has another value of a field."""
    return lambda old, new: [
        one
        for one in old.albums.keys() & new.albums
        if getattr(old.albums[one], field) != getattr(new.albums[one], field)
    ]


def tracks_changed(place: int) -> Callable[[Day, Day], object]:
    """Return whether a track that stayed has another value."""
    return lambda old, new: [
        one
        for one in old.tracks.keys() & new.tracks
        if old.tracks[one][0] == new.tracks[one][0] and old.tracks[one][place] != new.tracks[one][place]
    ]


def tracks_left(old: Day, new: Day) -> object:
    """Return the albums on first pages that have fewer tracks."""
    stayed = old.albums.keys() & new.albums.keys() & new.first_pages
    return [one for one in stayed if new.albums[one].track_count < old.albums[one].track_count]


@pytest.mark.parametrize(
    "difference",
    [
        pytest.param(lambda old, new: new.albums.keys() - old.albums, id="an album is new"),
        pytest.param(lambda old, new: old.albums.keys() - new.albums, id="an album is gone"),
        pytest.param(changed("name"), id="an album has another name"),
        pytest.param(changed("track_count"), id="an album has more or fewer tracks"),
        pytest.param(tracks_left, id="a track is gone from an album that stayed on its listing's first page"),
        pytest.param(changed("label"), id="an album has another label"),
        pytest.param(tracks_changed(1), id="a track can or can no longer be played"),
        pytest.param(tracks_changed(2), id="a track has another length"),
        pytest.param(tracks_changed(3), id="a track is or is no longer explicit"),
    ],
)
def test_between_any_two_consecutive_days(days: list[Day], difference: Callable[[Day, Day], object]) -> None:
    still = [START + timedelta(days=n) for n in range(1, DAYS) if not difference(days[n - 1], days[n])]
    assert still == []


def test_a_release_of_the_day_leads_its_artists_listing(days: list[Day]) -> None:
    snapshot = DEFAULT.on(START)
    fresh = [album for album in days[0].albums.values() if album.origin.release_date == START]
    assert fresh
    for album in fresh:
        listing = snapshot.listing(album.origin.artists[0], album.origin.kind)
        assert listing[0].release_date == START


def test_the_catalogue_stays_as_large_as_it_was() -> None:
    sizes = [len(DEFAULT.on(date(year, 6, 1)).albums) for year in range(2026, 2060, 4)]
    assert all(100 <= size <= 150 for size in sizes)
    tracks = sum(album.track_count for album in a_day(START).albums.values())
    assert 1_000 <= tracks <= 1_500


def test_a_first_day_fits_the_default_budgets() -> None:
    for day in range(0, DAYS, 7):
        snapshot = DEFAULT.on(START + timedelta(days=day))
        listings = sum(
            -(-max(1, 2 + len(snapshot.listing(index, group))) // 10)  # two more than there are: holes count too
            for index in range(12)
            for group in LISTING_GROUPS
        )
        long = [snapshot.album(origin.key).track_count for origin in snapshot.albums]
        assert listings <= 90
        assert len(snapshot.albums) <= 200
        assert sum(-(-max(0, count - 50) // 50) for count in long) <= 60


def test_listings_are_newest_first_inside_a_group_and_unordered_for_appearances() -> None:
    snapshot = DEFAULT.on(START)
    for index in range(12):
        for group in ("album", "single", "compilation"):
            dates = [origin.release_date for origin in snapshot.listing(index, group)]
            assert dates == sorted(dates, reverse=True)
    appearances = [[each.release_date for each in snapshot.listing(index, "appears_on")] for index in range(12)]
    assert [dates for dates in appearances if dates not in (sorted(dates), sorted(dates, reverse=True))]


def test_every_recorded_oddity_is_there_on_most_days() -> None:
    counts = dict.fromkeys(RECORDED, 0)
    for n in range(40):
        for origin in DEFAULT.on(START + timedelta(days=n)).albums:
            if origin.oddity:
                counts[origin.oddity] += 1
    assert min(counts.values()) >= 30, counts


@pytest.mark.parametrize(
    ("size", "checksum"), [("as it is", 3_496_553_873), ("one artist", 2_279_020_439), ("harsh", 2_241_920_604)]
)
def test_a_seed_generates_the_same_in_every_process_and_version(size: str, checksum: int) -> None:
    """Otherwise measures and pictures of a catalogue in the documents could not be made again."""
    assert fingerprint(size) == checksum


def test_another_seed_generates_another_catalogue() -> None:
    other = Catalogue(CatalogueSize(seed=7)).on(START)
    ids = {other.album(origin.key).id for origin in other.albums}
    assert not ids & a_day(START).albums.keys()


def test_codes_have_the_form_and_the_check_digit_of_real_ones_in_ranges_never_given_out() -> None:
    snapshot = DEFAULT.on(START)
    for origin in snapshot.albums:
        album = snapshot.album(origin.key)
        assert re.fullmatch(r"02\d{11}", album.upc)
        assert sum(int(digit) * (3 if n % 2 else 1) for n, digit in enumerate(album.upc)) % 10 == 0
        assert re.fullmatch(r"ZZ[A-Z0-9]{3}\d{7}", snapshot.track(album, 1).isrc)


@pytest.mark.parametrize("artists", [1, 400], ids=["one artist", "400 artists"])
def test_the_catalogue_scales(artists: int) -> None:
    catalogue = Catalogue(CatalogueSize(artists=artists, albums_per_artist=10, new_ratio=0.02))
    snapshot: Snapshot = catalogue.on(START)
    assert 0.8 * 10 * artists <= len(snapshot.albums) or artists == 1
    new = [origin for origin in snapshot.albums if origin.release_date == START]
    assert len(new) == max(1, round(0.02 * 10 * artists))


def test_with_a_back_catalogue_some_new_albums_are_old() -> None:
    catalogue = Catalogue(CatalogueSize(new_ratio=0.1, back_catalogue=0.5))
    before = {origin.key for origin in catalogue.on(START).albums}
    new = [origin for origin in catalogue.on(START + timedelta(days=1)).albums if origin.key not in before]
    assert any((START - origin.release_date).days > 1_000 for origin in new)


def test_the_default_watchlist_names_every_artist() -> None:
    watchlist = Control(Spotify(Config())).watchlist()
    assert len({artist["id"] for artist in watchlist["artists"]}) == 12
    assert all(artist["name"] for artist in watchlist["artists"])
