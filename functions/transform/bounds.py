"""Bounds on what the transform keeps of one object."""

MOST_KEPT = 1_000
"""Rejected records of one object: the rest are counted."""
