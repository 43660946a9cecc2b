"""Read an object's bytes as a stream; gunzip them if they are gzip."""

from __future__ import annotations

import zlib
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

from isal import isal_zlib

if TYPE_CHECKING:
    from collections.abc import Iterator

GZIP = b"\x1f\x8b"
PLAIN_GZIP = GZIP + b"\x08\0"  # deflated, and without a name, a comment or more
CHUNK = 1 << 16
MOST_CHUNKS = 64  # of a gzip that are kept until it is read: 4 MB, many times a day's largest part
INFLATED_BYTES = 96 << 10  # inflated bytes at a time: the C library maps and unmaps pages for larger buffers


class Stream(Protocol):
    """An object that is open for reading."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes; none at the end."""


class BrokenObject(Exception):
    """The object's gzip is damaged; the data before the damage is kept."""


def plain(stream: Stream) -> Iterator[bytes]:
    """Yield an object's plain bytes.

    Raises:
        BrokenObject: it is gzip and damaged, or breaks off.
    """
    chunk = stream.read(CHUNK)
    while 0 < len(chunk) < len(GZIP) and (more := stream.read(CHUNK)):
        chunk += more
    chunks = chain([chunk], iter(partial(stream.read, CHUNK), b""))
    yield from _gunzip(chunks) if chunk.startswith(GZIP) else filter(None, chunks)


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a gzip; isal, which takes half of zlib's time, inflates the first member of a small one.

    isal does not return what it has read before damage: zlib reads a damaged gzip again. Nor does it reject every
    header that zlib rejects, so that it only gets the usual one.
    """
    kept: list[bytes] = []
    for chunk in chunks:
        kept.append(chunk)
        if len(kept) > MOST_CHUNKS:
            break
    known = 0
    if len(kept) <= MOST_CHUNKS and kept[0].startswith(PLAIN_GZIP):
        try:
            for out in _members(iter(kept), isal_zlib.decompressobj(wbits=31)):
                known += len(out)
                yield out
        except (isal_zlib.error, BrokenObject):  # type: ignore[misc]  # its stub says that it is an instance
            pass
        else:
            return
    for out in _members(chain(kept, chunks), zlib.decompressobj(wbits=31)):
        if known < len(out):
            yield out[known:]
        known = max(known - len(out), 0)


def _members(chunks: Iterator[bytes], inflate: Any) -> Iterator[bytes]:
    """Yield the bytes of all members of a gzip, the first by `inflate`; zeros between or after them are padding."""
    chunk = b""
    inside = full = False
    while full or chunk or (chunk := next(chunks, b"")):
        chunk = chunk if inside else chunk.lstrip(b"\0")
        spare = inflate.copy() if hasattr(inflate, "copy") else None
        try:
            out = inflate.decompress(chunk, INFLATED_BYTES)
        except zlib.error as exc:
            yield _salvaged(spare, chunk)
            raise BrokenObject("object: its gzip is damaged here") from exc
        if out:
            yield out
        full = len(out) == INFLATED_BYTES
        inside = not inflate.eof and (inside or bool(chunk))
        chunk = inflate.unconsumed_tail
        if inflate.eof:
            full = False
            chunk = inflate.unused_data
            inflate = zlib.decompressobj(wbits=31)
    if inside:
        raise BrokenObject("object: its gzip breaks off here")


def _salvaged(inflate: Any, chunk: bytes) -> bytes:
    """Return a chunk's bytes before the damage in it: zlib returns nothing from a call that fails."""
    out = bytearray()
    try:
        for position in range(len(chunk)):
            out += inflate.decompress(chunk[position : position + 1])
    except zlib.error:
        pass
    return bytes(out)
