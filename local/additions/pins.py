"""Which internals of ministack the additions stand on, and the check that they are still those."""

from __future__ import annotations

from importlib.metadata import version

VERSION = "1.5.33"


class PinsMoved(RuntimeError):
    """The installed ministack is not the one that the additions were written for."""


def check() -> None:
    """Return if the installed ministack is the pinned one.

    Raises:
        PinsMoved: it is not; the message says what was found and what to do.
    """
    found = version("ministack")
    if found != VERSION:
        raise PinsMoved(f"The additions are pinned to ministack {VERSION}; {found} is installed.")
