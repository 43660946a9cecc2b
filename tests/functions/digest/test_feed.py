"""The feed is valid Atom, newest first, whatever the names contain."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from functions.digest.feed import ATOM, feed
from tests.functions.digest.rows import DAY, ID, album, change

ENTRIES = 100
"""The bounds are repeated here, so that a changed bound fails a test."""


def entries(written: bytes) -> list[dict[str, str | None]]:
    root = ElementTree.fromstring(written)  # noqa: S314 - our own text
    return [
        {each.tag.removeprefix(f"{{{ATOM}}}"): each.text or each.get("href") for each in entry}
        for entry in root.iter(f"{{{ATOM}}}entry")
    ]


def test_an_entry_says_what_it_is_when_it_was_found_and_where_it_leads() -> None:
    removed = change("removed", "album", found_on="2019-05-06")
    first, second = entries(feed("lake", [album("New")], [removed], DAY))
    assert first == {
        "id": f"https://open.spotify.com/album/{ID}#album-2019-05-07",
        "title": "Vega Halden - New",
        "updated": "2019-05-07T00:00:00Z",
        "link": f"https://open.spotify.com/album/{ID}",
        "summary": "single, 1 track, released 2019, found on 2019-05-07",
    }
    assert (second["title"], second["updated"]) == ("Low Tide (album): gone", "2019-05-06T00:00:00Z")


def test_a_feed_has_what_atom_demands_without_an_entry_too() -> None:
    root = ElementTree.fromstring(feed("lake", [], [], DAY))  # noqa: S314 - our own text
    assert {each.tag.removeprefix(f"{{{ATOM}}}") for each in root} == {"id", "title", "updated", "author"}
    assert root.findtext(f"{{{ATOM}}}updated") == "2019-05-07T00:00:00Z"


def test_the_newest_entries_are_kept() -> None:
    rows = [album(str(number), found_on=f"2019-05-{number % 7 + 1:02d}") for number in range(7 * ENTRIES)]
    told = entries(feed("lake", rows, [], DAY))
    assert len(told) == ENTRIES
    assert {each["updated"] for each in told} == {"2019-05-07T00:00:00Z"}


def test_albums_and_changes_of_all_days_are_in_one_order() -> None:
    albums = [album("a", found_on="2019-05-07"), album("b", found_on="2019-05-03")]
    changes = [change("removed", "album", found_on="2019-05-05"), change("removed", "album", found_on="2019-05-08")]
    written = feed("lake", albums, changes, DAY)
    assert [each["updated"] for each in entries(written)] == [f"2019-05-0{day}T00:00:00Z" for day in (8, 7, 5, 3)]
    updated = ElementTree.fromstring(written).findtext(f"{{{ATOM}}}updated")  # noqa: S314 - our own text
    assert updated == "2019-05-08T00:00:00Z"


@given(name=st.text(max_size=300))
def test_no_name_breaks_the_feed_or_is_markup_in_it(name: str) -> None:
    (told,) = entries(feed("lake", [album(name)], [], DAY))
    assert set(told) == {"id", "title", "updated", "link", "summary"}
