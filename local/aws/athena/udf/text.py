"""Text as Trino treats it: by code points, with Java's simple case mapping and its regular expressions."""

from __future__ import annotations

import hashlib
import re
import zlib
from functools import lru_cache

from local.aws.athena.udf.register import NotKnown, Refused, given

_ESCAPES = set("dDwWsSbBAnrtfZz")
_BEYOND = re.compile(
    r"\\[pPXxuUQEGkKhHvVRNcoa0-9]|\[\[|&&|\[[^\]]*\[|\(\?[#P>]|[*+?}]\+|\\[zZ]|\{,|\(\?<?[^:=!<a-zA-Zimsx)]"
)
_INLINE = re.compile(r"\(\?[a-z]*(?:-[a-z]+)?[:)]")


@given("VARCHAR", "VARCHAR")
def upper(text: str) -> str:
    """Return the text in upper case, one code point for each."""
    return "".join(_simple(letter, letter.upper()) for letter in text)


@given("VARCHAR", "VARCHAR")
def lower(text: str) -> str:
    """Return the text in lower case, one code point for each."""
    return "".join("i" if letter == "\u0130" else _simple(letter, letter.lower()) for letter in text)


def _simple(letter: str, mapped: str) -> str:
    if len(mapped) == 1:
        return mapped
    if "\u1f80" <= letter <= "\u1fff":
        raise NotKnown("the case of ancient Greek letters with iota")
    return letter


@given("VARCHAR", "VARCHAR")
def reverse(text: str) -> str:
    """Return the text's code points from last to first."""
    return text[::-1]


@given("VARCHAR BIGINT BIGINT", "VARCHAR")
def substr(text: str, start: int, length: int) -> str:
    """Return a part of a text; it begins at 1, from the end at -1, and is empty from 0."""
    if start == 0 or length <= 0 or abs(start) > len(text):
        return ""
    first = start - 1 if start > 0 else len(text) + start
    return text[first : first + length]


@given("VARCHAR VARCHAR VARCHAR", "VARCHAR")
def replace(text: str, part: str, instead: str) -> str:
    """Return the text with a part replaced; an empty part is found between all characters."""
    return text.replace(part, instead)


@given("BLOB", "BLOB")
def sha512(data: bytes) -> bytes:
    """Return sha512."""
    return hashlib.sha512(data).digest()


@given("BLOB", "BIGINT")
def crc32(data: bytes) -> int:
    """Return crc32."""
    return zlib.crc32(data)


@given("VARCHAR VARCHAR", "VARCHAR[]")
def split(text: str, delimiter: str) -> list[str]:
    """Return the parts between delimiters."""
    if not delimiter:
        raise Refused("INVALID_FUNCTION_ARGUMENT: The delimiter may not be the empty string")
    return text.split(delimiter)


@given("VARCHAR VARCHAR BIGINT", "VARCHAR[]")
def split_limit(text: str, delimiter: str, limit: int) -> list[str]:
    """Return at most `limit` parts, the rest in the last."""
    if not delimiter:
        raise Refused("INVALID_FUNCTION_ARGUMENT: The delimiter may not be the empty string")
    if limit <= 0:
        raise Refused("INVALID_FUNCTION_ARGUMENT: Limit must be positive")
    return text.split(delimiter, limit - 1)


@given("VARCHAR VARCHAR BIGINT", "VARCHAR", may_be_null=True)
def split_part(text: str, delimiter: str, index: int) -> str | None:
    """Return one of the parts between delimiters; null if there are fewer."""
    if index <= 0:
        raise Refused("INVALID_FUNCTION_ARGUMENT: Index must be greater than zero")
    if not delimiter:
        parts = [*text, ""] if text else [""]
        return parts[index - 1] if index <= len(text) else None
    parts = text.split(delimiter)
    return parts[index - 1] if index <= len(parts) else None


@given("VARCHAR VARCHAR BIGINT", "BIGINT")
def strpos(text: str, part: str, instance: int) -> int:
    """Return where the n-th instance of a part begins, from 1; 0 if there is none."""
    if instance == 0:
        raise Refused("INVALID_FUNCTION_ARGUMENT: 'instance' must be a positive or negative number.")
    if not part:
        return 1
    if instance < 0:
        place = len(text)
        for _ in range(-instance):
            place = text.rfind(part, 0, place + len(part) - 1)
            if place < 0:
                return 0
        return place + 1
    place = -1
    for _ in range(instance):
        place = text.find(part, place + 1)
        if place < 0:
            return 0
    return place + 1


