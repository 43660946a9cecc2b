"""Requests to Spotify outside of a run, with the stack's own limits, budgets and secret.

The configuration is that of the deployed function, not of a file on this machine.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from functions.extract.api.clock import SystemClock, instant, stamp
from functions.extract.api.config import Config
from functions.extract.api.signals import OutOfTime, RequestFailed, Signal, WrongProfile
from functions.extract.api.spotify import Account, connect
from functions.extract.api.tokens import credentials_in
from functions.extract.context import SliceContext
from functions.extract.quota import limits
from functions.shared import keys
from functions.shared.errors import SpotifyRefused
from ops.errors import OpsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.extract.api.request import Request
    from functions.extract.api.responses import Response
    from functions.extract.api.spotify import Spotify
    from functions.extract.api.tokens import Credentials
    from functions.shared.events import Run
    from ops.stack import Stack

PATIENCE_S = 60.0
CONCURRENCY = 1


@dataclass(frozen=True)
class Deployed:
    """The deployed function's configuration."""

    api_url: str
    token_url: str
    config: Config

    @classmethod
    def of(cls, stack: Stack) -> Deployed:
        """Return the environment of the stack's extract function."""
        response = stack.client("lambda").get_function_configuration(FunctionName=stack.outputs["functions"]["extract"])
        environment: dict[str, str] = response["Environment"]["Variables"]
        config = Config.of(environment, CONCURRENCY)
        return cls(environment["SPOTIFY_API_URL"], environment["SPOTIFY_TOKEN_URL"], config)


class StackSpotify:
    """Sends requests to the stack's Spotify; each is charged to the day's budget, as the pipeline's are."""

    def __init__(self, spotify: Spotify) -> None:
        self._spotify = spotify
        self.requests = 0
        """The requests that Spotify answered; a retry is not counted again."""

    @property
    def authorised(self) -> bool:
        """Return whether Spotify has granted a token for the credentials."""
        return self._spotify.authorised

    def ask(self, request: Request) -> Response:
        """Return the response to a request.

        Raises:
            Signal: it got no response; the kind says why.
            PipelineError: Spotify refuses the credentials or the request; the message says what to do.
        """
        try:
            found = self._spotify.fetch(request)
        except (SpotifyRefused, RequestFailed):
            self.requests += 1
            raise
        self.requests += 1
        return found

    def fetch(self, request: Request) -> Response:
        """Return the response to a request.

        Raises:
            OpsError: it got no response, or may not be asked now.
            WrongProfile: the app is in development mode and may not ask it.
            PipelineError: Spotify refuses the credentials or the request; the message says what to do.
        """
        try:
            return self.ask(request)
        except WrongProfile:
            raise
        except OutOfTime as exc:
            why = f"a command searches for at most {PATIENCE_S:.0f} s"
            raise OpsError(f"Spotify was not searched completely: {why}. Try again later.") from exc
        except Signal as exc:
            raise OpsError(f"Spotify was not searched completely: {exc}. Try again later.") from exc


@contextmanager
def stack_spotify(stack: Stack, deployed: Deployed) -> Iterator[StackSpotify]:
    """Yield a client of Spotify with the stack's own secret."""
    clock, deadline = SystemClock(), time.monotonic() + PATIENCE_S

    def time_left() -> float:
        return deadline - time.monotonic()

    config = replace(deployed.config, max_wait_minutes=0)
    context = SliceContext(_run_beside(stack), config, stack.raw(), clock, time_left)
    account = Account(deployed.api_url, deployed.token_url, stored_credentials(stack))
    with connect(context, account, *limits(context)) as spotify:
        yield StackSpotify(spotify)


def stored_credentials(stack: Stack) -> Credentials:
    """Return the app's credentials.

    Raises:
        CredentialsRejected: none are stored yet.
    """
    secrets = stack.client("secretsmanager")
    try:
        return credentials_in(secrets.get_secret_value(SecretId=stack.outputs["secret_arn"]).get("SecretString"))
    except secrets.exceptions.ResourceNotFoundException:
        return credentials_in(None)


def _run_beside(stack: Stack) -> Run:
    """Return the run to charge requests to: the last one, so that its counts stay."""
    found = stack.raw().get(keys.QUOTA)
    run_id = json.loads(found[0])["run"]["run_id"] if found else "by-hand"
    zone = ZoneInfo(stack.outputs["time_zone"])
    now = datetime.now(zone)
    midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), zone)
    return {
        "run_id": run_id,
        "snapshot_date": now.date().isoformat(),
        "mode": "daily",
        "started_at": stamp(now),
        "ends_at": stamp(midnight.astimezone(UTC)),
        "execution_arn": "",
    }


def blocked_groups(stack: Stack) -> dict[str, str]:
    """Return the quota groups that Spotify closed, with the time until which."""
    found = stack.raw().get(keys.QUOTA)
    closed: dict[str, str] = json.loads(found[0])["blocked_until"] if found else {}
    return {group: until for group, until in closed.items() if instant(until) > datetime.now(UTC)}
