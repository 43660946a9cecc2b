"""What an HTTP answer of Spotify means: the table of what the run does about each, one function a row."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NoReturn

from functions.extract.api.json_access import a_text, an_object
from functions.extract.api.signals import WrongProfile
from functions.shared.errors import PremiumLapsed, SpotifyRefused

if TYPE_CHECKING:
    from functions.extract.api.json_access import Body
    from functions.extract.api.request import Request

LONGEST_BAN = timedelta(days=366)


class Flaky(Exception):
    """The same call may well be answered a moment later."""


class NoToken(Flaky):
    """The token endpoint is down: without a token every call fails."""


class Odd(Exception):
    """The answer is none that the same call would improve on."""


class Unauthorised(Exception):
    """401: the token is not valid, or Spotify thinks so."""


class TooMany(Exception):
    """429: `until` is when to call again, None where Spotify does not say; `quota` is whether a quota is used up."""

    def __init__(self, until: datetime | None, *, quota: bool) -> None:
        super().__init__("429")
        self.until, self.quota = until, quota


@dataclass(frozen=True)
class Reply:
    """An HTTP answer, read to its end."""

    url: str
    status: int
    headers: dict[str, str]
    content: bytes


@dataclass(frozen=True)
class Answer:
    """An answer to land: 200 with a body, 304 or 404 without."""

    fetched_at: datetime
    url: str
    status: int
    etag: str | None
    body: Body | None


def judge(request: Request, reply: Reply, now: datetime) -> Answer:
    """Return the answer to land.

    Raises:
        Flaky: 5xx, 408, 425, or a body that is no JSON object.
        Odd: a status that Spotify does not document.
        Unauthorised, TooMany: 401, 429.
        WrongProfile: an app in development mode was asked what only extended quota may ask.
        PremiumLapsed, SpotifyRefused: 403, 400.
    """
    status = reply.status
    if status == 200:
        return Answer(now, reply.url, status, reply.headers.get("etag"), _object_in(request, reply))
    if status == 304 and request.etag:
        return Answer(now, reply.url, status, reply.headers.get("etag", request.etag), None)
    if status == 404 and not request.endpoint.batch:
        return Answer(now, reply.url, status, None, None)
    if status == 401:
        raise Unauthorised(_said(reply))
    if status == 429:
        quota = an_object(_error_of(reply)).get("reason") == "QUOTA_EXCEEDED"
        raise TooMany(retry_at(reply.headers.get("retry-after"), now), quota=quota)
    if status in {400, 403}:
        _refuse(request, reply)
    if status >= 500 or status in {408, 425}:
        raise Flaky(f"{status} {_said(reply)}".strip())
    raise Odd(f"{status} {_said(reply)}".strip())


def retry_at(header: str | None, now: datetime) -> datetime | None:
    """Return when `Retry-After` says to call again: seconds or an HTTP date; None if it says neither."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        return _date(header)
    if not math.isfinite(seconds) or seconds < 0:
        return None
    return now + min(timedelta(seconds=max(min(seconds, LONGEST_BAN.total_seconds()), 1)), LONGEST_BAN)


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _object_in(request: Request, reply: Reply) -> Body:
    try:
        body = json.loads(reply.content)
        json.dumps(body, allow_nan=False)
    except (ValueError, RecursionError) as exc:
        raise Flaky(f"200 with a body that is no JSON ({len(reply.content)} bytes)") from exc
    if not isinstance(body, dict):
        raise Flaky(f"200 with a body that is no JSON object but {type(body).__name__}")
    if request.endpoint.batch and not isinstance(body.get(request.dataset), list):
        raise Flaky(f"200 to a batch call, without a list of {request.dataset}")
    return body


def _error_of(reply: Reply) -> object:
    """Return the error that a body describes: an object, an OAuth error's name, or nothing."""
    try:
        body = json.loads(reply.content)
    except (ValueError, RecursionError):
        return None
    return an_object(body).get("error")


def _said(reply: Reply) -> str:
    """Return Spotify's own words, or the beginning of whatever a proxy sent instead."""
    error = _error_of(reply)
    message = a_text(an_object(error).get("message")) or a_text(error)
    return (message or " ".join(reply.content[:200].decode("utf-8", "replace").split()))[:200]


def _refuse(request: Request, reply: Reply) -> NoReturn:
    """Raise what a 400 or 403 means for this call."""
    said, asked = _said(reply), f"GET {request.path.partition('?')[0]}"
    if reply.status == 403 and "premium" in said.lower():
        raise PremiumLapsed(
            f"Spotify refused {asked}: 403 {said!r}. The account that owns the app needs an active Premium "
            "subscription: renew it, or store the credentials of another app with `python -m ops credentials`."
        )
    if request.endpoint.extended_only and (reply.status == 403 or "limit" in said.lower()):
        raise WrongProfile(f"{reply.status} {said!r} to {asked}")
    advice = {
        400: "The call itself is wrong: check the ids in the watch-list, its searches, and the configured market.",
        403: "The app may not ask this: check its status in Spotify's developer dashboard and the `profile` setting.",
    }
    raise SpotifyRefused(f"Spotify refused {asked}: {reply.status} {said!r}. {advice[reply.status]}")
