"""The embedded AWS: ministack in a process of its own, with what it lacks added."""

from local.aws.process import EmbeddedAws

__all__ = ["EmbeddedAws"]
