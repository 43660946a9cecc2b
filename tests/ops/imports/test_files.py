"""Spotify's data download, Exportify's CSV, JSON and plain lists are read; hostile files are rejected."""

from __future__ import annotations

import codecs
import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from functions.shared.watchlist import Artist, Search, WatchList, render
from ops.errors import WrongUsage
from ops.watch.imports import files, formats
from ops.watch.imports.files import read
from ops.watch.imports.found import Found
from ops.watch.watchlist import lines
from tests.often import one_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ONE, TWO, THREE = (f"0A0000000000000000000{number}" for number in (1, 2, 3))
LIBRARY = {
    "tracks": [{"artist": "Someone else", "album": "A", "track": "T", "uri": "spotify:track:x"}],
    "albums": [],
    "artists": [
        {"name": "The Invented", "uri": f"spotify:artist:{ONE}"},
        {"name": "Made Up", "uri": f"spotify:artist:{TWO}"},
    ],
    "bannedArtists": [{"name": "Never", "uri": f"spotify:artist:{THREE}"}],
}
FOLLOW = {
    "userIsFollowedBy": ["a fan"],
    "userIsFollowing": ["Made Up", "Nobody  Yet", "nobody yet"],
    "userIsBlocking": [],
}
HEADER = "Track URI,Track Name,Artist URI(s),Artist Name(s),Album Name\n"


