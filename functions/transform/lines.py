"""Cut objects into blocks of whole lines: gunzip them as a stream, cut at newlines, number every line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from functions.shared import keys
from functions.transform.bounds import MOST_KEPT
from functions.transform.gunzip import INFLATED_BYTES, BrokenObject, plain
from functions.transform.inbox.found import Value
from functions.transform.inbox.objects import found_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from functions.transform.gunzip import Stream

LONGEST = 32 << 20  # far above any response of the Web API; a longer line is rejected, not held in memory
TOO_LONG = f"line: longer than {LONGEST >> 20} MiB"
NOT_READ = "object: its name ends in none of .json, .ndjson, .jsonl, nor these with .gz"
BOM = b"\xef\xbb\xbf"  # ignored at the start of a line: concatenated objects contain some
FIRST = 8  # the first block is this many times smaller than the largest
MOST_VALUES = 1 << 14  # of the inbox per block: each costs memory of its own, however short it is
MOST_TEXT = 8 << 20  # bytes of such values per block: the strict path makes many times as many of them
HEAD = 1 << 10  # bytes of an overlong line that quarantine keeps


@dataclass(frozen=True)
class Source:
    """One frozen object: its key, its dataset (`inbox` for the inbox), and its LastModified."""

    key: str
    dataset: str
    last_modified: datetime


@dataclass(frozen=True)
class Span:
    """Consecutive lines of one object, from the line numbered `first`."""

    source: Source
    first: int
    count: int


@dataclass(frozen=True)
class Line:
    """One line for the strict path; `drift_counted` if the fast path counted its drift."""

    source: Source
    number: int
    text: bytes
    drift_counted: bool


@dataclass(frozen=True)
class Refused:
    """A part of an object that could not be read as lines."""

    source: Source
    line: int
    reason: str
    head: bytes


class Buffers:
    """A pool of reusable buffers of up to about `most` bytes: a new one costs page faults.

    A new page of memory costs more time in the system than filling it.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._size = most + INFLATED_BYTES
        self._free: list[memoryview] = []

    def take(self, least: int = 0) -> memoryview:
        """Return a buffer for a block and the rest of its last chunk, or one of `least` bytes if that is more."""
        if least <= self._size:
            return self._free.pop() if self._free else np.empty(self._size, np.uint8).data
        return np.empty(least + least // 2, np.uint8).data

    def give(self, buffer: memoryview) -> None:
        """Take a buffer back; free one that was made for a long line."""
        if len(buffer) == self._size:
            self._free.append(buffer)


@dataclass
class Block:
    """Whole lines of one dataset: stripped, none blank, each ended by one newline; `spans` name their places.

    `starts` holds each line's offset in `data` and, last, the end. `unkept` counts rejected records beyond those in
    `refused`, by reason.
    """

    dataset: str
    buffer: memoryview
    starts: np.ndarray
    spans: list[Span]
    refused: list[Refused]
    unkept: Counter[str]

    @property
    def data(self) -> memoryview:
        """The lines."""
        return self.buffer[: self.starts[-1]]

    def lines(self, which: np.ndarray, *, drift_counted: bool) -> Iterator[Line]:
        """Yield the marked lines for the strict path."""
        for at, (source, number) in enumerate(self._places()):
            if which[at]:
                yield Line(source, number, bytes(self.data[self.starts[at] : self.starts[at + 1]]), drift_counted)

    def blank(self, numbers: np.ndarray) -> None:
        """Overwrite lines with spaces: readers skip them."""
        octets = np.frombuffer(self.buffer, np.uint8)
        for start, end in zip(self.starts[numbers], self.starts[numbers + 1], strict=True):
            octets[start : end - 1] = ord(" ")

    def _places(self) -> Iterator[tuple[Source, int]]:
        """Yield the object and the number of each line."""
        for span in self.spans:
            for number in range(span.first, span.first + span.count):
                yield span.source, number


def blocks(objects: Iterable[tuple[Source, Stream]], buffers: Buffers) -> Iterator[Block]:
    """Yield all lines of the objects, in blocks of one dataset; small objects share one.

    The first blocks are smaller, so that the first results come early. The reader of a block gives its buffer back.
    """
    size = _Size(max(buffers.most // FIRST, 1), buffers.most)
    filling: dict[str, _Filling] = {}
    for source, stream in objects:
        if source.dataset not in filling:
            filling[source.dataset] = _Filling(source.dataset, size, buffers)
        yield from filling[source.dataset].read(source, stream)
    for each in filling.values():
        yield each.block()


@dataclass
class _Size:
    """The size of the next block."""

    now: int
    most: int

    def grow(self) -> None:
        self.now = min(2 * self.now, self.most)


class _Filling:
    """A dataset's next block: whole lines, whose offsets and end are in `starts`, and the unfinished line after them.

    `ends` holds the ends of the following lines, which have no number yet.
    """

    def __init__(self, dataset: str, size: _Size, buffers: Buffers) -> None:
        self.dataset = dataset
        self.size = size
        self.buffers = buffers
        self._begin()

    def _begin(self) -> None:
        self.buffer = self.buffers.take()
        self.filled = 0
        self.ends: list[int] = []
        self.starts = [0]
        self.spans: list[Span] = []
        self.refused: list[Refused] = []
        self.heads = 0
        self.unkept: Counter[str] = Counter()

    def read(self, source: Source, stream: Stream) -> Iterator[Block]:
        """Add an object; yield each block that it fills."""
        self.source, self.line, self.skipping = source, 1, False
        if not keys.READABLE.fullmatch(source.key):
            self._reject(1, NOT_READ, stream.read(HEAD))
            if self._is_full():
                yield self.block()
        elif source.dataset == "inbox":
            yield from self._put_all(stream)
        else:
            yield from self._read_lines(stream)

    def _read_lines(self, stream: Stream) -> Iterator[Block]:
        broken = ""
        try:
            for chunk in plain(stream):
                yield from self._add(chunk)
        except BrokenObject as exc:
            broken = str(exc)
        self._end(broken)

    def _put_all(self, stream: Stream) -> Iterator[Block]:
        """Add an inbox object, one value per line, and its rejected parts, the first thousand with their text."""
        refused = 0
        for each in found_in(stream):
            if isinstance(each, Value):
                self._copy(each.text.replace("\n", " ").encode() + b"\n")
                self.starts.append(self.filled)
                self.spans.append(Span(self.source, each.line, 1))
            elif refused < MOST_KEPT:
                refused += 1
                self._reject(each.line, each.reason, each.head.encode(errors="replace"))
            else:
                self.unkept[each.reason] += 1
            if self._is_full():
                self.size.grow()
                yield self.block()

    def _reject(self, line: int, reason: str, head: bytes) -> None:
        self.refused.append(Refused(self.source, line, reason, head))
        self.heads += len(head)

    def _is_full(self) -> bool:
        """Return whether the values of the inbox and its rejected parts are enough for a block."""
        text = self.filled + self.heads
        return text >= min(self.size.now, MOST_TEXT) or len(self.starts) + len(self.refused) > MOST_VALUES

    def _add(self, chunk: bytes | bytearray) -> Iterator[Block]:
        """Add to the last line, and yield the whole lines once they are enough for a block."""
        if self.skipping:
            _, newline, chunk = chunk.partition(b"\n")
            if not newline:
                return
            self.skipping = False
        self._write(chunk)
        if self.filled >= self.size.now:
            self._number()
            if self.filled - self.starts[-1] > LONGEST:
                self._refuse(TOO_LONG)
                self.skipping = True
            if self.starts[-1]:
                self.size.grow()
                yield self.block()

    def _end(self, broken: str) -> None:
        """Add the rest of the object; if it broke off, reject the unfinished line with that reason."""
        if broken:
            self._number()
            self._refuse(broken)
        elif self.filled > self.starts[-1]:
            if self.buffer[self.filled - 1] != ord("\n"):
                self._write(b"\n")
            self._number()

    def _write(self, chunk: bytes | bytearray) -> None:
        at = 0
        while at := chunk.find(b"\n", at) + 1:
            self.ends.append(self.filled + at)
        self._copy(chunk)

    def _copy(self, octets: bytes | bytearray | memoryview) -> None:
        end = self.filled + len(octets)
        if end > len(self.buffer):
            small, self.buffer = self.buffer, self.buffers.take(end)
            self.buffer[: self.filled] = small[: self.filled]
            self.buffers.give(small)
        self.buffer[self.filled : end] = octets
        self.filled = end

    def block(self) -> Block:
        """Return the whole lines, and continue with a new buffer for what follows them."""
        block = Block(self.dataset, self.buffer, np.array(self.starts), self.spans, self.refused, self.unkept)
        follows = self.buffer[self.starts[-1] : self.filled]
        self._begin()
        self._copy(follows)
        return block

    def _number(self) -> None:
        """Number the lines that have ended, without blank and overlong ones."""
        if not self.ends:
            return
        ends, self.ends = self.ends, []
        starts = [self.starts[-1], *ends]
        if ends[-1] - starts[0] > LONGEST or _any_padded(self.buffer, np.array(starts)):
            self._rewrite(starts)
        else:
            self.spans.append(Span(self.source, self.line, len(ends)))
            self.starts += ends
        self.line += len(ends)

    def _rewrite(self, starts: list[int]) -> None:
        kept = []
        for number, (start, end) in enumerate(pairwise(starts), self.line):
            if end - start > LONGEST + 1:
                self.refused.append(Refused(self.source, number, TOO_LONG, bytes(self.buffer[start : start + HEAD])))
            elif line := _stripped(bytes(self.buffer[start:end])):
                kept.append(line + b"\n")
                self.spans.append(Span(self.source, number, 1))
                self.starts.append(self.starts[-1] + len(line) + 1)
        follows = bytes(self.buffer[starts[-1] : self.filled])
        self.filled = starts[0]
        self._copy(b"".join([*kept, follows]))

    def _refuse(self, reason: str) -> None:
        """Reject the last line, whole or not."""
        at = self.starts[-1]
        head = bytes(self.buffer[at : min(at + HEAD, self.filled)])
        self.refused.append(Refused(self.source, self.line, reason, head))
        self.filled = at
        self.line += 1


def _any_padded(data: memoryview, starts: np.ndarray) -> bool:
    """Return whether any line is blank, starts or ends with white space, or starts like a byte order mark."""
    octets = np.frombuffer(data, np.uint8)
    first, last = octets[starts[:-1]], octets[starts[1:] - 2]
    return bool(((first <= ord(" ")) | (first == BOM[0]) | (last <= ord(" "))).any())


def _stripped(text: bytes) -> bytes:
    """Return a line without a byte order mark and surrounding white space."""
    return text.strip().removeprefix(BOM).lstrip()
