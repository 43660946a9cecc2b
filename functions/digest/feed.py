"""The Atom feed of the last entries (RFC 4287): albums that are news, and changes, newest first.

It is made from the views alone: it shows nothing that the lake has deleted, and two runs write the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from functions.digest.text import album_lines, change_lines

if TYPE_CHECKING:
    from functions.shared.athena import Row

ENTRIES = 100
ATOM = "http://www.w3.org/2005/Atom"


def feed(name: str, albums: list[Row], changes: list[Row], snapshot_date: str) -> bytes:
    """Return the newest of the rows as a feed; `name` tells this feed from others."""
    entries = [(row, album_lines(row), "album") for row in albums]
    entries += [(row, change_lines(row), str(row["change"])) for row in changes]
    entries.sort(key=lambda entry: str(entry[0]["found_on"]), reverse=True)
    root = ElementTree.Element("feed", {"xmlns": ATOM})
    newest = str(entries[0][0]["found_on"]) if entries else snapshot_date
    _texts(root, id=f"urn:spotify-lake:{name}", title=f"New on Spotify ({name})", updated=_instant(newest))
    _texts(ElementTree.SubElement(root, "author"), name="spotify-lake")
    for row, (title, *facts, address), what in entries[:ENTRIES]:
        entry = ElementTree.SubElement(root, "entry")
        found_on = str(row["found_on"])
        _texts(entry, id=f"{address}#{what}-{found_on}", title=title, updated=_instant(found_on))
        ElementTree.SubElement(entry, "link", {"href": address})
        _texts(entry, summary=", ".join([*facts, f"found on {found_on}"]))
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _texts(parent: ElementTree.Element, **texts: str) -> None:
    for tag, value in texts.items():
        ElementTree.SubElement(parent, tag).text = value


def _instant(day: str) -> str:
    return f"{day}T00:00:00Z"
