"""What the patches stand on is checked before they are installed."""

from __future__ import annotations

import re

import pytest

from local.aws import pins


def test_a_moved_internal_is_named_with_what_was_and_what_is() -> None:
    mine: dict[str, pins.Pins] = {
        "mine": {
            "ministack.services.stepfunctions:_invoke_resource": "(resource, data, more)",
            "ministack.services.stepfunctions:_gone": None,
            "ministack.services.stepfunctions:_SERVICE_DISPATCH": "dict",
        }
    }
    with pytest.raises(pins.PinsMoved) as moved:
        pins.check(mine)
    assert re.findall(r"^  (.*)$", str(moved.value), re.MULTILINE) == [
        "mine: ministack.services.stepfunctions:_invoke_resource was (resource, data, more), is (resource, input_data)",
        "mine: ministack.services.stepfunctions:_gone was there, is missing",
    ]


def test_another_version_says_which_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "VERSION", "1.0.0")
    with pytest.raises(pins.PinsMoved, match=r"ministack 1\.0\.0, but 1\.5\.33 is installed\. Install the locked"):
        pins.check_version()
