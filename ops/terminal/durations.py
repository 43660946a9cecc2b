"""How long a wait takes, as a clock shows it."""

from __future__ import annotations

from datetime import datetime


def countdown(resume_at: str, now: datetime) -> str:
    """Return how long a wait still takes, and until when."""
    until = datetime.fromisoformat(resume_at)
    return f"{duration((until - now).total_seconds())} left, until {until.astimezone():%H:%M:%S}"


def duration(seconds: float) -> str:
    """Return a time as a clock shows it, nothing less than nothing: 1:05, 2 h 03 min."""
    hours, rest = divmod(max(int(seconds), 0), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes}:{left:02}"
