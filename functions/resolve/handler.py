"""The Lambda that turns an execution's input into a run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from functions.resolve.request import resolve
from functions.shared.entry import entry
from functions.shared.logs import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from functions.shared.events import ResolveRequest, Run


@dataclass(frozen=True)
class Settings:
    """The function's environment, set by infra."""

    zone: ZoneInfo
    raw_bucket: str
    days_ahead: int

    @classmethod
    def from_environment(cls) -> Settings:
        """Return the settings of this function's environment."""
        return cls(
            zone=ZoneInfo(os.environ["TIME_ZONE"]),
            raw_bucket=os.environ["RAW_BUCKET"],
            days_ahead=int(os.environ["CLOCK_DAYS_AHEAD"]),
        )


@entry
def handler(event: ResolveRequest, _context: LambdaContext) -> Run:
    """Return the run of this execution; raise `BadRequest` if its input is not valid."""
    settings = Settings.from_environment()
    run = resolve(event["input"], event["execution"], settings.zone, settings.raw_bucket, settings.days_ahead)
    logger.append_keys(execution_arn=run["execution_arn"], run_id=run["run_id"], snapshot_date=run["snapshot_date"])
    logger.info("resolved", extra={"mode": run["mode"], "ends_at": run["ends_at"]})
    return run
