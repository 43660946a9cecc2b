from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.spotify.config import CLIENT_ID, CLIENT_SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.local.spotify.conftest import Simulation

TOKEN_URL = "http://spotify.test/api/token"
GRANT = {"grant_type": "client_credentials"}


def ask(simulation: Simulation, client: str, secret: str, form: dict[str, str] = GRANT) -> httpx.Response:
    return simulation.client.post(TOKEN_URL, data=form, auth=(client, secret))


def test_a_token_lives_an_hour(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    assert ask(simulation, CLIENT_ID, CLIENT_SECRET).json()["expires_in"] == 3600
    simulation.control.move_clock(3599)
    assert simulation.get(f"/artists/{simulation.artists[0]}").status_code == 200
    simulation.control.move_clock(1)
    expired = simulation.get(f"/artists/{simulation.artists[0]}")
    assert expired.json() == {"error": {"status": 401, "message": "The access token expired"}}


@pytest.mark.parametrize(
    ("client", "secret", "form", "error"),
    [
        pytest.param("nobody", CLIENT_SECRET, GRANT, ("invalid_client", "Invalid client"), id="unknown client"),
        pytest.param(CLIENT_ID, "wrong", GRANT, ("invalid_client", "Invalid client secret"), id="wrong secret"),
        pytest.param(
            CLIENT_ID,
            CLIENT_SECRET,
            {"grant_type": "password"},
            ("unsupported_grant_type", "grant_type must be client_credentials"),
            id="another grant",
        ),
    ],
)
def test_what_the_token_endpoint_refuses_it_refuses_in_oauths_words(
    simulate: Callable[..., Simulation], client: str, secret: str, form: dict[str, str], error: tuple[str, str]
) -> None:
    answer = ask(simulate(), client, secret, form)
    assert (answer.status_code, answer.json()) == (400, {"error": error[0], "error_description": error[1]})


@pytest.mark.parametrize(
    ("header", "status", "message"),
    [
        ("", 401, "No token provided"),
        ("Bearer of-another-simulation", 401, "Invalid access token"),
        ("Basic abc", 400, "Only valid bearer authentication supported"),
    ],
)
def test_a_call_without_a_good_token_is_refused(
    simulate: Callable[..., Simulation], header: str, status: int, message: str
) -> None:
    simulation = simulate()
    answer = simulation.client.get(f"/artists/{simulation.artists[0]}", headers={"authorization": header})
    assert answer.json() == {"error": {"status": status, "message": message}}


def test_when_the_owner_stops_paying_every_call_is_refused(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    simulation.control.set_app(premium=False)
    refused = simulation.get(f"/artists/{simulation.artists[0]}")
    assert refused.status_code == 403
    assert refused.json()["error"]["message"].startswith(
        "Active premium subscription required for the owner of the app"
    )


def test_no_secret_is_in_the_request_log(simulate: Callable[..., Simulation]) -> None:
    simulation = simulate()
    token = ask(simulation, CLIENT_ID, CLIENT_SECRET).json()["access_token"]
    simulation.client.get("/search?q=x&type=album", headers={"authorization": f"Bearer {token}"})
    log = str(simulation.control.requests())
    assert CLIENT_SECRET not in log
    assert token not in log
    assert "authorization" not in log.lower()
