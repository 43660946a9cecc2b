"""Startup trims: block unused imports, and share one botocore session.

pyarrow and DuckDB import pandas, where it is installed, to look whether a value is one of its; here none ever is.
ministack imports Docker's client, to run what nothing here asks it to run in a container.
ministack makes a botocore session for each service whose description it reads.
"""

from __future__ import annotations

import sys

import botocore.session

KEPT_OUT = frozenset({"pandas", "docker"})


class _KeptOut:
    """An import finder that reports these modules as missing; modules that import them continue without them."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        if name in KEPT_OUT:
            raise ModuleNotFoundError(f"{name} is kept out of the embedded AWS", name=name)


def install() -> None:
    """Block these modules, and share one session."""
    sys.meta_path.insert(0, _KeptOut())
    session = botocore.session.get_session()
    botocore.session.get_session = lambda env_vars=None: session
