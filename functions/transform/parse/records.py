"""The strict path: read one record at a time and name every reason. It is complete, and slow."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING

from functions.shared import contract
from functions.transform.fields import FIELDS, TYPE
from functions.transform.parse.values import Unfit, at, day, fit, instant

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from functions.transform.fields import Field
    from functions.transform.lines import Source
    from functions.transform.parse.responses import ParsedLine, Record

LONGEST = 1 << 16  # characters of a record that quarantine keeps
SHOWN = 200  # characters of a value that a fault keeps
_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


@cache
def _may_be_null(table: str) -> frozenset[str]:
    return frozenset(column.name for column in contract.columns(table) if column.nullable)


@cache
def _paths(table: str) -> dict[str, tuple[str, ...]]:
    return {each.column: each.path for each in FIELDS[table]}


@dataclass
class Candidate:
    """A record read field by field: the values that fit their columns, and the errors of those that do not.

    `reasons` reject the row. `faults` only make a field null: for each column the error, and the value found. `timed`
    is true if the response states when Spotify sent it.
    """

    table: str
    value: object
    values: dict[str, object] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    faults: dict[str, tuple[str, object]] = field(default_factory=dict)
    timed: bool = True

    def take(self, column: str, read: Callable[[object], object], given: object) -> None:
        """Set a column to `read(value)`, or note why the value does not fit."""
        try:
            self.values[column] = read(given)
        except Unfit as exc:
            self.wrong(column, str(exc), given)

    def wrong(self, column: str, what: str, found: object) -> None:
        """Note an error in a column: a fault of the field if it may be null, else a reason to reject the record."""
        if column in _may_be_null(self.table):
            self.values[column] = None
            self.faults.setdefault(column, (what, found))
        else:
            self.reasons.append(f"{column}: {what}")

    def validated(self, against: list[str]) -> None:
        """Note how the row breaks the contract; for a column that could not be read, note only that."""
        unread = {reason.split(":")[0] for reason in self.reasons} | self.faults.keys()
        if "record" in unread:
            return
        for column, what in (reason.split(": ", 1) for reason in against):
            if column not in unread:
                self.wrong(column, what, self._sent(column))
        if self.faults:
            self.values["faults"] = sorted(
                f"{column}: {what}; found {_shown(found)}" for column, (what, found) in self.faults.items()
            )

    def all_reasons(self) -> list[str]:
        """Return all errors of a rejected record, those of its fields included."""
        return [*self.reasons, *(f"{column}: {what}" for column, (what, _) in self.faults.items())]

    def _sent(self, column: str) -> object:
        path = _paths(self.table).get(column)
        return at(self.value, path) if path and isinstance(self.value, dict) else self.values.get(column)


@dataclass
class Times:
    """When the records of a line were first seen and observed, and the errors in what the line says of that."""

    first_seen: date
    observed_at: datetime
    timed: bool
    faults: dict[str, tuple[str, object]] = field(default_factory=dict)


def candidate(record: Record, parsed: ParsedLine, times: Times) -> Candidate:
    """Return a record as its table's columns."""
    found = Candidate(record.table, record.value)
    if not isinstance(record.value, dict):
        found.reasons.append("record: not an object")
        return found
    _guard(found, record.value)
    for each in FIELDS[record.table]:
        _take(found, each, record.value)
    if record.table == "tracks":
        found.take("album_id", lambda given: fit("text", given), record.album_id)
    if record.fault:
        found.faults["tracks"] = (record.fault, record.value.get("tracks"))
    if record.table == "albums":
        found.take("baseline", lambda given: fit("flag", given), parsed.baseline)
    found.values |= {"first_seen": times.first_seen, "observed_at": times.observed_at}
    found.faults |= times.faults
    found.timed = times.timed
    return found


def _take(found: Candidate, each: Field, value: dict[str, object]) -> None:
    given = value.get(each.path[0])
    try:
        if len(each.path) > 1:
            given = at(value, each.path)
        found.values[each.column] = fit(each.kind, given)
    except Unfit as exc:
        found.wrong(each.column, str(exc), given)


def times_of(parsed: ParsedLine, snapshot_date: date, source: Source) -> Times:
    """Return the times of a line's records; an error in these does not reject a row.

    An inbox file may state any time. A time outside the days of the date and of the object counts as missing: the audit
    refuses a run with such rows (freshness), and a file in the inbox must not fail Spotify's data.
    """
    midnight = datetime.combine(snapshot_date, time(), UTC)
    earliest = midnight - timedelta(days=1)
    uploaded = source.last_modified if source.last_modified >= earliest else midnight
    found = Times(snapshot_date, uploaded, parsed.fetched_at is not None)
    try:
        found.first_seen = _first_seen(parsed.first_seen, snapshot_date)
    except Unfit as exc:
        found.faults["first_seen"] = (str(exc), parsed.first_seen)
    try:
        if found.timed:
            latest = max(midnight + timedelta(days=2), source.last_modified + timedelta(days=1))
            found.observed_at = _observed(parsed.fetched_at, source, earliest, latest)
    except Unfit as exc:
        found.timed = False
        found.faults["observed_at"] = (str(exc), parsed.fetched_at)
    return found


def _first_seen(given: object, snapshot_date: date) -> date:
    found = (day(given) if given is not None else None) or snapshot_date
    if found > snapshot_date:
        raise Unfit("lies after the date")
    return found


def _observed(fetched_at: object, source: Source, earliest: datetime, latest: datetime) -> datetime:
    observed = instant(fetched_at)
    if source.dataset == "inbox" and not earliest <= observed < latest:
        raise Unfit("is not of this date")
    return observed


def _guard(found: Candidate, value: dict[str, object]) -> None:
    kind = value.get("type")
    if found.table in TYPE and (kind.casefold() if isinstance(kind, str) else kind) not in (None, TYPE[found.table]):
        found.reasons.append(f"type: not {TYPE[found.table]}")
    if found.table == "tracks" and value.get("is_local") not in (None, False):
        found.reasons.append("is_local: a local file, not on Spotify")


def record_id(value: object) -> str | None:
    """Return the ID of a rejected record, if it has one that can be written."""
    found = value.get("id") if isinstance(value, dict) else None
    try:
        return fit("text", found)  # type: ignore[return-value]  # text fits as text or not at all
    except Unfit:
        return None


def as_json(value: object) -> str:
    """Return a rejected record as JSON; an album without its tracks, which are records of their own.

    The JSON is ASCII, so lone surrogates are escaped; NaN and infinity, which JSON does not have, become texts;
    anything longer than 64 Ki characters is cut and becomes a text.
    """
    if isinstance(value, dict) and isinstance(value.get("tracks"), dict):
        value = {name: each for name, each in value.items() if name != "tracks"}
    found = _json(value)
    return found if len(found) <= LONGEST else json.dumps(found[:LONGEST])


def _shown(value: object) -> str:
    """Return a value as JSON, cut to the length that a reason keeps."""
    found = _json(value)
    return found if len(found) <= SHOWN else f"{found[:SHOWN]}… ({len(found)} characters)"


def _json(value: object) -> str:
    try:
        return _ENCODER.encode(value)
    except ValueError:
        return json.dumps(_finite(value), separators=(",", ":"))


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
