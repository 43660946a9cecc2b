"""A function's code."""

import os


def handler(event: object, context: object) -> str:
    """Return the greeting it was given."""
    return os.environ["GREETING"]
