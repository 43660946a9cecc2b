"""Find the records in a response: by the dataset's name in raw, by the content in the inbox."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from functions.transform.fields import TYPE
from functions.transform.parse.values import is_id

PassedOver = Literal["not_modified", "gone", "listing", "empty", "relinked"]

ENTITY_OF_URL = re.compile(r"/(artist|album|track)s/([0-9A-Za-z]{22})(?:[?]|$)")
ALBUM_OF_URL = re.compile(r"/albums/([0-9A-Za-z]{22})/tracks(?:[?]|$)")
MOST_TRACKS = 100_000  # of an album: their IDs and names take more characters than an inbox record may have
OTHER_KINDS = {"playlists", "episodes", "shows", "audiobooks"}
GROUPS = ("artists", "albums", "tracks")
NOT_AN_OBJECT = "line: not an object"
NEITHER = "answer: neither its type nor its fields say what it is"
NOTHING = "answer: holds no artist, album or track"
MARKS = {
    "tracks": {"duration_ms", "track_number", "disc_number", "isrc"},
    "albums": {"album_type", "release_date", "total_tracks", "album_group"},
    "artists": {"followers", "genres"},
}
"""Fields that only one kind of entity has."""
FOREIGN = {
    "artists": {"album_type", "disc_number", "duration_ms", "explicit", "is_local", "total_tracks", "track_number"},
    "albums": {"disc_number", "duration_ms", "explicit", "is_local", "track_number"},
    "tracks": set(),
}
"""Fields that an entity of a kind does not have. One may be new at Spotify, or a person's own; two mean damage."""
OF_ENTITIES = {"album", "copyrights", "external_ids", "release_date_precision"}.union(
    *MARKS.values(), *FOREIGN.values()
)
"""Fields that a response with several entities never has besides these."""
TABLE = {kind: table for table, kind in TYPE.items()}


@dataclass(frozen=True)
class Record:
    """A record: it claims a row. `album_id` is in the record, or follows from the place where it was found.

    `fault` describes an error in the tracks of an album.
    """

    table: str
    value: object
    album_id: object = None
    fault: str = ""


@dataclass
class ParsedLine:
    """The content of one line: its records, or why it has none, and the counts of what was skipped.

    `album_id` is the album of a track that was looked up; `baseline` is true if an album was there when its artist was
    followed. Extraction writes both.
    """

    fetched_at: object = None
    first_seen: object = None
    url: object = None
    album_id: object = None
    baseline: object = None
    records: list[Record] = field(default_factory=list)
    refused: list[tuple[str, object]] = field(default_factory=list)
    passed_over: PassedOver | None = None
    listed: int = 0
    nulls: int = 0


def read_line(dataset: str, line: object) -> list[ParsedLine]:
    """Return the content of a parsed line; several, if the line is a list, as in the inbox."""
    if dataset == "inbox" and isinstance(line, list):
        return [parsed for each in line for parsed in read_line(dataset, each)]
    return [_read(dataset, line)]


def _read(dataset: str, line: object) -> ParsedLine:
    if not isinstance(line, dict):
        return ParsedLine(refused=[(NOT_AN_OBJECT, line)])
    if not _is_envelope(line):
        if dataset != "inbox":
            return ParsedLine(refused=[("line: not an envelope", line)])
        line = {"body": line}
    parsed = ParsedLine(
        line.get("fetched_at"), line.get("first_seen"), line.get("url"), line.get("album_id"), line.get("baseline")
    )
    status, body = line.get("status"), line.get("body")
    if status == 304:
        _observe(parsed, "unchanged", "not_modified")
    elif status == 404:
        _observe(parsed, "gone", "gone")
    elif status not in (None, 200):
        parsed.refused.append(("answer: its status is not 200, 304 or 404", line))
    elif body is None:
        parsed.refused.append(("body: missing", line))
    else:
        _find(dataset, body, parsed)
    return parsed


def _is_envelope(line: dict[str, object]) -> bool:
    return "status" in line or ("body" in line and not line.keys().isdisjoint({"url", "fetched_at"}))


def _observe(parsed: ParsedLine, status: str, passed_over: PassedOver) -> None:
    """Take the observation of a response without a body; a listing or a page gives none."""
    found = ENTITY_OF_URL.search(parsed.url) if isinstance(parsed.url, str) else None
    if found:
        parsed.records.append(_observation(found[1], found[2], status))
    else:
        parsed.passed_over = passed_over


def _observation(entity: str, entity_id: object, status: str) -> Record:
    return Record("observations", {"entity": entity, "entity_id": entity_id, "status": status})


def _find(dataset: str, body: object, parsed: ParsedLine) -> None:
    if dataset == "inbox":
        _recognise(body, parsed)
    elif not isinstance(body, dict):
        parsed.refused.append(("body: not an object", body))
    elif dataset == "watchlist":
        parsed.records.append(_observation("artist", body.get("id"), "followed"))
    elif dataset == "album_tracks":
        _album_tracks(body, parsed)
    elif dataset not in TYPE:  # listings, and data without a table: kept in raw, without rows
        parsed.passed_over = "listing"
        parsed.listed = sum(_count(page) for page in (body, *body.values()))
    elif (asked := _as_asked(dataset, body, parsed)) is not None:
        _take(dataset, asked, parsed)
        if dataset == "artists" and asked is not body:
            _take(dataset, body, parsed)  # merged with another artist, whose ID is the one that albums name
    else:
        parsed.passed_over = "relinked"