@given("VARCHAR BIGINT VARCHAR BOOLEAN", "VARCHAR")
def pad(text: str, size: int, filling: str, left: bool) -> str:
    """Return lpad or rpad."""
    if not 0 <= size < 2**31:
        raise Refused("INVALID_FUNCTION_ARGUMENT: Target length must be in the range [0..2147483647]")
    if not filling:
        raise Refused("INVALID_FUNCTION_ARGUMENT: Padding string must not be empty")
    if len(text) >= size:
        return text[:size]
    missing = size - len(text)
    more = (filling * (missing // len(filling) + 1))[:missing]
    return more + text if left else text + more


@given("BIGINT", "VARCHAR")
def chr_(point: int) -> str:
    """Return the character of a code point."""
    if not 0 <= point <= 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        raise Refused(f"INVALID_FUNCTION_ARGUMENT: Not a valid Unicode code point: {point}")
    return chr(point)


@given("VARCHAR", "INTEGER")
def codepoint(text: str) -> int:
    """Return the code point of a character."""
    if len(text) != 1:
        raise Refused("INVALID_FUNCTION_ARGUMENT: Input string must be a single character string")
    return ord(text)


@given("VARCHAR VARCHAR VARCHAR", "VARCHAR")
def translate(text: str, old: str, new: str) -> str:
    """Return the text with each character of `old` replaced by the one of `new` at its place, or dropped."""
    table: dict[int, str | None] = {}
    for place, letter in enumerate(old):
        table.setdefault(ord(letter), new[place] if place < len(new) else None)
    return text.translate(table)


@given("VARCHAR VARCHAR VARCHAR", "MAP(VARCHAR, VARCHAR)")
def split_to_map(text: str, entries: str, pairs: str) -> dict[str, str]:
    """Return the map that a text such as a=1,b=2 spells."""
    if not entries or not pairs or entries == pairs:
        raise Refused("INVALID_FUNCTION_ARGUMENT: delimiters must not be empty and not the same")
    found: dict[str, str] = {}
    for entry in text.split(entries) if text else []:
        key, sign, value = entry.partition(pairs)
        if not sign or pairs in value:
            raise Refused("INVALID_FUNCTION_ARGUMENT: Key-value delimiter must appear exactly once in each entry")
        if key in found:
            raise Refused(f"INVALID_FUNCTION_ARGUMENT: Duplicate keys ({key}) are not allowed")
        found[key] = value
    return found


@given("VARCHAR VARCHAR", "BIGINT")
def hamming_distance(left: str, right: str) -> int:
    """Return how many characters differ."""
    if len(left) != len(right):
        raise Refused(
            "INVALID_FUNCTION_ARGUMENT: The input strings to hamming_distance function must have the same length"
        )
    return sum(a != b for a, b in zip(left, right, strict=True))


@given("VARCHAR VARCHAR", "BIGINT")
def levenshtein_distance(left: str, right: str) -> int:
    """Return how many edits make one text the other."""
    row = list(range(len(right) + 1))
    for line, a in enumerate(left, 1):
        before, row[0] = row[0], line
        for place, b in enumerate(right, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (a != b))
    return row[-1]


@lru_cache(maxsize=256)
def pattern(text: str) -> re.Pattern[str]:
    """Return a regular expression of Trino's as Python's, where both mean the same.

    Raises:
        NotKnown: it uses what the two may read otherwise.
        Refused: it is none.
    """
    if _BEYOND.search(text) or any(c not in _ESCAPES and c.isalnum() for c in re.findall(r"\\(.)", text)):
        raise NotKnown(f"the regular expression {text!r}")
    if any(set(flags[2:-1]) - {"i", "s"} for flags in _INLINE.findall(text)) or re.search(r".\(\?[a-z]+\)", text):
        raise NotKnown(f"the regular expression {text!r}")
    if "(?i" in text and not text.isascii():
        raise NotKnown(f"the regular expression {text!r}")
    try:
        return re.compile(re.sub(r"\(\?<(?=[A-Za-z])", "(?P<", text), re.ASCII)
    except re.error as exc:
        raise Refused(f"INVALID_FUNCTION_ARGUMENT: {exc}") from exc


def _plain(found: re.Pattern[str], text: str, what: str) -> re.Pattern[str]:
    """Return the expression; raise if Java and Python may continue differently after an empty match."""
    if any(not match.group() for match in found.finditer(text)):
        raise NotKnown(f"{what} by a pattern that matches nothing")
    return found


@given("VARCHAR VARCHAR", "BOOLEAN")
def regexp_like(text: str, expression: str) -> bool:
    """Return whether a part of the text matches."""
    return pattern(expression).search(text) is not None


@given("VARCHAR VARCHAR BIGINT", "VARCHAR", may_be_null=True)
def regexp_extract(text: str, expression: str, group: int) -> str | None:
    """Return the first match, or a group of it; null if there is none."""
    found = pattern(expression)
    _require_group(found, group)
    match = found.search(text)
    return match.group(group) if match else None


def _require_group(found: re.Pattern[str], group: int) -> None:
    """Raise Refused unless the pattern has the group."""
    if group < 0:
        raise Refused("INVALID_FUNCTION_ARGUMENT: Group cannot be negative")
    if group > found.groups:
        raise Refused(f"INVALID_FUNCTION_ARGUMENT: Pattern has {found.groups} groups. Cannot access group {group}")


@given("VARCHAR VARCHAR BIGINT", "VARCHAR[]")
def regexp_extract_all(text: str, expression: str, group: int) -> list[str | None]:
    """Return all matches, or a group of each."""
    found = _plain(pattern(expression), text, "regexp_extract_all")
    _require_group(found, group)
    return [match.group(group) for match in found.finditer(text)]


@given("VARCHAR VARCHAR", "BIGINT")
def regexp_count(text: str, expression: str) -> int:
    """Return how often a pattern matches."""
    return len(_plain(pattern(expression), text, "regexp_count").findall(text))


@given("VARCHAR VARCHAR", "INTEGER")
def regexp_position(text: str, expression: str) -> int:
    """Return where the first match begins, from 1; -1 where there is none."""
    match = pattern(expression).search(text)
    return match.start() + 1 if match else -1


@given("VARCHAR VARCHAR", "VARCHAR[]")
def regexp_split(text: str, expression: str) -> list[str]:
    """Return the parts between matches."""
    parts, last = [], 0
    for match in _plain(pattern(expression), text, "regexp_split").finditer(text):
        parts.append(text[last : match.start()])
        last = match.end()
    return [*parts, text[last:]]


@given("VARCHAR VARCHAR VARCHAR", "VARCHAR")
def regexp_replace(text: str, expression: str, replacement: str) -> str:
    """Return the text with each match replaced; $1 and ${name} stand for groups."""
    found = _plain(pattern(expression), text, "regexp_replace")
    return found.sub(lambda match: _filled(match, replacement), text)


def _filled(match: re.Match[str], replacement: str) -> str:
    """Return a replacement with its groups filled in, as Java reads it."""
    out, place = "", 0
    while place < len(replacement):
        letter = replacement[place]
        if letter == "\\":
            if place + 1 == len(replacement):
                raise Refused(
                    "INVALID_FUNCTION_ARGUMENT: Illegal replacement sequence: character to be escaped is missing"
                )
            out, place = out + replacement[place + 1], place + 2
        elif letter == "$":
            name = re.compile(r"\$(?:\{([A-Za-z][A-Za-z0-9]*)\}|(\d+))").match(replacement, place)
            if name is None:
                raise Refused("INVALID_FUNCTION_ARGUMENT: Illegal replacement sequence: unknown group")
            group, place = _group(match, name), name.end()
            if name[2] and len(name[2]) > 1:
                raise NotKnown("a replacement with a group of two digits")
            out += group or ""
        else:
            out, place = out + letter, place + 1
    return out


def _group(match: re.Match[str], name: re.Match[str]) -> str | None:
    try:
        return match.group(name[1] or int(name[2]))
    except IndexError as exc:
        raise Refused(f"INVALID_FUNCTION_ARGUMENT: Illegal replacement sequence: unknown group {name[0]!r}") from exc
