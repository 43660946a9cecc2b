"""Request from Spotify what is due on a date, and write the responses to raw.

No other module of the extraction uses AWS or the environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.extract.api.clock import SystemClock
from functions.extract.api.config import Config
from functions.extract.api.spotify import Account, connect
from functions.extract.api.tokens import credentials_in
from functions.extract.context import SliceContext
from functions.extract.run import extract
from functions.shared.aws import aws_errors
from functions.shared.entry import entry
from functions.shared.json_objects import S3Bucket
from functions.shared.logs import logger

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from functions.extract.api.limiter import Limiter
    from functions.extract.api.spotify import Spotify
    from functions.extract.api.tokens import Credentials
    from functions.extract.quota import QuotaLedger
    from functions.shared.events import ExtractResult, RunRequest

RESERVE_S = 40.0
"""Seconds kept for the slowest response and for saving the frontier."""


@dataclass(frozen=True)
class Settings:
    """The environment, read once per invocation."""

    raw_bucket: str
    secret_arn: str
    api_url: str
    token_url: str
    config: Config

    @classmethod
    def from_environment(cls) -> Settings:
        """Return the settings of this function's environment."""
        return cls(
            raw_bucket=os.environ["RAW_BUCKET"],
            secret_arn=os.environ["SPOTIFY_SECRET_ARN"],
            api_url=os.environ["SPOTIFY_API_URL"],
            token_url=os.environ["SPOTIFY_TOKEN_URL"],
            config=Config.of(os.environ),
        )


@entry
def handler(event: RunRequest, context: LambdaContext) -> ExtractResult:
    """Work the list until it is done, Spotify asks for a wait, or time is nearly over."""
    settings, run = Settings.from_environment(), event["run"]
    reserve = min(RESERVE_S, context.get_remaining_time_in_millis() / 2000)

    def time_left() -> float:
        return context.get_remaining_time_in_millis() / 1000 - reserve

    import boto3

    store = S3Bucket(boto3.client("s3"), settings.raw_bucket)
    context_of_slice = SliceContext(run, settings.config, store, SystemClock(), time_left)

    def connected(quota: QuotaLedger, limiter: Limiter) -> AbstractContextManager[Spotify]:
        account = Account(settings.api_url, settings.token_url, _credentials(settings.secret_arn))
        return connect(context_of_slice, account, quota, limiter)

    result = extract(context_of_slice, connected)
    logger.info("Slice ended", extra={"result": result})
    return result


def _credentials(arn: str) -> Credentials:
    """Return the app's credentials; a secret that was never set is read as an empty one."""
    import boto3

    try:
        with aws_errors(f"read the secret {arn}"):
            secret = boto3.client("secretsmanager").get_secret_value(SecretId=arn)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return credentials_in(None)
    return credentials_in(secret.get("SecretString"))
