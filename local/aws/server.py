"""The server process: ministack with the patches installed, until told to stop.

`python -m local.aws.server FD SAVED` serves on the listening socket FD, and makes the file SAVED once all that it
knows is written down. It stops on SIGTERM, on SIGINT, and when its
standard input ends, which happens however its parent dies. Its last act kills its own process group: Lambda workers
in the middle of a call have no other end.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SAVED_WITHIN_S = 12


def main() -> None:
    """Install the patches, then serve; does not return.

    What is imported stays: it is not searched for garbage, neither meanwhile nor later.
    """
    gc.disable()
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    from local.aws.patches import install_all

    install_all()
    from ministack.app import app

    from local.aws.athena import first_use

    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # a twentieth less processor time
    gc.enable()
    config = Config()
    config.bind = [f"fd://{sys.argv[1]}"]
    config.keep_alive_timeout = 120  # Go's clients reuse a connection that was idle for up to 90 s (IdleConnTimeout)
    config.graceful_timeout = 1
    config.loglevel = "WARNING"
    first_use.warm_up_soon()
    try:
        asyncio.run(_serve(partial(serve, app, config)))
    finally:
        _end_group()


class _Failures(logging.Handler):
    """Notes that ministack could not save or read the state of a service, such as on a full disk: it only logs that."""

    any = False

    def emit(self, record: logging.LogRecord) -> None:
        """Note an error."""
        self.any = self.any or record.levelno >= logging.ERROR


async def _serve(serve: Callable[..., Awaitable[None]]) -> None:
    """Serve until SIGTERM, SIGINT or the end of standard input; then save the state and return."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    threading.Thread(target=_await_parent, daemon=True).start()
    failures = _Failures()
    logging.getLogger("persistence").addHandler(failures)
    await serve(shutdown_trigger=told.wait)
    if not failures.any:
        Path(sys.argv[2]).touch()
    _end_group()  # asyncio would wait for every Lambda call that still runs


def _await_parent() -> None:
    """Stop when standard input ends; exit even if saving hangs."""
    while sys.stdin.buffer.read(1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SAVED_WITHIN_S)
    _end_group()


def _end_group() -> None:
    """Kill the process group, this process included; if it was started by hand, only exit."""
    sys.stdout.flush()
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main()
