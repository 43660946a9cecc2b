"""The watch-list for a generated catalog: all its artists, and new releases."""

from __future__ import annotations

from datetime import date
from typing import Any

from local.spotify.catalogue.generated import catalogue_of
from local.spotify.config import CatalogueSize

NAMED_ON = date(2026, 1, 1)


def default_watchlist(size: CatalogueSize | None = None) -> dict[str, Any]:
    """Return `state/watchlist.json` for a catalogue: every artist of it, and one saved search."""
    size = size or CatalogueSize()
    artists = catalogue_of(size).on(NAMED_ON)
    return {
        "artists": [{"id": artists.artist(n).id, "name": artists.artist(n).name} for n in range(size.artists)],
        "searches": [{"name": "new in the last two weeks", "query": "tag:new"}],
    }
