"""The transform's own reader predicts what a run would read from files, by file and line."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from functions.shared.watchlist import Artist, Search, WatchList, render
from ops.commands import inbox
from ops.errors import WrongUsage
from ops.inbox import following
from ops.inbox.check import Rejected, check

if TYPE_CHECKING:
    from pathlib import Path

DAY = "2026-11-23"
ARTIST = {
    "id": "0A00000000000000000001",
    "type": "artist",
    "name": "The Invented",
    "uri": "spotify:artist:0A00000000000000000001",
}
TRACK = {
    "id": "0T00000000000000000001",
    "type": "track",
    "name": "One",
    "disc_number": 1,
    "track_number": 1,
    "duration_ms": 9,
}
ALBUM = {
    "id": "0B00000000000000000001",
    "type": "album",
    "name": "Album",
    "album_type": "album",
    "release_date": "2026-11-20",
    "release_date_precision": "day",
    "total_tracks": 1,
    "artists": [ARTIST],
    "tracks": {"items": [TRACK], "total": 1, "next": None},
}


def written(folder: Path, name: str, *lines: object) -> Path:
    text = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines).encode()
    (folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return folder / name


def test_rows_are_counted_and_rejected_records_named_by_file_and_line(tmp_path: Path) -> None:
    good = written(tmp_path, "albums.ndjson.gz", ALBUM, ARTIST)
    bad = written(tmp_path, "bad.ndjson", ARTIST, "{nonsense", {**ALBUM, "id": "short"})
    found = check([bad, good], DAY)
    assert (found.rows["artists"], found.rows["albums"], found.rows["tracks"]) == (1, 1, 1)
    assert {(each.file, each.line) for each in found.rejected} == {("bad.ndjson", 2), ("bad.ndjson", 3)}
    assert found.rejected[0] == Rejected("bad.ndjson", 2, ["line: not JSON"])
    assert found.any_rows


def test_files_are_read_by_name_as_a_run_reads_them(tmp_path: Path) -> None:
    files = [written(tmp_path, f"{name}.ndjson", "{nonsense") for name in "cab"]
    assert [each.file for each in check(files, DAY).rejected] == ["a.ndjson", "b.ndjson", "c.ndjson"]


def test_rejected_records_are_named_in_the_order_of_files_and_then_of_lines(tmp_path: Path) -> None:
    """The quarantine keeps them so."""
    artist, album = {**ARTIST, "name": ""}, {**ALBUM, "name": "", "tracks": {"items": [], "total": 0, "next": None}}
    late, early = (written(tmp_path, name, artist, ARTIST, album) for name in ("b.ndjson", "a.ndjson"))
    found = [(each.file, each.line) for each in check([late, early], DAY).rejected]
    assert found == [("a.ndjson", 1), ("a.ndjson", 3), ("b.ndjson", 1), ("b.ndjson", 3)]


def test_a_document_over_many_lines_and_an_envelope_are_read(tmp_path: Path) -> None:
    (tmp_path / "pretty.json").write_text(json.dumps(ALBUM, indent=2))
    envelope = {
        "fetched_at": f"{DAY}T06:00:00Z",
        "first_seen": None,
        "url": "https://api.spotify.com/v1/artists/x",
        "status": 200,
        "etag": None,
        "body": ARTIST,
    }
    found = check([tmp_path / "pretty.json", written(tmp_path, "e.json", envelope)], DAY)
    assert (found.rows["artists"], found.rows["albums"], found.rejected) == (1, 1, [])


def test_a_file_without_records_has_no_rows(tmp_path: Path) -> None:
    found = check([written(tmp_path, "x.json", {})], DAY)
    assert (found.any_rows, len(found.rejected)) == (False, 1)
    broken = tmp_path / "y.json.gz"
    broken.write_bytes(gzip.compress(json.dumps(ALBUM).encode())[:40])
    assert check([broken], DAY).rejected[0].reasons == ["object: its gzip breaks off here"]


@pytest.mark.parametrize("name", ["albums.csv", "_READY", ".hidden.json", "_part.json", "albums.json.zip"])
def test_a_name_that_no_run_reads_is_wrong_usage(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongUsage, match="would not be read"):
        check([written(tmp_path, name, ARTIST)], DAY)


FOLLOWED = WatchList(
    (Artist(ARTIST["id"], "The Invented"), Artist("0A00000000000000000002")), (Search("new", "tag:new"),)
)


@pytest.mark.parametrize(
    "listed",
    [
        json.loads(render(FOLLOWED)),
        {"artists": [{"id": ARTIST["id"], "name": "The Invented"}]},
        {"artists": [ARTIST["id"], ARTIST["uri"]]},
        {"artists": [], "searches": [{"name": "new", "query": "tag:new"}]},
        {"userIsFollowing": ["The Invented"], "userIsFollowedBy": [], "userIsBlocking": []},
        {"tracks": [], "albums": [], "artists": [{"name": "The Invented", "uri": ARTIST["uri"]}]},
        [ARTIST["id"], ARTIST["uri"]],
        [{"uri": ARTIST["uri"], "name": "The Invented"}],
    ],
    ids=["export", "without searches", "IDs", "searches", "Follow.json", "YourLibrary.json", "a list", "URIs"],
)
@pytest.mark.parametrize("name", ["x.json", "x.json.gz"])
def test_a_list_of_artists_to_follow_is_no_observation_of_them(tmp_path: Path, name: str, listed: object) -> None:
    """A run would publish each as an artist whose every other field is null."""
    file = written(tmp_path, name, listed)
    with pytest.raises(WrongUsage, match=r"lists artists to follow, .*`ops watch import .*x\.json") as caught:
        check([file], DAY)
    assert str(caught.value).startswith(str(file))


@pytest.mark.parametrize(
    "response",
    [
        {"artists": [ARTIST]},
        {"artists": []},
        {"artists": [None]},
        {"artists": {"items": [ARTIST]}},
        {"albums": [ALBUM], "artists": [ARTIST], "tracks": [TRACK]},
        [ARTIST],
        [],
        {},
        ARTIST,
        "ï»¿ no JSON",
    ],
    ids=["batch", "empty batch", "null", "page", "three batches", "list", "empty list", "empty", "one", "other"],
)
def test_a_response_is_no_list_of_artists_to_follow(tmp_path: Path, response: object) -> None:
    assert not following.lists_artists(written(tmp_path, "x.json", response))


def test_a_large_file_is_not_read_to_recognize_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, "x.json", json.loads(render(FOLLOWED)))
    assert following.lists_artists(file)
    for largest, looked_at in ((file.stat().st_size, True), (file.stat().st_size - 1, False)):
        monkeypatch.setattr(following, "LARGEST", largest)
        assert following.lists_artists(file) is looked_at


def test_fields_that_files_leave_out_are_named_with_their_rows(tmp_path: Path) -> None:
    sparse = {key: ALBUM[key] for key in ("id", "type", "name", "album_type", "artists")}
    whole = {**ALBUM, "external_urls": {"spotify": "https://open.spotify.com/album/0B00000000000000000001"}}
    found = check([written(tmp_path, "x.ndjson", whole, {**sparse, "id": "0B00000000000000000002"})], DAY)
    assert found.nulls["albums"] == {
        "release_date": 1, "release_date_precision": 1, "total_tracks": 1, "spotify_url": 1,
    }  # fmt: skip
    (line,) = (str(each) for each in inbox.drawn(found) if "leave out" in str(each))
    assert line.startswith(
        "The files leave out these fields: of 2 albums, release_date (1), release_date_precision (1), "
        "total_tracks (1), spotify_url (1); of 1 track, explicit (1), "
    )
    assert line.endswith("They become null; where an earlier date has a value, catalogue_changes shows a change.")


def test_a_field_that_is_null_because_it_was_not_valid_is_not_left_out(tmp_path: Path) -> None:
    """`faults` has it, and catalogue_changes waits for its next valid value."""
    assert "total_tracks" in check([written(tmp_path, "x.json", {**ALBUM, "total_tracks": None})], DAY).nulls["albums"]
    assert (
        "total_tracks" not in check([written(tmp_path, "x.json", {**ALBUM, "total_tracks": "x"})], DAY).nulls["albums"]
    )


def test_a_file_that_has_every_field_is_told_without_such_a_line(tmp_path: Path) -> None:
    artist = {**ARTIST, "external_urls": {"spotify": "https://open.spotify.com/artist/0A00000000000000000001"}}
    found = check([written(tmp_path, "x.json", artist)], DAY)
    assert found.nulls == {}
    assert len(inbox.drawn(found)) == 1


def test_two_files_of_one_name_are_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(WrongUsage, match=r"Two files are called x\.json"):
        check([written(tmp_path, "x.json", ARTIST), written(tmp_path / "a", "x.json", ARTIST)], DAY)
