"""Ctrl-C: a message at once, and the end within a second, whatever is being cleaned up."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

STOPPED = 130  # also what typer ends with at Ctrl-C
CLEAN_UP_S = 0.8
_instead: list[str] = []


@contextmanager
def stopped_soon(message: str) -> Iterator[None]:
    """Print the message at Ctrl-C or SIGTERM, raise KeyboardInterrupt, and end the process 0.8 s later at the latest.

    A server that was started ends by itself with its standard input, and writes its state down. A second Ctrl-C ends
    the process at once.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if told.is_set():
            os._exit(STOPPED)
        told.set()
        _say([message, *_instead][-1])
        end = threading.Timer(CLEAN_UP_S, os._exit, (STOPPED,))
        end.daemon = True
        end.start()
        raise KeyboardInterrupt

    told = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # no other may handle signals
        yield
        return
    before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        if not told.is_set():
            _say(message)
        raise
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def instead(message: str) -> Iterator[None]:
    """Have Ctrl-C print this message, as long as it is what happens."""
    _instead.append(message)
    try:
        yield
    finally:
        _instead.pop()


def _say(message: str) -> None:
    with suppress(OSError):  # its reader has ended, or the disk is full
        sys.stderr.write(f"{message}\n")
        sys.stderr.flush()
