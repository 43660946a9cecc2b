"""Bound what leaves a Lambda: valid UTF-8, and no longer than a state's output may be.

The runtime encodes results and errors as UTF-8 and exits where that fails (Runtime.ExitError), and a state that hands
on more than 256 KiB fails with States.DataLimitExceeded (Step Functions service quotas).
"""

from __future__ import annotations

import json

TEXT_BYTES = 1_200  # an S3 key has at most 1,024, an execution's ARN about 400
ENTRY_BYTES = 160
LONGEST_NAME = 40  # "artist" and an ID have 29 characters: a cut that falls into them leaves them out
MOST_ENTRIES = 100
FIELDS = 20  # kept of every object: no result has more fields of its own
RESULT_BYTES = 80_000  # the publisher gets three results, and its own task's result is added
MESSAGE_BYTES = 8_000  # of an error message: the state machine keeps as many characters
LINE_BYTES = 8_000


def result(value: object) -> object:
    """Return a function's result, bounded so that it takes at most 80 kB as JSON."""
    most = MOST_ENTRIES
    while _json_bytes(found := bounded(value, most=most)) > RESULT_BYTES and most > 1:
        most //= 2
    return found


def bounded(value: object, text_bytes: int = TEXT_BYTES, most: int = MOST_ENTRIES) -> object:
    """Return a JSON value with its texts cut to `text_bytes`; lists and objects keep `most` entries and a count.

    Texts in a list, and the names of an object's members, are cut to 160 bytes: there may be many of them.
    """
    if isinstance(value, str):
        return text(value, text_bytes)
    if isinstance(value, dict):
        cut = {text(str(name), ENTRY_BYTES): bounded(each, text_bytes, most) for name, each in value.items()}
        return _members(cut, max(most, FIELDS))
    if isinstance(value, list | tuple):
        return _entries([bounded(each, min(text_bytes, ENTRY_BYTES), most) for each in value], most)
    return value


def text(found: str, size: int) -> str:
    """Return a text as valid UTF-8 that takes at most `size` bytes as JSON; one that was cut ends in its length.

    A lone surrogate, which UTF-8 does not have, is written out: backslash, u, four digits.
    """
    kept = _valid(found[:size])
    if _json_bytes(kept) <= size:  # its quotes alone would not fit if `found` were longer than `size`
        return kept
    end = f"… ({len(found):,} characters)"
    while kept and _json_bytes(kept + end) > size:
        kept = kept[: -max((_json_bytes(kept + end) - size) // 6, 1)]  # a character takes at most 6 bytes
    return _whole_names(kept) + end


def _whole_names(kept: str) -> str:
    """Return the beginning of a text without the last entry of a list in it, of which a cut left only a part."""
    comma = kept.rfind(", ", max(len(kept) - LONGEST_NAME, 0))
    return kept if comma < 0 else kept[: comma + 2]


def _valid(found: str) -> str:
    return found.encode("utf-8", "backslashreplace").decode()


def _json_bytes(found: object) -> int:
    return len(json.dumps(found, ensure_ascii=False).encode())


def _entries(values: list[object], most: int) -> list[object]:
    """Return at most `most` entries; in a list of texts the last one says how many were left out."""
    if len(values) <= most:
        return values
    if not isinstance(values[0], str):
        return values[:most]
    return [*values[: most - 1], f"… and {len(values) - most + 1:,} more"]


def _members(values: dict[str, object], most: int) -> dict[str, object]:
    """Return at most `most` members; where they are counts, the last one holds the sum of those left out."""
    if len(values) <= most:
        return values
    kept = dict(list(values.items())[: most - 1])
    rest = list(values.values())[most - 1 :]
    counts = [each for each in rest if isinstance(each, int | float)]
    return {**kept, f"… and {len(rest):,} more": sum(counts) if len(counts) == len(rest) else len(rest)}
