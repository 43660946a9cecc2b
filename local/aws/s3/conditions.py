"""Conditional writes and copies in S3 as recorded on AWS: which are not implemented, and the errors.

Sources are LocalStack's snapshot tests, recorded 2026-02-21: test_put_object_if_none_match(_validation),
test_put_object_if_match(_validation), test_put_object_if_match_and_if_none_match_validation, test_copy_object_if_match
and test_copy_object_if_none_match. Not imitated: conditions of a multipart upload that another write overtakes (409).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import s3

from local.aws.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable


CONDITIONS = {"if-match": "If-Match", "if-none-match": "If-None-Match"}
CHECKSUMS = ("x-amz-checksum-crc32", "x-amz-checksum-crc64nvme")
SAID = "At least one of the pre-conditions you specified did not hold"
NOT_IMPLEMENTED = "A header you provided implies functionality that is not implemented"


@wrap(s3, "handle_request")
async def _serve(
    original: Callable[..., Any], method: str, path: str, headers: Any, body: bytes, query: dict[str, Any]
) -> Any:
    """Serve S3; check the conditions of a write first."""
    given = {name.lower(): value for name, value in dict(headers).items()}
    asked = {name: given[name] for name in CONDITIONS if name in given}
    if method != "PUT" or path.count("/") < 2 or query:
        return await original(method, path, headers, body, query)
    if not_implemented := _not_implemented(asked):
        return _error(501, "NotImplemented", NOT_IMPLEMENTED, f"<Header>{not_implemented}</Header>")
    if asked and "x-amz-copy-source" in given and (broken := await _broken(original, path, headers, asked)):
        return broken
    answer = await original(method, path, headers, body, query)
    return _completed(answer, asked, {name: value for name, value in given.items() if name in CHECKSUMS})


def _not_implemented(asked: dict[str, str]) -> str:
    """Return the headers whose values S3 refuses, or an empty text."""
    if len(asked) > 1:
        return ",".join(CONDITIONS[name] for name in asked)
    if asked.get("if-none-match", "*").strip('"') != "*":
        return "If-None-Match"
    return "If-Match" if asked.get("if-match") == "*" else ""


async def _broken(original: Callable[..., Any], path: str, headers: Any, asked: dict[str, str]) -> Any:
    """Return the refusal of a copy whose target does not meet its condition, or None."""
    plain = {name: value for name, value in dict(headers).items() if name.lower() not in CONDITIONS}
    status, found, _ = await original("HEAD", path, plain, b"", {})
    etag = next((value for name, value in dict(found).items() if name.lower() == "etag"), "").strip('"')
    if "if-none-match" in asked and status == 200:
        return _precondition("If-None-Match")
    if "if-match" in asked and status == 404:
        return _error(404, "NoSuchKey", "The specified key does not exist.", f"<Key>{path.split('/', 2)[2]}</Key>")
    if "if-match" in asked and asked["if-match"].strip('"') != etag:
        return _precondition("If-Match")
    return None


def _completed(answer: Any, asked: dict[str, str], checksum: dict[str, str]) -> Any:
    """Return a response completed with S3's failed condition, encryption and checksum."""
    status, found, body = answer
    if status == 412 and len(asked) == 1 and b"<Condition>" not in bytes(body):
        return _precondition(CONDITIONS[next(iter(asked))])
    if status == 200:
        found = dict(found)
        found.setdefault("x-amz-server-side-encryption", "AES256")
        if checksum:
            found |= {**checksum, "x-amz-checksum-type": "FULL_OBJECT"}
    return status, found, body


def _precondition(condition: str) -> Any:
    return _error(412, "PreconditionFailed", SAID, f"<Condition>{condition}</Condition>")


def _error(status: int, code: str, message: str, more: str) -> Any:
    """Return a refusal of S3's, with a member of its own."""
    error = f"<Error><Code>{code}</Code><Message>{message}</Message>{more}</Error>"
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{error}'
    return status, {"Content-Type": "application/xml"}, body.encode()
