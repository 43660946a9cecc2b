"""The local stack's clock: this machine's, plus or minus whole days. The dates that the stack runs move it.

It is kept where the function that resolves runs reads it, so that it stays as it was left.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from local.session import Session

VARIABLE = "CLOCK_DAYS_AHEAD"


def today(session: Session) -> date:
    """Return the stack's today, in its schedule's time zone."""
    return real_today(session) + timedelta(days=int(_variables(session)[VARIABLE]))


def move(session: Session, day: str) -> None:
    """Make a date the stack's today and the date of the simulated Spotify's catalog."""
    session.source.show(day)
    variables, ahead = _variables(session), str((date.fromisoformat(day) - real_today(session)).days)
    if variables[VARIABLE] != ahead:
        session.client("lambda").update_function_configuration(
            FunctionName=session.outputs["functions"]["resolve"],
            Environment={"Variables": variables | {VARIABLE: ahead}},
        )


def real_today(session: Session) -> date:
    """Return the date by this machine's clock, in the schedule's time zone."""
    return datetime.now(ZoneInfo(session.outputs["time_zone"])).date()


def _variables(session: Session) -> dict[str, str]:
    found = session.client("lambda").get_function_configuration(FunctionName=session.outputs["functions"]["resolve"])
    variables: dict[str, str] = found["Environment"]["Variables"]
    return variables
