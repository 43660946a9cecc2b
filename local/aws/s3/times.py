"""Return times of objects in whole seconds, as S3 does; ministack's listings have milliseconds.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html, whose examples end in `.000Z`, as every
listing of S3's does. The pipeline compares these times with a crawl's start.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ministack.services import s3

from local.aws.patching import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

FRACTION = re.compile(rb"(<LastModified>[^<.]+)\.\d+Z")


@wrap(s3, "handle_request")
async def _serve(
    original: Callable[..., Any], method: str, path: str, headers: Any, body: bytes, query: dict[str, Any]
) -> Any:
    """Serve S3; cut the times of a listing to seconds."""
    status, told, answer = await original(method, path, headers, body, query)
    if method == "GET" and path.strip("/").count("/") == 0 and isinstance(answer, bytes):  # a bucket's
        answer = FRACTION.sub(rb"\1.000Z", answer)
        told = {**told, **({"Content-Length": str(len(answer))} if "Content-Length" in told else {})}
    return status, told, answer
