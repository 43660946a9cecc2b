"""Damaged texts, and what is read from each: `python -m tests.functions.transform.inbox.examples` reads them again.

They were generated, and chosen so that together they notice most changes of a condition in the inbox's reader. `small`
texts are read with small bounds, and arrive a few characters at a time.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import TypedDict
from unittest.mock import patch

from functions.transform.inbox import containers, together, values, window
from functions.transform.inbox.found import Value

EXAMPLES = Path(__file__).with_name("examples.json")
SMALL = (
    (window, "LONGEST_VALUE", 160),
    (values, "LONGEST_VALUE", 160),
    (window, "FIRST_TRY", 40),
    (window, "TRIM", 60),
    (containers, "LONGEST_PAGE", 120),
    (together, "ALONE", 1),
    (values, "HEAD", 32),
)
ARRIVE = 7  # characters at a time


class Example(TypedDict):
    """A text; of each value in it the line and the text, of each rejected part also the reason."""

    text: str
    small: bool
    found: list[list[int | str]]


def examples() -> list[Example]:
    """Return the examples."""
    found: list[Example] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return found


def read(text: str, *, small: bool) -> list[list[int | str]]:
    """Return what is read from a text."""
    size = ARRIVE if small else len(text)
    with ExitStack() as bounds:
        for module, name, bound in SMALL if small else ():
            bounds.enter_context(patch.object(module, name, bound))
        return [
            [each.line, each.text] if isinstance(each, Value) else [each.line, each.reason, each.head]
            for each in values.Values(iter([text[at : at + size] for at in range(0, len(text), size)]))
        ]


def write(found: list[Example]) -> None:
    """Write the examples, one per line."""
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in found)
    EXAMPLES.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    write([each | {"found": read(each["text"], small=each["small"])} for each in examples()])
