"""The raw bucket as a `Store` for the extraction's code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.extract.handler import RawBucket

if TYPE_CHECKING:
    from ops.stack import Stack


def raw_bucket(stack: Stack) -> RawBucket:
    """Return a `Store` on the stack's bucket, with the caller's rights."""
    return RawBucket(stack.client("s3"), stack.outputs["raw_bucket"])
