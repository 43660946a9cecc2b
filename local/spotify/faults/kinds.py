"""The kinds of faults by name: other responses, misleading bodies, broken connections.

A kind of `INSTEAD` takes the place of the answer; one of `PAGES` or `WIRE` spoils the right one. A kind of `BANS`
also bans the group, for real.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from email.utils import formatdate
from functools import partial
from typing import TYPE_CHECKING, Any

from local.spotify.messages import JSON, ApiError, ApiRequest, ApiResponse, encode
from local.spotify.tokens import PREMIUM_LAPSED

if TYPE_CHECKING:
    from collections.abc import Callable

FOREIGN_HOST = "https://api.spotify.example.net/v1"
HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
A_DAY_S = 86_236


@dataclass
class Fault:
    """One fault: `times` times (None: forever), after the first `after` requests that it fits.

    `group` and `path` (a regular expression) say which calls it fits; "token" is the token endpoint's group. `value`
    is the kind's own: seconds of a ban or a delay, text of a Retry-After, a status.
    """

    kind: str
    group: str | None = None
    path: str | None = None
    times: int | None = 1
    after: int = 0
    value: float | str | None = None

    def fits(self, group: str, path: str) -> bool:
        """Return whether this call is one it is meant for."""
        return self.group in {None, group} and (self.path is None or bool(re.search(self.path, path)))


def _status(status: int, message: str, _fault: Fault, _now: float) -> ApiResponse:
    return ApiError(status, message).answer()


def _server_error(fault: Fault, _now: float) -> ApiResponse:
    return ApiError(int(fault.value or 503), "Server error.").answer()


def _retry_after(default: str | None, fault: Fault, _now: float) -> ApiResponse:
    value = default if fault.value is None else str(fault.value)
    return ApiError(429, "API rate limit exceeded", retry_after=value).answer()


def _retry_after_date(fault: Fault, now: float) -> ApiResponse:
    return ApiError(
        429, "API rate limit exceeded", retry_after=formatdate(now + float(fault.value or 5), usegmt=True)
    ).answer()


def _raw(status: int, body: bytes, kind: str, fault: Fault, _now: float) -> ApiResponse:
    return ApiResponse(int(fault.value or status), body, {"content-type": kind})


def _redirect(fault: Fault, _now: float) -> ApiResponse:
    return ApiResponse(302, b"", {"location": str(fault.value or FOREIGN_HOST)})


def _never(_fault: Fault, _now: float) -> ApiResponse:
    return ApiResponse(200, b"", {}, breakage="before")


INSTEAD: dict[str, Callable[[Fault, float], ApiResponse]] = {
    "retry_after_short": partial(_retry_after, "1"),
    "retry_after_long": partial(_retry_after, "600"),
    "retry_after_absent": partial(_retry_after, None),
    "retry_after_not_a_number": partial(_retry_after, "a while"),
    "retry_after_negative": partial(_retry_after, "-1"),
    "retry_after_date": _retry_after_date,
    "plain_text_429": partial(_raw, 429, b"Too many requests", "text/plain"),
    "html_502": partial(_raw, 502, HTML, "text/html"),
    "html_200": partial(_raw, 200, HTML, "text/html"),
    "token_expired": partial(_status, 401, "The access token expired"),
    "token_missing": partial(_status, 401, "Access token missing"),
    "premium_lapsed": partial(_status, 403, PREMIUM_LAPSED),
    "forbidden": partial(_status, 403, "Forbidden"),
    "bad_request": partial(_status, 400, "Invalid limit"),
    "not_found": partial(_status, 404, "Resource not found"),
    "server_error": _server_error,
    "empty_body": partial(_raw, 200, b"", JSON),
    "broken_json": partial(_raw, 200, b'{"id": "half', JSON),
    "not_an_object": partial(_raw, 200, b"[]", JSON),
    "null_body": partial(_raw, 200, b"null", JSON),
    "number_body": partial(_raw, 200, b"42", JSON),
    "invalid_utf8": partial(_raw, 200, b'{"id": "\xff\xfe"}', JSON),
    "redirect_to_foreign_host": _redirect,
    "closed": _never,
}
BANS = frozenset({"quota_exceeded", "banned_silently"})


def _page_of(body: Any) -> dict[str, Any] | None:  # any JSON at all
    """Return the first paging object in an answer: itself, or one of its members."""
    if not isinstance(body, dict):
        return None
    if isinstance(body.get("items"), list):
        return body
    return next(
        (part for part in body.values() if isinstance(part, dict) and isinstance(part.get("items"), list)), None
    )


def _next_to_foreign_host(page: dict[str, Any], _call: ApiRequest) -> None:
    page["next"] = f"{FOREIGN_HOST}/artists?offset=10"


def _next_to_itself(page: dict[str, Any], call: ApiRequest) -> None:
    page["next"] = f"{call.base}{call.path}?{call.query}"


def _empty_with_next(page: dict[str, Any], call: ApiRequest) -> None:
    page["items"] = []
    page["next"] = page["next"] or f"{call.base}{call.path}?{call.query}&offset=10"


def _null_items(page: dict[str, Any], _call: ApiRequest) -> None:
    page["items"] = [None, *page["items"], None]


def _short_page(page: dict[str, Any], _call: ApiRequest) -> None:
    page["items"] = page["items"][:-2]


def _total_lies(page: dict[str, Any], _call: ApiRequest) -> None:
    page["total"] += 2


def _doubled(page: dict[str, Any], _call: ApiRequest) -> None:
    page["items"] += page["items"][:1]


PAGES: dict[str, Callable[[dict[str, Any], ApiRequest], None]] = {
    "next_to_foreign_host": _next_to_foreign_host,
    "next_to_itself": _next_to_itself,
    "empty_page_with_next": _empty_with_next,
    "null_items": _null_items,
    "short_page": _short_page,
    "total_lies": _total_lies,
    "doubled_item": _doubled,
}
WIRE = frozenset({"slow", "reset", "truncated_gzip"})
KINDS = frozenset(INSTEAD) | frozenset(PAGES) | WIRE | BANS


def spoil(fault: Fault, answer: ApiResponse, call: ApiRequest) -> None:
    """Apply a fault to the right response and note its name on it; change nothing if it has no effect."""
    if change := PAGES.get(fault.kind):
        body = json.loads(answer.body)
        page = _page_of(body)
        if page is None:
            return
        change(page, call)
        answer.body = encode(body)
        answer.headers.pop("etag", None)
    elif fault.kind == "slow":
        answer.delay_s = float(fault.value or 60)
    elif fault.kind == "reset":
        answer.breakage = "during"
    elif fault.kind != "truncated_gzip":
        return
    answer.fault = fault.kind
