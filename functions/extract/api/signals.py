"""The reasons why a request got no response, by what the slice does next. None of these leaves the Lambda.

Signal
├── RequestFailed   every retry failed: counted, left for the next run
├── BudgetSpent     the group has no request left today
├── GroupBlocked    Spotify closed the group until a time: the others go on
├── Paused          Spotify wants no request at all until a time: the state machine waits
├── OutOfTime       the Lambda's time is nearly over: the state machine calls again
├── Midnight        the day is over in the schedule's zone: the next one goes on from the frontier
├── TooManyFailures so many requests failed in a row that the next would too: the state machine waits
└── WrongProfile    the app is not what the configuration says: corrected, and the list is made again
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from functions.extract.api.config import Profile


class Signal(Exception):
    """A request got no response."""


class RequestFailed(Signal):
    """Every retry failed."""


class BudgetSpent(Signal):
    """The group has no request left today."""


class GroupBlocked(Signal):
    """Spotify closed the group."""


class OutOfTime(Signal):
    """The Lambda's time is nearly over."""


class Midnight(Signal):
    """The day is over in the schedule's zone."""


class TooManyFailures(Signal):
    """So many requests failed in a row that the next would probably fail too."""


class WrongProfile(Signal):
    """The app's profile differs from the configured one: `profile` is the app's."""

    def __init__(self, message: str, profile: Profile = "development") -> None:
        super().__init__(message)
        self.profile = profile


class Paused(Signal):
    """Spotify wants no request at all before `until`."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until
