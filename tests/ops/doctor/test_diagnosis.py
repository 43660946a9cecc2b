"""Doctor reports how full Extract's memory is, and which followed artists Spotify does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from functions.extract.frontier import document as frontier
from functions.extract.frontier.document import empty
from functions.shared.watchlist import Artist, WatchList
from ops.doctor import diagnosis
from ops.doctor.diagnosis import Diagnosis, size_of, unknown
from ops.doctor.forecast import Forecast
from ops.errors import OpsError
from tests.ops.test_races import Noted

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.stack import Stack


@pytest.mark.parametrize(("albums", "fine"), [(0, True), (1_499, True), (1_500, False), (1_600, False)])
def test_the_frontiers_size_is_a_finding_from_three_quarters_of_the_memory_on(
    monkeypatch: pytest.MonkeyPatch, albums: int, fine: bool
) -> None:
    """Every other limit of doctor is reported at the same share."""
    monkeypatch.setattr(frontier, "MOST_KNOWN", 2_000)
    document = empty()
    document["albums"] = {str(each): {"via": []} for each in range(albums)}
    found = size_of(document)
    assert (found.about, found.fine) == ("frontier", fine)
    assert f"Artists and albums in the frontier: {albums:,}." in found.told
    assert "about 2,000" in found.told
    assert ("more memory" in found.told) is not fine


def test_a_followed_artist_that_spotify_does_not_know_is_a_finding_and_one_that_left_the_list_is_none() -> None:
    document = empty()
    document["artists"] = {
        "there": {"at": "2026-11-24"},
        "typo": {"at": "2026-11-24", "gone": "2026-11-23"},
        "removed": {"at": "2026-11-24", "gone": "2026-11-23"},
    }
    followed = WatchList(tuple(Artist(each, None) for each in ("there", "typo", "new")))
    (found,) = unknown(followed, document)
    assert not found.fine
    assert found.told.startswith("Spotify has not known the artist typo since 2026-11-23.")


def nobody(stack: Stack) -> list[bool]:
    found = Diagnosis()
    assert diagnosis._watchlist(stack, found) is None
    return [each.fine for each in found.findings]


def fine(check: str) -> Callable[[Stack], list[bool]]:
    return lambda stack: [each.fine for each in getattr(diagnosis, check)(stack)]


@pytest.mark.parametrize(
    ("place", "answer", "check", "expected"),
    [
        ("watchlist.load", OpsError("No."), nobody, [False]),
        ("probe", OpsError("No."), lambda stack: [diagnosis._credentials(stack).fine], [False]),
        ("refusals", None, fine("_key"), [True]),
        ("refusals", [], fine("_key"), []),
        ("refusals", ["S3 may not.", "SNS may not."], fine("_key"), [False, False]),
        ("blocked_groups", {"albums": "noon"}, fine("_blocked"), [False]),
    ],
    ids=["no watch-list", "no credentials", "unread key", "key", "key that refuses", "closed group"],
)
def test_what_keeps_a_run_from_its_work_is_a_fault(
    place: str, answer: Any, check: Callable[[Stack], list[bool]], expected: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key's policy that the caller may not read is none."""

    def called(_stack: Stack) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(f"ops.doctor.diagnosis.{place}", called)
    assert check(Noted().stack) == expected


@pytest.mark.parametrize(("calls", "expected"), [(5, [True]), (6, [False])])
def test_a_budget_that_a_steady_day_exceeds_is_a_fault(calls: int, expected: list[bool]) -> None:
    found = diagnosis._budgets(Forecast({"albums": calls}, {}, {"albums": 5}, 1, 1, ()))
    assert [each.fine for each in found] == expected
