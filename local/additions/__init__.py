"""What ministack lacks, added in its own process before it serves: one module an addition, each with `install()`."""

from __future__ import annotations

import importlib
import pkgutil


def install_all() -> None:
    """Check the pinned internals, then install every module of this package that has an `install`."""
    from local.additions import pins

    pins.check()
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        install = getattr(importlib.import_module(f"{__name__}.{module.name}"), "install", None)
        if install is not None:
            install()
