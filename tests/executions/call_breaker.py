"""microburst, a proxy that breaks AWS calls, between a stack's functions and the embedded AWS.

As a program (`python -m`) it is microburst's own command line, with one change: the Host header and the path (`%3D`)
pass unchanged. Callers sign both, and the embedded AWS checks signatures.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import stamina

if TYPE_CHECKING:
    from tests.executions.pipeline import Pipeline

Rule = dict[str, Any]

ROOT = Path(__file__).resolve().parents[2]


class CallBreaker:
    """microburst in front of the embedded AWS; from the first rule on, a stack's functions call AWS through it."""

    def __init__(self, stack: Pipeline) -> None:
        self.stack = stack
        self._process: subprocess.Popen[bytes] | None = None
        self._url = ""

    def _start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._url = f"http://127.0.0.1:{port}"
        where = ["--upstream", self.stack.session.endpoint, "--host", "127.0.0.1", "--port", str(port)]
        with Path(self.stack.session.state_dir, "microburst.log").open("ab") as log:
            self._process = subprocess.Popen([sys.executable, "-m", __name__, *where], cwd=ROOT, stdout=log, stderr=log)
        self._send_functions_through({"AWS_ENDPOINT_URL": self._url})

    def stop(self) -> None:
        """Send the functions straight to the embedded AWS again, and end the proxy."""
        if self._process:
            self._send_functions_through({})
            self._process.terminate()
            self._process.wait(60)

    def set_rules(self, rules: list[Rule]) -> None:
        """Let these calls break, and no others."""
        if rules and not self._process:
            self._start()
        if self._process:
            self._ask("POST", "rules", rules)

    def fired(self) -> int:
        """Return how many calls have been broken so far."""
        faulted: int = self._ask("GET", "stats")["requests"]["faulted"] if self._process else 0
        return faulted

    @stamina.retry(on=httpx.TransportError, timeout=20)
    def _ask(self, method: str, what: str, body: Any = None) -> Any:
        answer = httpx.request(method, f"{self._url}/_microburst/{what}", json=body, trust_env=False)
        return answer.raise_for_status().json()

    def _send_functions_through(self, endpoint: dict[str, str]) -> None:
        functions = self.stack.client("lambda")
        for arn in self.stack.outputs["functions"].values():
            told = functions.get_function_configuration(FunctionName=arn)["Environment"]["Variables"]
            told.pop("AWS_ENDPOINT_URL", None)
            functions.update_function_configuration(FunctionName=arn, Environment={"Variables": told | endpoint})


def main() -> int:
    """Run microburst with host and path unchanged; return its exit code."""
    from aiohttp import ClientSession
    from microburst import cli, forward  # type: ignore[import-untyped]  # it ships no types
    from yarl import URL

    headers_out = forward.Upstream._outbound_headers
    forward.Upstream._outbound_headers = lambda self, request: (
        headers_out(self, request) | {"host": request.headers["Host"]}
    )
    ClientSession._build_url = lambda _self, url: URL(str(url), encoded=True)  # type: ignore[method-assign,assignment]  # on purpose
    return int(cli.main() or 0)


if __name__ == "__main__":
    sys.exit(main())
