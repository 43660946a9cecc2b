"""JSON objects in S3 are valid UTF-8, whatever texts are in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.shared.errors import AccessRefused
from functions.shared.json_objects import json_bytes, read_json


def test_a_lone_surrogate_is_escaped_and_read_back() -> None:
    written = json_bytes({"reason": "\ud800", "name": "é 😀"})
    assert "é 😀" in written.decode()
    assert json.loads(written) == {"reason": "\ud800", "name": "é 😀"}


class Absent:
    """An S3 that responds to a read with an error."""

    def __init__(self, code: str) -> None:
        self._code = code

    def get_object(self, **_: object) -> None:
        raise ClientError({"Error": {"Code": self._code}}, "GetObject")


@pytest.mark.parametrize("code", ["NoSuchKey", "404"])
def test_an_object_that_is_not_there_is_none(code: str) -> None:
    s3: Any = Absent(code)
    assert read_json(s3, "lake", "x.json") is None


@pytest.mark.parametrize(("code", "raised"), [("NoSuchBucket", ClientError), ("AccessDenied", AccessRefused)])
def test_what_cannot_be_read_is_not_taken_for_absent(code: str, raised: type[Exception]) -> None:
    s3: Any = Absent(code)
    with pytest.raises(raised):
        read_json(s3, "lake", "x.json")
