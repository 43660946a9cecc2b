"""Raw lines (envelopes): one per response and entity with its URL and time, and one per followed artist."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, NotRequired, TypedDict, cast

from functions.extract.api.clock import stamp
from functions.extract.api.json_access import a_text
from functions.extract.frontier.document import is_baseline
from functions.shared import keys

if TYPE_CHECKING:
    from datetime import datetime

    from functions.extract.api.endpoint import Endpoint
    from functions.extract.api.json_access import Body
    from functions.extract.api.request import Request
    from functions.extract.api.responses import Response
    from functions.extract.frontier.document import Document, Seen


class Envelope(TypedDict):
    """One line of raw. `body` is the response as it came: None if the status is 304 (unchanged) or 404 (gone).

    `baseline` comes with an album: true if it was there when its artist was followed. `album_id` comes with a track
    that is looked up: the album that lists it.
    """

    fetched_at: str
    first_seen: str | None
    url: str
    status: int
    etag: str | None
    body: dict[str, object] | None
    baseline: NotRequired[bool]
    album_id: NotRequired[str]


def envelopes(request: Request, response: Response, frontier: Document, snapshot_date: str) -> list[Envelope]:
    """Return the lines of a response. A batch response becomes one line per entity, as from separate requests."""
    fetched_at = stamp(response.fetched_at)
    if not request.endpoint.batch:
        first_seen = _first_seen(request.endpoint, frontier, snapshot_date)
        line = _line(fetched_at, first_seen, response.url, response.status, response.etag, response.body)
        return [_with_what_is_known(line, request.endpoint, frontier)]
    base = response.url.removesuffix(request.path)
    lines = []
    for endpoint, body in _paired(request, response.body):
        first_seen = _first_seen(endpoint, frontier, snapshot_date)
        line = _line(fetched_at, first_seen, base + endpoint.path, 200 if body else 404, None, body)
        lines.append(_with_what_is_known(line, endpoint, frontier))
    return lines


def followed(artist: str, now: datetime) -> Envelope:
    """Return the line that says that an artist is followed."""
    return _line(stamp(now), None, keys.WATCHLIST, 200, None, {"id": artist})


def pack(envelopes: list[Envelope]) -> bytes:
    """Return a raw part: gzipped NDJSON, the same bytes for the same envelopes.

    Raises:
        ValueError: a body holds a number that JSON does not have.
    """
    lines = [json.dumps(envelope, separators=(",", ":"), allow_nan=False) for envelope in envelopes]
    return gzip.compress(("\n".join(lines) + "\n").encode(), compresslevel=6, mtime=0)


def unpack(part: bytes) -> list[Envelope]:
    """Return the envelopes of a raw part that extraction wrote."""
    return [cast("Envelope", json.loads(line)) for line in gzip.decompress(part).splitlines()]


def _paired(request: Request, response: Body | None) -> list[tuple[Endpoint, Body | None]]:
    """Return each entity asked for with its object: Spotify keeps the order and sends null for the unknown."""
    entities = (response or {}).get(request.dataset)
    found = entities if isinstance(entities, list) else []
    by_id = {a_text(entity.get("id")): entity for entity in found if isinstance(entity, dict)}
    asked = request.endpoint.each()
    by_position = found if len(found) == len(asked) else [by_id.get(each.id) for each in asked]
    return [(each, there if isinstance(there, dict) else None) for each, there in zip(asked, by_position, strict=True)]


def _first_seen(endpoint: Endpoint, frontier: Document, today: str) -> str | None:
    """Return the date the entity was first seen: for a listing its artist's, for a page of tracks its album's."""
    kind = endpoint.about
    if kind.entity is None:
        return None
    seen = cast("Seen", frontier[kind.entity].get(endpoint.id, {})).get("first_seen")
    return min(seen or today, today) if kind.new_today else seen


def _with_what_is_known(line: Envelope, endpoint: Endpoint, frontier: Document) -> Envelope:
    """Return a line with the facts about its entity that only the frontier has."""
    baseline, track = is_baseline(frontier, endpoint.id), frontier["tracks"].get(endpoint.id)
    if endpoint.kind == "albums" and baseline is not None:
        line["baseline"] = baseline
    if endpoint.kind == "tracks" and track:
        line["album_id"] = track["album"]
    return line


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
