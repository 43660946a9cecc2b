"""A digest shows the views' rows of a date, in lines that no name can break and no chat reads as markup."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.digest.digest import Digest, Known, is_continued
from functions.digest.text import plain, subject, text
from functions.shared.partial import missing
from tests.functions.digest.rows import ID, OTHER, album, change

# The bounds are repeated here, so that a changed bound fails a test.
MOST_ITEMS, MOST_REASONS, NAME, WIDTH = 100, 20, 120, 40


def test_a_digest_reads_released_first_then_older_then_changes_then_what_was_not_checked() -> None:
    digest = Digest(
        "2019-05-07",
        [album("Old", "added to Spotify"), album("New")],
        [change("removed", "album"), change("changed", "track", OTHER, new_value="false")],
        ["3 artists were not checked: the budget is used up."],
    )
    assert subject(digest) == "2 new, 1 changed, 1 gone on 2019-05-07 (partial): New, Old"
    assert text(digest) == (
        f"RELEASED (1)\n\nVega Halden - New\nsingle, 1 track, released 2019\nhttps://open.spotify.com/album/{ID}\n\n"
        f"ADDED TO SPOTIFY (1)\n\nVega Halden - Old\nsingle, 1 track, released 2019\nhttps://open.spotify.com/album/{ID}\n\n"
        f"CHANGED (1)\n\nLow Tide (track): no longer playable\nhttps://open.spotify.com/track/{OTHER}\n\n"
        f"GONE (1)\n\nLow Tide (album): gone\nhttps://open.spotify.com/album/{ID}\n\n"
        "NOT CHECKED (1)\n\n3 artists were not checked: the budget\nis used up.\n\nThe next daily run checks the rest."
    )


def test_the_tracks_of_an_album_that_went_or_came_back_are_not_named_again() -> None:
    for kind in ("removed", "returned"):
        digest = Digest("2019-05-07", [], [change(kind, "album"), change(kind, "track", OTHER, album_id=ID)], [])
        assert [each["entity"] for each in digest.gone + digest.changed] == ["album"]


def test_a_track_that_went_from_an_album_that_stays_is_named() -> None:
    track, of_another = change("removed", "track", OTHER, album_id=OTHER), change("removed", "track", ID, album_id=ID)
    digest = Digest("2019-05-07", [], [track, of_another, change("removed", "album")], [])
    assert [(each["entity"], each["entity_id"]) for each in digest.gone] == [("track", OTHER), ("album", ID)]


def test_a_day_without_news_says_so() -> None:
    digest = Digest("2019-05-07", [], [], [])
    assert (subject(digest), text(digest)) == ("Nothing new on 2019-05-07", "Nothing new, changed or gone.")


def test_the_baseline_says_what_is_followed_and_known() -> None:
    digest = Digest("2019-05-07", [], [], known=Known(followed=2, artists=2, albums=1_148, tracks=1))
    assert subject(digest) == "Following 2 artists, 1,148 albums known on 2019-05-07"
    told = "Following 2 artists. Known so far: 2 artists, 1,148 albums, 1 track."
    assert text(digest).replace("\n", " ") == f"{told} What is found from now on is reported as new, changed or gone."
    later = Digest("2019-05-08", [album("New")], [], known=digest.known)
    assert text(later).replace("\n", " ").startswith(f"{told}  RELEASED (1)")


def test_a_message_that_may_be_missing_is_named_with_the_command_that_shows_it() -> None:
    told = text(Digest("2019-05-07", [], [], unconfirmed=["2019-05-04"])).replace("\n", " ")
    assert told == "The message of 2019-05-04 may not have been sent. See it with: ops digest 2019-05-04"


@pytest.mark.parametrize(
    ("daily_run", "told"),
    [
        ("06:30 Europe/Berlin", "The daily run of 2020-03-01 checks the rest, at 06:30 Europe/Berlin."),
        ("schedule rate(2 days) in UTC", "The next daily run checks the rest (schedule rate(2 days) in UTC)."),
        ("the schedule is off", "The next daily run checks the rest (the schedule is off)."),
        ("", "The next daily run checks the rest."),
    ],
    ids=["daily", "another schedule", "off", "deployed by an earlier release"],
)
def test_a_partial_date_says_when_the_rest_is_checked(daily_run: str, told: str) -> None:
    digest = Digest("2020-02-29", [], [], ["3 artists were not checked."], daily_run=daily_run)
    assert text(digest).replace("\n", " ").endswith(told)


@pytest.mark.parametrize(
    "daily_run", ["06:30 Europe/Berlin", "schedule rate(2 days) in UTC", "the schedule is off", ""]
)
def test_an_old_partial_date_announces_no_run_that_is_past(daily_run: str) -> None:
    digest = Digest("2020-02-29", [], [], ["3 artists were not checked."], daily_run=daily_run, continued=True)
    assert (
        text(digest)
        .replace("\n", " ")
        .endswith(
            "Only a daily run on 2020-02-29 itself can complete it, since Spotify returns only today's data. "
            "Daily runs after it request what is left."
        )
    )


def test_lost_objects_are_not_announced_to_be_requested() -> None:
    digest = Digest("2020-02-29", [], [], [missing(["raw/a"])], daily_run="06:30 Europe/Berlin")
    assert (
        text(digest)
        .replace("\n", " ")
        .endswith("If the missing objects are restored, `ops replay 2020-02-29` reads them.")
    )


@pytest.mark.parametrize(
    ("daily_run", "first"),
    [
        ("06:30 Europe/Berlin", "2020-03-01T06:30:00+01:00"),
        ("schedule rate(2 days) in Europe/Berlin", "2020-03-02T00:00:00+01:00"),
        ("the schedule is off", "2020-03-02T00:00:00+01:00"),
        ("", "2020-03-02T00:00:00+01:00"),
    ],
)
def test_a_date_is_continued_from_the_start_of_the_daily_run_after_it(daily_run: str, first: str) -> None:
    ends_at, start = "2020-02-29T23:00:00Z", datetime.fromisoformat(first)
    assert is_continued(ends_at, daily_run, start)
    assert not is_continued(ends_at, daily_run, start - timedelta(seconds=1))


def test_a_section_counts_all_and_lists_the_first() -> None:
    told = text(Digest("2019-05-07", [album("New")] * (MOST_ITEMS + 1_234), [], []))
    assert told.startswith(f"RELEASED ({MOST_ITEMS + 1_234:,})")
    assert told.count("Vega Halden - New") == MOST_ITEMS
    assert told.endswith("… and 1,234 more")


def test_a_section_that_lists_all_says_nothing_of_more() -> None:
    told = text(Digest("2019-05-07", [album("New")] * MOST_ITEMS, [], []))
    assert (told.count("Vega Halden - New"), "more" in told) == (MOST_ITEMS, False)


@pytest.mark.parametrize(("reasons", "more"), [(20, ""), (21, "… and 1 more"), (1_025, "… and 1,005 more")])
def test_the_first_twenty_reasons_are_told_and_the_rest_counted(reasons: int, more: str) -> None:
    told = text(Digest("2019-05-07", [], [], ["one reason."] * reasons))
    assert told.startswith(f"NOT CHECKED ({reasons:,})")
    assert (told.count("one reason."), more in told, "more" in told) == (MOST_REASONS, True, bool(more))


def test_a_name_of_120_characters_is_told_whole_and_a_longer_one_cut() -> None:
    assert plain("a" * NAME) == "a" * NAME
    assert plain("a" * (NAME + 1)) == "a" * (NAME - 1) + "…"
    assert plain("a" * (NAME - 2) + " bc") == "a" * (NAME - 2) + "…"


def test_what_the_question_left_out_is_counted_of_its_own_since_it_may_be_new_changed_or_gone() -> None:
    digest = Digest("2019-05-07", [], [change("removed", "album")] * 5_000, beyond=1_000)
    assert subject(digest) == "5,000 gone, 1,000 more on 2019-05-07"
    told = text(digest).replace("\n", " ")
    assert told.startswith("GONE (5,000)")
    assert told.endswith("… and 4,900 more  MORE (1,000)  The views new_releases and catalogue_changes have them.")


def test_a_name_without_ascii_stays_out_of_the_subject_and_an_accent_does_not_keep_it_out() -> None:
    assert subject(Digest("2019-05-07", [album("夜"), album("Élan")], [], [])) == "2 new on 2019-05-07: Elan"


def test_a_subject_names_only_what_fits_below_100_characters() -> None:
    lengths = {len(subject(Digest("2019-05-07", [album("a" * size)], [], []))) for size in range(1, NAME)}
    assert max(lengths) == 99


HOSTILE = st.one_of(
    st.text(max_size=4 * NAME),
    st.sampled_from(
        ["a\r\nSubject: b", "\x1b[31m", "\u202egnp", "\ud800", "https://a.example/", "WWW.a.example", "b.example"]
    ),
)


@given(names=st.lists(HOSTILE, max_size=5), reason=HOSTILE)
def test_no_name_breaks_a_line_or_brings_a_link(names: list[str], reason: str) -> None:
    digest = Digest("2019-05-07", [album(name, artists=name) for name in names], [], [reason])
    headline, body = subject(digest), text(digest)
    assert headline.isascii()
    assert headline.isprintable()
    assert len(headline) < 100
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202f\ud800-\udfff]", body)
    links = re.findall(r"(?i)\S*(?:://|\bwww\.|\w\.[a-z]{2})\S*", body)
    assert links == [f"https://open.spotify.com/album/{ID}"] * len(names)
    assert all(len(line) <= WIDTH for line in body.split("\n") if line not in links)


@pytest.mark.parametrize(("length", "cut"), [(1_000, False), (1_001, True)])
def test_a_thousand_characters_of_a_reason_are_told(length: int, cut: bool) -> None:
    told = text(Digest("2019-05-07", [], [], ["x" * length]))
    assert ("…" in told) is cut