def _as_asked(dataset: str, body: dict[str, object], parsed: ParsedLine) -> dict[str, object] | None:
    """Return an entity under the requested ID, or None if it belongs to another album than the requested one.

    With a market, Spotify responds with a track that is playable there, under an id of its own ("track relinking",
    https://developer.spotify.com/documentation/web-api/concepts/track-relinking). What the album lists stays the key.
    """
    found = ENTITY_OF_URL.search(parsed.url) if isinstance(parsed.url, str) else None
    sent = body.get("id")
    if not found or found[1] != TYPE[dataset] or found[2] == sent or not isinstance(sent, str) or not is_id(sent):
        return body
    album = body.get("album")
    if isinstance(album, dict) and parsed.album_id not in (None, album.get("id")):
        return None
    links = found_links if isinstance(found_links := body.get("external_urls"), dict) else {}
    link = links.get("spotify")
    renamed = {"external_urls": links | {"spotify": link.replace(sent, found[2])}} if isinstance(link, str) else {}
    return body | {"id": found[2]} | renamed


def _count(page: object) -> int:
    items = page.get("items") if isinstance(page, dict) else None
    return len(items) if isinstance(items, list) else 0


def _album_tracks(page: dict[str, object], parsed: ParsedLine) -> None:
    """Read a page of an album's tracks; only the page's URL names the album."""
    items = page.get("items")
    if not isinstance(items, list):
        parsed.refused.append(("body: not a page of tracks", page))
        return
    _take_all("tracks", items, parsed, album_of(parsed.url) or album_of(page.get("href")))


def album_of(url: object) -> str | None:
    """Return the album ID in the URL of a page of its tracks."""
    found = ALBUM_OF_URL.search(url) if isinstance(url, str) else None
    return found[1] if found else None


def _take(table: str, value: object, parsed: ParsedLine, album_id: object = None) -> None:
    """Read one record, and for an album its tracks."""
    if value is None:
        parsed.nulls += 1
        return
    if not isinstance(value, dict):
        parsed.records.append(Record(table, value))
        return
    album = value.get("album")
    if isinstance(album, dict) and album.get("id") is not None:
        album_id = album["id"]
    tracks = value.get("tracks") if table == "albums" else None
    items = tracks.get("items") if isinstance(tracks, dict) else None
    right = isinstance(tracks, dict | None) and isinstance(items, list | None)
    fault = "" if right else "not a page of tracks"
    if isinstance(items, list) and len(items) > MOST_TRACKS:
        fault, items = f"more than {MOST_TRACKS:,}", None
    parsed.records.append(Record(table, value, album_id, fault))
    for item in items if isinstance(items, list) else ():
        _take("tracks", item, parsed, value.get("id"))


def _take_all(table: str, items: list[object], parsed: ParsedLine, album_id: object = None) -> None:
    if not items:
        parsed.passed_over = "empty"
    for item in items:
        _take(table, item, parsed, album_id)


def _recognise(body: object, parsed: ParsedLine) -> None:
    """Read the records of a bare response: one entity, a page, a search, several entities, a playlist."""
    if not isinstance(body, dict):
        parsed.refused.append(("body: not an object", body))
    elif "error" in body:
        parsed.refused.append(("answer: an error, not data", body))
    elif table := table_of(body):
        _take(table, body, parsed)
    elif "id" in body and isinstance(body.get("artists"), list):
        parsed.refused.append((NEITHER, body))
    elif groups := [(table, body[table]) for table in GROUPS if body.get(table) is not None]:
        for table, group in groups:
            if table == "artists" and not OF_ENTITIES.isdisjoint(body):  # mentions in an entity cut in two
                parsed.refused.append((NEITHER, body))
            else:
                _group(table, group, parsed)
    elif body.get("items") is not None:
        _group("tracks", body["items"], parsed, album_of(parsed.url) or album_of(body.get("href")))
    elif body.keys() & OTHER_KINDS:
        parsed.passed_over = "empty"
    else:
        parsed.refused.append((NOTHING, body))


def _group(table: str, group: object, parsed: ParsedLine, album_id: object = None) -> None:
    """Read a list of records, or a page of them; `table` is the table of records without a type."""
    items = group.get("items") if isinstance(group, dict) else group
    if not isinstance(items, list):
        parsed.refused.append((f"{table}: not a list", group))
        return
    if not items:
        parsed.passed_over = "empty"
    for item in map(_unwrapped, items):
        _take((table_of(item) if isinstance(item, dict) else None) or table, item, parsed, album_id)


def table_of(entity: dict[str, object]) -> str | None:
    """Return the table of an entity by its type, in any case; by its fields where it has an id and no type.

    An entity with several fields of another kind has no table: it is a track or album into which damage has put the end
    of a mentioned artist or album.
    """
    kind = entity.get("type")
    if isinstance(kind, str) and kind:
        table = TABLE.get(kind.casefold())
        return None if table and len(FOREIGN[table] & entity.keys()) > 1 else table
    if "id" not in entity:
        return None
    return next((table for table, names in MARKS.items() if not names.isdisjoint(entity)), None)


def _unwrapped(item: object) -> object:
    """Return an item without the wrapper that playlists, libraries and histories add."""
    if not isinstance(item, dict) or "id" in item or "type" in item:
        return item
    inner = [item[name] for name in ("item", "track", "album") if isinstance(item.get(name, 0), dict | None)]
    return next((each for each in inner if each is not None), None) if inner else item
