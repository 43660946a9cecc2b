"""Links to Spotify and to AWS's console; no other links are made."""

from __future__ import annotations

import re

from functions.shared.console import console_host, executions, query_editor

SPOTIFY = re.compile(r"https://open\.spotify\.com/(artist|album|track)/[0-9A-Za-z]{1,64}", re.ASCII)
SPOTIFY_ID = re.compile(r"[0-9A-Za-z]{22}", re.ASCII)
EXECUTION = re.compile(r"arn:(aws[a-z-]*):states:([a-z0-9-]+):\d{12}:execution:[\w-]+:[\w-]+", re.ASCII)
ENTITIES = frozenset({"artist", "album", "track"})


def console(execution_arn: str) -> dict[str, str] | None:
    """Return the console addresses of an execution and of Athena's query editor, or None without an ARN."""
    found = EXECUTION.fullmatch(execution_arn)
    if found is None:
        return None
    host, region = console_host(*found.groups()), found[2]
    return {"execution": executions(host, region) + execution_arn, "queries": query_editor(host, region)}


def safe(url: object) -> str | None:
    """Return a link unchanged if it leads to an entity on open.spotify.com, else None: then nothing is linked."""
    return url if isinstance(url, str) and SPOTIFY.fullmatch(url) else None


def to(entity: object, entity_id: object) -> str | None:
    """Return the link to an artist, album or track by its ID, or None if the ID is not valid."""
    if entity in ENTITIES and isinstance(entity_id, str) and SPOTIFY_ID.fullmatch(entity_id):
        return f"https://open.spotify.com/{entity}/{entity_id}"
    return None
