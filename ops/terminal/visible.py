"""Make text from outside safe for a terminal: show control sequences and marks of text direction as �.

Names come from Spotify, and anyone may choose one: an escape sequence in it could retitle or clear a terminal, and a
direction mark could make a line read as another. Source: Unicode TR 36, section 2.5 (bidirectional text spoofing).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.console import Console
from rich.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import ConsoleOptions, RenderableType

UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """Return a text without characters that act on a terminal; line breaks and tabs stay."""
    return UNSEEN.sub("\ufffd", text)


def escaped(text: str) -> str:
    r"""Return JSON in which such characters are written as `\\u001b`: it is the same JSON."""
    return UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class SafeConsole(Console):
    """A console that prints what it is given, except what would act on the terminal; its own styles do."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments of a renderable, their text visible."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)
