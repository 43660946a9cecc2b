"""The embedded AWS: ministack in a process of its own, with patches for what it lacks."""

from local.aws.process import EmbeddedAws

__all__ = ["EmbeddedAws"]
