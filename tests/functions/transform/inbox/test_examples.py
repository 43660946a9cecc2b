"""Damaged texts are read as they were before."""

from __future__ import annotations

import pytest

from tests.functions.transform.inbox.examples import Example, examples, read

pytestmark = pytest.mark.dateless("a pure function of texts")


@pytest.mark.parametrize("example", examples(), ids=map(str, range(len(examples()))))
def test_the_same_is_read_from_a_damaged_text(example: Example) -> None:
    """If a change is meant, read them again, and look at each difference."""
    assert read(example["text"], small=example["small"]) == example["found"]
