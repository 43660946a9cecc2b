"""Generated inbox objects of every layout, encoding and damage: exactly the records without damage are read."""

from __future__ import annotations

import gzip
import io
import json
from random import Random
from typing import TYPE_CHECKING

import pytest

from functions.transform.inbox import together
from functions.transform.inbox.found import Value
from functions.transform.inbox.objects import found_in
from functions.transform.parse.responses import read_line
from tests.functions.transform.days import an_id, inbox, run
from tests.functions.transform.inbox.generated import encoded, made, on_one_line
from tests.often import some

if TYPE_CHECKING:
    from functions.transform.inbox.found import Found
    from tests.functions.transform.inbox.generated import Made

pytestmark = pytest.mark.dateless("a pure function of objects that carry their dates")

MENTIONED = {("artists", an_id(1)), ("albums", an_id(1))}  # by albums and tracks, and no records themselves
CASES = 40_000
PARTS = 40
OTHERWISE = {10_544, 12_998, 13_242, 22_976, 29_211, 31_335, 31_993}
"""Objects of these that are read otherwise: the damage added or removed a bracket or a key, and the text says something
else now (of 22,976 it removed two whole records)."""
MANY = 2_500_000  # they take an hour, on a fast machine 40 minutes
RARE = 1_000
"""One object in this many may differ: damage can give brackets and keys another valid meaning."""


def records(found: list[Found]) -> tuple[list[tuple[str, str]], bool]:
    """Return the table and the id of each record in what was found, and whether anything was refused."""
    keys: list[tuple[str, str]] = []
    refused = any(not isinstance(each, Value) for each in found)
    for each in found:
        for parsed in read_line("inbox", json.loads(each.text)) if isinstance(each, Value) else ():
            keys += [(each.table, str(each.value.get("id"))) for each in parsed.records if isinstance(each.value, dict)]
            refused = refused or bool(parsed.refused)
    return keys, refused


def is_valid(text: str) -> bool:
    """Return whether a text is a sequence of JSON values: then damage has changed its meaning."""
    at = 0
    while rest := text[at:].lstrip(" \t\r\n\ufeff,"):
        try:
            at = len(text) - len(rest) + json.JSONDecoder().raw_decode(rest)[1]
        except ValueError:
            return False
    return True


def check(seed: int) -> None:
    """Assert what must hold of a generated object."""
    random = Random(seed)
    given: Made = made(random)
    found = list(found_in(io.BytesIO(encoded(random, given.text) if seed % 2 else given.text.encode())))
    keys, refused = records(found)
    texts = "".join(each.text for each in found if isinstance(each, Value))
    lost = {key for key in given.whole - set(keys) if key[1] not in texts}  # a wrapper's name may be misspelled
    assert not lost, f"seed {seed} loses {lost}"
    assert not (set(keys) - given.all) & MENTIONED, f"seed {seed} makes a record of a mention"
    if not given.damaged:
        assert (sorted(keys), refused) == (sorted(given.all), False), f"seed {seed}"
    elif any(each[1] not in texts for each in given.all) and not is_valid(given.text):
        assert refused, f"seed {seed} loses what is damaged without a reason"


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.soak) for part in range(1, PARTS))])
@pytest.mark.timeout(120)
def test_what_no_damage_touches_is_read(part: int) -> None:
    failed = {seed for seed in range(part, CASES, PARTS) if not _holds(seed)}
    expected = {seed for seed in OTHERWISE if seed % PARTS == part}
    for seed in sorted(failed - expected)[:1]:
        check(seed)
    assert failed == expected


@pytest.mark.parametrize("seed", [5_005_958, 5_008_937, 5_042_792, 5_050_826, 9_007_037, 9_010_072])
def test_what_is_given_of_a_damaged_object_is_json(seed: int) -> None:
    """A broken text or a number like 00 around a record, or an empty object in a damaged album, was once copied."""
    check(seed)


@pytest.mark.long
@pytest.mark.timeout(0)
def test_what_no_damage_touches_is_read_in_nearly_all_of_very_many_objects() -> None:
    failed = [seed for seed in range(CASES, CASES + MANY) if not _holds(seed)]
    assert len(failed) * RARE <= MANY, f"{len(failed)} of {MANY}: {failed[:50]}"


def _holds(seed: int) -> bool:
    try:
        check(seed)
    except (AssertionError, ValueError):  # ValueError: a value that was given is not JSON
        return False
    return True


def test_whether_elements_are_read_together_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = 0
    for seed in range(200):
        body = on_one_line(Random(seed)).encode(errors="replace")
        monkeypatch.setattr(together, "ALONE", len(body))
        alone = list(found_in(io.BytesIO(body)))
        monkeypatch.setattr(together, "ALONE", seed % 3)
        several = list(found_in(io.BytesIO(body)))
        assert records(several) == records(alone), f"seed {seed}"
        assert [each for each in several if not isinstance(each, Value)] == [
            each for each in alone if not isinstance(each, Value)
        ], f"seed {seed}"
        fewer += len(several) < len(alone)
    assert fewer > 50


@pytest.mark.parametrize("size", some({3}, [1, 3, 50, 4_000]))
def test_where_the_bytes_are_cut_as_they_arrive_does_not_matter(size: int) -> None:
    for seed in range(60):
        body = encoded(Random(seed), made(Random(seed)).text)
        assert list(found_in(Slow(body, size))) == list(found_in(io.BytesIO(body))), f"seed {seed}"


def test_what_is_read_becomes_rows_and_each_record_is_accounted_for() -> None:
    for seed in range(40):
        given = made(Random(seed))
        written = run([(inbox("a.json.gz")[0], gzip.compress(given.text.encode()))])
        rows = {
            (table, row[f"{table[:-1]}_id"]) for table in ("artists", "albums", "tracks") for row in written.rows[table]
        }
        counted = written.summary["conservation"]["inbox"]
        assert counted["read"] == counted["written"] + counted["quarantined"] + counted["duplicates"], f"seed {seed}"
        assert given.whole <= rows or given.damaged, f"seed {seed}"
        assert given.damaged or rows == given.all, f"seed {seed}"


class Slow(io.BytesIO):
    """Bytes that arrive a few at a time."""

    def __init__(self, body: bytes, size: int) -> None:
        super().__init__(body)
        self._size = size

    def read(self, _size: int | None = -1, /) -> bytes:
        """Return the next few."""
        return super().read(self._size)
