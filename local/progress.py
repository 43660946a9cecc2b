"""Show progress: one line per finished step, with the seconds since the start."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

from rich.status import Status
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

SILENCE_S = 3.0


class Clock:
    """Prints progress with its time; while it is entered, it prints at least now and then.

    What starts with "…" is passing: a terminal shows it on its last line. Elsewhere it is told when nothing else was
    for a while, and what is still under way is told again.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._began = self._last = time.monotonic()
        self._now = "… starting"
        self._status = Status(self._now, console=console, spinner="dots")
        self._ended = threading.Event()
        self._speaker = threading.Thread(target=self._break_silence, daemon=True)

    @property
    def seconds(self) -> float:
        """The seconds since the start."""
        return time.monotonic() - self._began

    def tell(self, text: str) -> None:
        """Print a line, or remember the current step."""
        if text.startswith("…"):
            self._now = text
            self._status.update(Text(text))
            return
        self._now = f"… still: {text}"
        self._print(text)

    def rest(self) -> None:
        """Stop printing by itself."""
        self._ended.set()
        if self._speaker.is_alive():
            self._speaker.join()
        self._status.stop()

    def _print(self, text: str) -> None:
        self._last = time.monotonic()
        unbroken = "://" in text  # a broken address opens nothing
        self.console.print(Text(f"{self.seconds:6.1f} s  {text}"), soft_wrap=unbroken)

    def _break_silence(self) -> None:
        while not self._ended.wait(self._silence_left()):
            if not self._silence_left():
                self._print(self._now)

    def _silence_left(self) -> float:
        return max(self._last + SILENCE_S - time.monotonic(), 0)

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._status.start()
        else:
            self._speaker.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.rest()
