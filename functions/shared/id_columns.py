"""Check columns of Spotify IDs, many values at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

ID_LENGTH = 22
DIGITS, LETTERS = 10, 26
LOWER = 0x20  # this bit makes a letter's byte lower case


def _is_id(texts: pa.Array) -> pa.Array:
    """Return for each text whether it is a Spotify ID: 22 letters and digits."""
    return pc.and_(pc.ascii_is_alnum(texts), pc.equal(pc.binary_length(texts), ID_LENGTH))


def _all_ids(texts: pa.Array) -> bool:
    """Return whether no text is missing and all are IDs, twenty times as fast as checking one by one."""
    starts = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    if texts.null_count or (np.diff(starts) != ID_LENGTH).any():
        return False
    octets = np.frombuffer(texts.buffers()[2], np.uint8)[starts[0] : starts[-1]]
    digit, letter = octets - ord("0") < DIGITS, (octets | LOWER) - ord("a") < LETTERS  # lesser bytes wrap around
    return bool((digit | letter).all())


def are_ids(column: pd.Series[Any]) -> pd.Series[bool]:
    """Return for each text whether it is an ID, or for each list whether all its texts are."""
    values = pa.array(column.array)
    found = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    inside = found if pa.types.is_string(found.type) else found.flatten()
    verdicts: Any = np.ones(len(found), dtype=bool)
    if len(inside) and not _all_ids(inside):
        right = _is_id(inside)
        if inside is found:
            verdicts = right.fill_null(True).to_numpy(zero_copy_only=False)
        else:
            wrong = pc.invert(right.fill_null(False))
            verdicts[pc.list_parent_indices(found).filter(wrong).to_numpy()] = False
    return pd.Series(verdicts, index=column.index)
