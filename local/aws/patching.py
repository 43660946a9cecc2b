"""Replace a function of ministack's by one that is given the original."""

from __future__ import annotations

from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def wrap(owner: Any, name: str, replacement: Callable[..., Any]) -> None:
    """Replace `owner.name`; `replacement` is called with the original first, then with the call's own arguments."""
    original = getattr(owner, name)
    wrapped = partial(replacement, original)
    update_wrapper(wrapped, original)
    setattr(owner, name, wrapped)
