"""Turn an execution's input into its run: a pure function of both, so that a redrive finds the same run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from functions.shared import keys
from functions.shared.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    from functions.shared.events import Execution, Mode, Run

YEARS = range(2000, 9999)
"""Years of valid instants: they have a day before and a day after in every time zone."""
EXPECTED = (
    'Expected {"mode": "daily", "scheduled_time": "YYYY-MM-DDThh:mm:ssZ"}, '
    '{"mode": "daily" or "replay", "snapshot_date": "YYYY-MM-DD"} or '
    '{"mode": "inbox", "bucket": …, "key": "inbox/snapshot_date=YYYY-MM-DD/_READY"}.'
)


def resolve(
    asked: Mapping[str, object], execution: Execution, zone: ZoneInfo, raw_bucket: str, days_ahead: int = 0
) -> Run:
    """Return the run that `asked` names, started by `execution`, with dates in `zone`.

    Spotify returns only today's data: a daily execution of an earlier date is a replay of it, and one that the
    scheduler delivered late is today's run. `days_ahead` is by how much the stack's clock is ahead of AWS's.

    Raises:
        BadRequest: the mode, the date, the bucket or the key is not one the pipeline takes; or the date is later.
    """
    mode = _mode(asked)
    started = _instant(execution["StartTime"], "The execution's StartTime")
    today = _date_of(started, zone, days_ahead)
    snapshot_date = _date(asked, mode, raw_bucket, lambda instant: _date_of(instant, zone, days_ahead))
    if mode != "rehearsal" and snapshot_date == keys.REHEARSAL_DATE:
        raise BadRequest(f"{keys.REHEARSAL_DATE} is reserved for rehearsals: no {mode} execution may use it.")
    if snapshot_date > today:
        raise BadRequest(
            f"The date {snapshot_date} is in the future: today is {today} in {zone.key}. A later date is not "
            "allowed, since it would hide the days until then. Check the year, then start again."
        )
    if mode == "daily" and snapshot_date < today:
        late = "scheduled_time" in asked
        mode, snapshot_date = ("daily", today) if late else ("replay", snapshot_date)
    return {
        "run_id": keys.run_id(started, execution["Id"]),
        "snapshot_date": snapshot_date,
        "mode": mode,
        "started_at": _iso(started),
        "ends_at": _iso(_next_midnight(started, zone)),
        "execution_arn": execution["Id"],
    }


def _mode(asked: Mapping[str, object]) -> Mode:
    match asked.get("mode"):
        case "daily" | "replay" | "inbox" | "rehearsal" as mode:
            return mode
        case found:
            raise BadRequest(f"The execution's mode is {found!r}. {EXPECTED}")


def _date_of(instant: datetime, zone: ZoneInfo, days_ahead: int) -> str:
    return (instant.astimezone(zone).date() + timedelta(days=days_ahead)).isoformat()


def _date(asked: Mapping[str, object], mode: Mode, raw_bucket: str, date_of: Callable[[datetime], str]) -> str:
    if mode == "rehearsal":
        return keys.REHEARSAL_DATE
    if mode == "inbox":
        return _date_of_marker(asked, raw_bucket)
    return _date_asked(asked, date_of, scheduled=mode == "daily")


def _date_asked(asked: Mapping[str, object], date_of: Callable[[datetime], str], *, scheduled: bool) -> str:
    sources: dict[str, Callable[[str], str]] = {
        "snapshot_date": lambda text: keys.parse_run_date(text, "The execution's snapshot_date")
    }
    if scheduled:
        sources["scheduled_time"] = lambda text: date_of(_instant(text, "The execution's scheduled_time"))
    given = [name for name in sources if name in asked]
    if len(given) != 1:
        raise BadRequest(f"A {asked['mode']} execution takes one of {', '.join(sources)}; found {asked!r}. {EXPECTED}")
    return sources[given[0]](str(asked[given[0]]))


def _date_of_marker(asked: Mapping[str, object], raw_bucket: str) -> str:
    bucket, key = asked.get("bucket"), str(asked.get("key"))
    if bucket != raw_bucket:
        raise BadRequest(f"The marker lies in bucket {bucket!r}; this stack listens to {raw_bucket!r}. {EXPECTED}")
    found = keys.MARKER.fullmatch(key)
    if not found:
        raise BadRequest(f"The marker's key is {key!r}. {EXPECTED}")
    return keys.parse_run_date(found["snapshot_date"], f"The snapshot_date in {key}")


def _instant(text: str, where: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo and instant.year in YEARS:
            return instant.astimezone(UTC)
    except ValueError:
        pass
    raise BadRequest(
        f"{where} is {text!r}; expected an instant written YYYY-MM-DDThh:mm:ssZ, of the years {YEARS[0]} to "
        f"{YEARS[-1]}. {EXPECTED}"
    )


def _next_midnight(instant: datetime, zone: ZoneInfo) -> datetime:
    tomorrow = instant.astimezone(zone).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).astimezone(UTC)


def _iso(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
