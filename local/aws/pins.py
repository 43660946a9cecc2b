"""Which internals of ministack the patches stand on, and the check that they are still those.

Each module names its own in `PINS`: `"module:attribute"` to the parameters of a function, to the name of a value's
type, or to None where being there is enough.
"""

from __future__ import annotations

import importlib
import inspect
from importlib.metadata import version
from operator import attrgetter
from typing import Any

VERSION = "1.5.33"

Pins = dict[str, str | None]


class PinsMoved(RuntimeError):
    """The installed ministack is not the one that the patches were written for."""


def check_version() -> None:
    """Return if the installed ministack is the pinned one.

    Raises:
        PinsMoved: it is not.
    """
    found = version("ministack")
    if found != VERSION:
        raise PinsMoved(
            f"The embedded AWS changes internals of ministack {VERSION}, but {found} is installed. Install the locked "
            "version (`make demo` does), or compare each `PINS` in local/aws with the new one and change VERSION."
        )


def check(pins: dict[str, Pins]) -> None:
    """Return if all pins hold; they are given by the name of the module that stands on them.

    Raises:
        PinsMoved: some do not; all of them are named, each with what was pinned and what was found.
    """
    moved = [
        f"  {module}: {place} was {wanted or 'there'}, is {found}"
        for module, its in sorted(pins.items())
        for place, wanted in its.items()
        if (found := describe(place)) != wanted and (wanted is not None or found == "missing")
    ]
    if moved:
        raise PinsMoved(
            f"Internals of ministack {VERSION} are not what the patches change:\n" + "\n".join(moved) + "\n"
            "Was ministack edited, or patched by another package? Install it anew from the lock."
        )


def describe(place: str) -> str:
    """Return what is at `module:attribute` now: a signature, a type's name, or "missing"."""
    module, _, attribute = place.partition(":")
    try:
        value: Any = attrgetter(attribute)(importlib.import_module(module))
    except (ImportError, AttributeError):
        return "missing"
    return _signature(value) if inspect.isroutine(value) else type(value).__name__


def _signature(function: Any) -> str:
    """Return a function's parameters and defaults; annotations print differently from one Python to the next."""
    signature = inspect.signature(function)
    plain = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()]
    return str(signature.replace(parameters=plain, return_annotation=inspect.Signature.empty))
