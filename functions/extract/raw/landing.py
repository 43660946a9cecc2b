"""From an answer to the lines that land: one an entity, so that each carries the date it was first seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.extract.api.clock import stamp
from functions.extract.api.endpoint import place_of
from functions.extract.api.json_access import id_of

if TYPE_CHECKING:
    from functions.extract.api.json_access import Body
    from functions.extract.api.request import Call
    from functions.extract.api.responses import Answer
    from functions.extract.frontier.document import Document
    from functions.extract.raw.envelope import Envelope


def envelopes(call: Call, answer: Answer, frontier: Document, snapshot_date: str) -> list[Envelope]:
    """Return the lines of an answer. A batch answer becomes the answers that its entities' own calls would have had."""
    fetched_at = stamp(answer.fetched_at)
    if not call.ids:
        first_seen = _first_seen(answer.url, frontier, snapshot_date)
        return [_line(fetched_at, first_seen, answer.url, answer.status, answer.etag, answer.body)]
    base, _, query = answer.url.partition("?")
    market = "&".join(part for part in query.split("&") if part.startswith("market="))
    lines = []
    for entity, body in _paired(call, answer.body):
        url = f"{base}/{entity}" + (f"?{market}" if market else "")
        first_seen = _first_seen(url, frontier, snapshot_date)
        lines.append(_line(fetched_at, first_seen, url, 200 if body else 404, None, body))
    return lines


def _paired(call: Call, answer: Body | None) -> list[tuple[str, Body | None]]:
    """Return each id asked for with its entity, by position: Spotify keeps the order and sends null for the unknown."""
    entities = (answer or {}).get(call.dataset)
    found = entities if isinstance(entities, list) else []
    by_id = {id_of(entity): entity for entity in found if isinstance(entity, dict)}
    paired: list[tuple[str, Body | None]] = []
    for position, entity in enumerate(call.ids):
        there = found[position] if position < len(found) and len(found) == len(call.ids) else by_id.get(entity)
        paired.append((entity, there if isinstance(there, dict) else None))
    return paired


def _first_seen(url: str, frontier: Document, today: str) -> str | None:
    """Return the date the entity was first seen: for a listing the artist's, for a page of tracks the album's."""
    place = place_of(url)
    if place is None:
        return None
    match place.kind:
        case "artists":
            return min(frontier["artists"].get(place.id, {}).get("first_seen", today), today)
        case "artist_albums":
            return frontier["artists"].get(place.id, {}).get("first_seen")
        case "albums" | "album_tracks":
            album = frontier["albums"].get(place.id)
            return album["first_seen"] if album else today
        case "tracks":
            return frontier["tracks"].get(place.id, {}).get("first_seen")
        case _:
            return None


def _line(
    fetched_at: str, first_seen: str | None, url: str, status: int, etag: str | None, body: Body | None
) -> Envelope:
    return {
        "fetched_at": fetched_at,
        "first_seen": first_seen,
        "url": url,
        "status": status,
        "etag": etag,
        "body": body,
    }