def written(folder: Path, name: str, content: str | bytes) -> Path:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def zipped(**members: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def test_a_data_download_has_artists_by_uri_and_the_followed_by_name(tmp_path: Path) -> None:
    members = {
        "Spotify Account Data/YourLibrary.json": json.dumps(LIBRARY),
        "Spotify Account Data/Follow.json": json.dumps(FOLLOW),
    }
    found = read(
        [written(tmp_path, "my_spotify_data.zip", zipped(**members, **{"__MACOSX/._YourLibrary.json": b"\0"}))]
    )
    assert found.artists == {ONE: Artist(ONE, "The Invented"), TWO: Artist(TWO, "Made Up")}
    assert list(found.names.values()) == ["Made Up", "Nobody Yet"]
    assert (found.duplicates, found.unknown) == (1, [])


def test_the_files_of_a_download_are_read_without_the_zip_too(tmp_path: Path) -> None:
    both = [written(tmp_path, "a.json", json.dumps(LIBRARY)), written(tmp_path, "b", json.dumps(FOLLOW))]
    assert (len(read(both).artists), len(read(both).names)) == (2, 2)


def test_a_csv_of_exportify_counts_the_tracks_of_each_artist(tmp_path: Path) -> None:
    rows = [
        f'spotify:track:1,One,"spotify:artist:{ONE}, spotify:artist:{TWO}","Big\\, Loud, Quiet",X',
        f'spotify:track:2,Two,spotify:artist:{ONE},"Big\\, Loud",X',
        f"spotify:track:2,Two,spotify:artist:{TWO},Quiet,X",
        f"spotify:track:2,Two again,spotify:artist:{TWO},Quiet,X",
        "spotify:local:3,Local,,Unknown,",
    ]
    file = written(tmp_path, "liked.csv", "\ufeff" + HEADER + "\r\n".join(rows))
    found = read([file])
    assert found.artists == {ONE: Artist(ONE, "Big, Loud"), TWO: Artist(TWO, "Quiet")}
    assert (found.unknown, found.duplicates) == ([], 0)
    assert (found.without_rare(2), found.without_rare(3)) == (0, 2)
    listed = written(tmp_path, "list.txt", ONE)
    both = read([file, listed])
    assert (both.without_rare(3), list(both.artists)) == (1, [ONE])


@pytest.mark.parametrize(
    "line",
    [
        ONE,
        f"spotify:artist:{ONE}",
        f"https://open.spotify.com/artist/{ONE}?si=0123abc&dl_branch=1",
        f"https://open.spotify.com/intl-de/artist/{ONE}",
        f"https://open.spotify.com/artist/{ONE}/discography/all",
        f"http://open.spotify.com/embed/artist/{ONE}",
        f"<https://open.spotify.com/artist/{ONE}>,",
        f"\t{ONE}   # the first",
    ],
)
@pytest.mark.parametrize("begin", ["", "# my artists\n\n", "\ufeff"], ids=["plain", "comment", "bom"])
def test_a_line_of_a_list_is_any_way_to_name_an_artist(tmp_path: Path, begin: str, line: str) -> None:
    found = read([written(tmp_path, "list.txt", f"{begin}{line}\n{line}\n")])
    assert (list(found.artists), found.duplicates, found.unknown) == ([ONE], 1, [])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_list_that_windows_wrote_is_read(tmp_path: Path, encoding: str) -> None:
    assert list(read([written(tmp_path, "list.txt", f"{ONE}\r\n{TWO}\r\n".encode(encoding))]).artists) == [ONE, TWO]


def test_a_library_may_have_tracks_and_albums_alone() -> None:
    """It names nobody, and is no error."""
    found = Found()
    formats.document({"tracks": [], "albums": []}, "library", found)
    assert (found.artists, found.names, found.unknown) == ({}, {}, [])


def test_a_json_array_holds_ids_or_objects(tmp_path: Path) -> None:
    entries = [ONE, {"uri": f"spotify:artist:{TWO}", "name": "Two", "popularity": 3}, {"name": "Only A Name"}, 7, {}]
    found = read([written(tmp_path, "x.json", codecs.BOM_UTF8 + json.dumps(entries).encode())])
    assert (list(found.artists.values()), list(found.names.values())) == (
        [Artist(ONE), Artist(TWO, "Two")],
        ["Only A Name"],
    )
    assert [each.rpartition("[")[2] for each in found.unknown] == ["3] is not an artist.", "4] is not an artist."]


def test_what_export_writes_is_read_back(tmp_path: Path) -> None:
    watchlist = WatchList((Artist(ONE, "One # not a comment"), Artist(TWO)), (Search("new", "tag:new"),))
    found = read([written(tmp_path, "w.json", render(watchlist))])
    assert (tuple(found.artists.values()), tuple(found.searches)) == (watchlist.artists, watchlist.searches)
    assert list(read([written(tmp_path, "w.txt", lines(watchlist))]).artists) == [ONE, TWO]


def test_a_wrong_entry_is_named_and_stops_no_other(tmp_path: Path) -> None:
    bad = [
        "Some Name",
        f"spotify:album:{ONE}",
        f"https://example.com/artist/{ONE}",
        "x" * 600,
        "https://spotify.link/abc",
    ]
    found = read([written(tmp_path, "list.txt", "\n".join([*bad, TWO]))])
    assert list(found.artists) == [TWO]
    assert [f"list.txt:{line}" in told for line, told in enumerate(found.unknown, start=1)] == [True] * 5
    watchlist = {"artists": [ONE, "nobody"], "searches": []}
    found = read([written(tmp_path, "w.json", json.dumps(watchlist))])
    assert (list(found.artists), len(found.unknown)) == ([ONE], 1)


def bomb() -> bytes:
    return zipped(**{"YourLibrary.json": b"[" + b" " * (files.LARGEST + 10)})


def lying() -> bytes:
    """Return a zip whose header says that a member is smaller than it is."""
    content = bytearray(zipped(**{"Follow.json": b" " * 50_000}))
    for at in range(len(content) - 4):
        if content[at : at + 4] == (50_000).to_bytes(4, "little"):
            content[at : at + 4] = (10).to_bytes(4, "little")
    return bytes(content)


def locked() -> bytes:
    content = bytearray(zipped(**{"Follow.json": "{}"}))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + at] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    one_in(
        4,
        [
            ("x.zip", bomb, "unpacks to more than 64 MiB"),
            ("x.zip", lying(), "the zip cannot be read: "),
            ("x.zip", locked(), "the zip cannot be read: .*password"),
            ("x.zip", zipped(**{"../../YourLibrary.json": "{}"}), "a path outside the archive"),
            ("x.zip", zipped(**{"/etc/Follow.json": "{}"}), "a path outside the archive"),
            ("x.zip", zipped(**{"C:\\Follow.json": "{}"}), "a path outside the archive"),
            ("x.zip", zipped(**{"Streaming_History_Audio_0.json": "[]"}), "contains no YourLibrary.json"),
            ("x.zip", zipped(**{"a/Follow.json": "[" * 100_000}), "nested too deeply"),
            ("x.zip", zipped(**{"Follow.json": "{}"})[:-30], "holds zero bytes|not UTF-8|cannot be read"),
            ("x.txt", b"", "the file is empty"),
            ("x.txt", b"a\0b", "zero bytes"),
            ("x.txt", b"\x89PNG", "is not UTF-8 text"),
            ("x.json", '{"artists": [', "is not valid JSON"),
            ("x.json", '{"songs": []}', "expected those of YourLibrary.json"),
            ("x.json", json.dumps(dict.fromkeys("abcdef")), "members 'a', 'b', 'c', 'd', 'e'; expected"),
            ("x.csv", "a,b,c,d,e,f,g\n", r"found 'a', 'b', 'c', 'd', 'e', 'f'\.$"),
            ("x.json", '{"artists": 1}', "artists is 1; expected a list"),
            ("x.json", '{"userIsFollowing": 3}', "'userIsFollowing' is not a list"),
            ("x.csv", "a,b\n1,2\n", r"no column 'Artist URI\(s\)'.*found 'a', 'b'"),
            ("x.csv", HEADER + '"' + "x" * ((1 << 20) + 1), "is not CSV"),
        ],
    ),
    ids=lambda value: value if isinstance(value, str) and len(value) < 80 else "content",
)
def test_a_file_that_is_none_or_would_do_harm_is_one_sentence(
    tmp_path: Path, name: str, content: str | bytes | Callable[[], bytes], message: str
) -> None:
    if callable(content):
        content = content()
    with pytest.raises(WrongUsage, match=message) as caught:
        read([written(tmp_path, name, content)])
    assert str(caught.value).startswith(str(tmp_path / name))
    assert list(tmp_path.iterdir()) == [tmp_path / name]


def test_a_zip_of_more_members_than_a_download_has_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_MEMBERS", 2)
    with pytest.raises(WrongUsage, match="3 members"):
        read([written(tmp_path, "x.zip", zipped(a="", b="", c=""))])


def test_a_list_larger_than_any_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 1 << 20)
    with pytest.raises(WrongUsage, match="more than 1 MiB"):
        read([written(tmp_path, "x.txt", b"\n" * (1 << 20) + b"\n")])
    assert read([written(tmp_path, "x.txt", b"\n" * (1 << 20))]).artists == {}
    library = b'{"artists": []}'.ljust(1 << 20)
    assert read([written(tmp_path, "x.zip", zipped(**{"YourLibrary.json": library}))]).artists == {}
