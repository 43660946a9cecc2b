"""JSON objects in S3 are valid UTF-8, whatever texts are in them."""

from __future__ import annotations

import json

from functions.shared.json_objects import json_bytes


def test_a_lone_surrogate_is_escaped_and_read_back() -> None:
    written = json_bytes({"reason": "\ud800", "name": "é 😀"})
    assert "é 😀" in written.decode()
    assert json.loads(written) == {"reason": "\ud800", "name": "é 😀"}
