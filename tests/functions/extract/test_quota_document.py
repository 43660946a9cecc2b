"""A quota ledger is accepted if it has the fields of one; times that no response can have caused are refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from functions.extract.api.clock import stamp
from functions.extract.quota_document import document_in, fresh, no_counts, repaired

if TYPE_CHECKING:
    from functions.extract.quota_document import Quota
    from functions.shared.events import Run

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
RUN: Run = {
    "run_id": "20261123T060000Z-00000000", "snapshot_date": "2026-11-23", "mode": "daily",
    "started_at": "2026-11-23T06:00:00.000Z", "ends_at": "2026-11-24T00:00:00.000Z", "execution_arn": "arn",
}  # fmt: skip
LONGEST_BAN, LONGEST_DAY = timedelta(days=31), timedelta(hours=25)
CLOSED = "closed for longer than Spotify ever closes a group; opened again."


def ledger(paused_until: datetime | None = None, **blocked: datetime) -> Quota:
    """Return a ledger with groups that are closed until some time, and all of them paused until another."""
    return fresh(RUN) | {
        "blocked_until": {group: stamp(until) for group, until in blocked.items()},
        "paused_until": stamp(paused_until) if paused_until else None,
    }


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(None, id="missing"),
        pytest.param(b"{", id="not JSON"),
        pytest.param(b"[]", id="not an object"),
        pytest.param(
            json.dumps({**fresh(RUN), "calls": {}, "run": {}}).replace('"window"', '"w"').encode(), id="a member less"
        ),
        pytest.param(b"{}", id="empty"),
    ],
)
def test_what_is_not_a_ledger_counts_as_missing(body: bytes | None) -> None:
    """Otherwise Extract would fail because of a missing member, on each day again."""
    assert document_in(body) is None


def test_a_ledger_is_read_with_or_without_the_client_that_earlier_releases_did_not_write() -> None:
    for document in (fresh(RUN), fresh(RUN) | {"client": "hash"}):
        assert document_in(json.dumps(document).encode()) == document


def test_times_within_what_spotify_may_close_stay() -> None:
    quota = ledger(NOW + LONGEST_DAY, albums=NOW + LONGEST_BAN)
    before = json.dumps(quota)
    assert repaired(quota, NOW) is None
    assert json.dumps(quota) == before


def test_groups_closed_for_too_long_are_opened_and_named() -> None:
    second = timedelta(seconds=1)
    quota = ledger(None, albums=NOW + LONGEST_BAN + second, search=NOW + LONGEST_BAN + second, tracks=NOW)
    assert repaired(quota, NOW) == f"albums, search: {CLOSED}"
    assert quota["blocked_until"] == {"tracks": stamp(NOW)}


def test_a_pause_of_more_than_the_longest_day_ends_and_is_named() -> None:
    quota = ledger(NOW + LONGEST_DAY + timedelta(seconds=1))
    assert repaired(quota, NOW) == f"all groups: {CLOSED}"
    assert quota["paused_until"] is None


def test_a_new_ledger_has_counted_nothing() -> None:
    quota = fresh(RUN)
    assert (quota["day_ends_at"], quota["calls"], quota["paused_until"]) == ("2026-11-24T00:00:00.000000Z", {}, None)
    assert quota["window"] == {"since": "1970-01-01T00:00:00Z", "until": "1970-01-01T00:00:00Z", "calls": 0}
    assert quota["run"] == no_counts(RUN["run_id"])
