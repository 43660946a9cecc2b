"""Looking artists up counts the requests that it sent, also if it stops before the end."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from functions.extract.api.signals import BudgetSpent, OutOfTime
from functions.shared.errors import SpotifyRefused
from ops.errors import OpsError
from ops.spotify import search
from ops.spotify.extraction import Deployed, StackSpotify
from tests.functions.extract.world import world
from tests.ops.test_races import Noted

if TYPE_CHECKING:
    from functions.extract.api.request import Request

NAMES = ["a", "b", "c"]


class Api:
    """Spotify with these results, in order."""

    def __init__(self, *results: object) -> None:
        self.results = list(results)

    def fetch(self, _request: Request) -> Any:
        found = self.results.pop(0)
        if isinstance(found, Exception):
            raise found
        return SimpleNamespace(body=found)


def asking(monkeypatch: pytest.MonkeyPatch, *results: object) -> None:
    """Let lookups send their requests to a Spotify with these results."""
    spotify = StackSpotify(Api(*results))  # type: ignore[arg-type]  # all that is used
    monkeypatch.setattr(Deployed, "of", lambda _: SimpleNamespace(config=world(artists=1).config))
    monkeypatch.setattr(search, "stack_spotify", lambda *_: nullcontext(spotify))


def test_a_lookup_counts_its_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    asking(monkeypatch, *[{"artists": {"items": []}}] * 3)
    looked = search.named(Noted().stack, NAMES)
    assert (looked.requests, list(looked.found), looked.stopped) == (3, NAMES, "")


def test_a_lookup_that_stops_counts_the_requests_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one for which the budget had no room was not sent."""
    asking(monkeypatch, {"artists": {"items": []}}, BudgetSpent("the budget is spent"))
    looked = search.named(Noted().stack, NAMES)
    assert (looked.requests, list(looked.found)) == (1, ["a"])
    assert "the budget is spent" in looked.stopped


def test_without_credentials_nothing_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> Any:
        raise OpsError("The secret holds no Spotify credentials.")

    asking(monkeypatch)
    monkeypatch.setattr(search, "stack_spotify", refused)
    looked = search.named(Noted().stack, NAMES)
    assert (looked.requests, looked.stopped) == (0, "The secret holds no Spotify credentials.")


def test_a_request_that_spotify_refuses_is_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    asking(monkeypatch, SpotifyRefused("400"), None, None)
    looked = search.identified(Noted().stack, NAMES)
    assert (looked.requests, list(looked.refused)) == (3, NAMES)


def test_a_command_whose_minute_is_over_does_not_speak_of_a_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    spotify = StackSpotify(Api(OutOfTime("the Lambda's time is nearly over")))  # type: ignore[arg-type]  # as above
    with pytest.raises(OpsError, match="not searched completely: a command searches for at most 60 s"):
        spotify.fetch(None)  # type: ignore[arg-type]  # as above
