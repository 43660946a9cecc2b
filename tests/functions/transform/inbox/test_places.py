"""Each part of damaged or joined JSON is read at its place: nothing is rejected twice, and no wrapper is left."""

from __future__ import annotations

import json

import pytest

from tests.functions.transform.days import album, artist, full_track, track
from tests.functions.transform.inbox.test_values import dropped, numbers

ONE, TWO = json.dumps(artist(1)), json.dumps(artist(2))
ALBUM = json.dumps(album(7, [track(1), track(2)]))
NOT_JSON, NOT_AN_OBJECT = ["line: not JSON"], ["line: not an object"]


@pytest.mark.parametrize("text", [f"[{ONE}],[{TWO}]", f"[{ONE}],\n{TWO}"], ids=["lists", "a list and an object"])
def test_a_comma_between_lists_rejects_nothing(text: str) -> None:
    written = dropped(text)
    assert (sorted(numbers(written)), written.reasons()) == ([1, 2], [])


def test_each_null_in_a_list_that_is_no_response_is_rejected() -> None:
    written = dropped(f"[null, null, {ONE}]")
    assert (numbers(written), written.reasons()) == ([1], [NOT_AN_OBJECT] * 2)


@pytest.mark.parametrize(
    "member",
    ['"x": [\n{"a": 1}, {"b": 2}]', '"x":\n{"a": 1}, "y": 1', '"x":\n{}\n, "y": 1', '"x": [\n{}\n]'],
    ids=["a list", "an object", "an empty object", "a list of an empty object"],
)
def test_a_member_at_the_beginning_of_a_line_stays_in_its_damaged_album(member: str) -> None:
    """An object that has lines of its own would be taken for the next record, and the tracks would have no album."""
    written = dropped(ALBUM.replace('"type": "album"', f'"type": "album", BROKEN, {member}', 1))
    assert (sorted(numbers(written, "tracks")), written.reasons()) == ([1, 2], [NOT_JSON])


@pytest.mark.parametrize("around", [ALBUM, json.dumps({"tracks": [full_track(1)]})], ids=["an album", "a track"])
def test_a_damaged_mention_rejects_its_entity_only(around: str) -> None:
    assert dropped(around.replace('"artists": [{', '"artists": [{"z": BROKEN, ', 1)).reasons() == [NOT_JSON]
