r"""Standard streams that a program can use however it was started.

A shell closes them with `<&-`, `>&-` and `2>&-`: Python then has None in their place. In a locale whose encoding
lacks a character, such as an ASCII one, writing that character fails.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = ("stdin", "stdout", "stderr")
FAIL = frozenset({"strict", "surrogateescape"})
"""Error handlers that fail at a character which an encoding lacks."""


def prepare() -> None:
    r"""Replace closed streams by the null device, and write what an encoding lacks as `\u2713`.

    The next file that is opened would otherwise have the number of a closed stream: the output of other programs that
    this one starts would be written into it.
    """
    closed = [number for number, name in enumerate(NAMES) if getattr(sys, name) is None]
    for number in closed:
        _open_null(number)
    for number in closed:
        setattr(sys, NAMES[number], open(os.devnull, "w" if number else "r", encoding="utf-8"))  # noqa: SIM115, PTH123  for good
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors in FAIL:
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def flushed() -> Iterator[None]:
    """Write out at the end what standard output still holds, so that a failure is raised here.

    A reader that ends first, as `head` does, is not a failure.

    Raises:
        OSError: what standard output writes to is full.
    """
    try:
        yield
    except SystemExit:
        _flush()
        raise
    except BaseException:
        with suppress(OSError):
            _flush()
        raise
    _flush()


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError as exc:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())  # Python would try again at its end
        os.close(null)
        if not isinstance(exc, BrokenPipeError):
            raise


def all_of(text: str) -> bool:
    """Return whether standard output's encoding has every character of a text."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _open_null(number: int) -> None:
    """Open the null device as this file descriptor, unless another file has it."""
    try:
        os.fstat(number)
    except OSError:
        null = os.open(os.devnull, os.O_RDWR)
        if null != number:
            os.dup2(null, number)
            os.close(null)
        os.set_inheritable(number, True)
