"""When several elements of a list are read together."""

from __future__ import annotations

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


def test_an_element_with_a_text_that_is_not_in_the_encoding_is_not_read_with_those_before_it() -> None:
    """It is refused, and they are not."""
    found = Container("[", "items", 1, wanted=True, head="", reason="", alone=4_096)
    assert elements(Window(iter([f'{TWO},{{"id":"{UNDECODED}"}}]'])), [found]) == TWO
