"""When several elements of a list are read together."""

from __future__ import annotations

import pytest

from functions.transform.inbox.containers import Container
from functions.transform.inbox.encodings import UNDECODED
from functions.transform.inbox.together import elements
from functions.transform.inbox.window import Window

TWO = '{"id":"1"},{"id":"2"}'


def test_however_often_it_failed_it_is_tried_again_after_4096_elements() -> None:
    """Else the rest of a list of millions would be read one by one, which takes much longer."""
    found = Container("[", "items", 1, wanted=True, head="", reason="", alone=4_095, tries=20)
    window = Window(iter([f"{TWO}]"]))
    assert (elements(window, [found]), elements(window, [found])) == ("", TWO)


def test_one_element_is_not_several() -> None:
    found = Container("[", "items", 1, wanted=True, head="", reason="", alone=4_096)
    assert elements(Window(iter(['{"id":"1"},{"name":"2"}]'])), [found]) == ""


def test_an_element_with_a_text_that_is_not_in_the_encoding_is_not_read_with_those_before_it() -> None:
    """It is refused, and they are not."""
    found = Container("[", "items", 1, wanted=True, head="", reason="", alone=4_096)
    assert elements(Window(iter([f'{TWO},{{"id":"{UNDECODED}"}}]'])), [found]) == TWO


@pytest.mark.parametrize(
    "around",
    [
        [],
        [Container("{", "a", 1, wanted=True, head="", reason="", alone=4_096)],
        [Container("[", "images", 1, wanted=False, head="", reason="", alone=4_096)],
        [
            Container("{", "tracks", 1, wanted=True, head="", reason="", members={"id"}, said={"type": '"album"'}),
            Container("[", "tracks", 1, wanted=True, head="", reason="", alone=4_096),
        ],
    ],
    ids=["outside", "in an object", "in a list without records", "in an album"],
)
def test_only_elements_of_a_list_with_records_are_read_together(around: list[Container]) -> None:
    assert elements(Window(iter([f"{TWO}]"])), around) == ""
