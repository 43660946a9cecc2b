"""Links back to Spotify, and to nowhere else."""

from __future__ import annotations

import re

SPOTIFY = re.compile(r"https://open\.spotify\.com/(artist|album|track)/[0-9A-Za-z]{1,64}", re.ASCII)
SPOTIFY_ID = re.compile(r"[0-9A-Za-z]{22}", re.ASCII)
ENTITIES = frozenset({"artist", "album", "track"})


def safe(url: object) -> str | None:
    """Return a link as it came if it leads to a thing on open.spotify.com, else None: then nothing is linked."""
    return url if isinstance(url, str) and SPOTIFY.fullmatch(url) else None


def to(entity: object, entity_id: object) -> str | None:
    """Return the link to an artist, album or track by its id, or None where that is no id of Spotify's."""
    if entity in ENTITIES and isinstance(entity_id, str) and SPOTIFY_ID.fullmatch(entity_id):
        return f"https://open.spotify.com/{entity}/{entity_id}"
    return None
