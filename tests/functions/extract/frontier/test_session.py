"""Saving the frontier of a slice while other writers are first: the updates of both stay."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from functions.extract.frontier import document as frontier
from functions.extract.frontier.session import FrontierSession
from functions.extract.raw.store import packed
from functions.shared import keys
from functions.shared.errors import FrontierContended
from tests.functions.extract.test_run import CONFIG
from tests.functions.extract.world import MemoryStore

if TYPE_CHECKING:
    from functions.extract.raw.envelope import Envelope

# The bounds are repeated here, so that a changed bound fails a test.
ATTEMPTS = 8
DAY = "2026-11-23"
FOLLOWED = frozenset({"one", "two", "three"})
ALBUM = "3" * 22


def session(store: MemoryStore) -> FrontierSession:
    return FrontierSession(store, DAY, FOLLOWED, CONFIG)


def artist(name: str) -> Envelope:
    return {
        "fetched_at": f"{DAY}T06:00:00.000000Z", "first_seen": DAY, "status": 200, "etag": f'"{name}"',
        "url": f"https://api.spotify.com/v1/artists/{name}", "body": {"id": name, "name": name},
    }  # fmt: skip


def seen(store: MemoryStore) -> set[str]:
    """Return the artists that the bucket's frontier knows."""
    return set(frontier.load(store)["artists"])


def test_what_two_slices_learned_at_once_is_all_saved() -> None:
    store = MemoryStore()
    ours, theirs = session(store), session(store)
    ours.update([artist("one")])
    ours.update([artist("three")])
    theirs.update([artist("two")])
    theirs.save()
    ours.save()
    assert seen(store) == FOLLOWED
    theirs.update([artist("two")])
    theirs.save()
    assert seen(store) == FOLLOWED


def test_the_profile_that_was_found_outlives_another_writer_who_did_not_find_it() -> None:
    """Otherwise every slice would again send a request that an app in development mode is refused."""
    store = MemoryStore()
    ours, theirs = session(store), session(store)
    ours.note_profile({"configured": "extended", "found": "development", "at": DAY})
    theirs.update([artist("two")])
    theirs.save()
    ours.save()
    document = frontier.load(store)
    assert document["profile"] == {"configured": "extended", "found": "development", "at": DAY}
    assert seen(store) == {"two"}


def test_the_profile_that_was_found_takes_the_place_of_what_was_found_on_an_earlier_date() -> None:
    store = MemoryStore()
    before = session(store)
    before.note_profile({"configured": "extended", "found": "development", "at": "2026-11-01"})
    before.save()
    ours, theirs = session(store), session(store)
    ours.note_profile({"configured": "extended", "found": "development", "at": DAY})
    theirs.update([artist("two")])
    theirs.save()
    ours.save()
    profile = frontier.load(store)["profile"]
    assert profile is not None
    assert profile["at"] == DAY


def test_the_profile_that_another_writer_found_is_taken_over() -> None:
    store = MemoryStore()
    ours, theirs = session(store), session(store)
    theirs.note_profile({"configured": "extended", "found": "development", "at": DAY})
    theirs.save()
    ours.update([artist("one")])
    ours.save()
    profile = frontier.load(store)["profile"]
    assert profile is not None
    assert profile["found"] == "development"


def test_an_item_that_responded_after_a_404_is_not_missing_whoever_was_first_to_save() -> None:
    store = MemoryStore()
    ours, theirs = session(store), session(store)
    ours.note_missing("artists/one")
    ours.update([artist("one")])
    assert ours.document["missing"] == {}
    theirs.update([artist("two")])
    theirs.save()
    ours.save()
    assert frontier.load(store)["missing"] == {}


def test_what_is_saved_is_not_taught_again_to_what_another_wrote_since() -> None:
    store = MemoryStore()
    ours = session(store)
    ours.update([artist("one")])
    ours.save()
    store.objects[keys.FRONTIER] = (packed(frontier.empty()), "another's")
    ours.update([artist("two")])
    ours.save()
    assert seen(store) == {"two"}


def test_what_failed_and_what_responded_404_outlives_another_writer() -> None:
    """Otherwise an item that fails each day would always count as failed once, and a 404 would never be believed."""
    store = MemoryStore()
    ours, theirs = session(store), session(store)
    ours.note_failed("albums/bad")
    ours.note_missing("albums/gone")
    ours.note_missing("albums/gone")
    theirs.update([artist("two")])
    theirs.save()
    ours.save()
    document = frontier.load(store)
    assert document["failing"] == {"albums/bad": {"days": 1, "last": DAY}}
    assert document["missing"] == {"albums/gone": {"first": DAY, "last": DAY, "times": 2}}
    assert seen(store) == {"two"}


