"""What the bench of the inbox says of a shape that it does not know."""

from __future__ import annotations

import pytest

from bench.inbox import main

pytestmark = pytest.mark.dateless("prints names")


def test_an_unknown_shape_is_named_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["16", "nonsense"]) == 2
    assert capsys.readouterr().err.startswith("There is no shape 'nonsense'. There are:\nalbums, one per line\n")
