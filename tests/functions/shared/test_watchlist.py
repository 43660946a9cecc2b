"""The watch-list: IDs, URIs and links become distinct artists and searches; a bad entry is named with its position."""

from __future__ import annotations

import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.shared.errors import WatchListInvalid
from functions.shared.watchlist import Artist, Search, WatchList, artist_id, parse, render

ONE, TWO = "0A00000000000000000001", "0b00000000000000000002"
ids = st.text(string.ascii_letters + string.digits, min_size=22, max_size=22).map(lambda text: "0" + text[1:])
names = st.text(st.characters(codec="utf-8"), min_size=1).map(str.strip).filter(bool)
watchlists = st.builds(
    WatchList,
    st.lists(st.builds(Artist, ids, st.none() | names), unique_by=lambda a: a.id).map(tuple),
    st.lists(st.builds(Search, names, names), unique_by=lambda s: s.query).map(tuple),
)


@pytest.mark.parametrize(
    "written",
    [
        ONE,
        f"  {ONE}\n",
        f"spotify:artist:{ONE}",
        f"https://open.spotify.com/artist/{ONE}",
        f"https://open.spotify.com/artist/{ONE}?si=abc",
        f"https://open.spotify.com/intl-de/artist/{ONE}/",
        f"open.spotify.com/artist/{ONE}",
    ],
)
def test_an_artist_is_an_id_a_uri_or_a_link(written: str) -> None:
    assert artist_id(written, "here") == ONE
    assert parse(json.dumps({"artists": [written]})) == parse(json.dumps({"artists": [{"id": written}]}))


def test_duplicates_are_merged_and_the_first_name_wins() -> None:
    entries = [ONE, {"id": f"spotify:artist:{ONE}", "name": "One"}, {"id": ONE, "name": "Other"}, TWO]
    searches = [{"name": "new", "query": "tag:new"}, {"name": "again", "query": "tag:new"}]
    found = parse(json.dumps({"artists": entries, "searches": searches}))
    assert found == WatchList((Artist(ONE, "One"), Artist(TWO)), (Search("new", "tag:new"),))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("[", "not JSON"),
        ("[]", "is a list; expected"),
        ({"artist": []}, "unknown member 'artist'"),
        (dict.fromkeys("gfedcba", 0), r"unknown member 'a'; it may have \['artists', 'searches'\]"),
        ({"artists": {}}, "artists is an object"),
        ({"artists": [ONE, "nonsense"]}, r"artists\[1\] is 'nonsense'"),
        ({"artists": [f"spotify:album:{ONE}"]}, r"artists\[0\] is .* a Spotify album; only artists"),
        ({"artists": [f"deezer:artist:{ONE}"]}, "expected an artist's id"),
        ({"artists": ["spotify:artist"]}, "expected an artist's id"),
        ({"artists": [f"https://open.spotify.com/playlist/{ONE}"]}, "a Spotify playlist"),
        ({"artists": [f"https://example.com/artist/{ONE}"]}, "expected an artist's id"),
        ({"artists": [f"ftp://open.spotify.com/artist/{ONE}"]}, "expected an artist's id"),
        ({"artists": [f"https://[open.spotify.com/artist/{ONE}"]}, "expected an artist's id"),
        ({"artists": ["z" * 22]}, "no Spotify ID is that large"),
        ({"artists": [f"spotify:artist:{'z' * 22}"]}, "no Spotify ID is that large"),
        ({"artists": ["z" * 21]}, "expected an artist's id"),
        ({"artists": [{"name": "x"}]}, r"artists\[0\]\.id is missing"),
        ({"artists": [{"id": ONE, "name": 3}]}, r"artists\[0\]\.name is 3"),
        ({"artists": [7]}, r"artists\[0\] is 7"),
        ({"artists": [{"id": ONE, "nmae": "x"}]}, "unknown member 'nmae'"),
        ({"searches": ["tag:new"]}, r"searches\[0\] is 'tag:new'"),
        ({"searches": [{"name": "x", "query": " "}]}, r"searches\[0\]\.query"),
        ({"searches": [{"name": "x", "query": "y", "type": "album"}]}, r"searches\[0\] .*unknown member 'type'"),
    ],
)
def test_a_bad_entry_is_named_with_its_position(document: object, message: str) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    with pytest.raises(WatchListInvalid, match=message):
        parse(text)


def test_a_watch_list_that_nests_too_deep_is_not_json() -> None:
    with pytest.raises(WatchListInvalid, match="not JSON"):
        parse("[" * 100_000)


@given(watchlists)
def test_what_is_rendered_parses_to_the_same(watchlist: WatchList) -> None:
    assert parse(render(watchlist)) == watchlist


BYTES = st.binary() | st.recursive(
    st.none() | st.text() | st.integers(),
    lambda s: st.lists(s) | st.dictionaries(st.sampled_from(["artists", "searches", "id", "name"]), s),
).map(lambda d: json.dumps(d).encode())


@settings(max_examples=25)
@given(BYTES)
def test_any_bytes_parse_or_are_refused(data: bytes) -> None:
    _parse_or_are_refused(data)


@pytest.mark.slow
@given(BYTES)
def test_more_bytes_parse_or_are_refused(data: bytes) -> None:
    _parse_or_are_refused(data)


def _parse_or_are_refused(data: bytes) -> None:
    """Assert that no artist is in what is parsed twice."""
    try:
        found = parse(data)
    except WatchListInvalid:
        return
    assert len({artist.id for artist in found.artists}) == len(found.artists)
