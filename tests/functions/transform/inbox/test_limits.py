"""docs/inbox.md states the limits that the code has."""

from __future__ import annotations

from pathlib import Path

import pytest

from functions.transform.inbox.objects import LIMITS

PAGE = (Path(__file__).parents[4] / "docs" / "inbox.md").read_text(encoding="utf-8")
STATED = {
    "characters of one artist, album or track": "may have {mi} Mi characters",
    "tracks of one album": "may have {limit:,} tracks",
    "levels of lists and objects in each other": "nest {limit} levels deep",
    "layers of gzip": "and gzip {words} times",
    "rejected records of an object that are kept; the rest are counted": "first {limit:,} rejected records of each",
    "rejected records of all objects of a date that are kept; the rest are counted": "{limit:,} of all files of a date",
}
WORDS = {2: "two", 3: "three", 4: "four", 5: "five"}


@pytest.mark.parametrize(("name", "limit"), LIMITS.items(), ids=LIMITS)
def test_each_limit_is_stated_in_the_page_of_the_inbox(name: str, limit: int) -> None:
    sentence = STATED[name].format(limit=limit, mi=limit >> 20, words=WORDS.get(limit))
    assert sentence in " ".join(PAGE.split()), f"{name} is {limit:,}"
