"""The context of a slice, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.extract.api.clock import Clock
    from functions.extract.api.config import Config
    from functions.extract.raw.store import Store
    from functions.shared.events import Run


@dataclass(frozen=True)
class SliceContext:
    """The run, the stack's configuration, the raw bucket, the time, and how many seconds the slice may still take."""

    run: Run
    config: Config
    store: Store
    clock: Clock
    time_left: Callable[[], float]
