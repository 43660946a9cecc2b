"""Each item is told once, whatever runs, fails and repeats: a run's message depends on the record of what was told."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from functions.digest import record
from functions.digest.digest import Digest, Known, asked, counted, cut_dates, of_date
from functions.digest.plan import Plan, plan
from functions.shared.athena import Library, QueryResults
from functions.shared.errors import StorageUnavailable
from tests.functions.digest.rows import DAY, ID, OTHER, album, change

if TYPE_CHECKING:
    from functions.digest.record import Document
    from functions.shared.athena import Row
    from functions.shared.events import Run

NOW, LATER = "2019-05-07T06:10:00+00:00", "2019-05-07T06:40:00+00:00"
KNOWN: list[Row] = [{"counted": each, "number": 5} for each in ("followed", "artists", "albums", "tracks")]


def told_before(**more: Any) -> Document:
    """Return the record of a stack that has told its baseline."""
    document: Document = {**record.empty(), "since": "2019-05-01", "baseline": "2019-05-01"}
    return {**document, **more}  # type: ignore[typeddict-item]  # members of a record


def planned(
    before: Document,
    albums: list[Any] | None = None,
    changes: list[Any] | None = None,
    partial: list[str] | None = None,
    *,
    run_id: str = "r",
    now: str = NOW,
    always: bool = False,
    on: str = DAY,
) -> Plan:
    ends_at = f"{date.fromisoformat(on) + timedelta(days=1)}T00:00:00.000Z"
    run: Run = {"run_id": run_id, "snapshot_date": on, "mode": "daily", "started_at": "", "ends_at": ends_at,
                "execution_arn": ""}  # fmt: skip
    answers = QueryResults({"albums": albums or [], "changes": changes or [], "known": KNOWN})
    return plan(run, answers, partial or [], before, now, always=always, daily_run="06:00 UTC")


@pytest.mark.parametrize(
    ("now", "continued"), [("2019-05-08T05:59:59+00:00", False), ("2019-05-08T06:00:00+00:00", True)]
)
def test_a_message_that_is_sent_after_the_next_daily_run_does_not_announce_it(now: str, continued: bool) -> None:
    late = planned(told_before(), partial=["albums: the budget is used up."], now=now).digest
    assert late is not None
    assert late.continued is continued


def test_the_first_message_is_the_baseline_and_takes_what_is_news_by_then_as_known() -> None:
    first = planned(record.empty(), [album("Old news")], [change("removed", "track")])
    assert first.digest is not None
    assert (first.digest.known, first.digest.albums, first.digest.changes) == (Known(5, 5, 5, 5), [], [])
    again = planned(record.confirmed(first.after, "r"), [album("Old news"), album("New", album_id=OTHER)])
    assert again.digest is not None
    assert ([each["name"] for each in again.digest.albums], again.digest.known) == (["New"], None)


def test_the_baseline_is_told_until_a_date_was_complete() -> None:
    first = planned(record.empty(), partial=["albums: the budget is used up."])
    second = planned(record.confirmed(first.after, "r"), on="2019-05-08")
    third = planned(record.confirmed(second.after, "r"), on="2019-05-09")
    assert first.digest is not None
    assert second.digest is not None
    assert (first.digest.known, second.digest.known, third.digest) == (Known(5, 5, 5, 5), Known(5, 5, 5, 5), None)
    assert (first.after["baseline"], second.after["baseline"]) == (None, "2019-05-08")


def test_a_rerun_tells_only_what_the_run_before_did_not_have() -> None:
    first = planned(told_before(), [album("New")], partial=["albums: the budget is used up."])
    assert planned(record.confirmed(first.after, "r"), [album("New")], partial=["still"]).digest is None
    more = planned(record.confirmed(first.after, "r"), [album("New"), album("Also", album_id=OTHER)])
    assert more.digest is not None
    assert [each["name"] for each in more.digest.albums] == ["Also"]


def test_a_date_that_is_undone_and_found_again_later_tells_nothing_twice() -> None:
    first = planned(told_before(), [album("New")], [change("removed", "track", OTHER, album_id=ID)])
    later = planned(
        record.confirmed(first.after, "r"),
        [album("New", found_on="2019-05-08")],
        [change("removed", "track", OTHER, album_id=ID, found_on="2019-05-08")],
        on="2019-05-08",
    )
    assert later.digest is None


def test_what_a_failed_run_or_a_replay_found_is_told_by_the_next_run_for_a_week() -> None:
    rows = [album("New", found_on=day, album_id=day) for day in ("2019-05-07", "2019-05-01", "2019-04-30")]
    found = planned(told_before(since="2019-04-01"), rows).digest
    assert found is not None
    assert [each["found_on"] for each in found.albums] == ["2019-05-07", "2019-05-01"]


def test_what_is_found_after_the_date_is_for_the_run_of_its_own_date() -> None:
    found = planned(told_before(), [album("New"), album("Later", found_on="2019-05-08", album_id=OTHER)]).digest
    assert found is not None
    assert [each["name"] for each in found.albums] == ["New"]


def test_only_the_newest_change_of_a_thing_is_told_and_only_if_it_differs_from_what_was_told() -> None:
    gone, back = change("removed", "album"), change("returned", "album", found_on="2019-05-06")
    found = planned(told_before(), changes=[gone, back])
    assert found.digest is not None
    assert found.digest.changes == [gone]
    assert planned(record.confirmed(found.after, "r"), changes=[gone, back]).digest is None
    returned = change("returned", "album", found_on="2019-05-08")
    again = planned(record.confirmed(found.after, "r"), changes=[returned, gone, back], on="2019-05-08")
    assert again.digest is not None
    assert again.digest.changes == [returned]


def test_on_the_first_date_too_the_newest_change_of_a_thing_counts() -> None:
    rows = [change("removed", "album"), change("returned", "album", found_on="2019-05-06")]
    first = planned(record.empty(), changes=rows)
    assert planned(record.confirmed(first.after, "r"), changes=rows).digest is None


@pytest.mark.parametrize("playable", ["true", "false"])
def test_playable_and_gone_are_told_apart(playable: str) -> None:
    rows = [change("changed", "track", new_value=playable), change("removed", "track")]
    found = planned(told_before(), changes=rows).digest
    assert found is not None
    assert found.changes == rows


def test_the_same_track_on_two_albums_is_two_things() -> None:
    rows = [change("added", "track", ID, album_id=album_id) for album_id in (ID, OTHER)]
    assert len(record.items(rows)) == 2


def test_the_items_that_a_question_left_out_are_counted_once() -> None:
    rows = [change("returned", "album", of_date=1_000)]
    first = planned(told_before(), changes=rows)
    assert first.digest is not None
    assert first.digest.beyond == 999
    others = [change("returned", "album", OTHER, of_date=1_000)]
    assert planned(record.confirmed(first.after, "r"), changes=others, on="2019-05-08").digest is None


def test_nothing_new_is_told_only_where_that_is_wanted_and_once() -> None:
    assert planned(told_before()).digest is None
    wanted = planned(told_before(), always=True)
    assert wanted.digest is not None
    assert planned(record.confirmed(wanted.after, "r"), always=True).digest is None


def test_a_message_that_was_claimed_and_not_confirmed_is_named_by_a_later_one() -> None:
    first = planned(told_before(), [album("New")], run_id="first")
    assert planned(first.after, [album("New")], run_id="second").digest is None
    second = planned(first.after, [album("New")], run_id="second", now=LATER)
    assert second.digest is not None
    assert (second.digest.unconfirmed, second.digest.albums) == ([DAY], [])
    assert second.after["claims"].keys() == {"second"}


def test_a_refused_message_leaves_the_record_as_it_was() -> None:
    lost = planned(told_before(), [album("Lost", album_id="lost")], run_id="lost").after
    for before in (record.empty(), told_before(told={f"there/album//{ID}": "returned"}), lost):
        claim = planned(before, [album("New")], [change("removed", "album")], ["reason"], now=LATER)
        assert record.released(claim.after, claim.before, claim.after, "r") == before


def test_a_refused_message_takes_nothing_back_that_another_run_has_told() -> None:
    claim = planned(told_before(), changes=[change("removed", "album")], run_id="first")
    other = planned(claim.after, changes=[change("returned", "album", found_on="2019-05-08")], on="2019-05-08")
    left = record.released(other.after, claim.before, claim.after, "first")
    assert left["told"][f"there/album//{ID}"] == "returned"
    assert left["claims"].keys() == {"r"}


@pytest.mark.parametrize("partial", [[], ["albums: spent"]], ids=["complete", "partial"])
def test_the_record_after_a_message_has_what_it_told_and_nothing_else(partial: list[str]) -> None:
    before = told_before(told={f"there/album//{ID}": "removed"})
    rows = [change("removed", "album", of_date=9), change("changed", "track", OTHER, new_value="true", of_date=9)]
    made = planned(before, [album("New")], rows, partial)
    assert made.digest is not None
    assert made.digest.partial == partial
    assert made.before == before
    assert made.after == {
        **before,
        "told": {
            f"there/album//{ID}": "removed",
            f"new/{ID}": "new",
            f"playable/track//{OTHER}": "true",
            f"all/{DAY}": "told",
            f"date/{DAY}": "told",
            **({f"partial/{DAY}": "told"} if partial else {}),
        },
        "claims": {"r": {"snapshot_date": DAY, "since": NOW}},
    }


def test_the_first_message_takes_every_row_as_told_and_names_none_that_was_left_out() -> None:
    old = change("removed", "album", OTHER, found_on="2019-01-01", of_date=1_000)
    made = planned(record.empty(), [album("Old news")], [old])
    assert made.digest is not None
    assert made.digest.beyond == 0
    assert made.after["told"].keys() == {f"new/{ID}", f"there/album//{OTHER}", "all/2019-01-01", f"date/{DAY}"}


def test_without_a_message_the_record_stays() -> None:
    before = told_before()
    assert planned(before) == Plan(None, before, before)


def test_a_track_that_returned_is_named_unless_its_album_returned_too() -> None:
    back = change("returned", "track", OTHER, album_id=ID)
    for album_change, named in (("changed", True), ("returned", False)):
        of_album = change(album_change, "album", ID)
        assert (back in Digest(DAY, [], [of_album, back], []).changed) is named


def test_the_first_message_counts_nothing_beyond_what_is_listed_since_all_of_it_is_known() -> None:
    first = planned(record.empty(), [album("One of many", of_date=900)]).digest
    assert first is not None
    assert first.beyond == 0


def test_dates_whose_message_may_be_missing_are_named_in_order() -> None:
    claims = {run: {"snapshot_date": day, "since": "2019-05-01T06:00:00+00:00"} for run, day in
              (("b", "2019-05-04"), ("a", "2019-05-02"), ("c", "2019-05-03"))}  # fmt: skip
    found = planned(told_before(claims=claims)).digest
    assert found is not None
    assert found.unconfirmed == ["2019-05-02", "2019-05-03", "2019-05-04"]


@pytest.mark.parametrize(("of_date", "left"), [(None, {}), (0, {}), (2, {}), (3, {DAY: 1}), (5, {DAY: 3})])
def test_what_a_question_left_out_of_a_date_is_what_it_counted_beyond_its_rows(
    of_date: int | None, left: dict[str, int]
) -> None:
    assert cut_dates([album("a", of_date=of_date), album("b", of_date=of_date)]) == left


def test_a_count_that_is_missing_is_none() -> None:
    rows: list[Row] = [{"counted": each, "number": None} for each in ("followed", "artists", "albums", "tracks")]
    assert counted(rows) == Known(0, 0, 0, 0)


def test_the_first_question_without_an_answer_is_named() -> None:
    class Silent(Library):
        def ask(self, *_: object) -> QueryResults:
            return QueryResults(silent={"known": "TooManyRequestsException", "albums": "TIMED_OUT"})

    library = Silent(None, "w", "v", "l", Path())  # type: ignore[arg-type]  # nobody is asked
    with pytest.raises(StorageUnavailable, match="query albums: TIMED_OUT"):
        asked(library, DAY, ("known", "albums"))


def test_what_a_date_has_is_what_was_found_on_it() -> None:
    rows = [album("New"), album("Old", found_on="2019-05-06"), album("Later", found_on="2019-05-08")]
    assert of_date(rows, DAY) == rows[:1]
