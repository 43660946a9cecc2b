"""The access token: one per slice, replaced when Spotify rejects it. Nothing in this module prints a secret."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from functions.extract.api.json_access import a_text, an_object
from functions.extract.api.responses import Retryable, TokenUnavailable, TooManyRequests, retry_at
from functions.shared.errors import CredentialsRejected

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import httpx

    from functions.extract.api.responses import HttpResponse

STORE_THEM = "Store the app's client id and secret with `ops credentials set`."


@dataclass(frozen=True)
class Credentials:
    """The app's client id and secret; its repr shows neither."""

    client_id: str = field(repr=False)
    client_secret: str = field(repr=False)


def credentials_in(secret: str | None) -> Credentials:
    """Return the credentials that a secret's text holds: `{"client_id": …, "client_secret": …}`.

    Raises:
        CredentialsRejected: it is empty or holds something else.
    """
    try:
        document = an_object(json.loads(secret or "{}"))
    except ValueError:
        document = {}
    client_id, client_secret = a_text(document.get("client_id")), a_text(document.get("client_secret"))
    if client_id is None or client_secret is None:
        raise CredentialsRejected(f"The secret holds no Spotify credentials. {STORE_THEM}")
    return Credentials(client_id, client_secret)


class Tokens:
    """Keeps one access token until Spotify refuses it. Safe to use from threads."""

    def __init__(
        self,
        token_url: str,
        credentials: Credentials,
        post: Callable[[httpx.Request], HttpResponse],
        now: Callable[[], datetime],
    ) -> None:
        self._url, self._credentials, self._post, self._now = token_url, credentials, post, now
        self._token: str | None = None
        self._lock = Lock()

    def current(self) -> str:
        """Return the token; request one if there is none."""
        with self._lock:
            if self._token is None:
                self._token = self._fetch()
            return self._token

    @property
    def granted(self) -> bool:
        """Return whether Spotify has granted a token, so that it accepts the credentials."""
        return self._token is not None

    def refused(self, token: str) -> None:
        """Forget a rejected token, unless another thread has already fetched a new one."""
        with self._lock:
            if self._token == token:
                self._token = None

    def redact(self, text: str) -> str:
        """Return a text without the secrets that Spotify or a proxy may have repeated."""
        for secret in (self._credentials.client_secret, self._basic(), self._token):
            if secret:
                text = text.replace(secret, "•••")
        return text

    def _fetch(self) -> str:
        import httpx

        request = httpx.Request(
            "POST",
            self._url,
            data={"grant_type": "client_credentials"},
            headers={"Authorization": f"Basic {self._basic()}"},
        )
        try:
            response = self._post(request)
        except Retryable as exc:
            raise TokenUnavailable(f"the token endpoint: {exc}") from exc
        try:
            body = an_object(json.loads(response.content))
        except ValueError:
            body = {}
        if response.status in {400, 401, 403}:
            said = a_text(body.get("error_description")) or a_text(body.get("error")) or "no reason"
            raise CredentialsRejected(
                f"Spotify's token endpoint rejected the credentials: {response.status} {self.redact(said)!r}. "
                f"{STORE_THEM}"
            )
        if response.status == 429 and (until := retry_at(response.headers.get("retry-after"), self._now())):
            raise TooManyRequests(until, quota=False)
        token = a_text(body.get("access_token"))
        if response.status != 200 or token is None:
            raise TokenUnavailable(f"the token endpoint answered {response.status} without a token")
        return token

    def _basic(self) -> str:
        pair = f"{self._credentials.client_id}:{self._credentials.client_secret}"
        return base64.b64encode(pair.encode()).decode()
