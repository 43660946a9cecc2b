"""What a person sees while something is under way: a line for each thing done, with the seconds since the start."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from rich.status import Status
from rich.text import Text

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

SILENCE_S = 2.0


class Clock:
    """Tells what happens, and when. What starts with "…" is passing: it moves the status line, or is told at times."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._began = self._last = time.monotonic()
        self._status = Status("", console=console, spinner="dots")

    @property
    def seconds(self) -> float:
        """How long it has been."""
        return time.monotonic() - self._began

    def tell(self, text: str) -> None:
        """Print a line, or move the status line."""
        if text.startswith("…") and self.console.is_terminal:
            self._status.update(Text(text))
            return
        now = time.monotonic()
        if text.startswith("…") and now - self._last < SILENCE_S:
            return
        self._last = now
        self.console.print(Text(f"{self.seconds:6.1f} s  {text}"))

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None) -> None:
        self._status.stop()
