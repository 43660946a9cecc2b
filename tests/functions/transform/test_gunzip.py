"""A gzip is read to its last byte, also if it breaks off."""

from __future__ import annotations

import gzip
import random
import zlib
from contextlib import suppress
from io import BytesIO
from unittest.mock import Mock

import pytest
from isal import isal_zlib

from functions.transform import gunzip
from functions.transform.gunzip import CHUNK, GZIP, INFLATED_BYTES, BrokenObject, plain
from tests.often import one_in


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


def read(data: bytes) -> tuple[bytes, str]:
    """Return the bytes of an object, and why it is broken."""
    found = bytearray()
    try:
        for piece in plain(BytesIO(data)):
            found += piece
    except BrokenObject as exc:
        return bytes(found), str(exc)
    return bytes(found), ""


def damaged(seeded: random.Random) -> bytes:
    """Return a gzip of some members, with damage."""
    texts = [
        seeded.randbytes(seeded.choice((0, 5, 3000))) * seeded.choice((1, 40)) for _ in range(seeded.randint(1, 3))
    ]
    packed = bytearray(b"".join(gzip.compress(text, seeded.choice((0, 1, 6, 9)), mtime=0) for text in texts))
    match seeded.randrange(4):
        case 0:
            del packed[seeded.randrange(3, len(packed)) :]
        case 1:
            packed[seeded.randrange(3, len(packed))] ^= 1 << seeded.randrange(8)
        case 2:
            packed += seeded.choice((bytes(9), b"after", GZIP + b"after"))
    return bytes(packed)


@pytest.mark.parametrize("seed", one_in(5, range(20)))
def test_isal_reads_a_gzip_as_zlib_does(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seeded = random.Random(seed)
    objects = [damaged(seeded) for _ in range(30)]
    found = [read(each) for each in objects]
    monkeypatch.setattr(gunzip, "MOST_CHUNKS", 0)
    assert found == [read(each) for each in objects]


@pytest.mark.parametrize(("most", "by_isal"), [(2, False), (4, True)])
def test_a_gzip_that_is_too_large_to_be_kept_is_read_by_zlib(
    most: int, by_isal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = random.Random(0).randbytes(3 * CHUNK)
    isal = Mock(wraps=isal_zlib.decompressobj)
    monkeypatch.setattr(isal_zlib, "decompressobj", isal)
    monkeypatch.setattr(gunzip, "MOST_CHUNKS", most)
    assert read(gzip.compress(text, mtime=0)) == (text, "")
    assert isal.called == by_isal


def test_a_reserved_flag_in_the_header_is_damage() -> None:
    """Isal reads on: objects would be damaged or not by their size."""
    packed = bytearray(gzip.compress(b"text", mtime=0))
    packed[3] = 0x20
    assert read(bytes(packed)) == (b"", "object: its gzip is damaged here")


def test_no_more_of_a_gzip_is_kept_than_isal_may_read() -> None:
    stream = BytesIO(gzip.compress(random.Random(0).randbytes(9 << 20), mtime=0))
    next(plain(stream))
    assert gunzip.MOST_CHUNKS * CHUNK == 4 << 20
    assert stream.tell() == (gunzip.MOST_CHUNKS + 1) * CHUNK
