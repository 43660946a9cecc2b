"""Send requests to Spotify: each attempt passes the limiter and is charged to its quota group before it is sent."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NoReturn, TypeVar

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from functions.extract.api import client as http
from functions.extract.api.clock import LONGEST_SLEEP_S, instant
from functions.extract.api.responses import (
    HttpResponse,
    Retryable,
    TokenUnavailable,
    TooManyRequests,
    Unauthorised,
    UnexpectedResponse,
    interpret,
)
from functions.extract.api.signals import BudgetSpent, GroupBlocked, OutOfTime, Paused, RequestFailed, TooManyFailures
from functions.extract.api.tokens import STORE_THEM, Tokens
from functions.shared.errors import CredentialsRejected
from functions.shared.wording import utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from functions.extract.api.limiter import Limiter
    from functions.extract.api.request import Request
    from functions.extract.api.responses import Response
    from functions.extract.api.tokens import Credentials
    from functions.extract.context import SliceContext
    from functions.extract.quota import QuotaLedger

T = TypeVar("T")
ATTEMPTS = 4
LONGEST_BACKOFF_S = 8.0
SHORT_WAITS = 4
UNTIMED_WAITS_S = (5.0, 15.0)
"""The waits after the first and the second 429 without `Retry-After`. The third closes the group."""


@dataclass(frozen=True)
class Account:
    """The addresses of the Web API and its tokens, and the app's credentials."""

    api_url: str
    token_url: str
    credentials: Credentials


@contextmanager
def connect(
    context: SliceContext,
    account: Account,
    quota: QuotaLedger,
    limiter: Limiter,
    transport: httpx.BaseTransport | None = None,
) -> Iterator[Spotify]:
    """Yield the Web API for one slice; `transport` replaces the network in tests."""
    quota.belong_to(account.credentials.client_id)
    with http.connected(context.config.concurrency, transport) as client:
        yield Spotify(client, context, account, quota, limiter)


class Spotify:
    """The Web API, for one slice. Safe to use from several threads."""

    def __init__(
        self, client: httpx.Client, context: SliceContext, account: Account, quota: QuotaLedger, limiter: Limiter
    ) -> None:
        self._client, self._api_url, self._quota, self._limiter = client, account.api_url.rstrip("/"), quota, limiter
        self._clock, self._time_left, self._run = context.clock, context.time_left, context.run
        self._longest_wait = timedelta(minutes=context.config.max_wait_minutes)
        self._tokens = Tokens(account.token_url, account.credentials, self._send_in_time, context.clock.now)

    @property
    def authorised(self) -> bool:
        """Return whether Spotify has granted a token for the credentials."""
        return self._tokens.granted

    def fetch(self, request: Request) -> Response:
        """Return the response to a request, after a bounded number of retries.

        Raises:
            Signal: the request got no response; the kind says what the slice does about it.
            PipelineError: only a person can fix it.
        """
        try:
            return self._retried(partial(self._attempt, request, []), 1 if request.once else ATTEMPTS)
        except TokenUnavailable as exc:
            raise TooManyFailures(self._tokens.redact(str(exc))) from None
        except (Retryable, UnexpectedResponse) as exc:
            raise RequestFailed(self._tokens.redact(str(exc))) from None

    def _attempt(self, request: Request, failures: list[Retryable]) -> Response:
        """Try once. Raise RequestFailed if the budget has no room for a retry, so that the item is noted as failing.

        Without that, the item would use up the rest of the budget on every day, and no report would name it.
        """
        try:
            return self._fetch_with_waits(request)
        except Retryable as exc:
            failures.append(exc)
            raise
        except BudgetSpent:
            if failures:
                raise RequestFailed(self._tokens.redact(str(failures[-1]))) from None
            raise

    def _retried(self, attempt: Callable[[], T], attempts: int) -> T:
        """Call an attempt until it returns; wait between the tries with full jitter."""
        retrying = Retrying(
            retry=retry_if_exception_type(Retryable),
            wait=wait_random_exponential(multiplier=0.5, max=LONGEST_BACKOFF_S),
            stop=stop_after_attempt(attempts),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(attempt)

    def _fetch_with_waits(self, request: Request) -> Response:
        """Try once: replace a rejected token, sleep through short Retry-After waits."""
        waits, refusals = 0, 0
        token = ""
        while True:
            try:
                token = self._tokens.current()
                return self._once(request, token)
            except Unauthorised as exc:
                refusals += 1
                said = self._tokens.redact(str(exc))  # before the token is forgotten: redact finds only a known token
                self._tokens.refused(token)
                if refusals > 1:
                    raise CredentialsRejected(f"Spotify responded 401 {said!r} to a new token. {STORE_THEM}") from None
            except TooManyRequests as exc:
                waits += 1
                self._limiter.hold(self._short_wait(request, exc, waits))

    def _once(self, request: Request, token: str) -> Response:
        """Return the response to one request; follow redirects inside the API."""
        url = self._api_url + request.path
        headers = {"Authorization": f"Bearer {token}"} | ({"If-None-Match": request.etag} if request.etag else {})
        for _ in range(http.MOST_REDIRECTS + 1):
            self._in_time()
            self._limiter.acquire()
            self._quota.charge(request.group)
            response = self._send(self._client.build_request("GET", url, headers=headers))
            target = http.redirected(response)
            if target is None:
                return interpret(request, replace(response, url=self._api_url + request.path), self._clock.now())
            url = target
        raise UnexpectedResponse(f"more than {http.MOST_REDIRECTS} redirects")

    def _short_wait(self, request: Request, refusal: TooManyRequests, waits: int) -> float:
        """Return how many seconds to hold all requests, if Spotify asks for a wait that a slice can spend.

        Raises:
            GroupBlocked: a quota is used up, the wait is longer than the state machine's, or nobody said how long.
            Paused: the wait is the state machine's.
        """
        now, until = self._clock.now(), refusal.until
        if until is None and not refusal.quota and waits <= len(UNTIMED_WAITS_S):
            until = now + timedelta(seconds=UNTIMED_WAITS_S[waits - 1])
        if refusal.quota or until is None or until - now > self._longest_wait:
            self._close(request, refusal)
        seconds = max((until - now).total_seconds(), 1.0)
        if seconds > LONGEST_SLEEP_S or seconds >= self._time_left() or waits > SHORT_WAITS:
            self._quota.pause(now + timedelta(seconds=seconds))
            raise Paused(f"Spotify accepts no request for {seconds:.0f} s", now + timedelta(seconds=seconds))
        return seconds

    def _close(self, request: Request, refusal: TooManyRequests) -> NoReturn:
        """Close a request's group until the time that Spotify named, or until the day ends."""
        until = refusal.until or instant(self._run["ends_at"])
        why = "429 QUOTA_EXCEEDED" if refusal.quota else "429"
        self._quota.block(request.group, until, why if refusal.until else f"{why}, without saying until when")
        raise GroupBlocked(f"{request.group} is blocked until {utc(until)}")

    def _send(self, request: httpx.Request) -> HttpResponse:
        return http.send(self._client, request, lambda: self._clock.now().timestamp())

    def _send_in_time(self, request: httpx.Request) -> HttpResponse:
        self._in_time()
        return self._send(request)

    def _in_time(self) -> None:
        """Raise OutOfTime unless the Lambda has time for another request."""
        if self._time_left() <= 0:
            raise OutOfTime("the Lambda's time is nearly over")

    def _sleep(self, seconds: float) -> None:
        """Back off before another try, if there is time for it."""
        if seconds >= self._time_left():
            raise OutOfTime("the Lambda's time is nearly over")
        self._clock.sleep(seconds)
