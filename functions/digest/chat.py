"""A digest for a chat: the JSON that Amazon Q Developer in chat applications shows in Slack or Microsoft Teams.

Source of the fields: https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html: `version` is 1.0,
`source` is custom, `content.description` is required, and both texts are read as the chat's markdown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from functions.digest import text
from functions.digest.text import album_lines, change_lines, continues, headline, plain
from functions.shared.wording import more

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from functions.digest.digest import Digest
    from functions.shared.athena import Row

DESCRIPTION = 8_000
"""The most characters that Amazon Q Developer accepts: `maxLength` in "OpenAPI schema", the last section of the page
above (#open-api). This is a guess: that section was not read at AWS. Public code that validates against it has this
number, and 250 for the title, which no headline reaches.
"""
MARKUP = str.maketrans({char: chr(ord(char) + 0xFEE0) for char in "<>*_~`[]|\\@#"})
"""Each markup character is replaced by its full-width form. Neither Slack nor Teams can escape all of them
(https://docs.slack.dev/messaging/formatting-message-text: only `&`, `<` and `>` have an escape)."""
EMOJI = re.compile(r":(?=[\w+-]+:)")


def notification(digest: Digest) -> dict[str, Any]:
    """Return the digest as a custom notification; what does not fit is counted."""
    return {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": headline(digest),
            "description": _description(digest),
        },
    }


def unmarked(line: str) -> str:
    """Return a line in which nothing is markup, a mention, an emoji's name or an entity of HTML."""
    return EMOJI.sub("\N{FULLWIDTH COLON}", line).translate(MARKUP).replace("&", "\N{FULLWIDTH AMPERSAND}")


def _description(digest: Digest) -> str:
    """Return as many lines as fit; a count of the items left out is the last one."""
    ends = [*_reasons(digest), *(unmarked(text.unconfirmed(each)) for each in digest.unconfirmed)]
    start = [unmarked(text.known(digest))] if digest.known else []
    room = DESCRIPTION - len("\n".join([*start, more(10**9), *ends]))
    told: list[str] = []
    for item in _items(digest):
        room -= len(item) + 1
        if room < 0:
            break
        told.append(item)
    left = len(digest.albums) + len(digest.changed) + len(digest.gone) - len(told) + digest.beyond
    return "\n".join([*start, *told, *([more(left)] if left else []), *ends]) or "Nothing new, changed or gone."


def _items(digest: Digest) -> Iterator[str]:
    parts: tuple[tuple[str, list[Row], Callable[[Row], list[str]]], ...] = (
        ("Released", digest.released, album_lines),
        ("Added to Spotify", digest.older, album_lines),
        ("Changed", digest.changed, change_lines),
        ("Gone", digest.gone, change_lines),
    )
    for heading, rows, lines in parts:
        for row in rows:
            *told, address = lines(row)
            yield f"• {heading}: {', '.join(unmarked(each) for each in told if each)} {address}"


def _reasons(digest: Digest) -> list[str]:
    """Return the first reasons why the date is partial, short enough to leave room for what is new."""
    reasons = [f"• Not checked: {unmarked(plain(each, 300))}" for each in digest.partial[:5]]
    left = len(digest.partial) - len(reasons)
    return [*reasons, *([more(left)] if left else []), *([continues(digest)] if reasons else [])]
