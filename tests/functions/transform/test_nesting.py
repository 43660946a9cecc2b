"""A line nests as deep as its brackets; brackets in texts do not count."""

from __future__ import annotations

import pytest

from functions.transform.nesting import too_deep


@pytest.mark.parametrize(
    ("line", "deep"),
    [
        (b"[" * 200 + b"]" * 200, False),
        (b"[" * 201 + b"]" * 201, True),
        (b'{"a":' * 200 + b"{}" + b"}" * 200, True),
        (b"[[]," + b"[" * 199 + b"]" * 200, False),
        (b"[]" * 500, False),
        (b'["' + b"[" * 500 + b'"]', False),
        (b'["\\"' + b"[" * 500 + b'"]', False),
        (b'["x",' + b"[" * 200 + b"]" * 201, True),
        (b'["[[",[],' + b"[" * 199 + b"]" * 200, False),
    ],
    ids=[
        "200 lists",
        "201 lists",
        "201 objects",
        "200 lists and one beside",
        "side by side",
        "in a text",
        "after a quote in a text",
        "after a text",
        "200 lists and a text of brackets",
    ],
)
def test_a_line_may_nest_two_hundred_levels_deep(line: bytes, *, deep: bool) -> None:
    """Python 3.11 reads some hundreds of levels, with a few functions above it."""
    assert too_deep(line) is deep
