"""The whole simulation behind one function, from request to response, without the network."""

from __future__ import annotations

import gzip
import threading
from datetime import date
from typing import TYPE_CHECKING

from local.spotify.catalogue.generated import Snapshot, catalogue_of
from local.spotify.clock import Clock
from local.spotify.endpoints import FOR_USERS, Endpoint, find
from local.spotify.faults.book import FaultBook
from local.spotify.faults.kinds import A_DAY_S, BANS, INSTEAD, Fault, spoil
from local.spotify.limits import QuotaCounter
from local.spotify.messages import JSON, ApiError, ApiRequest, ApiResponse
from local.spotify.rendering import View, render
from local.spotify.requests import RequestLog
from local.spotify.tokens import Tokens

if TYPE_CHECKING:
    from local.spotify.config import Config

API, TOKEN = "/v1", "/api/token"  # a path
SMALLEST_GZIP = 400


class Spotify:
    """One simulated Spotify: a catalog, an account with its limits, a clock, the pending faults, a request log."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.clock = Clock.at(config.now)
        self.pinned = None if config.date is None else date.fromisoformat(config.date)
        self.tokens = Tokens(config)
        self.quotas = QuotaCounter(config.limits)
        self.faults = FaultBook(config.schedule)
        self.log = RequestLog()
        self._lock = threading.Lock()

    def reconfigure(self, config: Config) -> None:
        """Change the configuration; keep the log, the clock and the counts."""
        self.config = self.tokens.config = config
        self.quotas.limits = config.limits

    @property
    def day(self) -> date:
        """The day of the catalogue."""
        return self.pinned or self.clock.instant().date()

    @property
    def snapshot(self) -> Snapshot:
        """The catalog of the current day."""
        return catalogue_of(self.config.size).on(self.day)

    def answer(self, call: ApiRequest) -> ApiResponse:
        """Return the response to any request below the API's base path or to the token endpoint, and log it."""
        with self._lock:
            now = self.clock.now()
            found = find(call.path.removeprefix(API)) if call.path.startswith(f"{API}/") else None
            group = "token" if call.path == TOKEN else found[0].group if found else "other"
            banned = self.quotas.ban_of(group, now) is not None
            fault = self.faults.next_for(group, call.path, call.query)
            answer = self._answer(call, found, fault, now)
            if fault and answer.fault:
                self.faults.shown(fault)
            self.log.add(call, answer, at=now, group=group, banned=banned)
            return answer

    def _answer(
        self, call: ApiRequest, found: tuple[Endpoint, str] | None, fault: Fault | None, now: float
    ) -> ApiResponse:
        if fault and fault.kind in INSTEAD:
            answer = INSTEAD[fault.kind](fault, now)
            answer.fault = fault.kind
            return answer
        try:
            return self._token(call, fault, now) if call.path == TOKEN else self._api(call, found, fault, now)
        except ApiError as exc:
            return exc.answer()

    def _token(self, call: ApiRequest, fault: Fault | None, now: float) -> ApiResponse:
        if call.method != "POST":
            raise ApiError(405, "Method not allowed")
        return self._spoiled(self.tokens.issue(call, now), call, fault)

    def _api(
        self, call: ApiRequest, found: tuple[Endpoint, str] | None, fault: Fault | None, now: float
    ) -> ApiResponse:
        self.tokens.check(call, now)
        if FOR_USERS.fullmatch(call.path.removeprefix(API)):
            raise ApiError(401, "Valid user authentication required")
        if found is None:
            raise ApiError(404, "Service not found")
        if call.method != "GET":
            raise ApiError(405, "Method not allowed")
        endpoint, named = found
        if refused := self._metered(endpoint.group, fault, now):
            return refused
        if endpoint.extended and self.config.profile != "extended":
            raise ApiError(403, "Forbidden")
        view = View(self.config.size, self.config.profile, self.config.old_shape, self.day, f"{call.base}{API}")
        body, etag = render(view, endpoint, named, call.query)
        if etag in _etags(call.headers.get("if-none-match", "")):
            if not self.config.limits.not_modified_counts:
                self.quotas.give_back(endpoint.group)
            return ApiResponse(304, b"", {"etag": etag})
        headers = {"content-type": JSON, "etag": etag, "cache-control": "private, max-age=0", "vary": "Accept-Encoding"}
        return self._spoiled(ApiResponse(200, body, headers), call, fault)

    def _metered(self, group: str, fault: Fault | None, now: float) -> ApiResponse | None:
        """Count the request, or return its 429."""
        refusal, cause = self.quotas.refuse(group, now), ""
        if refusal is None and fault and fault.kind in BANS:
            seconds, says_when = float(fault.value or A_DAY_S), fault.kind == "quota_exceeded"
            refusal, cause = self.quotas.ban(group, now, seconds, says_when=says_when).refusal(now), fault.kind
        if refusal is None:
            return None
        when = None if refusal.retry_after is None else str(refusal.retry_after)
        message, reason = ("Too many requests", "QUOTA_EXCEEDED") if refusal.quota else ("API rate limit exceeded", "")
        answer = ApiError(429, message, reason, when).answer()
        answer.fault = cause
        return answer

    @staticmethod
    def _spoiled(answer: ApiResponse, call: ApiRequest, fault: Fault | None) -> ApiResponse:
        """Return the response as it is sent: with its fault if there is one, compressed if the caller accepts gzip."""
        if fault:
            spoil(fault, answer, call)
        truncated = answer.fault == "truncated_gzip"
        if truncated or (len(answer.body) >= SMALLEST_GZIP and "gzip" in call.headers.get("accept-encoding", "")):
            answer.body = gzip.compress(answer.body, compresslevel=1, mtime=0)
            answer.headers["content-encoding"] = "gzip"
        if truncated:
            answer.body = answer.body[: max(12, len(answer.body) // 2)]
        return answer


def _etags(header: str) -> set[str]:
    """Return the ETags of an If-None-Match header; weak ones match too."""
    return {etag.strip().removeprefix("W/") for etag in header.split(",") if etag.strip()}
