"""Objects into blocks of whole lines: gunzipped as they stream, cut at newlines, every line numbered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from functions.transform.gunzip import BrokenObject, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from functions.transform.gunzip import Stream

AnyText = TypeVar("AnyText", bytes, bytearray)
LONGEST = 32 << 20  # far above any answer of the Web API; a longer line is refused, not held in memory
TOO_LONG = f"line: longer than {LONGEST >> 20} MiB"
BOM = b"\xef\xbb\xbf"  # one at the start of a line holds nothing: objects that were put together have some inside
FIRST = 8  # how many times the first block is smaller than the largest
HEAD = 1 << 10  # how much of a line that is not held is kept for the quarantine


@dataclass(frozen=True)
class Source:
    """One frozen object: its key, the dataset it belongs to (`inbox` for what people dropped), and its age."""

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
    """One line by itself, on its way to the strict path; `drift_counted` where the fast path counted its drift."""

    source: Source
    number: int
    text: bytes
    drift_counted: bool


@dataclass(frozen=True)
class Refused:
    """A stretch of an object that never became a line to parse."""

    source: Source
    line: int
    reason: str
    head: bytes


@dataclass
class Block:
    """Whole lines of one dataset: stripped, none blank, each ended by one newline; `spans` say where they stood."""

    dataset: str
    data: bytes | bytearray = b""
    spans: list[Span] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def places(self) -> Iterator[tuple[Source, int]]:
        """Yield the object and the number of each line."""
        for span in self.spans:
            for number in range(span.first, span.first + span.count):
                yield span.source, number


def blocks(objects: Iterable[tuple[Source, Stream]], most: int) -> Iterator[Block]:
    """Yield all lines of the objects, in blocks of one dataset of up to about `most` bytes; small objects share one.

    The first blocks are smaller, so that whoever waits for them need not wait long.
    """
    size = _Size(max(most // FIRST, 1), most)
    gathering: dict[str, _Gathering] = {}
    for source, stream in objects:
        for piece in _pieces(source, stream, size):
            gathered = gathering.setdefault(source.dataset, _Gathering(Block(source.dataset)))
            gathered.add(piece)
            if gathered.size >= size.now:
                size.grow()
                yield gathering.pop(source.dataset).block()
    for gathered in gathering.values():
        yield gathered.block()


@dataclass
class _Size:
    """How large the next block is to be."""

    now: int
    most: int

    def grow(self) -> None:
        self.now = min(2 * self.now, self.most)


@dataclass
class _Gathering:
    into: Block
    data: list[bytes | bytearray] = field(default_factory=list)
    size: int = 0

    def add(self, piece: Block) -> None:
        self.data.append(piece.data)
        self.size += len(piece.data)
        self.into.spans += piece.spans
        self.into.refused += piece.refused

    def block(self) -> Block:
        self.into.data = self.data[0] if len(self.data) == 1 else b"".join(self.data)
        return self.into


def _pieces(source: Source, stream: Stream, size: _Size) -> Iterator[Block]:
    cutter = _Cutter(source, size)
    broken = ""
    document = bytearray() if _is_document(source) else None
    try:
        for chunk in plain(stream):
            if document is None:
                yield from cutter.add(chunk)
            else:
                document += chunk
                if len(document) > LONGEST:
                    yield from cutter.add(bytes(document))
                    document = None
    except BrokenObject as exc:
        broken = str(exc)
    if document:
        yield from cutter.add(bytes(document) if broken else _as_lines(bytes(document)))
    yield from cutter.end(broken)


def _is_document(source: Source) -> bool:
    """Return whether the object may be one JSON document over many lines: people drop such."""
    return source.dataset == "inbox" and source.key.removesuffix(".gz").endswith(".json")


def _as_lines(document: bytes) -> bytes:
    """Return a JSON document as one line; what is lines already, as it came; what is no JSON, as one bad line."""
    document = _stripped(document)
    if _is_json(document.split(b"\n", 1)[0]):
        return document
    try:
        return json.dumps(json.loads(document)).encode()
    except (ValueError, RecursionError):
        return document.replace(b"\n", b" ")


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


class _Cutter:
    """Cuts one object's bytes at newlines and numbers its lines."""

    def __init__(self, source: Source, size: _Size) -> None:
        self.source = source
        self.size = size
        self.tail = bytearray()
        self.line = 1
        self.skipping = False

    def add(self, chunk: bytes) -> Iterator[Block]:
        """Yield the whole lines so far, once they are enough for a block."""
        if self.skipping:
            _, newline, chunk = chunk.partition(b"\n")
            if not newline:
                return
            self.skipping = False
        self.tail += chunk
        if len(self.tail) >= self.size.now:
            yield from self._cut(self.tail.rfind(b"\n") + 1)
            yield from self._skip()

    def end(self, broken: str) -> Iterator[Block]:
        """Yield what is left; where the object broke off, the line it broke in is refused with that reason."""
        if broken:
            yield from self._cut(self.tail.rfind(b"\n") + 1)
            yield self._refuse(broken)
        elif self.tail:
            if not self.tail.endswith(b"\n"):
                self.tail += b"\n"
            yield from self._cut(len(self.tail))

    def _cut(self, end: int) -> Iterator[Block]:
        if end:
            piece, self.tail = self.tail, self.tail[end:]
            del piece[end:]  # what was gathered becomes the block: no byte of it is copied again
            starts = line_starts(piece)
            block = _clean(piece, starts, self.source, self.line)
            self.line += len(starts) - 1
            yield block

    def _skip(self) -> Iterator[Block]:
        if len(self.tail) > LONGEST:
            yield self._refuse(TOO_LONG)
            self.skipping = True

    def _refuse(self, reason: str) -> Block:
        refused = Refused(self.source, self.line, reason, bytes(self.tail[:HEAD]))
        self.tail.clear()
        self.line += 1
        return Block(self.source.dataset, refused=[refused])


def _clean(piece: bytearray, starts: np.ndarray, source: Source, first: int) -> Block:
    """Return the lines of `piece`, stripped, without blank and overlong ones."""
    if len(piece) <= LONGEST and not _any_padded(piece, starts):
        return Block(source.dataset, piece, [Span(source, first, len(starts) - 1)])
    block = Block(source.dataset)
    kept = []
    for number, raw in enumerate(piece.split(b"\n")[:-1], first):
        if len(raw) > LONGEST:
            block.refused.append(Refused(source, number, TOO_LONG, bytes(raw[:HEAD])))
        elif line := _stripped(raw):
            kept.append(line)
            block.spans.append(Span(source, number, 1))
    block.data = b"".join(line + b"\n" for line in kept)
    return block


def line_starts(data: bytes | bytearray) -> np.ndarray:
    """Return where each line starts and, last, where the data ends."""
    starts = [0]
    while end := data.find(b"\n", starts[-1]) + 1:
        starts.append(end)
    return np.array(starts)


def _any_padded(data: bytearray, starts: np.ndarray) -> bool:
    """Return whether a line is blank, starts or ends with white space, or starts as a byte order mark does."""
    octets = np.frombuffer(data, np.uint8)
    first, last = octets[starts[:-1]], octets[starts[1:] - 2]
    return bool(((first <= ord(" ")) | (first == BOM[0]) | (last <= ord(" "))).any())


def _stripped(text: AnyText) -> AnyText:
    """Return a line or a document without a byte order mark, and white space around it."""
    return text.strip().removeprefix(BOM).lstrip()
