"""The digest of a published date: what is new, changed and gone, as short lines for a phone.

A name is data: it keeps to its line, and each link is made of an ID and leads to open.spotify.com.
"""

from __future__ import annotations

import json
import re
import textwrap
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.athena import ask
from ops.errors import OpsError

if TYPE_CHECKING:
    from ops.stack import Stack

WIDTH = 40  # a phone held upright
MOST_ITEMS = 100  # in a section; its heading counts all
NAME = 120
SUBJECT = 99  # SNS, Publish: ASCII, fewer than 100 characters, no line breaks
JOINERS = "\u200c\u200d"  # Persian, Indic scripts and emoji are misspelt without them

LATEST = 'SELECT max(p.snapshot_date) AS day FROM "{lake}".published AS p'
RUN = """
SELECT r.run_id, r.outcome, r.reasons
FROM runs AS r
JOIN "{lake}".published AS p ON p.run_id = r.run_id
WHERE p.snapshot_date = ?
"""
ALBUMS = """
SELECT
    n.kind,
    n.album_id,
    n.name,
    array_join(n.artists, ', ') AS artists,
    n.album_type,
    n.total_tracks,
    CASE a.release_date_precision
        WHEN 'year' THEN substr(CAST(n.release_date AS varchar), 1, 4)
        WHEN 'month' THEN substr(CAST(n.release_date AS varchar), 1, 7)
        ELSE CAST(n.release_date AS varchar)
    END AS released
FROM new_releases AS n
JOIN albums_current AS a ON a.album_id = n.album_id
WHERE n.reported_on = CAST(? AS date)
ORDER BY n.release_date DESC, n.name, n.album_id
"""
CHANGES = """
SELECT c.change, c.entity, c.entity_id, c.album_id, c.name, c.new_value
FROM catalogue_changes AS c
WHERE c.snapshot_date = CAST(? AS date)
    AND (
        c.change IN ('removed', 'returned')
        OR c.field = 'is_playable'
        OR (c.change = 'added' AND c.kind = 'added to its album')
    )
ORDER BY c.entity, c.name, c.entity_id, c.album_id, c.change
"""


@dataclass(frozen=True)
class Digest:
    """A date's news: albums as `ALBUMS` selects them, changes as `CHANGES` does, and why the date is partial."""

    snapshot_date: str
    albums: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    partial: list[str]

    @property
    def gone(self) -> list[dict[str, Any]]:
        """What Spotify no longer has; a track whose album is gone too is not named again."""
        removed = [each for each in self.changes if each["change"] == "removed"]
        albums = {each["entity_id"] for each in removed if each["entity"] == "album"}
        return [each for each in removed if each["entity"] != "track" or each["album_id"] not in albums]

    @property
    def changed(self) -> list[dict[str, Any]]:
        """Albums and tracks that came back or became playable or not, and tracks added to albums."""
        kept = [each for each in self.changes if each["change"] != "removed"]
        albums = {each["entity_id"] for each in kept if each["entity"] == "album" and each["change"] == "returned"}
        return [each for each in kept if each["change"] != "returned" or each["album_id"] not in albums]


def collect(stack: Stack, snapshot_date: str | None) -> Digest:
    """Return the digest of a published date, or of the latest one.

    Raises:
        OpsError: the date is not published, or nothing is.
    """
    lake = stack.outputs["lake_database"]
    day = snapshot_date or ask(stack, LATEST.format(lake=lake)).rows[0][0]
    if day is None:
        raise OpsError("Nothing is published yet. Start a daily run: ops run")
    runs = ask(stack, RUN.format(lake=lake), [f"'{day}'"]).records()
    if not runs:
        raise OpsError(f"{day} is not published. `ops status` shows the dates that are.")
    reasons = json.loads(str(runs[0]["reasons"] or "{}")).get("partial", [])
    if runs[0]["outcome"] == "partial" and not reasons:
        reasons = ["The run was partial; its report says why."]
    return Digest(
        str(day),
        ask(stack, ALBUMS, [f"'{day}'"]).records(),
        ask(stack, CHANGES, [f"'{day}'"]).records(),
        [str(each) for each in reasons],
    )


def subject(digest: Digest) -> str:
    """Return the headline: how many are new, changed and gone, then as many new names as fit, in ASCII."""
    counts = {"new": len(digest.albums), "changed": len(digest.changed), "gone": len(digest.gone)}
    head = ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "Nothing new"
    head += f" on {digest.snapshot_date}" + (" (partial)" if digest.partial else "")
    for name in filter(None, (_ascii(album["name"]) for album in digest.albums)):
        longer = f"{head}{', ' if ': ' in head else ': '}{name}"
        if len(longer) > SUBJECT:
            break
        head = longer
    return head


def text(digest: Digest) -> str:
    """Return the digest as plain text: released, added to Spotify, changed, gone, then what was not checked."""
    released = [album for album in digest.albums if album["kind"] == "released"]
    older = [album for album in digest.albums if album["kind"] != "released"]
    sections = [
        _section("Released", [_album(each) for each in released]),
        _section("Added to Spotify", [_album(each) for each in older]),
        _section("Changed", [_change(each) for each in digest.changed]),
        _section("Gone", [_change(each) for each in digest.gone]),
        _section("Not checked", [_wrapped(plain(each, 1_000)) for each in digest.partial]),
    ]
    return "\n\n".join(filter(None, sections)) or "Nothing new, changed or gone."


def plain(value: object, most: int = NAME) -> str:
    """Return a text as one line without control or direction marks, in which nothing reads as an address."""
    kept = "".join(
        char if char in JOINERS or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else " "
        for char in str(value or "")[: 4 * most]
    )
    line = re.sub(r"(?i)://|(?<=\bwww)\.", " ", " ".join(kept.split()))
    return line if len(line) <= most else line[: most - 1] + "…"


def _ascii(name: object) -> str:
    """Return a name without its accents, or an empty text if it has non-ASCII letters."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", plain(name)) if not unicodedata.combining(char))
    return bare if bare.isascii() else ""


def _section(heading: str, items: list[str]) -> str:
    if not items:
        return ""
    left = len(items) - MOST_ITEMS
    more = [f"… and {left:,} more"] if left > 0 else []
    return "\n\n".join([f"{heading.upper()} ({len(items):,})", *items[:MOST_ITEMS], *more])


def _wrapped(line: str) -> str:
    return textwrap.fill(line, WIDTH, break_on_hyphens=False)


def _album(album: dict[str, Any]) -> str:
    tracks = album["total_tracks"]
    facts = [
        plain(album["album_type"]),
        f"{tracks} track{'' if tracks == 1 else 's'}" if tracks else "",
        album["released"] or "",
    ]
    title = " - ".join(filter(None, (plain(album["artists"]), plain(album["name"]) or "(without a name)")))
    return "\n".join([_wrapped(title), _wrapped(", ".join(filter(None, facts))), _link("album", album["album_id"])])


def _change(change: dict[str, Any]) -> str:
    what = {
        "removed": "gone",
        "returned": "back",
        "added": "added to its album",
        "changed": "playable again" if change["new_value"] == "true" else "no longer playable",
    }[change["change"]]
    name = plain(change["name"]) or "(without a name)"
    told = _wrapped(f"{name} ({change['entity']}): {what}")
    return f"{told}\n{_link(change['entity'], change['entity_id'])}"


def _link(entity: str, entity_id: str) -> str:
    return f"https://open.spotify.com/{entity}/{entity_id}"
