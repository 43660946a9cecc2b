"""The raw bucket as extraction's own code wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.extract.handler import RawBucket

if TYPE_CHECKING:
    from ops.stack import Stack


def raw_bucket(stack: Stack) -> RawBucket:
    """Return extraction's `Store` on the stack's bucket, with the rights of who calls."""
    return RawBucket(stack.client("s3"), stack.outputs["raw_bucket"])
