"""Bounds on what the transform keeps of rejected records."""

MOST_KEPT = 1_000
"""The most rejected records kept per object; others are only counted."""

MOST_KEPT_IN_ALL = 4_000
"""The most rejected records kept of all objects of a dataset (for the inbox: of all files); others are only counted.

At 64 Ki characters per record, that is 256 MB; the function has 3,008.
"""
