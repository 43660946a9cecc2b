"""Read an object's bytes as a stream; gunzip them if they are gzip."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

GZIP = b"\x1f\x8b"
CHUNK = 1 << 16
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
    yield from _gunzip(chunk, stream) if chunk.startswith(GZIP) else _rest(chunk, stream)


def _rest(chunk: bytes, stream: Stream) -> Iterator[bytes]:
    while chunk:
        yield chunk
        chunk = stream.read(CHUNK)


def _gunzip(chunk: bytes, stream: Stream) -> Iterator[bytes]:
    """Yield the bytes of all members of a gzip stream; zeros between or after them are padding."""
    inflate = zlib.decompressobj(wbits=31)
    inside = full = False
    while full or chunk or (chunk := stream.read(CHUNK)):
        chunk = chunk if inside else chunk.lstrip(b"\0")
        spare = inflate.copy()
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


def _salvaged(inflate: zlib._Decompress, chunk: bytes) -> bytes:
    """Return a chunk's bytes before the damage in it: zlib returns nothing from a call that fails."""
    out = bytearray()
    try:
        for position in range(len(chunk)):
            out += inflate.decompress(chunk[position : position + 1])
    except zlib.error:
        pass
    return bytes(out)
