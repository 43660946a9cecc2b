"""Conditional writes and copies: which S3 refuses, and what its responses have besides."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from local.aws.s3 import conditions, times

HEAD = (200, {"ETag": '"old"'}, b"")
GONE: Any = (404, {}, b"")


def _serve(headers: dict[str, str], method: str = "PUT", path: str = "/b/k", query: Any = None, **said: Any) -> Any:
    """Return the response to a request, the statuses of S3 being `said`, and the calls that reach S3."""
    calls: list[str] = []

    async def original(method: str, _path: str, headers: dict[str, str], *_: Any) -> Any:
        calls.append(f"{method} {' '.join(sorted(set(headers) - {'x-amz-copy-source'}))}".strip())
        return said.get(method, (200, {"ETag": "e"}, b""))

    return asyncio.run(conditions._serve(original, method, path, headers, b"", query or {})), calls


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="none"),
        pytest.param({"If-None-Match": "*"}, 200, id="if nothing is there"),
        pytest.param({"If-None-Match": '"*"'}, 200, id="the same in quotes"),
        pytest.param({"if-match": "e"}, 200, id="if it is the same"),
        pytest.param({"If-None-Match": "e"}, 501, id="if it is not the same"),
        pytest.param({"If-Match": "*"}, 501, id="if anything is there"),
        pytest.param({"If-Match": "e", "If-None-Match": "*"}, 501, id="both"),
    ],
)
def test_a_write_takes_some_conditions(headers: dict[str, str], status: int) -> None:
    (found, _, _), calls = _serve(headers)
    assert (found, len(calls)) == (status, 1 if status == 200 else 0)


@pytest.mark.parametrize(
    "request_",
    [{"method": "GET"}, {"path": "/b"}, {"query": {"uploadId": ["1"]}}],
    ids=["a read", "a bucket", "a part"],
)
def test_only_a_write_of_a_whole_object_is_checked(request_: dict[str, Any]) -> None:
    """A condition that S3 refuses for a write may stand in a read."""
    (status, told, _), calls = _serve({"If-None-Match": "e"}, **request_)
    assert (status, len(calls), told) == (200, 1, {"ETag": "e"})


@pytest.mark.parametrize(
    ("headers", "there", "status"),
    [
        pytest.param({}, HEAD, 200, id="no condition"),
        pytest.param({"If-None-Match": "*"}, HEAD, 412, id="something is there"),
        pytest.param({"If-None-Match": "*"}, GONE, 200, id="nothing is there"),
        pytest.param({"If-Match": "old"}, HEAD, 200, id="the same"),
        pytest.param({"If-Match": '"new"'}, HEAD, 412, id="another"),
        pytest.param({"If-Match": "old"}, GONE, 404, id="gone"),
    ],
)
def test_a_copy_is_made_if_its_target_meets_the_condition(headers: dict[str, str], there: Any, status: int) -> None:
    """The target is looked at without the condition, which is about the write."""
    (found, _, _), calls = _serve({"x-amz-copy-source": "b/x", **headers}, HEAD=there)
    assert found == status
    assert calls == ["HEAD"] * bool(headers) + [f"PUT {' '.join(headers)}".strip()] * (status == 200)


@pytest.mark.parametrize(
    ("headers", "body", "named"),
    [
        pytest.param({"If-Match": "e"}, b"", b"<Condition>If-Match</Condition>", id="added"),
        pytest.param({"If-Match": "e"}, b"<Condition>it</Condition>", b"<Condition>it</Condition>", id="there already"),
        pytest.param({}, b"no condition", b"no condition", id="no condition"),
    ],
)
def test_a_failed_write_names_its_condition(headers: dict[str, str], body: bytes, named: bytes) -> None:
    (status, told, said), _ = _serve(headers, PUT=(412, {}, body))
    assert (status, named in said) == (412, True)
    assert "x-amz-server-side-encryption" not in told


@pytest.mark.parametrize("checksum", [{}, {"x-amz-checksum-crc32": "c"}], ids=["without", "with a checksum"])
def test_a_write_tells_its_encryption_and_checksum(checksum: dict[str, str]) -> None:
    (_, told, _), _ = _serve(checksum)
    kind = {"x-amz-checksum-type": "FULL_OBJECT"} if checksum else {}
    assert told == {"ETag": "e", "x-amz-server-side-encryption": "AES256", **checksum, **kind}
    (_, told, _), _ = _serve({}, PUT=(200, {"x-amz-server-side-encryption": "aws:kms"}, b""))
    assert told["x-amz-server-side-encryption"] == "aws:kms"


@pytest.mark.parametrize(
    ("method", "path", "cut"),
    [("GET", "/b", True), ("GET", "/b/", True), ("GET", "/b/k", False), ("POST", "/b", False)],
)
def test_the_times_of_a_listing_are_whole_seconds(method: str, path: str, cut: bool) -> None:
    body = b"<LastModified>2026-11-23T06:00:00.7894Z</LastModified>"

    async def original(*_: object) -> Any:
        return 200, {"Content-Length": str(len(body))}, body

    _, told, answer = asyncio.run(times._serve(original, method, path, {}, b"", {}))
    assert (answer == body.replace(b"7894", b"000"), answer == body) == (cut, not cut)
    assert told["Content-Length"] == str(len(answer))
