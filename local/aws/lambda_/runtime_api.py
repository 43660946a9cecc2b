"""Lambda's Runtime API, by which a runtime client fetches calls and sends responses.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. Statuses and error bodies are those of AWS's
Runtime Interface Emulator (internal/lambda/rapi): 202 for what was taken, 400 for another call's id, 413 for a response
of more than 6 MB.
"""

from __future__ import annotations

import json
import os
import queue
import socketserver
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_RESPONSE = 6 * 1024 * 1024 + 100  # the emulator's MaxPayloadSize (internal/lambda/interop/model.go)
TAKEN = 202
TOO_LARGE = 413


@dataclass(frozen=True)
class Invocation:
    """One invocation, as the runtime client receives it."""

    request_id: str
    payload: bytes
    deadline_ms: int
    function_arn: str
    trace_id: str | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers of the response to `/invocation/next`."""
        found = {
            "Lambda-Runtime-Aws-Request-Id": self.request_id,
            "Lambda-Runtime-Deadline-Ms": str(self.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self.function_arn,
            "Content-Type": "application/json",
        }
        return found | ({"Lambda-Runtime-Trace-Id": self.trace_id} if self.trace_id else {})


@dataclass(frozen=True)
class Post:
    """A post of the runtime client: it waits for a call, responds, reports an error, or could not start."""

    kind: Literal["ready", "response", "error", "init error"]
    body: bytes = b""


class RuntimeApi:
    """The API of one process. `posts` has the client's posts; `wakes` becomes readable with each of them."""

    def __init__(self) -> None:
        self.posts: queue.SimpleQueue[Post] = queue.SimpleQueue()
        self.wakes, self._waker = os.pipe()
        self._calls: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._current = ""
        self._server = _Server(("127.0.0.1", 0), _Connection)
        self._server.api = self
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, name="runtime-api", daemon=True).start()

    def hand(self, call: Invocation) -> None:
        """Give the client a call."""
        self._current = call.request_id
        self._calls.put(call)

    def close(self) -> None:
        """Stop serving."""
        self._calls.put(None)
        self._server.shutdown()
        self._server.server_close()
        os.close(self.wakes)
        os.close(self._waker)

    def respond(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], bytes] | None:
        """Return the response's status, headers and body; None once the API is closed."""
        resource = path.partition("/runtime/")[2]
        if (method, resource) == ("GET", "invocation/next"):
            self._post(Post("ready"))
            call = self._calls.get()
            return (200, call.headers(), call.payload) if call else None
        if (method, resource) == ("POST", "init/error"):
            return self._take(Post("init error", body))
        kind, request_id, told = ([*resource.split("/"), "", ""])[:3]
        if method != "POST" or kind != "invocation" or told not in {"response", "error"}:
            return _error(404, "UnknownResource", f"{method} {path}")
        if request_id != self._current:
            return _error(400, "InvalidRequestID", "Invalid request ID")
        if told == "response" and len(body) > LARGEST_RESPONSE:
            self._take(Post("error", _too_large()))
            said = f"Exceeded maximum allowed payload size ({LARGEST_RESPONSE} bytes)."
            return _error(TOO_LARGE, "RequestEntityTooLarge", said)
        return self._take(Post("response" if told == "response" else "error", body))

    def _take(self, post: Post) -> tuple[int, dict[str, str], bytes]:
        self._post(post)
        return TAKEN, {"Content-Type": "application/json"}, b'{"status":"OK"}\n'

    def _post(self, post: Post) -> None:
        self.posts.put(post)
        os.write(self._waker, b".")


def _too_large() -> bytes:
    said = f"Response payload size exceeded maximum allowed payload size ({LARGEST_RESPONSE} bytes)."
    return json.dumps({"errorType": "Function.ResponseSizeTooLarge", "errorMessage": said}).encode()


def _error(status: int, kind: str, message: str) -> tuple[int, dict[str, str], bytes]:
    body = json.dumps({"errorMessage": message, "errorType": kind}).encode()
    return status, {"Content-Type": "application/json"}, body


class _Server(socketserver.ThreadingTCPServer):
    """Serves each connection in a thread: a client that waits for a call must not keep another's response out."""

    daemon_threads = True
    block_on_close = False
    api: RuntimeApi

    def handle_error(self, request: object, client_address: object) -> None:
        """Log nothing: a killed process breaks its connections off."""


class _Connection(socketserver.StreamRequestHandler):
    """HTTP/1.1 without the limits of http.server: an error's X-Ray header may be a megabyte long."""

    disable_nagle_algorithm = True
    server: _Server

    def handle(self) -> None:
        """Answer the connection's requests one by one."""
        while line := self.rfile.readline():
            method, path, _ = line.decode("latin-1").split()
            headers = dict(self._headers())
            if "expect" in headers:
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            answer = self.server.api.respond(method, path, self._body(headers))
            if answer is None:
                return
            status, told, body = answer
            lines = [f"HTTP/1.1 {status} .", *(f"{name}: {value}" for name, value in told.items())]
            self.wfile.write("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1") + body)

    def _headers(self) -> Iterator[tuple[str, str]]:
        while line := self.rfile.readline().decode("latin-1").rstrip("\r\n"):
            name, _, value = line.partition(":")
            yield name.lower(), value.strip()

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length", "0")))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)
