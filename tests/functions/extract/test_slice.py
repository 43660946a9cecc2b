"""A slice: the order of its writes, the requests that it reserves, and its probes of whether Spotify is down."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from functions.extract.api.signals import Midnight, OutOfTime, RequestFailed, WrongProfile
from functions.extract.context import SliceContext
from functions.extract.frontier.document import empty, load
from functions.extract.frontier.schedule import spread
from functions.extract.raw.store import packed
from functions.extract.run import extract
from functions.shared import keys
from functions.shared.errors import CredentialsRejected, SpotifyRefused, SpotifyUnavailable
from tests.functions.extract.test_run import CONFIG, DAY, ENDS, Bench, raising

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from functions.extract.api.request import Request
    from functions.extract.api.responses import Response
    from functions.extract.frontier.document import Document
    from functions.extract.quota import QuotaLedger

TOMORROW = "2026-11-24"
GROUPS = ("album", "single")
ALBUM = f"{10:022d}"
STRANGER = f"{77:022d}"


def known(bench: Bench, document: Document) -> None:
    """Put a frontier into a bench's lake."""
    bench.store.put(keys.FRONTIER, packed(document), replaces=None)


def test_the_frontier_is_written_before_the_manifest_and_the_counts_are_last() -> None:
    """Each part that the manifest names is in the frontier. After a kill between the two, the part is read again."""
    bench = Bench()
    bench.slice()
    assert bench.store.writes[-3:] == [keys.FRONTIER, keys.manifest(DAY), keys.QUOTA]


def test_what_landed_beside_a_response_that_ends_the_slice_is_in_the_frontier() -> None:
    """The manifest names the part, so no later slice would read it again."""
    bench = Bench(artists=2)
    bench.response = lambda request: (
        bench.unchanged(request) if len(bench.asked) == 1 else raising(Midnight("over"))(request)
    )
    bench.slice(concurrency=2)
    landed = [each for each in bench.store.writes if each.startswith(f"{keys.raw_date(DAY)}artists/")]
    assert (len(landed), [seen["at"] for seen in load(bench.store)["artists"].values()]) == (1, [DAY])


def test_what_failed_before_a_slice_ended_is_noted_when_it_ends() -> None:
    bench, errors = Bench(artists=2), (RequestFailed("503"), OutOfTime("over"))
    bench.response = lambda request: raising(errors[request.name != bench.asked[0]])(request)
    bench.slice()
    assert load(bench.store)["failing"] == {bench.asked[0]: {"days": 1, "last": DAY}}


@pytest.mark.parametrize("over", ["time", "day"])
def test_a_slice_whose_time_is_over_with_its_last_request_is_done(over: str) -> None:
    bench = Bench()

    def last(request: Request) -> Response:
        if len(bench.asked) == 3:
            bench.left_s, bench.clock.time = (0.0, bench.clock.time) if over == "time" else (800.0, ENDS)
        return bench.unchanged(request)

    bench.response = last
    assert (bench.slice()["status"], len(bench.asked)) == ("DONE", 3)


@pytest.mark.parametrize(("others", "error"), [(5, RequestFailed("503")), (1, WrongProfile("403", "development"))])
def test_what_only_a_person_can_fix_ends_the_slice_before_anything_else_is_requested(
    others: int, error: Exception
) -> None:
    bench = Bench(artists=20)

    def fail(_: Request) -> Response:
        raise error if len(bench.asked) <= others else CredentialsRejected("401")

    bench.response = fail
    with pytest.raises(CredentialsRejected):
        bench.slice(concurrency=others + 1)
    assert len(bench.asked) == others + 1


def test_no_save_holds_more_tracks_than_their_budget_keeps_fresh() -> None:
    """This includes the save after a permanent error: each track costs memory and time in every save."""
    bench = Bench()
    document = empty()
    document["albums"][ALBUM] = {"first_seen": DAY, "via": [f"{0:022d}"], "at": DAY}
    document["tracks"] = {f"{number:022d}": {"album": ALBUM, "first_seen": DAY} for number in range(30)}
    known(bench, document)
    bench.response = raising(CredentialsRejected("no"))
    config = replace(CONFIG, budgets=CONFIG.budgets | {"tracks": 1}, refresh_days=7)
    context = SliceContext(bench.run, config, bench.store, bench.clock, bench.time_left)
    with pytest.raises(CredentialsRejected):
        extract(context, lambda *_: nullcontext(bench))
    assert len(load(bench.store)["tracks"]) == 7


