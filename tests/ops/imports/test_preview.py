"""The requests of an import, the name that it keeps of several, and how much it reads of a file that is too large."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from typing import TYPE_CHECKING

import pytest

from functions.shared.watchlist import Artist, WatchList
from ops.commands import watch_import
from ops.errors import WrongUsage
from ops.spotify.search import Candidate, LookedUp
from ops.watch.imports import files, preview
from ops.watch.imports.found import Found
from tests.ops.test_races import Noted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ops.stack import Stack

IDS = [f"{number:022}" for number in range(23)]


def test_of_artists_without_a_name_twenty_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is a request that the next run would lack."""
    asked: list[str] = []

    def identified(_stack: Stack, ids: Iterable[str]) -> LookedUp:
        asked.extend(ids)
        return LookedUp({each: [Candidate(each, "Known", [], None)] for each in asked})

    monkeypatch.setattr(preview, "identified", identified)
    found = Found({"named": Artist("named", "Named")} | {each: Artist(each) for each in IDS})
    view = preview.preview(Noted().stack, found, WatchList(), check=True)
    assert (asked, view.unchecked) == (IDS[:20], 3)
    assert [each.name for each in view.new] == ["Named", *["Known"] * 20, *[None] * 3]


def test_an_artist_keeps_the_first_name_that_a_file_gives_it() -> None:
    found = Found()
    for name in (None, "First", "Second", None):
        found.add(IDS[1], name, "here")
    assert found.artists[IDS[1]].name == "First"


def test_a_zip_of_just_as_many_members_as_a_download_may_have_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_MEMBERS", 2)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("YourLibrary.json", '{"artists": []}')
        archive.writestr("b", "")
    (tmp_path / "x.zip").write_bytes(packed.getvalue())
    assert files.read([tmp_path / "x.zip"]).artists == {}


@pytest.mark.parametrize("name", ["x.txt", "x.zip"])
def test_of_a_file_that_is_too_large_no_more_is_read_than_shows_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A zip of a few kilobytes may unpack to more than there is memory."""
    monkeypatch.setattr(files, "LARGEST", 1 << 10)
    if name == "x.zip":
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("YourLibrary.json", bytes(8 << 20))
    else:
        with (tmp_path / name).open("wb") as large:
            large.truncate(8 << 20)  # a hole: it takes no room
    tracemalloc.start()
    with pytest.raises(WrongUsage, match="more than"):
        files.read([tmp_path / name])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 << 20


def test_a_line_of_more_than_five_hundred_characters_is_no_artist(tmp_path: Path) -> None:
    """The message has its length, and does not repeat it."""
    (tmp_path / "x.txt").write_text(f"{'x' * 501}\n{'y' * 500}\n")
    long, strange = files.read([tmp_path / "x.txt"]).unknown
    assert long.endswith(":1 has 501 characters, so it is not an artist.")
    assert "y" * 20 in strange


def looked_up(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    *found: str,
    followed: tuple[Artist, ...] = (),
    files: tuple[Artist, ...] = (),
) -> preview.Preview:
    """Return the preview of one name, beside artists of files, for which Spotify finds artists of these names."""
    candidates = [Candidate(IDS[number], each, [], None) for number, each in enumerate(found)]

    def named(_stack: Stack, names: list[str]) -> LookedUp:
        return LookedUp(dict.fromkeys(names, candidates), requests=len(names))

    monkeypatch.setattr(preview, "named", named)
    names = Found({each.id: each for each in files})
    names.add_name(name)
    return preview.preview(Noted().stack, names, WatchList(followed), check=True)


def test_an_artist_of_that_name_who_is_followed_without_one_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    view = looked_up(monkeypatch, "Made Up", "Made Up", followed=(Artist(IDS[0]),))
    assert (view.already, view.new, view.left_out) == ({IDS[0]: Artist(IDS[0], "Made Up")}, (), [])


def test_a_name_in_the_watch_list_is_followed_already_and_costs_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was left out of every line before: of a download's 45 names, nobody could say what became of 40."""
    followed = Artist(IDS[3], "MADE UP")
    view = looked_up(monkeypatch, "Made Up", "Made Up", followed=(followed,))
    assert (view.already, view.new, view.left_out) == ({IDS[3]: followed}, (), [])
    assert view.requests == {}


