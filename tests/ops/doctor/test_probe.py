"""The check of the credentials is told apart from the check of the app's profile, which needs a request of search."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from functions.extract.api import signals
from ops.doctor import diagnosis, probe
from ops.errors import OpsError
from ops.rehearsal import reading
from ops.spotify.extraction import Deployed, StackSpotify
from tests.functions.extract.world import world
from tests.ops.test_races import Noted

if TYPE_CHECKING:
    from functions.extract.api.signals import Signal

SPENT = signals.BudgetSpent("the budget of 40 requests per day for search is spent")
CLOSED = signals.GroupBlocked("search is blocked until 2026-11-24T06:00:00Z")


def probing(monkeypatch: pytest.MonkeyPatch, signal: Signal, *, authorised: bool = True) -> None:
    """Let the request of search end in a signal."""

    def fetch(_request: object) -> Any:
        raise signal

    spotify: Any = SimpleNamespace(fetch=fetch, authorised=authorised)
    monkeypatch.setattr(Deployed, "of", lambda _stack: Deployed("", "", world(artists=1).config))
    monkeypatch.setattr(probe, "stack_spotify", lambda *_: nullcontext(StackSpotify(spotify)))


def unanswered(monkeypatch: pytest.MonkeyPatch) -> object:
    """Check the credentials while Spotify is down."""
    probing(monkeypatch, signals.TooManyFailures("Spotify is down"))
    return probe.probe(Noted().stack)


@pytest.mark.parametrize("signal", [SPENT, CLOSED], ids=["spent", "closed"])
def test_credentials_are_fine_if_only_the_search_group_takes_no_request(
    signal: Signal, monkeypatch: pytest.MonkeyPatch
) -> None:
    probing(monkeypatch, signal)
    found = probe.probe(Noted().stack)
    told = f"Spotify accepts the credentials. The app's profile was not checked: {signal}."
    assert found.sentence() == told
    assert found.as_json() == {
        "credentials": "accepted",
        "profile": None,
        "configured": found.configured,
        "fits": None,
        "not_checked": str(signal),
    }
    finding = diagnosis._credentials(Noted().stack)
    assert (finding.fine, finding.told) == (True, told)


def test_a_rehearsal_without_a_request_proves_nothing_about_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    probing(monkeypatch, SPENT)
    monkeypatch.setattr(reading, "blocked_groups", lambda _stack: {})
    assert reading._spotify(Noted().stack).outcome == "not proved"


@pytest.mark.parametrize(
    ("signal", "authorised"),
    [(CLOSED, False), (signals.TooManyFailures("Spotify is down"), True)],
    ids=["no token was granted", "no answer"],
)
def test_credentials_without_an_answer_are_not_called_accepted(
    signal: Signal, authorised: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    probing(monkeypatch, signal, authorised=authorised)
    with pytest.raises(OpsError, match=f"^The credentials could not be checked: {signal}. Try again later.$"):
        probe.probe(Noted().stack)
