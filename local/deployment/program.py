"""Run the Pulumi program without the Pulumi engine: each registered resource is passed to our handler."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import runpy
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pulumi
from pulumi.runtime import mocks, set_all_config, settings, stack
from pulumi.runtime.sync_await import _ensure_event_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LOG = logging.getLogger(__name__)
WORKERS = 4

Registration = tuple[str, dict[str, Any]]
"""A created resource: its ID and its outputs."""


@dataclass(frozen=True)
class Handlers:
    """The handlers of a registered resource (urn, type, name, custom, inputs) and of a provider function.

    `see` is shown each registration as it goes over the wire, with the options that the mocks leave out.
    """

    register: Callable[[str, mocks.MockResourceArgs], Registration]
    invoke: Callable[[str, dict[str, Any]], dict[str, Any]]
    see: Callable[[Any], None] = lambda _request: None


LOADING = threading.Lock()
"""pulumi_aws loads a module when it is first used, by a loader that two threads break before Python 3.12."""


def run(program: Path, project: str, stack_name: str, config: Mapping[str, str], handlers: Handlers) -> dict[str, Any]:
    """Run a program to its end and return its exports, resolved.

    The program runs in a thread of its own: Pulumi keeps its settings in context variables and in the thread's event
    loop, so two deployments in one process cannot meet. An error of the program or of a handler is raised here.
    """
    with LOADING, ThreadPoolExecutor(1, "pulumi program") as thread:
        return thread.submit(_run, program, project, stack_name, config, handlers).result()


def _run(program: Path, project: str, stack_name: str, config: Mapping[str, str], handlers: Handlers) -> dict[str, Any]:
    loop = cast("asyncio.AbstractEventLoop", _ensure_event_loop())  # type: ignore[no-untyped-call]  # the SDK's own
    loop.set_default_executor(workers := _Workers())
    loop.set_exception_handler(_unheard)
    settings.SETTINGS.outputs = set()  # the mocks would leave an earlier program's in place
    settings.SETTINGS.lock = threading.Lock()
    set_all_config(dict(config))
    answers = _Answers(handlers)
    monitor = _Monitor(answers, handlers)
    mocks.set_mocks(answers, project=project, stack=stack_name, preview=False, monitor=monitor, logger=LOG)

    def execute() -> None:
        runpy.run_path(str(program), run_name="__main__")

    try:
        loop.run_until_complete(stack.run_pulumi_func(execute))
        root = pulumi.runtime.get_root_resource()
        assert isinstance(root, stack.Stack)  # noqa: S101  # set_mocks made it
        return loop.run_until_complete(_resolved(root.outputs))
    finally:
        _close(loop, workers)


async def _resolved(exports: dict[str, Any]) -> dict[str, Any]:
    return await pulumi.Output.from_input(exports).future() or {}


def _unheard(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log repeated failures in outputs that are never awaited; the program's run raises the failure itself."""
    LOG.debug("%s", context.get("exception", context["message"]))


class _Workers(ThreadPoolExecutor):
    """The threads that register resources. Pulumi wants an event loop in each and leaves it open; here it is closed."""

    def __init__(self) -> None:
        self.loops: list[asyncio.AbstractEventLoop] = []
        super().__init__(WORKERS, "pulumi resource", initializer=self._give_loop)

    def _give_loop(self) -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        self.loops.append(loop)


def _close(loop: asyncio.AbstractEventLoop, workers: _Workers) -> None:
    """Cancel what a failed program left waiting, then stop the threads and their loops."""
    waiting = asyncio.all_tasks(loop)
    for task in waiting:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_default_executor())
    for each in (loop, *workers.loops):
        each.close()


_urn: contextvars.ContextVar[str] = contextvars.ContextVar("urn of the resource being registered")


class _Monitor(mocks.MockMonitor):
    """Passes a resource's URN to the handler, since the mocks' own arguments lack it."""

    def __init__(self, answers: mocks.Mocks, handlers: Handlers) -> None:
        super().__init__(answers)
        self._handlers = handlers

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  # gRPC's name; its messages have no types
        self._handlers.see(request)
        _urn.set(self.make_urn(request.parent, request.type, request.name))
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]  # the SDK's own


class _Answers(mocks.Mocks):
    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return self._handlers.register(_urn.get(), args)

    def call(self, args: mocks.MockCallArgs) -> Any:  # the SDK says a tuple and takes a dict
        return self._handlers.invoke(args.token, args.args)
