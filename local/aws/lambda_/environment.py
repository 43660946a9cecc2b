"""One execution environment of a function: a process that is kept warm from call to call.

It stays after an exception of the handler. An exit, a time-out and too much memory end it, and the next call begins a
new one (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass

from local.aws.lambda_.platform_events import Report, around
from local.aws.lambda_.runtime_api import Invocation, Post
from local.aws.lambda_.runtime_process import End, Function, RuntimeProcess

INIT_S = 10.0
"""An initialisation that takes longer starts again, within the call's time-out (lambda-runtime-environment.html)."""


@dataclass(frozen=True)
class InvocationResult:
    """The end of a call: its payload, whether that is an error's, and the lines of its log."""

    payload: bytes
    failed: bool
    log: list[str]


class Environment:
    """Runs a function's calls one at a time, in a process that the first of them starts, or `start` ahead of it."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.process: RuntimeProcess | None = None
        self._lock = threading.RLock()

    def start(self) -> None:
        """Start a process, without waiting until it is ready."""
        with self._lock:
            self._begin()

    def stop(self) -> None:
        """End the process; harmless if there is none. A call that still runs ends first: kill its process."""
        with self._lock:
            process, self.process = self.process, None
            if process:
                process.stop()

    def invoke(self, payload: bytes, request_id: str, trace_id: str | None = None) -> InvocationResult:
        """Run one call to its end."""
        with self._lock:
            process, told, init_ms = self._initialised()
            began = time.monotonic()
            if told is None:
                until = began + self.function.timeout_s
                deadline_ms = int(1000 * (time.time() + self.function.timeout_s))
                process.hand(Invocation(request_id, payload, deadline_ms, self.function.arn, trace_id))
                told = _after_ready(process, until)
            duration_ms = 1000 * (time.monotonic() - began)
            body, failed = self._payload(told, process, request_id)
            most_mb = process.memory_mb("VmHWM")
            if not isinstance(told, Post) or told.kind == "init error" or _too_large(told):
                self.stop()  # after a response that is too large, the client exits by itself
            report = self._report(request_id, told, body if failed else b"", duration_ms, init_ms, most_mb)
            return InvocationResult(body, failed, around(self.function.log_format, report, process.messages()))

    def _initialised(self) -> tuple[RuntimeProcess, Post | End | None, float | None]:
        """Return the process, its error instead of readiness (or None), and how long a new one took."""
        process = self.process
        if process is None or not process.is_alive():
            process = self._begin()
        if process.ready:
            return process, None, None
        told = process.wait(process.started + INIT_S)
        if told == "time":
            process = self._begin()
            told = process.wait(process.started + self.function.timeout_s)
        process.ready = isinstance(told, Post) and told.kind == "ready"
        return process, None if process.ready else told, 1000 * (time.monotonic() - process.started)

    def _begin(self) -> RuntimeProcess:
        self.stop()
        self.process = RuntimeProcess(self.function)
        return self.process

    def _payload(self, told: Post | End, process: RuntimeProcess, request_id: str) -> tuple[bytes, bool]:
        """Return the payload of a post, and whether it is an error's."""
        if isinstance(told, Post):
            return told.body, told.kind != "response"
        if told == "time":
            kind, why = "Sandbox.Timedout", f"Task timed out after {self.function.timeout_s:.2f} seconds"
        elif told == "memory":
            kind, why = "Runtime.OutOfMemory", "Runtime exited with error: signal: killed"
        else:
            kind, why = "Runtime.ExitError", _how_it_ended(process.popen.wait())
        message = f"RequestId: {request_id} Error: {why}"
        return json.dumps({"errorType": kind, "errorMessage": message}).encode(), True

    def _report(
        self, request_id: str, told: Post | End, error: bytes, duration_ms: float, init_ms: float | None, most_mb: int
    ) -> Report:
        return Report(
            request_id=request_id,
            version=self.function.version,
            runtime=self.function.runtime,
            memory_mb=self.function.memory_mb,
            status="timeout" if told == "time" else "error" if error else "success",
            error_type=str(json.loads(error).get("errorType", "")) if error else None,
            duration_ms=duration_ms,
            init_ms=init_ms,
            max_memory_mb=most_mb,
        )


def _too_large(told: Post) -> bool:
    return told.kind == "error" and told.body.startswith(b'{"errorType": "Function.ResponseSizeTooLarge"')


def _after_ready(process: RuntimeProcess, until: float) -> Post | End:
    """Return the response to a call; the client's request for the next one is not a response."""
    while isinstance(told := process.wait(until), Post) and told.kind == "ready":
        pass
    return told


def _how_it_ended(status: int) -> str:
    """Return the emulator's message for how a process ended (internal/lambda/rapid/handlers.go)."""
    if status == 0:
        return "Runtime exited without providing a reason"
    how = f"signal: {_SIGNALS.get(-status, -status)}" if status < 0 else f"exit status {status}"
    return f"Runtime exited with error: {how}"


_SIGNALS = {6: "aborted", 9: "killed", 11: "segmentation fault", 15: "terminated"}
