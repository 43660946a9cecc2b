"""The requests for parts of a batch that failed."""

from __future__ import annotations

import pytest

from functions.extract.api.request import artist_query, entities, page, parts
from tests.functions.extract.test_run import CONFIG


@pytest.mark.parametrize(
    ("asked", "sizes"), [(2, [1] * 2), (8, [1] * 8), (9, [3] * 3), (20, [4] * 5), (50, [7] * 7 + [1])]
)
def test_a_batch_is_taken_apart_so_that_what_fails_is_alone_after_two_more_failures(
    asked: int, sizes: list[int]
) -> None:
    ids = [f"{number:022d}" for number in range(asked)]
    made = parts(entities("albums", ids, None, CONFIG))
    assert [each for part in made for each in part.endpoint.ids] == ids
    assert [len(part.endpoint.ids) for part in made] == sizes
    assert all(part.once and part.etag is None and part.endpoint.query == (("market", "US"),) for part in made)
    assert all(len(each.endpoint.ids) == 1 for part in made if len(part.endpoint.ids) > 1 for each in parts(part))


@pytest.mark.parametrize(("asked", "etag", "once"), [(1, '"x"', False), (2, None, True)])
def test_a_batch_has_no_etag_and_is_not_retried_since_its_parts_are(asked: int, etag: str | None, once: bool) -> None:
    made = entities("albums", [f"{number:022d}" for number in range(asked)], '"x"', CONFIG)
    assert (made.etag, made.once) == (etag, once)


@pytest.mark.parametrize(
    ("name", "kept"), [("x" * 150, "x" * 100), ("x" * 99 + " y", "x" * 99), (' a "b"  c ', "a b c")]
)
def test_a_query_holds_a_hundred_characters_of_a_name(name: str, kept: str) -> None:
    assert artist_query(name) == f'tag:new artist:"{kept}"'
    assert artist_query(' "" ') == ""


def test_a_later_page_is_one_of_a_listing() -> None:
    kept = "/albums/one/tracks?limit=20&offset=20"
    assert page(kept, CONFIG).endpoint.path == f"/albums/one/tracks?limit={CONFIG.pages.tracks}&offset=20"
    with pytest.raises(ValueError, match="The frontier holds 'me/tracks', which is not a page of a listing"):
        page("me/tracks", CONFIG)
