"""The part of an object's text that is in memory, and the JSON values that begin in it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from functions.transform.gunzip import BrokenObject
from functions.transform.nesting import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_VALUE = 4 << 20
"""The most characters of one record: far more than any response of the Web API has. Parsed, lists in lists take 44
bytes per character, and two such values may be held at once.

There is no limit on an object, a list, or a response that holds lists of records: these are read record by record.
"""
FIRST_TRY = 4 << 10  # characters of a value that are given to the parser at first
TRIM = 1 << 16  # text before the position is dropped once it is this long
FAILURES = 8  # to parse values up to the same place: those nested deeper are tried at a line's beginning only, and
# only once, so that time stays linear
NEAR = 16  # to the end: an error there may be that of a value that is cut
BRACKET = re.compile(r"[\[\]{}]")
BEGINS = re.compile(r"\[|\{[ \t\r\n]*+(?:[\"}]|\Z)")
SPACE = re.compile(r"[ \t\r\n\ufeff\x1e]*")
"""Text between values: JSON's own space, byte order marks (concatenated objects contain some), and the record separator
of a JSON text sequence (RFC 7464)."""
STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\.)*+')  # without its closing quote
FOLLOWS = re.compile(r"[ \t\r]*+(?=[,:}\]\n]|\Z)")  # what may follow a string in JSON, or the end of a line

_PARSER = json.JSONDecoder(parse_int=str, parse_float=str)  # no number is too long to be skipped


class Window:
    """Text read as a stream: `text` from `at` on is unread, `line` is the number of the line there."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self.text = ""
        self.at = 0
        self.line = 1
        self.broken = ""  # why the text breaks off
        self.is_too_long = False  # whether the last value that failed to parse was too long
        self._before = 0  # characters that were dropped
        self._ended = False
        self._guess = FIRST_TRY
        self._fails_at = 0  # the position up to which values failed to parse, and the number of failures
        self._failures = 0
        self._no_string_before = 0  # the quotes up to this character are escaped ones

    def fill(self, size: int) -> int:
        """Return how many of the next `size` characters are there; fewer only at the end."""
        there = len(self.text) - self.at
        if there >= size or self._ended:
            return min(there, size)
        pieces = [self.text]
        try:
            while there < size and not self._ended:
                piece = next(self._chunks, None)
                self._ended = piece is None
                pieces.append(piece or "")
                there += len(pieces[-1])
        except BrokenObject as exc:
            self.broken, self._ended = str(exc), True
        self.text = "".join(pieces)
        return min(there, size)

    def advance(self, count: int) -> None:
        """Move the position by `count` characters."""
        self.line += self.text.count("\n", self.at, self.at + count)
        self.at += count
        if self.at > TRIM:
            self._before += self.at - 1
            self.text, self.at = self.text[self.at - 1 :], 1

    def next(self) -> str:
        """Return the next character that is not space; "" at the end."""
        while True:
            self.advance(SPACE.match(self.text, self.at).end() - self.at)  # type: ignore[union-attr]  # it matches always
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.fill(1):
                return ""

    def head(self, size: int) -> str:
        """Return the next characters, at most `size`."""
        there = self.fill(size)  # replaces the text
        return self.text[self.at : self.at + there]

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Return the match of a pattern at the position, after reading ahead `TRIM` characters."""
        self.fill(TRIM)
        return pattern.match(self.text, self.at)

    def begins_line(self) -> bool:
        """Return whether the position is the first of a line."""
        return self.text[self.at - 1] == "\n" if self.at else self._before == 0

    def value(self) -> tuple[object, int] | None:
        """Return the value that begins here and its length, or None if it is damaged or too long."""
        if not self.match(BEGINS):
            self.is_too_long = False
            return None
        here = self._before + self.at
        if here >= self._fails_at:
            self._failures = 0
        size = longest = max(self._guess, FIRST_TRY)
        if self._failures < FAILURES:
            longest = LONGEST_VALUE
        elif not self.begins_line():
            return None
        while True:
            piece = self.head(size)
            try:
                value, length = _PARSER.raw_decode(piece)
            except RecursionError:
                failed = _too_deep_at(piece)
                self.is_too_long = False
            except json.JSONDecodeError as exc:
                failed = exc.pos
                self.is_too_long = _may_go_on(exc, piece) and len(piece) == size
                if self.is_too_long and size < longest:
                    size = min(4 * size, longest)
                    continue
                failed = len(piece) if self.is_too_long else failed
            else:
                self._guess = min(2 * length, LONGEST_VALUE)
                return value, length
            self._fails_at = max(self._fails_at, here + failed + 1)
            self._failures += 1
            return None

    def string(self) -> str | None:
        """Return the string that begins here, None if a quote begins no string, "" if it is too long to hold.

        After a quote that begins no string, the escaped quotes up to the place where reading stopped are not tried: a
        string from one of them would stop at the same place.
        """
        if self._before + self.at < self._no_string_before:
            return None
        size = FIRST_TRY
        while True:
            there = self.fill(size)
            end = STRING.match(self.text, self.at).end()  # type: ignore[union-attr]  # a quote stands here
            if end - self.at < there - NEAR or there < size:
                break
            if size >= LONGEST_VALUE:
                return ""
            size *= 4
        if self.text[end : end + 1] != '"' or not FOLLOWS.match(self.text, end + 1):
            self._no_string_before = self._before + end
            return None
        return self.text[self.at : end + 1]

    def skip_string(self) -> None:
        """Read a string of any length, to its closing quote or the end of its line."""
        self.advance(1)
        while self.fill(2):
            end = STRING.match('"' + self.text[self.at : self.at + TRIM]).end() - 1  # type: ignore[union-attr]  # as above
            self.fill(end + 2)
            found = self.text[self.at + end : self.at + end + 2]
            self.advance(end + len(found if found[:1] == "\\" and found[1:] != "\n" else found[:1].strip("\n")))
            if found[:1] in {'"', "\n"}:
                return


def _too_deep_at(piece: str) -> int:
    """Return the position at which the parser may have given up: a value that begins before it is nested too deep."""
    depth = 0
    for found in BRACKET.finditer(piece):
        depth += 1 if found[0] in "[{" else -1
        if depth > DEEPEST:
            return found.start()
    return len(piece)


def _may_go_on(error: json.JSONDecodeError, piece: str) -> bool:
    return error.msg.startswith("Unterminated string") or error.pos >= len(piece.rstrip(" \t\r\n")) - NEAR
