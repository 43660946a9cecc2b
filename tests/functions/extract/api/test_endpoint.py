"""An endpoint's path is a property of it, and reading the path gives the same endpoint."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.extract.api.config import GROUPS
from functions.extract.api.endpoint import KINDS, Endpoint, endpoint_of
from functions.shared.keys import DATASETS

API = "https://api.spotify.com/v1"
ids = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=22)
texts = st.text(min_size=1, max_size=20)


@st.composite
def endpoints(draw: st.DrawFn) -> Endpoint:
    kind = draw(st.sampled_from(sorted(KINDS)))
    query = {"limit": str(draw(st.integers(1, 50))), "offset": str(draw(st.integers(0, 1000)))}
    if kind == "search":
        query["q"] = draw(texts)
    if kind == "artist_search":
        query |= {"limit": "5", "q": f'tag:new artist:"{draw(ids)}"'}
    return Endpoint(kind, (draw(ids),) if "{id}" in KINDS[kind].path else (), tuple(query.items()))


@pytest.mark.parametrize(
    ("query", "limit"), [('tag:new artist:"A"', "10"), ("tag:new", "5"), ('artist:"A" tag:new', "5")]
)
def test_a_saved_search_is_never_taken_for_a_search_of_an_artists_news(query: str, limit: str) -> None:
    found = endpoint_of(Endpoint("search", query=(("q", query), ("limit", limit))).path)
    assert found is not None
    assert found.kind == "search"


@given(endpoints())
def test_an_endpoint_is_read_back_from_its_path_and_from_its_url(endpoint: Endpoint) -> None:
    assert endpoint_of(endpoint.path) == endpoint_of(API + endpoint.path) == endpoint


@pytest.mark.parametrize(
    ("endpoint", "path", "part"),
    [
        (Endpoint("artists", ("a",)), "/artists/a", "a"),
        (
            Endpoint("albums", ("a", "b"), (("market", "DE"),)),
            "/albums?ids=a%2Cb&market=DE",
            "batch-1eb7c54d52831bbf",
        ),
        (
            Endpoint("artist_albums", ("a",), (("include_groups", "single"), ("offset", "20"))),
            "/artists/a/albums?include_groups=single&offset=20",
            "a.single.00020",
        ),
        (Endpoint("album_tracks", ("b",), (("offset", "50"),)), "/albums/b/tracks?offset=50", "b.00050"),
        (Endpoint("search", query=(("q", "tag:New x"),)), "/search?q=tag%3ANew+x", "tag-new-x-b837392d.00000"),
        (
            Endpoint("artist_search", query=(("q", 'tag:new artist:"A B"'), ("limit", "5"))),
            "/search?q=tag%3Anew+artist%3A%22A+B%22&limit=5",
            "of-artist.tag-new-artist-a-b-18adcaf9.00000",
        ),
        (Endpoint("new_releases", query=(("offset", "5"),)), "/browse/new-releases?offset=5", "new-releases.00005"),
    ],
    ids=lambda value: value.kind if isinstance(value, Endpoint) else "",
)
def test_a_path_and_the_name_of_its_response_are_properties(endpoint: Endpoint, path: str, part: str) -> None:
    assert (endpoint.path, endpoint.part) == (path, part)


@pytest.mark.parametrize(
    "url",
    ["http://[", "", "/", "/artists", "/artists/", "/artists//albums", "/playlists/a", "/albums/a/b", "/search/x"],
)
def test_what_extraction_does_not_ask_for_is_no_endpoint(url: str) -> None:
    assert endpoint_of(url) is None


@pytest.mark.parametrize(
    ("endpoint", "refused"),
    [
        (Endpoint("albums", ("a",)), False),
        (Endpoint("albums", ("a", "b")), True),
        (Endpoint("artist_albums", ("a",), (("limit", "10"),)), False),
        (Endpoint("artist_albums", ("a",), (("limit", "11"),)), True),
        (Endpoint("album_tracks", ("a",), (("limit", "50"),)), False),
        (Endpoint("search", query=(("limit", "10"),)), False),
        (Endpoint("search", query=(("limit", "50"),)), True),
        (Endpoint("new_releases", query=(("limit", "1"),)), True),
    ],
)
def test_an_app_in_development_mode_is_refused_batches_large_pages_and_new_releases(
    endpoint: Endpoint, refused: bool
) -> None:
    assert endpoint.extended_only is refused


def test_every_kind_costs_a_budget_lands_in_a_dataset_and_goes_on_in_a_kind() -> None:
    for kind in KINDS.values():
        assert kind.group in GROUPS
        assert kind.dataset in DATASETS
        assert kind.inside is None or kind.inside in KINDS
