"""A gzip is read to its last byte, also if it breaks off."""

from __future__ import annotations

import gzip
import zlib
from contextlib import suppress
from io import BytesIO

import pytest

from functions.transform.gunzip import INFLATED_BYTES, BrokenObject, plain


@pytest.mark.parametrize("beyond", [5_000, INFLATED_BYTES + 400])
def test_all_that_a_gzip_holds_before_it_breaks_off_is_read(beyond: int) -> None:
    """At the end of the data, zlib may still hold bytes that did not fit into the last piece."""
    whole = gzip.compress(b"a" * (INFLATED_BYTES + beyond), 9, mtime=0)
    for cut in range(9, 16):
        there, found = whole[:-cut], bytearray()
        with suppress(BrokenObject):
            for piece in plain(BytesIO(there)):
                found += piece
        assert found == zlib.decompressobj(wbits=31).decompress(there)


def test_no_more_is_held_at_a_time_however_little_a_gzip_takes() -> None:
    pieces = list(plain(BytesIO(gzip.compress(b"a" * (3 * INFLATED_BYTES + 1), mtime=0))))
    assert [len(piece) for piece in pieces] == [INFLATED_BYTES] * 3 + [1]


def test_zeros_after_a_gzip_are_padding() -> None:
    assert b"".join(plain(BytesIO(gzip.compress(b"a") + bytes(10)))) == b"a"
