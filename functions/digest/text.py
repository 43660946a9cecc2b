"""A digest as plain text: a headline for a mail's subject, and short lines that are read on a phone.

A name is data: it keeps to its line, and each link is made of an ID and leads to open.spotify.com.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from datetime import date, timedelta
from typing import TYPE_CHECKING

from functions.digest.digest import TIME_OF_DAY
from functions.shared.partial import completed_by, is_lost
from functions.shared.wording import counted, more

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.digest.digest import Digest
    from functions.shared.athena import Row

WIDTH = 40  # characters that fit on a phone held upright
MOST_ITEMS = 100  # listed per section; the heading counts all
MOST_REASONS = 20
NAME = 120
SUBJECT = 99  # SNS, Publish: ASCII, fewer than 100 characters, no line breaks
JOINERS = "\u200c\u200d"  # joiners are kept: Persian, Indic scripts and emoji are misspelt without them
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
NO_XML = "\ufffe\uffff"  # XML 1.0, section 2.2, does not allow these
DOT = "\N{ONE DOT LEADER}"
NO_NAME = "(without a name)"
UNLISTED = "The views new_releases and catalogue_changes have them."


def subject(digest: Digest) -> str:
    """Return the headline: how many are new, changed and gone, then as many new names as fit, in ASCII."""
    head = headline(digest)
    first = [*digest.released, *digest.older][:MOST_ITEMS]
    for name in filter(None, (_ascii(album["name"]) for album in first)):
        longer = f"{head}{', ' if ': ' in head else ': '}{name}"
        if len(longer) > SUBJECT:
            break
        head = longer
    return head


def headline(digest: Digest) -> str:
    """Return how many are new, changed and gone; if nothing is, and it is the first time, how many are followed."""
    counts = {"new": digest.albums, "changed": digest.changed, "gone": digest.gone}
    numbers = {word: len(rows) for word, rows in counts.items()} | {"more": digest.beyond}
    head = ", ".join(f"{number:,} {word}" for word, number in numbers.items() if number)
    if not head and digest.known:
        head = f"Following {counted(digest.known.followed, 'artist')}, {counted(digest.known.albums, 'album')} known"
    return f"{head or 'Nothing new'} on {digest.snapshot_date}" + (" (partial)" if digest.partial else "")


def text(digest: Digest, most: int = MOST_ITEMS) -> str:
    """Return the digest as plain text: released, added to Spotify, changed, gone, then what was not checked."""
    sections = [
        _wrapped(known(digest)),
        _section("Released", digest.released, album_lines, most),
        _section("Added to Spotify", digest.older, album_lines, most),
        _section("Changed", digest.changed, change_lines, most),
        _section("Gone", digest.gone, change_lines, most),
        f"MORE ({digest.beyond:,})\n\n{_wrapped(UNLISTED)}" if digest.beyond else "",
        not_checked(digest),
        *(_wrapped(unconfirmed(each)) for each in digest.unconfirmed),
    ]
    return "\n\n".join(filter(None, sections)) or "Nothing new, changed or gone."


def known(digest: Digest) -> str:
    """Return the numbers of followed and known entities as sentences; nothing if they were told before."""
    found = digest.known
    if found is None:
        return ""
    counts = [(found.artists, "artist"), (found.albums, "album"), (found.tracks, "track")]
    told = ", ".join(counted(number, noun) for number, noun in counts)
    later = "" if digest.albums or digest.changes else " What is found from now on is reported as new, changed or gone."
    return f"Following {counted(found.followed, 'artist')}. Known so far: {told}.{later}"


def not_checked(digest: Digest) -> str:
    """Return why the date is partial and when the rest is checked; nothing if it is complete."""
    if not digest.partial:
        return ""
    reasons = [_wrapped(plain(each, 1_000)) for each in digest.partial[:MOST_REASONS]]
    if len(digest.partial) > MOST_REASONS:
        reasons.append(more(len(digest.partial) - MOST_REASONS))
    return "\n\n".join([f"NOT CHECKED ({len(digest.partial):,})", *reasons, _wrapped(continues(digest))])


def continues(digest: Digest) -> str:
    """Return when the rest is checked, as sentences: runs are daily at a time, or as the schedule says.

    Once that run is past, and for objects that no run requests, they say instead what would complete the date.
    """
    if digest.continued or all(map(is_lost, digest.partial)):
        return completed_by(digest.snapshot_date, digest.partial)
    if not TIME_OF_DAY.match(digest.daily_run):
        return f"The next daily run checks the rest{f' ({digest.daily_run})' if digest.daily_run else ''}."
    following = date.fromisoformat(digest.snapshot_date) + timedelta(days=1)
    return f"The daily run of {following} checks the rest, at {digest.daily_run}."


def unconfirmed(snapshot_date: str) -> str:
    """Return that a message may not have arrived, as a sentence."""
    return f"The message of {snapshot_date} may not have been sent. See it with: ops digest {snapshot_date}"


def album_lines(album: Row) -> list[str]:
    """Return an album as lines: artists and title, facts, link."""
    tracks = album["total_tracks"]
    facts = [
        plain(album["album_type"]),
        counted(int(tracks), "track") if tracks else "",
        f"released {album['released']}" if album["released"] else "",
    ]
    title = " - ".join(filter(None, (plain(album["artists"]), plain(album["name"]) or NO_NAME)))
    return [title, ", ".join(filter(None, facts)), link("album", album["album_id"])]


def change_lines(change: Row) -> list[str]:
    """Return a change as lines: what it is about and what happened, link."""
    what = {
        "removed": "gone",
        "returned": "back",
        "added": "added to its album",
        "changed": "playable again" if change["new_value"] == "true" else "no longer playable",
    }[str(change["change"])]
    name = plain(change["name"]) or NO_NAME
    return [f"{name} ({change['entity']}): {what}", link(change["entity"], change["entity_id"])]


def plain(value: object, most: int = NAME) -> str:
    """Return a text as one line without control or direction marks, in which nothing reads as an address.

    A dot inside a word is replaced by another dot: programs that show mail make a link of `name.com`.
    """
    kept = "".join(
        char if char in JOINERS or (unicodedata.category(char) not in UNSEEN and char not in NO_XML) else " "
        for char in str(value or "")[: 4 * most]
    )
    line = re.sub(r"(?i)://|(?<=\bwww)\.", " ", " ".join(kept.split()))
    line = re.sub(r"(?<=\w)\.(?=[^\W\d_]{2})", DOT, line)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def link(entity: object, entity_id: object) -> str:
    """Return where Spotify shows a thing."""
    return f"https://open.spotify.com/{entity}/{entity_id}"


def _ascii(name: object) -> str:
    """Return a name without its accents, or "" if it has letters beyond ASCII."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", plain(name)) if not unicodedata.combining(char))
    return bare if bare.isascii() else ""


def _section(heading: str, rows: list[Row], lines: Callable[[Row], list[str]], most: int) -> str:
    if not rows:
        return ""
    items = ["\n".join(_wrapped(line) for line in lines(row)) for row in rows[:most]]
    left = len(rows) - most
    return "\n\n".join([f"{heading.upper()} ({len(rows):,})", *items, *([more(left)] if left > 0 else [])])


def _wrapped(line: str) -> str:
    return textwrap.fill(line, WIDTH, break_on_hyphens=False, break_long_words=not line.startswith("https://"))
