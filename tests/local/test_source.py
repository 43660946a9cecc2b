"""The environment decides which Spotify a local stack reads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from local.source import API_URL, TOKEN_URL, Source, SourceError, from_environment, simulated

if TYPE_CHECKING:
    from pathlib import Path

BOTH = {"SPOTIFY_CLIENT_ID": "id", "SPOTIFY_CLIENT_SECRET": "secret"}


def chosen(environment: dict[str, str]) -> Source:
    return from_environment(environment).start("2026-11-23", None)[0]


def test_the_port_of_the_simulated_spotify_is_noted_in_a_folder_that_is_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address = {"control_url": "c", "control_key": "k"}
    started: Any = SimpleNamespace(
        api_url="http://127.0.0.1:9/v1", token_url="t", client_id="i", client_secret="s", address=address, stop=None
    )
    monkeypatch.setattr("local.spotify.process.SimulatedSpotify.start", lambda *_: started)
    simulated("2026-11-23", tmp_path / "new")
    assert (tmp_path / "new" / "spotify-port").read_text() == "9"


def test_without_credentials_it_is_the_simulated_one() -> None:
    assert from_environment({}).simulated


def test_with_credentials_it_is_the_real_one() -> None:
    assert not from_environment(BOTH).simulated
    assert chosen(BOTH) == Source(API_URL, TOKEN_URL, "id", "secret")


def test_addresses_redirect_the_real_one() -> None:
    redirected = BOTH | {"SPOTIFY_API_URL": "http://127.0.0.1:1/v1", "SPOTIFY_TOKEN_URL": "http://127.0.0.1:1/token"}
    found = chosen(redirected)
    assert (found.api_url, found.token_url) == ("http://127.0.0.1:1/v1", "http://127.0.0.1:1/token")


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        pytest.param({"SPOTIFY_CLIENT_ID": "id"}, "SPOTIFY_CLIENT_SECRET is not", id="no secret"),
        pytest.param({"SPOTIFY_CLIENT_SECRET": "secret"}, "SPOTIFY_CLIENT_ID is not", id="no id"),
        pytest.param(
            {"SPOTIFY_API_URL": "http://127.0.0.1:1/v1"},
            "SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET is not",
            id="an address without credentials",
        ),
    ],
)
def test_half_a_setting_is_refused(environment: dict[str, str], missing: str) -> None:
    with pytest.raises(SourceError, match=missing):
        from_environment(environment)


def test_a_source_does_not_show_its_secret() -> None:
    assert "s3cret" not in repr(Source("a", "t", "id", "s3cret", {"key": "s3cret"}))


def test_another_date_begins_the_quotas_anew_and_the_same_date_does_not(tmp_path: Path) -> None:
    source, stop = simulated("2026-11-23", tmp_path)
    try:
        source.ask("ban", group="albums", seconds=600)
        source.show("2026-11-23")
        assert set(source.ask("state")["banned_until"]) == {"albums"}
        source.show("2026-11-24")
        state = source.ask("state")
        assert (state["date"], state["banned_until"]) == ("2026-11-24", {})
    finally:
        stop()


def test_it_listens_where_it_did_unless_somebody_else_does(tmp_path: Path) -> None:
    first, stop = simulated("2026-11-23", tmp_path)
    stop()
    again, stop = simulated("2026-11-23", tmp_path)
    other, stop_other = simulated("2026-11-23", tmp_path)
    stop()
    stop_other()
    assert again.api_url == first.api_url
    assert other.api_url != first.api_url
