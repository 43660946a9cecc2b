"""The simulation in a process of its own on 127.0.0.1, which ends with the process that started it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Self

from local.loopback import ask
from local.spotify.config import CONTROL_HEADER, Config

ROOT = Path(__file__).resolve().parents[2]
STOP_S = 5


class SimulationFailed(RuntimeError):
    """The simulated Spotify did not start; the message ends with its output."""


class SimulatedSpotify:
    """A running simulation. Use it as a context manager, or call `stop`."""

    def __init__(self, process: subprocess.Popen[str], config: Config, address: dict[str, str]) -> None:
        self._process = process
        self.address = address
        self.api_url, self.token_url = address["api_url"], address["token_url"]
        self.client_id, self.client_secret = next(iter(config.clients.items()))

    @classmethod
    def start(cls, config: Config | None = None, port: int = 0) -> SimulatedSpotify:
        """Start a simulation on this port if it is free, else on any, and return it once it listens.

        Raises:
            SimulationFailed: the process ended before it said where it listens.
        """
        config = config or Config()
        with TemporaryFile("w+", encoding="utf-8") as complaints:
            process = subprocess.Popen(
                [sys.executable, "-m", "local.spotify", "--config-on-stdin", "--port", str(port)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                encoding="utf-8",
            )
            line = _first_line(process, config)
            if not line:
                process.communicate()
                complaints.seek(0)
                raise SimulationFailed(f"The simulated Spotify did not start:\n{complaints.read()}")
            return cls(process, config, json.loads(line))

    def control(self, action: str, **arguments: Any) -> Any:  # any JSON; see control.Control
        """Do one of `control.ACTIONS`, and return what it returns.

        Raises:
            ValueError: the action or its arguments are unknown.
        """
        return ask(self.address["control_url"], {CONTROL_HEADER: self.address["control_key"]}, action, arguments)

    def requests(self) -> list[dict[str, Any]]:
        """Return the request log; see `requests.Request` for an entry's fields."""
        log: list[dict[str, Any]] = self.control("requests")
        return log

    def stop(self) -> None:
        """End the process, and wait until it is gone."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


def _first_line(process: subprocess.Popen[str], config: Config) -> str:
    """Send the configuration to the process; return where it listens, or nothing if it ended."""
    if process.stdin is None or process.stdout is None:
        return ""
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(config.to_json() + "\n")
        process.stdin.flush()
    return process.stdout.readline()
