"""Rebuilding the frontier from raw: the dates that are read, their order, and where it continues after a stop."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from functions.extract.api.endpoint import endpoint_of
from functions.extract.api.request import artist_news, artist_query
from functions.extract.frontier import rebuild
from functions.extract.frontier.document import empty, missing
from functions.extract.frontier.rebuild import _prepare, catch_up, remembered_watchlist
from functions.extract.raw.envelope import pack
from functions.shared import keys
from functions.shared.watchlist import Artist, Search, WatchList
from tests.functions.extract.test_run import CONFIG
from tests.functions.extract.world import MemoryStore

if TYPE_CHECKING:
    from functions.extract.frontier.document import Document

API = "https://api.spotify.com/v1"
ONE, ALBUM = f"{1:022d}", f"{10:022d}"
DAYS = ("2026-11-20", "2026-11-21", "2026-11-22")


def line(path: str, day: str, *, minute: int = 0, status: int = 200, first_seen: str | None = None) -> Any:
    """Return a line of raw about an artist, an album, or a listing that names the album."""
    body: Any = {"id": path.rsplit("/", 1)[1].split("?", maxsplit=1)[0]}
    if "/albums?" in path:
        body = {"items": [{"id": ALBUM, "artists": [{"id": ONE}]}], "total": 1, "next": None}
    return {
        "fetched_at": f"{day}T06:{minute:02}:00.000000Z", "first_seen": first_seen or day, "url": API + path,
        "status": status, "etag": None, "body": body if status == 200 else None,
    }  # fmt: skip


def lake(**lines: Any) -> MemoryStore:
    """Return a bucket with a part of raw for each line, by names like `d2026_11_20_albums`."""
    store = MemoryStore()
    for name, each in lines.items():
        _, year, month, day, part = name.split("_", 4)
        key = keys.raw_part(f"{year}-{month}-{day}", part.split("_")[0], part)
        store.put(key, pack([each]), replaces=None)
    return store


def rebuilt(store: MemoryStore, until: str = DAYS[-1], document: Document | None = None) -> Document:
    found = document if document is not None else missing()
    catch_up(found, store, until, 21, lambda: 1.0)
    return found


def test_the_dates_until_the_runs_own_are_read_and_no_rehearsal() -> None:
    store = lake(
        d_2000_01_01_artists=line(f"/artists/{f'{3:022d}'}", keys.REHEARSAL_DATE),
        d_2026_11_20_artists=line(f"/artists/{ONE}", DAYS[0]),
        d_2026_11_22_artists=line(f"/artists/{f'{2:022d}'}", DAYS[2]),
        d_2026_11_23_artists=line(f"/artists/{f'{4:022d}'}", "2026-11-23"),
    )
    assert set(rebuilt(store)["artists"]) == {ONE, f"{2:022d}"}


def test_a_date_is_read_in_the_order_in_which_it_was_fetched() -> None:
    """The last of a day's responses counts, whatever the names of their parts."""
    store = lake(
        d_2026_11_20_albums_a=line(f"/albums/{ALBUM}", DAYS[0], minute=9, status=404),
        d_2026_11_20_albums_b=line(f"/albums/{ALBUM}", DAYS[0], minute=1),
    )
    assert rebuilt(store)["albums"][ALBUM]["gone"] == DAYS[0]


def test_an_album_that_a_restored_frontier_had_dropped_keeps_its_first_day() -> None:
    """A restored frontier knows the album; the raw line was written by a frontier that did not."""
    store = lake(d_2026_11_20_albums=line(f"/albums/{ALBUM}", DAYS[0]))
    document: Document = {**empty(), "known": {ALBUM: "2026-10-01"}, "rebuilt_to": "2026-11-19"}
    assert rebuilt(store, document=document)["albums"][ALBUM]["first_seen"] == "2026-10-01"


def test_a_rebuild_that_stops_goes_on_after_the_last_date_that_it_read() -> None:
    parts = {f"d_{day.replace('-', '_')}_artists": line(f"/artists/{ONE}", day) for day in DAYS}
    store, document, left = lake(**parts), missing(), iter([1.0, 0.5, 0.0])
    assert catch_up(document, store, "2026-11-23", 21, lambda: next(left)) == []
    assert document["rebuilt_to"] == DAYS[1]
    read: list[str] = []
    get = store.get
    store.get = lambda key: read.append(key) or get(key)  # type: ignore[method-assign,func-returns-value]
    (told,) = catch_up(document, store, "2026-11-23", 21, lambda: 1.0)
    assert [key for key in read if key.endswith(".gz")] == [keys.raw_part(DAYS[2], "artists", "artists")]
    assert f"the raw data of {DAYS[2]} to {DAYS[2]} was read again" in told
    assert "rebuilt_to" not in document


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"no gzip",
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + b"\xff" * 20,
        gzip.compress(b"{"),
        gzip.compress(b"{}")[:-9],
    ],
    ids=["empty", "no gzip", "gzip of garbage", "no JSON", "cut short"],
)
def test_a_part_that_cannot_be_read_costs_its_own_responses(damage: bytes) -> None:
    store = lake(d_2026_11_20_artists=line(f"/artists/{ONE}", DAYS[0]))
    store.put(keys.raw_part(DAYS[0], "albums", "damaged"), damage, replaces=None)
    assert set(rebuilt(store)["artists"]) == {ONE}


def test_a_frontier_that_is_whole_is_not_rebuilt() -> None:
    document = empty()
    assert rebuilt(lake(d_2026_11_20_artists=line(f"/artists/{ONE}", DAYS[0])), document=document) == empty()


LISTING = f"/artists/{ONE}/albums?include_groups=album&limit=10&offset=0&market=US"


