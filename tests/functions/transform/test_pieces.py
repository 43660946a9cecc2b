"""The places where rows are cut depend on the rows, and not on the pieces in which they arrive."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from functions.transform.pieces import Piece, cut

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA = pa.schema([pa.field("number", pa.int32()), pa.field("a", pa.string()), pa.field("b", pa.list_(pa.string()))])


def rows_of(dice: Random, count: int) -> pa.Table:
    """Return rows with texts and lists of any length, and without."""
    found = [
        {
            "number": number,
            "a": dice.choice([None, "", "ü" * dice.randrange(20)]),
            "b": dice.choice([None, [], ["x", None, "y" * dice.randrange(30)]]),
        }
        for number in range(count)
    ]
    return pa.Table.from_pylist(found, SCHEMA)


def size(row: dict[str, object]) -> int:
    """Return the bytes of a row's texts and lists."""
    a, b = row["a"], row["b"]
    texts = [a, *b] if isinstance(b, list) else [a]
    return sum(len(each.encode()) for each in texts if isinstance(each, str)) + 4 * (len(texts) - 1)


def numbers(parts: Iterable[list[Piece]]) -> list[list[int]]:
    return [[n for rows, order, _ in part for n in rows.take(order)["number"].to_pylist()] for part in parts]


@pytest.mark.parametrize("seed", range(20))
def test_rows_are_cut_where_they_are_many_or_their_bytes_are(seed: int) -> None:
    dice = Random(seed)
    rows = rows_of(dice, 60)
    order = list(range(60))
    dice.shuffle(order)
    expected: list[list[int]] = [[]]
    held = 0
    for number, row in zip(order, rows.take(pa.array(order)).to_pylist(), strict=True):
        if len(expected[-1]) == 7 or held >= 90:
            expected.append([])
            held = 0
        expected[-1].append(number)
        held += size(row)
    assert numbers(cut([Piece.of(rows, pa.array(order))], 7, 90)) == expected
    chunked = pa.concat_tables([rows[:11], rows[11:12], rows[12:]])
    places = [0, *sorted(dice.sample(range(61), 5)), 60]
    pieces = [Piece.of(chunked, pa.array(order[start:end], pa.int64())) for start, end in pairwise(places)]
    assert numbers(cut(pieces, 7, 90)) == expected


def test_no_rows_are_no_piece() -> None:
    assert list(cut([Piece.of(SCHEMA.empty_table(), pa.array(np.zeros(0, np.int64)))], 7, 90)) == []
