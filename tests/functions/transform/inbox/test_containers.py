"""The parts of damaged JSON that are records, and those that only mention one."""

from __future__ import annotations

from typing import Any

import pytest

from functions.transform.inbox.containers import Container, in_place, is_mention

ARTIST = {"id": "1", "type": "artist", "uri": "spotify:artist:1"}


def entered(bracket: str, key: str = "") -> Container:
    return Container(bracket, key, 1, wanted=True, head="", reason="")


@pytest.mark.parametrize(
    ("value", "mentioned"),
    [
        (ARTIST, False),
        (ARTIST | {"href": "h"}, True),
        (ARTIST | {"href": "h", "followers": None}, False),
        ({"artists": [ARTIST | {"href": "h"}]}, True),
        ({"artists": [None]}, False),
        ({"artists": ["x"]}, False),
        ({"artists": []}, False),
        ({"artists": [ARTIST | {"href": "h"}], "id": "2"}, False),
    ],
    ids=[
        "one address", "two addresses", "of an artist's own response", "the end of an entity", "null among artists",
        "a text among artists", "no artists", "an entity with artists",
    ],
)  # fmt: skip
def test_a_mention_is_an_artist_with_addresses_and_nothing_of_its_own_response(value: Any, mentioned: bool) -> None:
    assert is_mention(value) is mentioned


def test_a_response_among_the_elements_of_another_one_is_not_put_into_that() -> None:
    around = [entered("{", "albums"), entered("[", "albums"), entered("{", "items")]
    assert in_place("[{}]", around) == '{"items":[{}]}'
    assert in_place("{}", [entered("{", "albums"), entered("[", "albums")]) == '{"albums":[{}]}'
