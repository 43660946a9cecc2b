"""JSON of any layout as a stream of records: lines, documents, lists, pages in envelopes, whole or damaged.

A value that parses is taken whole; lists, and objects that are damaged or too long to hold, are entered. Each record
inside is yielded in its wrapper: a page of one item, in an envelope with the same times. Damage costs the innermost
record around it: if brackets do not match, a container ends at the first sign that it has ended, and what looks like a
record is taken as one, at whatever position. Every character is read a few times at most.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from functions.transform.inbox.containers import (
    OWN,
    WRAPPERS,
    Container,
    in_place,
    is_long_page,
    is_mention,
    is_part,
    is_record,
    is_wrapper,
)
from functions.transform.inbox.found import Found, Rejected, Value
from functions.transform.inbox.together import elements
from functions.transform.inbox.window import LONGEST_VALUE, Window
from functions.transform.nesting import DEEPEST, TOO_DEEP
from functions.transform.parse.responses import GROUPS, NOT_AN_OBJECT, NOTHING, OTHER_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_JSON = "line: not JSON"
TOO_LONG = f"value: longer than {LONGEST_VALUE >> 20} Mi characters"
BREAKS_OFF = "object: breaks off inside a list or a value"
HEAD = 1 << 10  # characters kept of a rejected text
KNOWN = {"status", "error", "type", "id", *WRAPPERS, *OTHER_KINDS}  # a value without any of these is rejected
LOOSE = re.compile(r'[^"{}\[\]]+')
ELEMENTS = re.compile(r'[^"{}\[\]:]+')
WORD = re.compile(r'[^"{}\[\]:, \t\r\n]+')
SCALAR = re.compile(r"(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)")
NULLS = re.compile(r"null(?:[ \t\r\n]*,[ \t\r\n]*null)*+(?![^\s,\]])")
BRACES = re.compile(r"(?:\{[ \t\r\n]*+)+(?=\{)")
EMPTY_LISTS = re.compile(r"\[[ \t\r\n]*+\](?:[ \t\r\n,]*+\[[ \t\r\n]*+\])*+")
TOO_MANY = re.compile(rf"(?:\[[ \t\r\n]*+){{{DEEPEST + 1},}}")
NO_VALUE = re.compile(r"[^{\[\n]+")
LINE_ENDS = re.compile(r"[ \t\r]*,?[ \t\r]*(?:\n|\Z)")
INDENTED = re.compile(r"\{\r?\n[ \t]")
KEY = re.compile(r"\s*:")
NEXT_KEY = re.compile(r'\s*,\s*"(\w*)"')


class Values:
    """The values in a text, in their order."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self.is_blank = True
        self._window = Window(chunks)
        self._around: list[Container] = []
        self._before = ""  # the last token: "[", "{", ",", ":", a key (k), or a value (v)
        self._last = ""  # the last string
        self._bad_line = 0  # the line on which loose text was rejected

    def __iter__(self) -> Iterator[Found]:
        """Yield the values and rejected parts of the text."""
        readers = {"{": self._object, "[": self._list, "}": self._close, "]": self._close, '"': self._string}
        while found := self._window.next():
            self.is_blank = False
            yield from readers.get(found, self._loose)()
        yield from self._end()

    @property
    def _top(self) -> Container | None:
        return self._around[-1] if self._around else None

    def _is_wanted(self) -> bool:
        """Return whether a record may occur here."""
        top = self._top
        if top is None or top.is_list:
            return top is None or top.wanted
        return top.wanted and self._before == ":" and top.key in WRAPPERS

    def _object(self) -> Iterator[Found]:
        if self._before == "," and (several := elements(self._window, self._around)):
            yield Value(self._window.line, in_place(several, self._around) if self._around[1:] else f"[{several}]")
            self._window.advance(len(several))
            self._before = "v"
            return
        if extra := self._window.match(BRACES):  # an object does not begin with an object
            yield from self._junk()
            self._window.advance(len(extra[0]))
            return
        whole = self._window.value()
        top = self._top
        if top is not None and top.is_list and self._before == "[":
            top.by_line = self._window.begins_line()
        if whole is not None and self._is_by_itself(whole[1]):
            yield from self._leave_broken_line()
        if whole is None or not is_part(whole[0], self._around):
            yield from self._leave_object()
        wanted = self._is_wanted()
        if whole is None or (wanted and is_long_page(*whole)):
            yield from self._enter("{", wanted=wanted)
            return
        found, length = self._record(*whole, wanted=wanted), whole[1]
        del whole  # it takes up to 44 bytes per character, and the yielded value may have to wait
        if found:
            yield found
        self._window.advance(length)
        self._before = "v"

    def _record(self, value: object, length: int, *, wanted: bool) -> Found | None:
        """Return a whole value as a record or a rejected text; None if it is part of a damaged or long record."""
        top = self._top
        text = self._window.head(length)
        is_damaged = any(not each.is_list and each.reason == NOT_JSON for each in self._around)
        breaks_off = top is not None and top.is_list and self._before not in "[,"
        if is_mention(value) and top is not None and (is_damaged or breaks_off):
            is_told = is_damaged and not (breaks_off and top.wanted)  # it belongs to the entity around it
            return None if is_told else Rejected(self._window.line, NOT_JSON, text[:HEAD])
        if top is None or (len(self._around) == 1 and top.is_list):
            if length < HEAD and isinstance(value, dict) and KNOWN.isdisjoint(value):
                return Rejected(self._window.line, NOTHING, text[:HEAD])
            return Value(self._window.line, text)
        if wanted:
            top.holds_records = True
            bare = top.is_list and is_wrapper(value)
            return Value(self._window.line, text if bare else in_place(text, self._around))
        if is_damaged and (is_record(value) if top.is_list else top.key not in OTHER_KINDS and is_wrapper(value)):
            return Value(self._window.line, text)
        return None

    def _is_by_itself(self, length: int) -> bool:
        """Return whether an object has its lines for itself, in a place where it cannot belong to its container."""
        top, window = self._top, self._window
        if top is None or not window.begins_line() or (self._is_wanted() and (top.by_line or self._before in ",[")):
            return False
        text = window.head(length + HEAD)
        if not LINE_ENDS.match(text, length):
            return False
        if "\n" in text[:length]:
            return INDENTED.match(text) is not None and text[length - 2] == "\n"
        return length > len("{}")

    def _leave_broken_line(self) -> Iterator[Found]:
        """Leave the containers that broke off before an object that stands alone."""
        while self._around and not (self._around[-1].is_list and self._around[-1].wanted and self._around[-1].by_line):
            self._around[-1].hurt = True
            yield from self._leave(len(self._around) - 1)

    def _leave_object(self) -> Iterator[Found]:
        """Leave objects in which a bracket opens at a position of a key: they were not closed."""
        if self._around and not self._around[-1].is_list and self._before != ":":
            self._around[-1].hurt = True
            if self._before == "k":  # only the colon is missing
                self._before = ":"
                return
            while self._around and not self._around[-1].is_list:
                yield from self._leave(len(self._around) - 1)

    def _list(self) -> Iterator[Found]:
        if self._around and not self._around[-1].is_list and self._before != ":":
            self._around[-1].hurt = True
        if nothing := self._window.match(EMPTY_LISTS):
            self._window.advance(len(nothing[0]))
            self._before = "v"
            return
        if deep := self._window.match(TOO_MANY):
            yield Rejected(self._window.line, TOO_DEEP, deep[0][:HEAD])
            self._around.clear()
            self._window.advance(len(deep[0]))
            return
        yield from self._enter("[", wanted=self._is_wanted() and not self._is_of_mentions())

    def _is_of_mentions(self) -> bool:
        """Return whether a list of artists belongs to an album or a track, which only mention artists."""
        top = self._top
        if top is None or top.is_list or top.key != "artists":
            return False
        outer = self._around[-2] if len(self._around) > 1 else None
        if top.members & OWN or (outer is not None and outer.is_list and outer.key in WRAPPERS):
            return True
        whole = self._window.value()
        follows = NEXT_KEY.match(self._window.head(whole[1] + HEAD), whole[1]) if whole else None
        return follows is not None and follows[1] not in GROUPS

    def _enter(self, bracket: str, *, wanted: bool) -> Iterator[Found]:
        if len(self._around) >= DEEPEST:
            yield Rejected(self._window.line, TOO_DEEP, self._window.head(HEAD))
            self._around.clear()
        top, window = self._top, self._window
        reason = TOO_LONG if bracket == "{" and window.is_too_long else NOT_JSON
        if top is not None and wanted:
            top.holds_records = True
        self._begin(bracket, reason, wanted=wanted)
        window.advance(1)

    def _begin(self, bracket: str, reason: str, *, wanted: bool) -> Container:
        key = self._around[-1].key if self._around and bracket == "[" else ""
        begun = Container(bracket, key, self._window.line, wanted, self._window.head(HEAD), reason)
        self._around.append(begun)
        self._before = bracket
        return begun

    def _close(self) -> Iterator[Found]:
        """Leave the container that a bracket closes, and unclosed containers in it."""
        opened = {"}": "{", "]": "["}[self._window.head(1)]
        at = next((at for at in reversed(range(len(self._around))) if self._around[at].bracket == opened), -1)
        if at < 0 or (at < len(self._around) - 1 and self._is_too_many(at)):
            yield from self._junk()
        else:
            self._around[-1].hurt |= at < len(self._around) - 1
            yield from self._leave(at)
        self._window.advance(1)
        self._before = "v"

    def _is_too_many(self, at: int) -> bool:
        """Return whether a bracket that would close everything is one too many: more elements follow."""
        follows = self._window.head(HEAD)[1:].lstrip()
        return at == 0 and self._around[-1].wanted and follows[:1] in {",", "]"}

    def _leave(self, at: int) -> Iterator[Found]:
        """Leave a container and the open containers in it."""
        while len(self._around) > at:
            gone = self._around.pop()
            if gone.is_lost():
                yield Rejected(gone.line, NOT_JSON if gone.hurt else gone.reason, gone.head)
            elif self._around and not (gone.wanted and not gone.is_list):
                self._around[-1].hurt |= gone.hurt or (not gone.is_list and gone.reason == NOT_JSON)

    def _string(self) -> Iterator[Found]:
        top, found = self._top, self._window.string()
        if found is None:
            yield from self._junk()
            if top is not None and self._before in {"{", ",", "v"}:
                top.key = ""  # the key is damaged
            skipped = self._window.match(NO_VALUE) if top is None else None
            self._window.advance(len(skipped[0]) if skipped else 1)
            return
        if top is None or (top.is_list and top.wanted):
            if KEY.match(self._window.head(len(found) + HEAD), len(found)):
                top = self._begin("{", NOT_JSON, wanted=True)  # of an object whose beginning was lost
            else:
                yield Rejected(self._window.line, NOT_AN_OBJECT, self._window.head(HEAD))
        is_key = top is not None and not top.is_list and self._before != ":"
        if top is not None and is_key:
            top.key = found[1:-1]
            top.hurt |= self._before not in "{,"
        elif top is not None and not top.is_list and len(found) < HEAD:
            top.say(found)
        self._last, self._before = found[1:-1], "k" if is_key else "v"
        self._window.advance(len(found)) if found else self._window.skip_string()

    def _junk(self) -> Iterator[Found]:
        """Reject text that is not valid at any position, once per line, or note that it is inside a value."""
        top, line = self._top, self._window.line
        if top is not None and not (top.is_list and top.wanted):
            top.hurt = True
        elif line != self._bad_line:
            self._bad_line = line
            yield Rejected(line, NOT_JSON, self._window.head(HEAD).partition("\n")[0])

    def _loose(self) -> Iterator[Found]:
        """Read the text between brackets and strings."""
        top, found = self._top, self._window.head(1)
        if top is None:
            yield from self._loose_lines()
        elif found == ",":
            top.hurt |= not top.is_list and self._before in {"k", ":"}  # a key without a value
            self._window.advance(1)
            self._before = ","
        elif found == ":":
            yield from self._colon(top)
        elif not top.is_list or not top.wanted:
            self._word(top)
        else:
            yield from self._loose_elements()

    def _colon(self, top: Container) -> Iterator[Found]:
        """Read the colon after a key; a colon in a list means that the list ended before the last string."""
        if top.is_list and not top.wanted and any(not each.is_list for each in self._around):
            while self._around[-1].is_list:
                self._around[-1].hurt = True
                yield from self._leave(len(self._around) - 1)
            top = self._around[-1]
            top.key = self._last
        elif top.is_list or self._before != "k":
            yield from self._junk()
        if not top.is_list:
            if top.key in OWN:  # no other members are used, and there may be millions
                top.members.add(top.key)
            self._before = ":"
        self._window.advance(1)

    def _word(self, top: Container) -> None:
        """Read a number or a word inside a value."""
        word = self._window.match(WORD)[0]  # type: ignore[index]  # what else stands here was read
        if top.is_list or self._before != ":" or not SCALAR.fullmatch(word):
            top.hurt |= not top.is_list
        else:
            top.say(word)
        self._window.advance(len(word))
        self._before = "v"

    def _loose_lines(self) -> Iterator[Found]:
        """Reject lines of text outside all values."""
        text = self._window.match(LOOSE)[0]  # type: ignore[index]  # what else stands here was read
        text = text[: text.rfind("\n") + 1] or text
        for line, each in enumerate(text.split("\n"), self._window.line):
            if (stripped := each.strip(" \t\r\ufeff,")) and line != self._bad_line:
                self._bad_line = line
                yield Rejected(line, NOT_AN_OBJECT if SCALAR.fullmatch(stripped) else NOT_JSON, stripped[:HEAD])
        self._window.advance(len(text))

    def _loose_elements(self) -> Iterator[Found]:
        """Reject numbers and words among the elements of a list; nulls in a response are passed on, to be counted."""
        text = self._window.match(ELEMENTS)[0]  # type: ignore[index]  # what else stands here was read
        line = self._window.line
        nulls = NULLS.match(text) if len(self._around) > 1 else None
        if nulls:
            text = nulls[0]
            yield Value(line, in_place(re.sub(r"\s", "", text), self._around))
        else:
            text = text[: text.rfind(",") + 1] or text
            for each in text.split(","):
                if stripped := each.strip(" \t\r\n\ufeff"):
                    yield Rejected(line, NOT_AN_OBJECT if SCALAR.fullmatch(stripped) else NOT_JSON, stripped[:HEAD])
                line += each.count("\n")
        self._window.advance(len(text))
        self._before = "," if text.endswith(",") else "v"

    def _end(self) -> Iterator[Found]:
        """Reject what the end of the text cuts: the innermost record, or the list if no record was begun in it."""
        reason = self._window.broken or (BREAKS_OFF if self._around else "")
        if not reason:
            return
        lost = [each for each in self._around if each.is_lost()]
        for each in reversed(lost):
            is_cut = each is lost[-1] or not each.hurt
            yield Rejected(each.line, reason if is_cut else NOT_JSON, each.head)
        if not lost:
            yield Rejected(self._window.line, reason, "")