def test_failures_are_noted_in_one_order_in_what_another_writer_wrote() -> None:
    """Equal frontiers must be equal bytes."""
    store = MemoryStore()
    ours, theirs = session(store), session(store)
    items = [f"albums/{number:022d}" for number in range(20)]
    for item in items:
        ours.note_failed(item)
    theirs.update([artist("two")])
    theirs.save()
    ours.save()
    assert list(frontier.load(store)["failing"]) == items


def test_what_failed_is_not_noted_again_once_it_is_saved() -> None:
    store = MemoryStore()
    ours = session(store)
    ours.note_failed("albums/bad")
    ours.note_missing("albums/gone")
    ours.save()
    store.objects[keys.FRONTIER] = (packed(frontier.empty()), "another's")
    ours.save()
    document = frontier.load(store)
    assert (document["failing"], document["missing"]) == ({}, {})


@pytest.mark.parametrize(("others", "saved"), [(ATTEMPTS - 1, True), (ATTEMPTS, False)])
def test_others_may_be_first_so_often_and_no_oftener(others: int, saved: bool) -> None:
    store = MemoryStore()
    ours = session(store)
    ours.update([artist("one")])
    left = iter(range(others))

    def another_is_first(key: str) -> None:
        if (number := next(left, None)) is not None:
            store.objects[key] = (packed(frontier.empty()), f"theirs-{number}")

    store.before = another_is_first
    if saved:
        ours.save()
        assert seen(store) == {"one"}
    else:
        with pytest.raises(FrontierContended, match=f"{ATTEMPTS} attempts failed: other writers"):
            ours.save()
        assert seen(store) == set()


def test_what_is_odd_in_several_answers_is_added_up() -> None:
    page: Envelope = {
        **artist("one"), "url": "https://api.spotify.com/v1/artists/one/albums?include_groups=album&limit=2&offset=0",
        "body": {"items": [None, {"id": ALBUM, "artists": [{"id": "one"}]}], "total": 9, "offset": 0,
                 "next": "https://elsewhere.test/v1/artists/one/albums?offset=2"},
    }  # fmt: skip
    odd = session(MemoryStore()).update([artist("one"), page, page])
    assert (odd.null_items, odd.refused_links) == (2, 2)


@pytest.mark.parametrize(("refresh_days", "walks_on"), [(1, True), (10_000, False)])
def test_a_page_is_learned_with_who_is_followed_and_how_long_albums_stay_fresh(
    refresh_days: int, walks_on: bool
) -> None:
    """A listing is read to its end if that was not done within `refresh_days`."""
    album = {"id": ALBUM, "type": "album", "artists": [{"id": "one"}, {"id": "stranger"}]}
    page: Envelope = {
        **artist("one"), "url": "https://api.spotify.com/v1/artists/one/albums?include_groups=album&limit=1&offset=0",
        "body": {"items": [album], "total": 2, "offset": 0,
                 "next": "https://api.spotify.com/v1/artists/one/albums?include_groups=album&limit=1&offset=1"},
    }  # fmt: skip
    store = MemoryStore()
    document = frontier.empty()
    document["artists"]["one"] = {
        "first_seen": "2026-11-20", "listings": {"album": {"at": "2026-11-22", "walked": "2026-11-20"}},
    }  # fmt: skip
    document["albums"][ALBUM] = {"first_seen": "2026-11-20", "via": ["one"]}
    store.objects[keys.FRONTIER] = (packed(document), "first")
    ours = FrontierSession(store, DAY, FOLLOWED, replace(CONFIG, refresh_days=refresh_days))
    ours.update([page])
    assert ("rest" in ours.document["artists"]["one"]["listings"]["album"]) is walks_on
    assert ours.document["albums"][ALBUM]["via"] == ["one"]


def test_of_spotifys_new_releases_those_of_followed_artists_are_kept() -> None:
    ours_id, other_id = "5" * 22, "6" * 22
    albums = [{"id": each, "artists": [{"id": each}, {"id": "4" * 22}]} for each in (ours_id, other_id)]
    page: Envelope = {
        **artist("x"), "url": "https://api.spotify.com/v1/browse/new-releases?limit=50&offset=0",
        "body": {"albums": {"items": albums, "next": None}},
    }  # fmt: skip
    ours = FrontierSession(MemoryStore(), DAY, frozenset({ours_id}), CONFIG)
    ours.update([page])
    assert {name: seen["via"] for name, seen in ours.document["albums"].items()} == {ours_id: [ours_id]}
