"""What a URL of the Web API asks for: the key to an answer's meaning, when it comes and when raw is read again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

ENTITY = r"(?P<id>[^/]+)"
TRACKS_A_PAGE = "50"
KINDS = {
    "artists": re.compile(rf"/artists/{ENTITY}$"),
    "artist_albums": re.compile(rf"/artists/{ENTITY}/albums$"),
    "albums": re.compile(rf"/albums/{ENTITY}$"),
    "album_tracks": re.compile(rf"/albums/{ENTITY}/tracks$"),
    "tracks": re.compile(rf"/tracks/{ENTITY}$"),
    "search": re.compile(r"/search$"),
    "new_releases": re.compile(r"/browse/new-releases$"),
}


@dataclass(frozen=True)
class Place:
    """One call's place: what it asks (`kind`), of whom (`id`, or the query of a search), and from which item on."""

    kind: str
    id: str
    listing: str
    offset: int
    path: str
    query: tuple[tuple[str, str], ...]


def place_of(url: str) -> Place | None:
    """Return the place that a URL names, or None if it is none that extraction asks for."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    query = dict(parse_qsl(parts.query))
    for kind, pattern in KINDS.items():
        if found := pattern.search(parts.path):
            entity = found.groupdict().get("id") or query.get("q", "")
            listing = query.get("include_groups", "")
            return Place(kind, entity, listing, _number(query.get("offset")), found.group(), tuple(query.items()))
    return None


def next_page(url: str, link: object) -> tuple[str | None, bool]:
    """Return what follows a page, as a path with its query, and whether `next` led anywhere it must not.

    Only the same listing on the same host, further on, is followed: a `next` to a foreign host or back is refused.
    What is asked stays as it was asked; `next` only says from where on.
    """
    if not isinstance(link, str) or not link:
        return None, False
    here, there = place_of(url), place_of(link)
    if here is None or there is None or _origin(url) != _origin(link):
        return None, True
    same = (there.kind, there.id) == (here.kind, here.id) and there.offset > here.offset
    inside = here.kind == "albums" and (there.kind, there.id) == ("album_tracks", here.id) and there.offset > 0
    if not (same or inside):
        return None, True
    size = {"limit": TRACKS_A_PAGE} if inside else {}
    return f"{there.path}?{urlencode(dict(here.query) | size | {'offset': str(there.offset)})}", False


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0
