"""Map each column to its field of a response, and list the fields that are left out on purpose.

A field that is neither mapped nor listed as left is drift. Paths are relative to the artist, album or track.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

Kind = Literal["text", "lower", "whole", "flag", "texts", "ids", "date"]
Known = dict[str, "Known | None"]


@dataclass(frozen=True)
class Field:
    """A column, the path of its value in the record, and the type that the value must have."""

    column: str
    path: tuple[str, ...]
    kind: Kind


FIELDS: dict[str, tuple[Field, ...]] = {
    "artists": (
        Field("artist_id", ("id",), "text"),
        Field("name", ("name",), "text"),
        Field("genres", ("genres",), "texts"),
        Field("followers", ("followers", "total"), "whole"),
        Field("popularity", ("popularity",), "whole"),
        Field("spotify_url", ("external_urls", "spotify"), "text"),
    ),
    "albums": (
        Field("album_id", ("id",), "text"),
        Field("name", ("name",), "text"),
        Field("album_type", ("album_type",), "lower"),
        Field("release_date", ("release_date",), "date"),
        Field("release_date_precision", ("release_date_precision",), "text"),
        Field("total_tracks", ("total_tracks",), "whole"),
        Field("label", ("label",), "text"),
        Field("popularity", ("popularity",), "whole"),
        Field("upc", ("external_ids", "upc"), "text"),
        Field("artist_ids", ("artists",), "ids"),
        Field("spotify_url", ("external_urls", "spotify"), "text"),
    ),
    "tracks": (
        Field("track_id", ("id",), "text"),
        Field("name", ("name",), "text"),
        Field("disc_number", ("disc_number",), "whole"),
        Field("track_number", ("track_number",), "whole"),
        Field("duration_ms", ("duration_ms",), "whole"),
        Field("explicit", ("explicit",), "flag"),
        Field("is_playable", ("is_playable",), "flag"),
        Field("isrc", ("external_ids", "isrc"), "text"),
        Field("popularity", ("popularity",), "whole"),
        Field("artist_ids", ("artists",), "ids"),
        Field("spotify_url", ("external_urls", "spotify"), "text"),
    ),
}

_OBSERVED = {"observations": tuple(Field(name, (name,), "text") for name in ("entity", "entity_id", "status"))}
FIELDS |= _OBSERVED  # made by the parser itself, from responses without a body and from the watch-list

# A record may become a row only if its `type` equals this, or is missing.
TYPE = {"artists": "artist", "albums": "album", "tracks": "track"}

_MENTION = "artists.name artists.type artists.uri artists.href artists.external_urls.spotify"
_LEFT = {
    "artists": "type uri href images followers.href external_urls",
    "albums": "type uri href images external_urls external_ids album_group available_markets copyrights genres "
    "is_playable restrictions tracks.items tracks.href tracks.limit tracks.next tracks.offset tracks.previous "
    f"tracks.total {_MENTION}",
    "tracks": "type uri href external_urls external_ids available_markets album linked_from preview_url restrictions "
    f"is_local track episode {_MENTION}",
}


def known(table: str) -> Known:
    """Return the tree of a record's fields that are mapped or left out; None if everything below is."""
    tree: Known = {}
    for path in [*map(_path, FIELDS[table]), *(tuple(left.split(".")) for left in _LEFT[table].split())]:
        around = tree
        for name in path[:-1]:
            around = cast("Known", around.setdefault(name, {}))
        around.setdefault(path[-1], None)
    return tree


def _path(field: Field) -> tuple[str, ...]:
    return (*field.path, "id") if field.kind == "ids" else field.path
