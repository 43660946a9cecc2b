"""Doctor says how near a frontier is to what Extract's memory holds, before it is there."""

from __future__ import annotations

import pytest

from functions.extract.frontier.document import MOST_KNOWN, empty
from ops.doctor.diagnosis import size_of


@pytest.mark.parametrize(("albums", "fine"), [(0, True), (MOST_KNOWN // 2, True), (MOST_KNOWN * 8 // 10, False)])
def test_the_frontier_s_size_is_a_finding_before_it_is_too_large(albums: int, fine: bool) -> None:
    document = empty()
    document["albums"] = {str(each): {"via": []} for each in range(albums)}
    found = size_of(document)
    assert (found.about, found.fine) == ("frontier", fine)
    assert f"{albums:,} artists and albums" in found.told
    assert ("more memory" in found.told) is not fine
