from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from local.spotify.catalogue.ids import DIGITS, WELL_FORMED, Ids, Key

NUMBERS = st.integers(0, 2**40 - 1)
KEYS = st.builds(Key, kind=st.integers(1, 5), a=NUMBERS, b=NUMBERS, n=st.integers(0, 2**16 - 1))


@given(KEYS)
def test_an_id_is_22_base62_digits_and_says_what_it_names(key: Key) -> None:
    identity = Ids("seed").encode(key)
    assert WELL_FORMED.fullmatch(identity)
    assert Ids("seed").decode(identity) == key


@given(KEYS)
def test_another_seed_does_not_know_the_id(key: Key) -> None:
    assert Ids("other").decode(Ids("seed").encode(key)) is None


@given(st.text(DIGITS, min_size=22, max_size=22))
def test_an_id_nobody_gave_out_is_unknown(identity: str) -> None:
    assert Ids("seed").decode(identity) is None
