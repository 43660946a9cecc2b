"""The message of `bench.inbox` about an unknown shape."""

from __future__ import annotations

import pytest

from bench.inbox import main

pytestmark = pytest.mark.dateless("prints names")


def test_an_unknown_shape_is_named_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["16", "nonsense"]) == 2
    assert capsys.readouterr().err.startswith("Unknown shape 'nonsense'. The known shapes are:\nalbums, one per line\n")
