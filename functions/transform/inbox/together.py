"""Read many elements of a long list together if they are on one line: reading each one alone takes much longer."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from functions.transform.inbox.containers import is_part
from functions.transform.inbox.encodings import UNDECODED

if TYPE_CHECKING:
    from functions.transform.inbox.containers import Container
    from functions.transform.inbox.window import Window

AT_ONCE = 1 << 14  # characters read at once
ALONE = 16  # elements of a list that are read one by one before several are read together
BETWEEN = re.compile(r"[ \t]*,[ \t]*")
MOST_ALONE = 1 << 12  # each failed try doubles the number, up to this

_PARSER = json.JSONDecoder(parse_int=str, parse_float=str)


def elements(window: Window, around: list[Container]) -> str:
    """Return the text of the next elements of a list, with the commas between them; "" to read the next one alone.

    The elements are whole, and each means in its wrapper what it means alone: the result does not depend on whether
    they are read together.
    """
    if not around or not (around[-1].is_list and around[-1].wanted):
        return ""
    top = around[-1]
    if top.alone < min(ALONE << top.tries, MOST_ALONE):
        top.alone += 1
        return ""
    text = window.head(AT_ONCE).partition("\n")[0].partition(UNDECODED)[0]
    if text := _plain(text, around):
        top.tries = 0
        top.holds_records = True
        return text
    top.alone, top.tries = 0, top.tries + 1
    return ""


def _plain(text: str, around: list[Container]) -> str:
    """Return the start of a text that is several elements with IDs of their own, without parts of an entity."""
    if any(not each.is_list and each.is_entity() for each in around):
        return ""
    at = end = count = 0
    try:
        while text.startswith("{", at):
            value, whole = _PARSER.raw_decode(text, at)
            if "id" not in value or is_part(value, around):
                break
            end, count = whole, count + 1
            if not (comma := BETWEEN.match(text, end)):
                break
            at = comma.end()
    except (ValueError, RecursionError):
        pass
    return text[:end] if count > 1 else ""
