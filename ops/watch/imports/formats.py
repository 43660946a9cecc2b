r"""The formats that can be imported, each into `Found`.

Sources: Spotify's "account data" download has `YourLibrary.json` with `artists` of `name` and `uri`, and `Follow.json`,
whose `userIsFollowing` lists artists, podcasts and users by name only. Spotify documents the files, not their members:
these are as programs that read such downloads describe them. Exportify (github.com/watsonbox/exportify) lists its
columns in its README; its tracks data writes `\,` for a comma inside an artist's name.
"""

from __future__ import annotations

import csv
import io
import json
import re

from functions.shared.errors import WatchListInvalid
from functions.shared.watchlist import parse
from ops.terminal.output import counted
from ops.watch.imports.found import Found, NotReadable

ARTISTS = "Artist URI(s)"
NAMES, TRACK = "Artist Name(s)", "Track URI"
FOLLOWING = "userIsFollowing"
LONGEST_LINE = 500
COMMENT = re.compile(r"(^|\s)#.*")
BETWEEN = re.compile(r"(?<!\\),\s*")
AN_ID = ("uri", "id", "artist_id", "url", "link", "spotify_url")


def document(parsed: object, where: str, found: Found) -> None:
    """Add what a JSON document names: an array, a library or the followed of a data download, or a watch-list."""
    if isinstance(parsed, list):
        _entries(parsed, where, found)
    elif not isinstance(parsed, dict):
        raise NotReadable("it is neither an array nor an object.")
    elif FOLLOWING in parsed:
        for each in _list(parsed, FOLLOWING):
            _name(each, found)
    elif _is_library(parsed):
        _entries(_list(parsed, "artists"), f"{where}:artists", found)
    elif set(parsed) <= {"artists", "searches"}:
        _watchlist(parsed, where, found)
    else:
        raise NotReadable(
            f"it has the members {', '.join(map(repr, list(parsed)[:5]))}; expected those of YourLibrary.json, of "
            "Follow.json or of a watch-list."
        )


def _is_library(parsed: dict[str, object]) -> bool:
    artists = parsed.get("artists")
    first = artists[0] if isinstance(artists, list) and artists else None
    return {"tracks", "albums"} <= set(parsed) or (isinstance(first, dict) and "uri" in first)


def _watchlist(parsed: dict[str, object], where: str, found: Found) -> None:
    faults: list[WatchListInvalid] = []
    try:
        watchlist = parse(json.dumps(parsed), faults)
    except WatchListInvalid as exc:
        raise NotReadable(str(exc)) from exc
    found.unknown += [f"{where}: {each}" for each in faults]
    found.searches += watchlist.searches
    for artist in watchlist.artists:
        found.add(artist.id, artist.name, where)


def _entries(entries: list[object], where: str, found: Found) -> None:
    """Add an array's artists: texts, or objects with a URI, an ID or a link, and perhaps a name."""
    for position, each in enumerate(entries):
        at = f"{where}[{position}]"
        if isinstance(each, str):
            found.add(each, None, at)
        elif isinstance(each, dict) and (written := next((each[k] for k in AN_ID if isinstance(each.get(k), str)), "")):
            name = each.get("name")
            found.add(written, name if isinstance(name, str) else None, at)
        elif isinstance(each, dict) and isinstance(each.get("name"), str):
            found.add_name(each["name"])
        else:
            found.unknown.append(f"{at} is not an artist.")


def _name(entry: object, found: Found) -> None:
    name = entry.get("name") if isinstance(entry, dict) else entry
    if isinstance(name, str):
        found.add_name(name)


def _list(parsed: dict[str, object], member: str) -> list[object]:
    value = parsed.get(member, [])
    if not isinstance(value, list):
        raise NotReadable(f"its member {member!r} is not a list.")
    return value


def exportify(text: str, where: str, found: Found) -> None:
    """Add the artists of a playlist's tracks, as Exportify writes them; local tracks have none."""
    csv.field_size_limit(1 << 20)
    rows = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns = list(rows.fieldnames or [])
        if ARTISTS not in columns:
            raise NotReadable(
                f"it has no column {ARTISTS!r}, which Exportify writes; found {', '.join(map(repr, columns[:6]))}."
            )
        for row in rows:
            _row(row, f"{where}:{rows.line_num}", found)
    except csv.Error as exc:
        raise NotReadable(f"line {rows.line_num} is not CSV: {exc}.") from exc


def _row(row: dict[str, str | None], where: str, found: Found) -> None:
    written = [each for each in BETWEEN.split((row.get(ARTISTS) or "").strip()) if each]
    names = [each.replace("\\,", ",") for each in BETWEEN.split((row.get(NAMES) or "").strip())]
    paired = names if len(names) == len(written) else [""] * len(written)
    for each, name in zip(written, paired, strict=True):
        found.add_track(row.get(TRACK) or where, each, name, where)


def lines(text: str, where: str, found: Found) -> None:
    """Add a plain list's artists: one ID, URI or link per line; `#` begins a comment."""
    for number, line in enumerate(text.splitlines(), start=1):
        entry = COMMENT.sub("", line).strip().strip("<>\"',;")
        if len(entry) > LONGEST_LINE:
            found.unknown.append(f"{where}:{number} has {counted(len(entry), 'character')}, so it is not an artist.")
        elif entry:
            found.add(entry, None, f"{where}:{number}")