@pytest.mark.parametrize("name", ["Made Up", None])
def test_a_name_of_an_artist_that_the_files_have_by_id_repeats_it(
    monkeypatch: pytest.MonkeyPatch, name: str | None
) -> None:
    monkeypatch.setattr(preview, "identified", lambda *_: LookedUp())
    view = looked_up(monkeypatch, "Made Up", "Made Up", files=(Artist(IDS[0], name),))
    assert (view.new, view.by_name, view.duplicates) == ((Artist(IDS[0], "Made Up"),), set(), 1)


def test_an_import_says_who_is_followed_now_who_was_who_was_not_found_and_what_it_spent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch_import, "costs", lambda _: [])
    new, old = (Artist(IDS[number], name) for number, name in ((1, "New"), (2, "Old")))
    view = preview.Preview(
        WatchList((old,)), WatchList((old, new)), by_name={new.id}, already={old.id: old}, left_out=["x"] * 3
    )
    view.requests = {"artists": 1, "search": 1045}
    view.candidates = {"Nobody": [], "Olds": [Candidate(old.id, "Old", [], None)] * 6}
    shown, *lines = watch_import.drawn(view, None)  # type: ignore[arg-type]  # costs are left out
    assert [[cell.plain for cell in column.cells] for column in shown.columns] == [
        [new.id, old.id], ["New", "Old"], ["new, by name", "followed already"],
    ]  # fmt: skip
    told = [str(each) for each in lines]
    assert told[:2] == ["1 new artist to follow.", "Requests to Spotify: 1 for IDs, 1,045 searches."]
    assert not any("Nobody" in each for each in told)
    assert [cell.plain for cell in lines[-1].columns[-1].cells] == ["yes"] * 5
    assert watch_import.summed(view) == (
        "2 artists followed, 1 before: 1 new, 1 followed already, 3 left out. "
        "Requests to Spotify: 1 for IDs, 1,045 searches."
    )


def test_an_import_without_a_request_says_so() -> None:
    assert watch_import.summed(preview.Preview(WatchList(), WatchList())) == (
        "Nothing to change: 0 artists followed, 0 before: 0 new, 0 followed already, 0 left out. "
        "Requests to Spotify: none."
    )


@pytest.mark.parametrize("more", [0, 2])
def test_only_the_first_fifty_who_are_followed_already_are_shown(monkeypatch: pytest.MonkeyPatch, more: int) -> None:
    monkeypatch.setattr(watch_import, "costs", lambda _: [])
    many = {str(each): Artist(str(each)) for each in range(50 + more)}
    shown, *lines = watch_import.drawn(preview.Preview(WatchList(), WatchList(), already=many), None)  # type: ignore[arg-type]  # as above
    assert shown.row_count == 50
    told = [str(each) for each in lines if "Followed already" in str(each)]
    assert told == ([f"Followed already: {more} more; --json lists all."] if more else [])


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (["Made Up", "Made up"], "2 artists have exactly this name."),
        (["Made Up Band"], "no artist has exactly this name."),
    ],
)
def test_a_name_of_two_artists_or_of_none_is_left_out_with_its_candidates(
    monkeypatch: pytest.MonkeyPatch, found: list[str], reason: str
) -> None:
    view = looked_up(monkeypatch, "Made Up", *found)
    assert (view.new, view.left_out) == ((), [f"Made Up: {reason}"])
    assert [each.name for each in view.candidates["Made Up"]] == found


def test_entries_left_out_beyond_the_shown_ones_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_import, "costs", lambda _: [])
    for more, last in ((0, "Left out: shown"), (1, "Left out: 1 more; --json lists all.")):
        view = preview.Preview(WatchList(), WatchList(), left_out=["shown"] * (watch_import.SHOWN + more))
        assert str(watch_import.drawn(view, None)[-1]) == last  # type: ignore[arg-type]  # costs are left out
