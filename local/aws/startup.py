"""Startup trims: block unused pandas imports, and share one botocore session.

pyarrow and DuckDB import pandas, where it is installed, to look whether a value is one of its; here none ever is.
ministack makes a botocore session for each service whose description it reads.
"""

from __future__ import annotations

import sys

import botocore.session


class _NoPandas:
    """An import finder that reports pandas as missing; its importers continue without it."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is kept out of the embedded AWS", name=name)


def install() -> None:
    """Block pandas, and share one session."""
    sys.meta_path.insert(0, _NoPandas())
    session = botocore.session.get_session()
    botocore.session.get_session = lambda env_vars=None: session
