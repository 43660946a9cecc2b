"""The watch-list on a whole local stack: artists are followed, checked with Spotify, imported and searched for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from functions.extract.api.tokens import credentials_in
from functions.shared import keys
from tests.ops.conftest import DAY

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.executions.pipeline import Pipeline
    from tests.ops.conftest import CommandLine


def test_the_watch_list_is_changed_and_shown(local_ops: CommandLine, pipeline: Pipeline, tmp_path: Path) -> None:
    before = local_ops("watch", "list", "--local", "--json").json["artists"]
    stranger, other = "1" * 22, "2" * 22
    added = local_ops("watch", "add", f"spotify:artist:{stranger}", "--no-check", "--local", "--json").json
    assert (added["before"], added["after"]) == (len(before), len(before) + 1)
    assert "Nothing to change" in local_ops("watch", "add", stranger, "--local").out
    assert local_ops("watch", "add", "--search", "tag:new", "--local").code == 0
    file = tmp_path / "artists.txt"
    file.write_text(f"https://open.spotify.com/artist/{other}\n\n{stranger}\n")
    asked = ("watch", "import", str(file), "--no-check", "--local", "--json")
    assert local_ops(*asked).code == 2
    assert local_ops(*asked, "--yes").json["after"] == len(before) + 2
    assert local_ops("watch", "export", str(tmp_path / "all.json"), "--local").code == 0
    assert local_ops("watch", "remove", stranger, other, "--search", "tag:new", "--local").code == 0
    listed = local_ops("watch", "list", "--local", "--json").json
    assert (listed["artists"], listed["searches"]) == (before, [])
    again = local_ops("watch", "import", str(tmp_path / "all.json"), "--no-check", "--yes", "--local")
    assert (again.code, "2 new artists and 1 saved search to follow." in again.out) == (0, True)
    assert local_ops("watch", "remove", stranger, other, "--search", "tag:new", "--local").code == 0
    assert local_ops("watch", "remove", stranger, "--local").code == 2
    assert before[0]["id"] in local_ops("watch", "list", "--local").out
    assert pipeline.keys("raw", keys.WATCHLIST)


def test_an_artist_to_follow_is_checked_with_spotify_by_one_request(
    local_ops: CommandLine, pipeline: Pipeline, published: str
) -> None:
    artist, *_ = _followed(local_ops)
    assert (local_ops("watch", "remove", artist["id"], "--local").code, published) == (0, DAY)
    before = json.loads(pipeline.read("raw", keys.QUOTA))["calls"].get("artists", 0)
    told = local_ops("watch", "add", artist["id"], "--local")
    follows = next(each for each in _followed(local_ops) if each["id"] == artist["id"])  # by the name it has today
    assert (told.code, f"Follows {follows['name']} ({artist['id']})" in told.out) == (0, True)
    assert json.loads(pipeline.read("raw", keys.QUOTA))["calls"]["artists"] == before + 1
    unknown = local_ops("watch", "add", "1" * 22, "--local")
    assert (unknown.code, "Spotify does not know this artist. Nothing was changed" in unknown.err) == (2, True)


def test_an_import_looks_names_up_shows_candidates_and_leaves_out_what_spotify_does_not_know(
    local_ops: CommandLine, pipeline: Pipeline, tmp_path: Path, published: str
) -> None:
    for each in _followed(local_ops):  # an artist may have been renamed since the list was written
        assert local_ops("watch", "remove", each["id"], "--local").code == 0
        assert local_ops("watch", "add", each["id"], "--local").code == 0
    artist, other, *_ = _followed(local_ops)
    pipeline.put("raw", keys.WATCHLIST, json.dumps({"artists": []}).encode())
    file, ids = tmp_path / "Follow.json", tmp_path / "ids.txt"
    file.write_text(json.dumps({"userIsFollowing": [artist["name"], f"nobody {published}"]}))
    ids.write_text(f"{other['id']}\n{'1' * 22}\n")
    told = local_ops("watch", "import", str(file), str(ids), "--yes", "--local", "--json")
    assert told.code == 3
    assert {(each["id"], each["name"]) for each in told.json["new"]} == {
        (each["id"], each["name"]) for each in (artist, other)
    }
    assert told.json["by_name"] == [artist["id"]]
    assert told.json["left_out"] == [
        f"{'1' * 22}: Spotify does not know this artist.",
        f"nobody {published}: no artist has exactly this name.",
    ]
    assert told.json["requests_per_day"]["artist_albums"] == 5  # two listings of two artists, a seventh of one more
    assert told.json["round_days"] == 1


def test_without_credentials_an_artist_is_followed_unchecked_and_that_is_said(
    local_ops: CommandLine, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.spotify.extraction.stored_credentials", lambda _: credentials_in(None))
    told = local_ops("watch", "add", "3" * 22, "--local")
    assert (told.code, "Not checked with Spotify: The secret holds no Spotify credentials." in told.err) == (0, True)
    assert "an artist whose name is not known yet" in told.out
    assert local_ops("watch", "remove", "3" * 22, "--local").code == 0
    assert pipeline.keys("raw", keys.WATCHLIST)


def test_a_search_shows_candidates_and_costs_a_call(local_ops: CommandLine, pipeline: Pipeline, published: str) -> None:
    artist = local_ops("watch", "list", "--local", "--json").json["artists"][0]
    before = json.loads(pipeline.read("raw", keys.QUOTA))["calls"].get("search", 0)
    told = local_ops("watch", "search", artist["name"], "--local", "--json")
    assert artist["id"] in {each["id"] for each in told.json if each["followed"]}
    assert json.loads(pipeline.read("raw", keys.QUOTA))["calls"]["search"] == before + 1
    assert "knows no artist" in local_ops("watch", "search", f"nobody {published}", "--local").out


def _followed(local_ops: CommandLine) -> list[dict[str, str]]:
    """Return the artists that are followed, with the names under which they were added."""
    found: list[dict[str, str]] = local_ops("watch", "list", "--local", "--json").json["artists"]
    return found


def test_a_search_that_spotify_may_refuse_is_told_and_followed(local_ops: CommandLine) -> None:
    long = "genre:" + "x" * 200
    told = local_ops("watch", "add", "--search", long, "--local")
    assert (told.code, "The search has 206 characters" in told.err) == (0, True)
    assert local_ops("watch", "remove", "--search", long, "--local").code == 0


def test_following_various_artists_says_what_it_costs(local_ops: CommandLine, tmp_path: Path) -> None:
    various = "0LyfQWJT6nXafLPZqxe9Of"
    added = local_ops("watch", "add", various, "--no-check", "--local")
    assert (added.code, "Various Artists" in added.err) == (0, True)
    assert local_ops("watch", "remove", various, "--local").code == 0
    file = tmp_path / "artists.txt"
    file.write_text(f"{various}\n")
    asked = local_ops("watch", "import", str(file), "--no-check", "--local")
    assert (asked.code, "Various Artists" in asked.out) == (2, True)  # nobody is there to confirm
