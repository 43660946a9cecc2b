"""The embedded AWS: ministack in a process of its own, with patches for what it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.aws.process import EmbeddedAws

__all__ = ["EmbeddedAws"]


def __getattr__(name: str) -> Any:
    """Import `EmbeddedAws` when it is first asked for: the server's own process needs no boto3."""
    if name != "EmbeddedAws":
        raise AttributeError(name)
    from local.aws.process import EmbeddedAws

    return EmbeddedAws
