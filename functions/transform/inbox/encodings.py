"""Decode an inbox object's bytes to text: remove layers of gzip, decode UTF-8, UTF-16 and UTF-32 as a stream."""

from __future__ import annotations

import codecs
from itertools import chain
from typing import TYPE_CHECKING

from functions.transform.gunzip import CHUNK, GZIP, BrokenObject, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.transform.gunzip import Stream

MOST_LAYERS = 4  # layers of gzip around an object
MARKS = {
    codecs.BOM_UTF8: "UTF-8",
    codecs.BOM_UTF32_LE: "UTF-32-LE",
    codecs.BOM_UTF32_BE: "UTF-32-BE",
    codecs.BOM_UTF16_LE: "UTF-16-LE",
    codecs.BOM_UTF16_BE: "UTF-16-BE",
}
ZEROS: dict[tuple[bool, ...], str] = {
    (False, True, True, True): "UTF-32-LE",
    (True, True, True, False): "UTF-32-BE",
    (False, True, False, True): "UTF-16-LE",
    (True, False, True, False): "UTF-16-BE",
}
"""JSON begins with two ASCII characters, so the zeros among its first bytes tell the encoding: RFC 4627, section 3."""
UNDECODED = "\udcff"  # replaces bytes that are not valid in the encoding: no decoded text contains it

codecs.register_error("undecoded", lambda exc: (UNDECODED, exc.end))  # type: ignore[attr-defined]  # a UnicodeError


def encoding_of(first: bytes) -> str:
    """Return the encoding of an object from its first bytes: from the byte order mark, or the zeros in it."""
    marked = next((name for mark, name in MARKS.items() if first.startswith(mark)), None)
    return marked or ZEROS.get(tuple(octet == 0 for octet in first[:4]), "UTF-8")


def unpacked(stream: Stream) -> Iterator[bytes]:
    """Yield an object's bytes without the layers of gzip; the first chunk has at least four bytes, if the object has.

    Raises:
        BrokenObject: a layer is damaged or breaks off, or there are more than `MOST_LAYERS`.
    """
    chunks = plain(stream)
    for _ in range(MOST_LAYERS):
        first = b""
        while len(first) < 4 and (chunk := next(chunks, b"")):
            first += chunk
        if not first.startswith(GZIP):
            yield first
            yield from chunks
            return
        chunks = plain(_Chunks(chain([first], chunks)))
    raise BrokenObject(f"object: more than {MOST_LAYERS} layers of gzip")


def decoded(first: bytes, rest: Iterator[bytes], encoding: str) -> Iterator[str]:
    """Yield the decoded text of bytes; invalid bytes become `UNDECODED`."""
    decoder = codecs.getincrementaldecoder(encoding)("undecoded")
    for chunk in chain([first], rest):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


class _Chunks:
    """Present chunks of bytes as a stream."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def read(self, size: int = CHUNK, /) -> bytes:
        """Return at most `size` bytes; none at the end."""
        self._rest = self._rest or next(self._chunks, b"")
        found, self._rest = self._rest[:size], self._rest[size:]
        return found
