"""Requests and responses as plain values, for uvicorn's sockets and for the in-process transport."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Breakage = Literal["", "before", "during"]
JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class ApiRequest:
    """A request: header names are lower-case; `base` is scheme and host as the caller knows them."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    base: str


@dataclass
class ApiResponse:
    """A response, sent after `delay_s`; a breakage ends the connection before it or in the middle of its body.

    `fault` names what went wrong with it, for the log.
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    breakage: Breakage = ""
    fault: str = ""


def json_response(status: int, body: object, **headers: str) -> ApiResponse:
    """Return an answer with a JSON body; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ApiResponse(status, encode(body), {"content-type": JSON} | named)


def encode(body: object) -> bytes:
    """Return JSON text with non-ASCII characters escaped, so that even half a surrogate pair can be sent."""
    return json.dumps(body, separators=(",", ":")).encode()


class ApiError(Exception):
    """An error response of the Web API."""

    def __init__(self, status: int, message: str, reason: str = "", retry_after: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.reason, self.retry_after = status, message, reason, retry_after

    def answer(self) -> ApiResponse:
        """Return the response: `{"error": {"status", "message"[, "reason"]}}`."""
        error: dict[str, object] = {"status": self.status, "message": self.message}
        if self.reason:
            error["reason"] = self.reason
        headers = {} if self.retry_after is None else {"retry_after": self.retry_after}
        return json_response(self.status, {"error": error}, **headers)
