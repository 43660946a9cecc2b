"""Bounds on what the transform keeps of rejected records."""

MOST_KEPT = 1_000
"""Rejected records of one object: the rest are counted."""

MOST_KEPT_IN_ALL = 4_000
"""Rejected records of all objects of a dataset (of the inbox: of all files): the rest are counted.

At the 64 Ki characters that one may have, 256 MB; the function has 3,008.
"""
