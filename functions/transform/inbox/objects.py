"""Read one inbox object: yield its values as UTF-8, and its rejected parts.

The limits of an inbox object are in `LIMITS`; docs/inbox.md states them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.transform.bounds import MOST_KEPT, MOST_KEPT_IN_ALL
from functions.transform.gunzip import BrokenObject
from functions.transform.inbox.encodings import MOST_LAYERS, UNDECODED, decoded, encoding_of, unpacked
from functions.transform.inbox.found import Rejected, Value
from functions.transform.inbox.values import Values
from functions.transform.inbox.window import LONGEST_VALUE
from functions.transform.nesting import DEEPEST
from functions.transform.parse.responses import MOST_TRACKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.transform.gunzip import Stream
    from functions.transform.inbox.found import Found

LIMITS = {
    "characters of one artist, album or track": LONGEST_VALUE,
    "tracks of one album": MOST_TRACKS,
    "levels of lists and objects in each other": DEEPEST,
    "layers of gzip": MOST_LAYERS,
    "rejected records of an object that are kept; the rest are counted": MOST_KEPT,
    "rejected records of all objects of a date that are kept; the rest are counted": MOST_KEPT_IN_ALL,
}
"""The limits of an inbox object. A record beyond one is rejected; an album with too many tracks keeps its row with a
fault. The reason names the limit. The length of an object, of its lines and of its lists has no limit.

Encodings: UTF-8, UTF-16 and UTF-32, with a byte order mark or without. Text in Latin-1 or another encoding of single
bytes is read as UTF-8: records of ASCII are read, and each other record is rejected as `line: not UTF-8`.
"""
EMPTY = "object: empty"


def found_in(stream: Stream) -> Iterator[Found]:
    """Yield the values and rejected parts of an inbox object, in its order."""
    chunks = unpacked(stream)
    try:
        first = next(chunks, b"")
    except BrokenObject as exc:
        yield Rejected(1, str(exc), "")
        return
    encoding = encoding_of(first)
    values = Values(decoded(first, chunks, encoding))
    is_whole = True
    for each in values:
        is_whole = is_whole and isinstance(each, Value)
        if isinstance(each, Value) and UNDECODED in each.text:
            yield Rejected(each.line, f"line: not {encoding}", each.text)
        else:
            yield each
    if values.is_blank and is_whole:
        yield Rejected(1, EMPTY, "")
