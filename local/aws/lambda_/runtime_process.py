"""A process that runs a function: Lambda's runtime client, its Runtime API and what it writes."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from local.aws.lambda_ import packages
from local.aws.lambda_.output import Output
from local.aws.lambda_.runtime_api import Invocation, Post, RuntimeApi

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
CLOCK_VARIABLE, CLOCK_MODULE = "SHIFTED_CLOCK", "shifted_clock"  # by how many seconds tests shift every clock
TICK_S = 0.05  # how often a process's memory and life are looked at
MB = 1 << 20

End = Literal["exit", "memory", "time"]


@dataclass(frozen=True)
class Function:
    """The function of a process. `task` is the unpacked zip, `layers` the folders after it on the import path."""

    arn: str
    version: str
    handler: str
    runtime: str
    memory_mb: int
    timeout_s: float
    task: Path
    layers: tuple[Path, ...]
    variables: dict[str, str]
    log_format: str
    log_level: str


class RuntimeProcess:
    """A started process. It is ready once its runtime client asks for a call."""

    def __init__(self, function: Function) -> None:
        self._memory_mb = function.memory_mb
        self._api, self._output = RuntimeApi(), Output(function.log_format, function.log_level)
        self.started, self.ready = time.monotonic(), False
        runtime, clock = packages.runtime_folder(), os.environ.get(CLOCK_VARIABLE)
        paths = [*function.layers, runtime, *([packages.clock_folder(CLOCK_MODULE)] if clock else [])]
        told = (
            function.task,
            CLOCK_MODULE if clock else "",
            packages.BYTECODE,
            packages.KEPT,
            Path(sys.prefix),
            Path(sys.base_prefix),
        )
        self.popen = subprocess.Popen(
            [sys.executable, "-S", str(BOOTSTRAP), function.handler, *map(str, told)],
            cwd=function.task,
            env={
                **function.variables,
                **({CLOCK_VARIABLE: clock} if clock else {}),
                "AWS_LAMBDA_RUNTIME_API": self._api.address,
                "_LAMBDA_TELEMETRY_LOG_FD": str(self._output.frames),
                "LAMBDA_RUNTIME_DIR": str(runtime),
                "PYTHONPATH": ":".join(map(str, paths)),
            },
            stdin=subprocess.DEVNULL,
            stdout=self._output.lines,
            stderr=self._output.lines,
            pass_fds=[self._output.frames],
        )
        self._output.started()

    def is_alive(self) -> bool:
        """Return whether it runs."""
        return self.popen.poll() is None

    def wait_for_its_start(self, seconds: float) -> None:
        """Wait, at most so many seconds, until it is ready, could not start or ended; its posts are kept."""
        until = time.monotonic() + seconds
        while self.is_alive() and not self.ready and self._api.posts.empty() and time.monotonic() < until:
            time.sleep(TICK_S)

    def hand(self, call: Invocation) -> None:
        """Give the process a call."""
        self._api.hand(call)

    def wait(self, until: float) -> Post | End:
        """Return the runtime client's next post, or the reason why there will be none."""
        while self._api.posts.empty():
            self._output.read()
            if self.memory_mb("RssAnon") > self._memory_mb:
                return "memory"
            if not self.is_alive() and self._api.posts.empty():
                return "exit"
            if (left := until - time.monotonic()) <= 0:
                return "time"
            self._sleep(min(left, TICK_S))
        os.read(self._api.wakes, 1)
        return self._api.posts.get()

    def _sleep(self, seconds: float) -> None:
        """Sleep until the process posted or wrote something. `select` takes no descriptor above 1,023; `poll` does."""
        poll = select.poll()
        for descriptor in (self._api.wakes, *self._output.descriptors()):
            poll.register(descriptor, select.POLLIN)
        poll.poll(seconds * 1000)

    def messages(self) -> list[str]:
        """Return the log messages that were not returned before."""
        return self._output.messages()

    def memory_mb(self, field: str) -> int:
        """Return a size of the process in MB, 0 if unknown: RssAnon is its memory now, VmHWM the most it ever had."""
        try:
            status = Path(f"/proc/{self.popen.pid}/status").read_text(encoding="utf-8")
        except OSError:  # it ended, or this system has no /proc and no limit
            return 0
        found = next((line.split()[1] for line in status.splitlines() if line.startswith(f"{field}:")), "0")
        return int(found) * 1024 // MB

    def stop(self) -> None:
        """End it, and close what belongs to it; what it wrote can still be read."""
        self.popen.kill()
        self.popen.wait()
        self._api.close()
        self._output.close()
