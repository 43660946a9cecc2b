"""Interpret Spotify's HTTP responses: return, retry, or raise what the slice must do about it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NoReturn

from functions.extract.api.json_access import a_text, an_object, items_of
from functions.extract.api.signals import WrongProfile
from functions.shared.errors import PremiumLapsed, SpotifyRefused

if TYPE_CHECKING:
    from functions.extract.api.json_access import Body
    from functions.extract.api.request import Request

PAGES_OF_ITEMS = frozenset({"artist_albums", "album_tracks", "search", "artist_search", "new_releases"})
"""Kinds whose response is a page. A 200 without items is not a page, so it does not mean that the listing ended."""
LONGEST_BAN = timedelta(days=31)
"""A longer ban is not believed: bans of a day were measured, and one of years would stop the lake for years."""


class Retryable(Exception):
    """The same request may succeed a moment later."""


class TokenUnavailable(Retryable):
    """The token endpoint is down: without a token every request fails."""


class UnexpectedResponse(Exception):
    """The same request would not get a better response."""


class Unauthorised(Exception):
    """401: the token is not valid, or Spotify thinks so."""


class TooManyRequests(Exception):
    """429: `until` is when to send again, None if Spotify does not say; `quota` is true if a quota is used up."""

    def __init__(self, until: datetime | None, *, quota: bool) -> None:
        super().__init__("429")
        self.until, self.quota = until, quota


@dataclass(frozen=True)
class HttpResponse:
    """An HTTP response, read to its end."""

    url: str
    status: int
    headers: dict[str, str]
    content: bytes


@dataclass(frozen=True)
class Response:
    """A response to write to raw: 200 with a body, 304 or 404 without."""

    fetched_at: datetime
    url: str
    status: int
    etag: str | None
    body: Body | None


def interpret(request: Request, response: HttpResponse, now: datetime) -> Response:
    """Return the response to write to raw.

    Raises:
        Retryable: 5xx, 408, 425, or a body that is not a JSON object.
        UnexpectedResponse: a status that Spotify does not document.
        Unauthorised, TooManyRequests: 401, 429.
        WrongProfile: an app in development mode was asked what only extended quota may ask.
        PremiumLapsed, SpotifyRefused: 403, 400.
    """
    status = response.status
    if status == 200:
        return Response(now, response.url, status, response.headers.get("etag"), _object_in(request, response))
    if status == 304 and request.etag:
        return Response(now, response.url, status, response.headers.get("etag", request.etag), None)
    if status == 404 and not request.endpoint.batch:
        return Response(now, response.url, status, None, None)
    if status == 401:
        raise Unauthorised(_said(response))
    if status == 429:
        quota = an_object(_error_of(response)).get("reason") == "QUOTA_EXCEEDED"
        raise TooManyRequests(retry_at(response.headers.get("retry-after"), now), quota=quota)
    if status in {400, 403}:
        _refuse(request, response)
    if status >= 500 or status in {408, 425}:
        raise Retryable(f"{status} {_said(response)}".strip())
    raise UnexpectedResponse(f"{status} {_said(response)}".strip())


def retry_at(header: str | None, now: datetime) -> datetime | None:
    """Return when `Retry-After` says to send again: seconds or an HTTP date; None if it says neither."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        moment = _date(header)
        return moment and min(moment, now + LONGEST_BAN)
    if not math.isfinite(seconds) or seconds < 0:
        return None
    return now + timedelta(seconds=max(min(seconds, LONGEST_BAN.total_seconds()), 1))


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _object_in(request: Request, response: HttpResponse) -> Body:
    try:
        body = json.loads(response.content)
        json.dumps(body, allow_nan=False)
    except (ValueError, RecursionError) as exc:
        raise Retryable(f"200 with a body that is not JSON ({len(response.content)} bytes)") from exc
    if not isinstance(body, dict):
        raise Retryable(f"200 with a body that is not a JSON object but {type(body).__name__}")
    if request.endpoint.batch and not isinstance(body.get(request.dataset), list):
        raise Retryable(f"200 to a batch call, without a list of {request.dataset}")
    searched = dict(request.endpoint.query).get("type", "album")
    page = body.get(f"{searched}s") if request.group == "search" else body
    if request.endpoint.kind in PAGES_OF_ITEMS and items_of(an_object(page)) is None:
        raise Retryable("200 with a body that is not a page: it has no list of items")
    return body


def _error_of(response: HttpResponse) -> object:
    """Return the error that a body describes: an object, an OAuth error's name, or nothing."""
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return an_object(body).get("error")


def _said(response: HttpResponse) -> str:
    """Return Spotify's error message, or the start of a proxy's page."""
    error = _error_of(response)
    message = a_text(an_object(error).get("message")) or a_text(error)
    return (message or " ".join(response.content[:200].decode("utf-8", "replace").split()))[:200]


def _refuse(request: Request, response: HttpResponse) -> NoReturn:
    """Raise the error that a 400 or 403 means for this request."""
    said, asked = _said(response), f"GET {request.path.partition('?')[0]}"
    if response.status == 403 and "premium" in said.lower():
        raise PremiumLapsed(
            f"Spotify refused {asked}: 403 {said!r}. The account that owns the app needs an active Premium "
            "subscription: renew it, or store the credentials of another app with `ops credentials set`."
        )
    if request.endpoint.extended_only and (response.status == 403 or "limit" in said.lower()):
        raise WrongProfile(f"{response.status} {said!r} to {asked}")
    advice = {
        400: "The request is not valid: check the IDs and searches of the watch-list, and the configured market.",
        403: "The app may not send this request: check its status in Spotify's developer dashboard, and `profile`.",
    }
    raise SpotifyRefused(f"Spotify refused {asked}: {response.status} {said!r}. {advice[response.status]}")