@pytest.mark.parametrize(("first_seen", "baseline"), [("2026-11-19", False), (DAYS[0], True)])
def test_what_a_listing_names_is_news_where_its_artist_was_followed_before_raw_begins(
    first_seen: str, baseline: bool
) -> None:
    """The listing had been read to its end before, and the raw data of that day has expired."""
    store = lake(d_2026_11_20_artist_albums=line(LISTING, DAYS[0], first_seen=first_seen))
    document = rebuilt(store)
    assert document["albums"][ALBUM]["baseline"] is baseline
    assert document["artists"][ONE]["listings"]["album"]["complete"] == first_seen


@pytest.mark.parametrize(
    ("group", "first_seen", "complete"),
    [("album", "2026-11-19", True), ("album", DAYS[0], False), ("compilation", "2026-11-19", False)],
)
def test_of_an_artist_followed_before_raw_begins_the_listings_of_every_round_had_been_read(
    group: str, first_seen: str, complete: bool
) -> None:
    """This was before the oldest date in raw; nothing is assumed of compilations."""
    cut = LISTING.replace("=album", f"={group}")
    page = line(cut, DAYS[1], first_seen=first_seen)
    page["body"]["next"], page["body"]["total"] = API + cut.replace("offset=0", "offset=10"), 99
    store = lake(d_2026_11_20_artists=line(f"/artists/{ONE}", DAYS[0]), d_2026_11_21_artist_albums=page)
    assert ("complete" in rebuilt(store)["artists"][ONE]["listings"][group]) is complete


@pytest.mark.parametrize(("manifest", "told"), [(False, 0), (True, 1)], ids=["its first slice was cut off", "lost"])
def test_a_new_lake_is_not_told_that_its_frontier_was_missing(manifest: bool, told: int) -> None:
    store = lake(d_2026_11_20_artists=line(f"/artists/{ONE}", DAYS[0]))
    if manifest:
        store.write(keys.manifest(DAYS[0]), {})
    assert len(catch_up(missing(), store, DAYS[0], 21, lambda: 1.0)) == told


def test_the_earliest_date_on_which_anything_was_first_seen_stays() -> None:
    store = lake(
        d_2026_11_20_artists=line(f"/artists/{ONE}", DAYS[0], first_seen="2026-10-01"),
        d_2026_11_20_albums=line(f"/albums/{ALBUM}", DAYS[0], first_seen="2026-10-02"),
        d_2026_11_21_artists=line(f"/artists/{ONE}", DAYS[1], first_seen=DAYS[1]),
        d_2026_11_21_albums=line(f"/albums/{ALBUM}", DAYS[1], first_seen=DAYS[1]),
    )
    document = rebuilt(store)
    assert document["artists"][ONE]["first_seen"] == "2026-10-01"
    assert document["albums"][ALBUM]["first_seen"] == "2026-10-02"


def test_the_watch_list_is_remembered_as_it_was_last_with_the_last_names_and_searches() -> None:
    """Each entry comes from the newest date that has it. An artist that was unfollowed is not followed again."""
    two = f"{2:022d}"
    before, now = (line(f"/artists/{two}", day) for day in (DAYS[0], DAYS[2]))
    before["body"]["name"], now["body"]["name"] = "Before", "Now"
    search = "/search?q={}&type=album&limit=10&offset=0&market=US"
    store = lake(
        d_2026_11_20_watchlist=line(f"/artists/{ONE}", DAYS[0]),
        d_2026_11_21_watchlist=line(f"/artists/{two}", DAYS[1]),
        d_2026_11_20_artists=before,
        d_2026_11_22_artists=now,
        d_2026_11_20_search=line(search.format("label%3Aold"), DAYS[0]),
        d_2026_11_21_search=line(search.format("tag%3Anew"), DAYS[1]),
    )
    followed = WatchList((Artist(two, "Now"),), (Search("tag:new", "tag:new"),))
    assert remembered_watchlist(store, DAYS[2]) == (followed, DAYS[1])
    assert remembered_watchlist(lake(d_2026_11_20_artists=before), DAYS[2]) is None


@pytest.mark.parametrize("path", ["/elsewhere", f"/albums/{ALBUM}", f"/artists/{ONE}/albums?include_groups=album"])
def test_a_line_that_says_no_more_than_its_response_changes_nothing_before_it(path: str) -> None:
    """Of an endpoint of another release, or of a response that was not first seen on any date."""
    document, told = empty(), line(path, DAYS[0]) | {"first_seen": DAYS[0] if path == "/elsewhere" else None}
    _prepare(document, told, DAYS[1])
    assert document == empty()


def test_a_search_for_an_artists_albums_is_no_saved_search() -> None:
    own = artist_news(artist_query("An artist"), CONFIG).path
    found = endpoint_of(API + own)
    assert found is not None
    assert found.kind == "artist_search"
    store = lake(
        d_2026_11_20_watchlist=line("/x", DAYS[0]) | {"url": keys.WATCHLIST, "body": {"id": ONE}},
        d_2026_11_20_search=line(own, DAYS[0]) | {"body": {"albums": {"items": []}}},
    )
    remembered = remembered_watchlist(store, DAYS[-1])
    assert remembered is not None
    assert remembered[0].searches == ()


def test_a_date_counts_as_read_again_only_after_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    store, document = lake(d_2026_11_20_artists=line(f"/artists/{ONE}", DAYS[0])), missing()
    before = document["rebuilt_to"]

    def broken(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(rebuild, "apply_date", broken)
    with pytest.raises(ConnectionError):
        rebuilt(store, document=document)
    assert document["rebuilt_to"] == before
