"""The request log: requests with their time, group and response. It holds no secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.spotify.messages import ApiRequest, ApiResponse

SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass(frozen=True)
class LoggedRequest:
    """One logged request. `at` is the simulation's time; `banned`: the group was under a ban when it came."""

    number: int
    at: float
    group: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    status: int
    fault: str
    banned: bool
    retry_after: str | None
    size_bytes: int


@dataclass
class RequestLog:
    """Every request since the start or the last clearing; numbers continue."""

    entries: list[LoggedRequest] = field(default_factory=list)
    _count: int = 0

    def add(self, call: ApiRequest, answer: ApiResponse, *, at: float, group: str, banned: bool) -> None:
        """Add a request and its response to the log."""
        self._count += 1
        headers = {name: value for name, value in call.headers.items() if name not in SECRET_HEADERS}
        retry_after = answer.headers.get("retry-after")
        self.entries.append(
            LoggedRequest(
                self._count,
                at,
                group,
                call.method,
                call.path,
                call.query,
                headers,
                answer.status,
                answer.fault,
                banned,
                retry_after,
                len(answer.body),
            )
        )
