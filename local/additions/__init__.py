"""What ministack lacks, added in its own process before it serves: one module an addition, each with `install()`."""

from __future__ import annotations

import importlib
import pkgutil


def install_all() -> None:
    """Check the pinned internals, then install every module of this package that has an `install`, by name.

    Raises:
        local.additions.pins.PinsMoved: an internal is not the one that an addition was written for.
    """
    from local.additions import pins

    pins.check_version()
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = {name: importlib.import_module(f"{__name__}.{name}") for name in names}
    pins.check({name: module.PINS for name, module in modules.items() if hasattr(module, "PINS")})
    for module in modules.values():
        if hasattr(module, "install"):
            module.install()
