"""Import Athena's query API at its first use: its parser and its engine are a third of the server's imports.

It is read in half a second after the server began to serve, or at a query that comes before. A short command that asks
none never waits for it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ministack.services import athena

from local.aws.patching import instead_of

if TYPE_CHECKING:
    from types import ModuleType

AFTER_S = 0.5

_reading = threading.Lock()  # two threads that import one graph of modules may see some of them half made


def warm_up_soon() -> None:
    """Make the queries ready in a thread of their own, a little later."""
    timer = threading.Timer(AFTER_S, _warm_up)
    timer.daemon = True
    timer.start()


def _warm_up() -> None:
    _api()
    from local.aws.athena.run import warm_up

    warm_up()


def _api() -> ModuleType:
    """Return `api`, read in by one thread."""
    with _reading:
        from local.aws.athena import api

        return api


instead_of(athena, "_start_query_execution")(lambda request: _api().start(request))
instead_of(athena, "_get_query_execution")(lambda request: _api().get(request))
instead_of(athena, "_stop_query_execution")(lambda request: _api().stop(request))
instead_of(athena, "_get_query_results")(lambda request: _api().results(request))
