"""The strict path: one record at a time, every reason named. Right about everything, and slow."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from functions.transform.fields import FIELDS, TYPE
from functions.transform.parse.values import Unfit, at, day, fit, instant

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from functions.transform.fields import Field
    from functions.transform.parse.responses import Answer, Record

MOST = 1 << 16  # characters of a record that quarantine keeps


@dataclass
class Candidate:
    """A record read field by field: the values that fit their columns, and the reasons of those that do not."""

    table: str
    value: object
    values: dict[str, object] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)

    def take(self, column: str, read: Callable[..., object], *given: object) -> None:
        """Set a column to what `read` returns of what is given, or note why it does not fit."""
        try:
            self.values[column] = read(*given)
        except Unfit as exc:
            self.reasons.append(f"{column}: {exc}")

    def all_reasons(self, judged: list[str]) -> list[str]:
        """Return all that is against the record; of a column that could not be read, only why it could not."""
        unread = {reason.split(":")[0] for reason in self.reasons}
        if "record" in unread:
            return self.reasons
        return self.reasons + [reason for reason in judged if reason.split(":")[0] not in unread]


def candidate(record: Record, answer: Answer, snapshot_date: date, seen: datetime) -> Candidate:
    """Return a record as its table's columns; `seen` is when its object was written, for an answer without a time."""
    found = Candidate(record.table, record.value, reasons=list(record.reasons))
    if not isinstance(record.value, dict):
        found.reasons.append("record: not an object")
        return found
    _guard(found, record.value)
    for each in FIELDS[record.table]:
        found.take(each.column, _field, each, record.value)
    if record.table == "tracks":
        found.take("album_id", fit, "text", record.album_id)
    found.take(
        "first_seen", lambda given: (day(given) if given is not None else None) or snapshot_date, answer.first_seen
    )
    found.take("observed_at", lambda given: instant(given) if given is not None else seen, answer.fetched_at)
    return found


def _field(each: Field, value: dict[str, object]) -> object:
    return fit(each.kind, at(value, each.path))


def _guard(found: Candidate, value: dict[str, object]) -> None:
    if found.table in TYPE and value.get("type") not in (None, TYPE[found.table]):
        found.reasons.append(f"type: not {TYPE[found.table]}")
    if found.table == "tracks" and value.get("is_local") not in (None, False):
        found.reasons.append("is_local: a local file, not on Spotify")


def record_id(value: object) -> str | None:
    """Return the id of a refused record, where it has one that can be written."""
    found = value.get("id") if isinstance(value, dict) else None
    try:
        return fit("text", found)  # type: ignore[return-value]  # text fits as text or not at all
    except Unfit:
        return None


def as_json(value: object) -> str:
    """Return a refused record as JSON; an album without its tracks, which are records of their own.

    ASCII, so that lone surrogates stand escaped; NaN and infinity, which JSON has not, stand as texts; what is longer
    than 64 Ki characters is cut, and stands as a text.
    """
    if isinstance(value, dict) and isinstance(value.get("tracks"), dict):
        value = {name: each for name, each in value.items() if name != "tracks"}
    try:
        found = json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError:
        found = json.dumps(_finite(value), separators=(",", ":"))
    return found if len(found) <= MOST else json.dumps(found[:MOST])


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
