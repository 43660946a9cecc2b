"""Format durations as a clock shows them."""

from __future__ import annotations

from datetime import datetime


def countdown(resume_at: str, now: datetime) -> str:
    """Return the remaining time of a wait, and its end."""
    until = datetime.fromisoformat(resume_at)
    return f"{duration((until - now).total_seconds())} left, until {until.astimezone():%H:%M:%S}"


def duration(seconds: float) -> str:
    """Return a duration as a clock shows it, at least zero: 1:05, 2 h 03 min."""
    hours, rest = divmod(max(int(seconds), 0), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes}:{left:02}"
