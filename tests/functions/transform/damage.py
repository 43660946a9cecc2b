"""Generated days: responses of every dataset with any oddities and damage, and a correct count of their records."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import strategies as st

from tests.functions.transform.days import Json, album, an_id, artist, envelope, full_track, page, track

VALUES: list[Any] = [
    None, "", "x", "\ud800", "é\x00", 0, -1, 1, 1.0, 1.5, 2**31 - 1, 2**31, -(2**40), 10**30, 1e300,
    float("nan"), float("inf"), True, False, [], ["a"], [None], [{}], [{"id": None}], [{"id": an_id(1)}], [[1]], {},
    {"id": 1}, {"total": 7.0}, {"spotify": 5}, {"items": None}, "0000", "2023-02-30", "2024", "ALBUM", "episode",
    "2026-11-23T06:00:00Z", "2026-11-23T06:00:00+05:30", "2026-11-23", 304, 404, 2**63, -0.0, "\u0000", {"new": [1]},
    [[[[[[[1]]]]]]], [{"id": an_id(1), "new": 1}], {"items": [], "new": 1}, {"items": [{"new": 1}]},
]  # fmt: skip
FIELDS = [
    "id", "name", "type", "genres", "followers", "popularity", "external_urls", "external_ids", "album_type", "label",
    "release_date", "release_date_precision", "total_tracks", "artists", "disc_number", "track_number", "duration_ms",
    "explicit", "is_playable", "is_local", "album", "new_field", "tracks", "class", "_0", "uri", "images", "href",
]  # fmt: skip
ENVELOPE = ["fetched_at", "first_seen", "status", "url", "body", "etag", "baseline", "album_id", "new_field"]
GARBAGE = [
    b"what?", b"[1]", b"17", b'{"a":1}{"a":2}', b'{"body":{"name":"\xff"}}', b'{"id":"1"}', b"", b"  ", b"\r",
    b'{"a":1,"a":2}', b'{"status":200,"body":{"id":"x","id":"y"}}', b'{"a":[[[[1]]]]}', b"{", b"}", b'{"a":1}x',
    b'{"status":304}', b'{"body":null,"status":404}', b'\xef\xbb\xbf{"a":1}',
    b'{"status":200,"body":{"a":1,"b":"2020"}}',
]  # fmt: skip

small = st.integers(0, 4)
edits = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(VALUES), max_size=2)
rarely = st.one_of(st.just({}), st.just({}), edits)
urls = st.builds(
    "https://api.spotify.com/v1/{}/{}{}".format,
    st.sampled_from(["albums", "artists"]),
    small.map(an_id),
    st.sampled_from(["", "?market=US", "/tracks?offset=50"]),
)
times = st.sampled_from(["2026-11-23T06:00:00Z", "2026-11-23T06:00:00.000001Z", "2026-11-23T07:30:00+01:00"])
tracks: st.SearchStrategy[list[Any]] = st.lists(
    st.one_of(st.builds(lambda number, edit: track(number) | edit, small, rarely), st.sampled_from([None, 5, {}])),
    max_size=3,
)
bodies: dict[str, st.SearchStrategy[Any]] = {
    "artists": st.builds(lambda number, edit: artist(number) | edit, small, rarely),
    "albums": st.builds(lambda number, on, edit: album(number, on) | edit, small, tracks, rarely),
    "album_tracks": st.builds(page, tracks),
    "tracks": st.builds(lambda number, edit: full_track(number) | edit, small, rarely),
    "artist_albums": st.builds(page, tracks),
}


@st.composite
def lines(draw: st.DrawFn, dataset: str) -> bytes:
    """Draw one line of a dataset, without its newline."""
    found: Json = envelope(
        draw(bodies[dataset]),
        fetched_at=draw(times),
        first_seen=draw(st.sampled_from(["2026-11-01", "2026-10-01", None])),
        url=draw(urls),
    )
    found |= draw(
        st.one_of(
            st.just({}),
            st.just({}),
            st.just({}),
            st.dictionaries(st.sampled_from(ENVELOPE), st.sampled_from(VALUES), max_size=1),
        )
    )
    text = json.dumps(found, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")
    cut = draw(st.integers(0, 40))
    return draw(st.sampled_from(GARBAGE)) if cut == 0 else text[:-cut] if cut < 4 else text


days = st.lists(
    st.sampled_from(sorted(bodies)).flatmap(lambda dataset: st.tuples(st.just(dataset), lines(dataset))), max_size=8
)


def records_on(dataset: str, line: bytes) -> int:
    """Return how many records a line holds, counted the plain way; a line that is no answer is one, a refused one."""
    if not line.strip():
        return 0
    try:
        found = json.loads(line.decode())
    except (ValueError, RecursionError):
        return 1
    if not isinstance(found, dict) or found.get("status") not in (200, None, 304, 404):
        return 1
    if found.get("status") in (304, 404):
        return int(bool(re.search("/(artist|album|track)s/[0-9A-Za-z]{22}([?]|$)", str(found.get("url")))))
    body = found.get("body")
    if not isinstance(body, dict):
        return 1
    if dataset == "artist_albums":
        return 0
    if dataset == "artists":
        asked = re.search("/(artist)s/([0-9A-Za-z]{22})([?]|$)", str(found.get("url")))
        sent = re.fullmatch("[0-9A-Za-z]{22}", str(body.get("id")))
        return 2 if asked and sent and asked[2] != sent[0] else 1  # merged: the artist has a record under each ID
    if dataset == "album_tracks":
        return len([each for each in body["items"] if each is not None]) if isinstance(body.get("items"), list) else 1
    on = body.get("tracks") if dataset == "albums" else None
    items = on.get("items") if isinstance(on, dict) else None
    return 1 + len([each for each in items if each is not None] if isinstance(items, list) else [])