def test_what_was_reserved_for_a_wave_and_not_sent_is_given_back() -> None:
    bench = Bench(artists=3)  # whose Spotify charges nothing
    bench.slice(concurrency=4)
    assert len(bench.asked) == 9
    assert (bench.quota().spent("artists"), bench.quota().spent("artist_albums")) == (0, 0)


def test_a_slice_saves_once_for_so_many_requests_and_not_for_each_one_after_them() -> None:
    bench = Bench(artists=150)
    bench.response = lambda call: bench.unchanged(call) if len(bench.asked) <= 150 else raising(Midnight("over"))(call)
    bench.slice()
    assert bench.store.writes.count(keys.manifest(DAY)) == 2


@pytest.mark.parametrize(("before_s", "kept"), [(1, False), (0, True)])
def test_the_marks_of_the_next_day_are_kept_from_its_first_second_on(before_s: int, kept: bool) -> None:
    bench = Bench(at=ENDS - timedelta(seconds=before_s))
    document = empty()
    document["artists"][f"{0:022d}"] = {"first_seen": DAY, "at": TOMORROW, "full": TOMORROW}
    known(bench, document)
    bench.slice()
    assert (load(bench.store)["artists"][f"{0:022d}"]["at"] == TOMORROW) is kept


@pytest.mark.parametrize(("at", "kept"), [("2026-10-24", True), ("2026-10-23", False)])
def test_who_is_no_longer_followed_is_known_for_as_many_days_as_raw_is_kept(at: str, kept: bool) -> None:
    bench = Bench()
    document = empty()
    document["artists"][STRANGER] = {"first_seen": "2026-01-01", "at": at}
    known(bench, document)
    bench.slice()
    assert (STRANGER in load(bench.store)["artists"]) is kept


def in_line(artists: int) -> list[str]:
    """Return the artists in the order in which a new lake requests them."""
    bench = Bench(artists=artists)
    bench.slice()
    return [name for name in bench.asked if name.startswith("artists/")]


def test_whether_spotify_is_down_is_asked_once_each_and_of_requests_from_all_of_the_line() -> None:
    """The next five requests may all be for one damaged catalog, as the failed ones are."""
    down, probes = Bench(artists=25), list[bool]()

    def fail(request: Request) -> Response:
        probes.append(request.once)
        raise RequestFailed("503")

    down.response = fail
    down.slice()
    order = in_line(25)
    assert down.asked == [*order[:5], *order[5::4]]
    assert probes == [False] * 5 + [True] * 5


def test_whether_spotify_is_down_is_asked_of_others_than_those_that_failed() -> None:
    """The first of the items that responded most recently is the one that fails now."""
    bench, few = Bench(), 2**32 // 500
    first = next(each for each in (f"{number:022d}" for number in count(100)) if spread(each) < few)
    others = [each for each in (f"{number:022d}" for number in range(12)) if spread(each) > few]
    bench.store.write(keys.WATCHLIST, {"artists": [first, *others], "searches": []})
    document: Any = empty()
    read = {"at": "2026-11-22", "full": "2026-11-22"}
    for artist in (first, *others):
        listing = read | {"walked": "2026-11-22", "complete": "2026-11-02"}
        document["artists"][artist] = read | {
            "first_seen": "2026-11-01",
            "listings": {"album": listing, "single": listing},
        }
    known(bench, document)
    bad: list[str] = []

    def fail_of_five(request: Request) -> Response:
        if len(bad) < 5 and request.name.startswith("artist_albums/") and request.name not in bad:
            bad.append(request.name)
        if request.name in bad:
            raise RequestFailed("503")
        return bench.unchanged(request)

    bench.response = fail_of_five
    result = bench.slice()
    assert (result["status"], result["failed_calls"], first in bad[0]) == ("PARTIAL", 5, True)
    assert [bench.asked.count(name) for name in bad] == [2] * 5  # once more behind the rest, and never as a probe


