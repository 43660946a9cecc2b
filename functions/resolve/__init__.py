"""Resolve: what an execution was asked to do, as one run."""
