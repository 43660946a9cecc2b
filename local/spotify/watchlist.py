"""The watch-list that a generated catalogue is followed by: all its artists, and what is new."""

from __future__ import annotations

from typing import Any

from local.spotify.catalogue import Catalogue
from local.spotify.config import CatalogueSize


def default_watchlist(size: CatalogueSize | None = None) -> dict[str, Any]:
    """Return `state/watchlist.json` for a catalogue: its artists, and no saved search."""
    size = size or CatalogueSize()
    catalogue = Catalogue(size)
    return {"artists": [catalogue.artist_id(index) for index in range(size.artists)], "searches": []}