@pytest.mark.parametrize(("artists", "budget", "failed"), [(25, 5, 5), (3, 4, 3)], ids=["none left", "one left"])
def test_what_failed_is_named_though_the_budget_has_no_room_for_another_try(
    artists: int, budget: int, failed: int
) -> None:
    """Nor are many failures in a row taken for an outage if no probe may be sent."""
    bench = Bench(artists)
    config = replace(CONFIG, budgets=CONFIG.budgets | {"artists": budget})

    @contextmanager
    def connect(quota: QuotaLedger, _: object) -> Iterator[Bench]:
        def response(request: Request) -> Response:
            quota.charge(request.group)
            if request.group == "artists":
                raise RequestFailed("503")
            return bench.unchanged(request)

        bench.response = response
        yield bench

    result = extract(SliceContext(bench.run, config, bench.store, bench.clock, bench.time_left), connect)
    assert (result["status"], result["failed_calls"]) == ("PARTIAL", failed)
    assert len(bench.asked) == budget + len(GROUPS) * artists


@pytest.mark.parametrize("closed", [False, True])
def test_whether_an_app_may_search_in_batches_is_not_tried_while_searches_are_closed(closed: bool) -> None:
    bench = Bench()
    if closed:
        bench.quota().block("search", ENDS, "429")
    bench.response = lambda request: (
        replace(bench.unchanged(request), body={"id": "x", "popularity": 1})
        if request.group == "artists"
        else bench.unchanged(request)
    )
    bench.slice()
    assert ("search/new-releases.00000" not in bench.asked) is closed


@pytest.mark.parametrize(("days", "tries"), [(1, 1), (None, 2)], ids=["failed on the day before", "never failed"])
def test_only_what_did_not_fail_on_the_days_before_is_tried_again_within_the_day(days: int | None, tries: int) -> None:
    bench = Bench(artists=2)
    bad = f"artists/{0:022d}"
    if days:
        document = empty()
        document["failing"][bad] = {"days": days, "last": "2026-11-22"}
        known(bench, document)
    bench.response = lambda request: (
        raising(RequestFailed("503"))(request) if request.name == bad else bench.unchanged(request)
    )
    bench.slice()
    assert bench.asked.count(bad) == tries


def test_a_profile_that_a_later_date_found_is_not_believed() -> None:
    bench = Bench(artists=2)
    document = empty()
    document["profile"] = {"configured": "development", "found": "extended", "at": TOMORROW}
    known(bench, document)
    bench.slice()
    assert not [name for name in bench.asked if "batch" in name]  # which only the extended profile may send


def faulty(entries: Iterable[int]) -> list[str]:
    """Return entries of a watch-list that name no artist."""
    return [f"not an artist {entry}" for entry in entries]


@pytest.mark.parametrize(
    ("wrong", "more"), [(9, []), (10, []), (11, ["… and 1 more entry."]), (30, ["… and 20 more entries."])]
)
def test_ten_wrong_entries_of_the_watch_list_are_named_and_the_rest_counted(wrong: int, more: list[str]) -> None:
    bench = Bench()
    bench.store.write(keys.WATCHLIST, {"artists": [f"{0:022d}", *faulty(range(wrong))], "searches": []})
    told = [each for each in bench.slice()["reasons"] if "watch-list" in each or "… and " in each]
    assert (len(told) - len(more), told[len(told) - len(more) :]) == (min(wrong, 10), more)


def test_a_day_that_could_not_be_extracted_says_so_in_its_manifest() -> None:
    bench = Bench(artists=25, at=ENDS - timedelta(hours=12))
    bench.response = raising(RequestFailed("503"))
    for _ in range(3):
        bench.clock.time += timedelta(hours=1)
        assert bench.slice()["status"] == "WAIT"
    bench.clock.time += timedelta(hours=1)
    with pytest.raises(SpotifyUnavailable, match="Nothing could be extracted for 2026-11-23"):
        bench.slice()
    assert "Spotify seems to be down: 5 requests failed in a row, 4 times." in str(bench.manifest()["reasons"])


def test_a_group_that_responded_to_a_probe_is_not_probed_again_for_the_next_refusal() -> None:
    """The first probe is for the item that is refused next, the second one succeeds."""
    bench, probes = Bench(artists=10), list[str]()
    refused = in_line(10)[:2]

    def response(request: Request) -> Response:
        if request.once:
            probes.append(request.name)
        if request.name in refused:
            raise SpotifyRefused("403")
        return bench.unchanged(request)

    bench.response = response
    bench.slice(concurrency=1)
    assert [each for each in probes if each.startswith("artists/")] == in_line(10)[1:3]
