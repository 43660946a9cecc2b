"""Doctor reports how full Extract's memory is, and which followed artists Spotify does not know."""

from __future__ import annotations

import pytest

from functions.extract.frontier import document as frontier
from functions.extract.frontier.document import MOST_KNOWN, empty
from functions.shared.watchlist import Artist, WatchList
from ops.doctor.diagnosis import size_of, unknown


@pytest.mark.parametrize(("albums", "fine"), [(0, True), (MOST_KNOWN // 2, True), (MOST_KNOWN * 8 // 10, False)])
def test_the_frontier_s_size_is_a_finding_before_it_is_too_large(albums: int, fine: bool) -> None:
    document = empty()
    document["albums"] = {str(each): {"via": []} for each in range(albums)}
    found = size_of(document)
    assert (found.about, found.fine) == ("frontier", fine)
    assert f"{albums:,} artists and albums" in found.told
    assert ("more memory" in found.told) is not fine


@pytest.mark.parametrize(("known", "fine"), [(74, True), (75, False)])
def test_a_frontier_of_just_three_quarters_of_the_memory_is_reported(
    monkeypatch: pytest.MonkeyPatch, known: int, fine: bool
) -> None:
    """Every other limit of doctor is reported at the same share."""
    monkeypatch.setattr(frontier, "MOST_KNOWN", 100)
    document = empty()
    document["albums"] = {str(each): {"via": []} for each in range(known)}
    assert size_of(document).fine is fine


def test_a_followed_artist_that_spotify_does_not_know_is_a_finding_and_one_that_left_the_list_is_none() -> None:
    document = empty()
    document["artists"] = {
        "there": {"at": "2026-11-24"},
        "typo": {"at": "2026-11-24", "gone": "2026-11-23"},
        "removed": {"at": "2026-11-24", "gone": "2026-11-23"},
    }
    followed = WatchList(tuple(Artist(each, None) for each in ("there", "typo", "new")))
    (found,) = unknown(followed, document)
    assert not found.fine
    assert found.told.startswith("Spotify has not known the artist typo since 2026-11-23.")
