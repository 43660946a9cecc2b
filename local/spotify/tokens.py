"""The accounts service: issues tokens for a client ID and secret, and validates them."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from local.spotify.messages import ApiError, ApiRequest, ApiResponse, json_response

if TYPE_CHECKING:
    from local.spotify.config import Config

PREMIUM_LAPSED = (
    "Active premium subscription required for the owner of the app. "
    "When the subscription was renewed, it may take some hours until calls are answered again."
)


@dataclass
class Tokens:
    """The issued tokens, and when each expires."""

    config: Config
    _ends: dict[str, float] = field(default_factory=dict)

    def issue(self, call: ApiRequest, now: float) -> ApiResponse:
        """Answer `POST /api/token`; errors are OAuth-shaped."""
        form = parse_qs(call.body.decode(errors="replace"))
        if form.get("grant_type") != ["client_credentials"]:
            return _refuse("unsupported_grant_type", "grant_type must be client_credentials")
        client, secret = _basic(call.headers.get("authorization", ""))
        known = self.config.clients.get(client)
        if known is None:
            return _refuse("invalid_client", "Invalid client")
        if not hmac.compare_digest(known, secret):
            return _refuse("invalid_client", "Invalid client secret")
        token = "BQ" + hmac.new(secret.encode(), f"{client}/{len(self._ends)}".encode(), sha256).hexdigest()
        self._ends[token] = now + self.config.token_lifetime_s
        body = {"access_token": token, "token_type": "Bearer", "expires_in": self.config.token_lifetime_s}
        return json_response(200, body, cache_control="no-store")

    def check(self, call: ApiRequest, now: float) -> None:
        """Raise ApiError unless the request has a valid token (400, 401) of an owner with a subscription (403)."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if not scheme:
            raise ApiError(401, "No token provided")
        if scheme.lower() != "bearer":
            raise ApiError(400, "Only valid bearer authentication supported")
        if token not in self._ends:
            raise ApiError(401, "Invalid access token")
        if self._ends[token] <= now:
            raise ApiError(401, "The access token expired")
        if not self.config.premium:
            raise ApiError(403, PREMIUM_LAPSED)

    def expire_all(self) -> None:
        """Expire every token issued so far."""
        self._ends = dict.fromkeys(self._ends, 0.0)


def _refuse(error: str, description: str) -> ApiResponse:
    return json_response(400, {"error": error, "error_description": description})


def _basic(header: str) -> tuple[str, str]:
    """Return the user and password of HTTP Basic, empty if there is none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client, secret
