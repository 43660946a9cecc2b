"""Calls to the servers of the local stack, by the standard library: httpx takes a fifth of a command's start."""

from __future__ import annotations

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT_S = 5

_direct = build_opener(ProxyHandler({}))  # no proxy for this machine


def answers(url: str) -> bool:
    """Return whether a server is there and answers."""
    try:
        with _direct.open(url, timeout=TIMEOUT_S):
            return True
    except (OSError, HTTPException):  # URLError, HTTPError and time-outs are OSErrors
        return False


def refused(url: str) -> bool:
    """Return whether no process listens there. A server that is busy or suspended does."""
    try:
        with _direct.open(url, timeout=TIMEOUT_S):
            return False
    except URLError as exc:
        return isinstance(exc.reason, ConnectionRefusedError)
    except (OSError, HTTPException):
        return False


def ask(control_url: str, headers: dict[str, str], action: str, arguments: dict[str, Any]) -> Any:  # any JSON
    """Call a control of the simulated Spotify and return its result.

    Raises:
        ValueError: the action or its arguments are unknown, or the key is wrong.
        OSError: it does not answer.
    """
    request = Request(  # noqa: S310  # an address of our own
        f"{control_url}/{action}", json.dumps(arguments).encode(), {**headers, "Content-Type": "application/json"}
    )
    try:
        with _direct.open(request, timeout=TIMEOUT_S) as answer:
            return json.load(answer)["result"]
    except HTTPError as exc:
        raise ValueError(json.load(exc)["error"]) from exc
