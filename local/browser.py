"""Run Stackport, a resource browser for emulators, beside a local stack; installed on first use.

It lives in an environment of its own, from its own lock: nothing else of the project needs it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local.aws.environment import PASSED_ON, caller_environment
from local.files import replace
from local.loopback import answers
from local.session import PROJECT, Session, SessionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


LOCK = PROJECT / "requirements-browse.txt"
SERVICES = "s3,stepfunctions,lambda,glue,athena,dynamodb,secretsmanager,sns,sqs,events,kms,logs,monitoring,iam"
READY_WITHIN_S = 30.0
STOPPED_WITHIN_S = 10


@contextmanager
def browser(session: Session, state: Path, told: Callable[[str], None]) -> Iterator[str]:
    """Start the browser on this machine's own address and yield its URL; stop it at the end.

    Raises:
        SessionError: it cannot be installed, or does not come up.
    """
    home = state / "browser"
    python = _installed(home, told)
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    with (home / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            # not its own command: that binds every interface
            [python, "-m", "uvicorn", "backend.main:app", "--host", "127.0.0.1", "--port", str(port)],
            env=_environment(session, home),
            cwd=home,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is ours to hear
        )
        try:
            _wait_until_ready(process, address, home)
            yield address
        finally:
            _stop(process)


def _installed(home: Path, told: Callable[[str], None]) -> Path:
    """Return the interpreter with the browser; install it from the lock if it is missing or older."""
    python, mark = home / "venv" / "bin" / "python", home / "installed"
    if python.exists() and mark.exists() and mark.read_text(encoding="utf-8") == LOCK.read_text(encoding="utf-8"):
        return python
    told("Installing the browser (stackport), once")
    home.mkdir(parents=True, exist_ok=True)
    uv = str(PROJECT / ".venv" / "bin" / "uv")
    _run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home / "venv")])
    _run([uv, "pip", "install", "--quiet", "--python", str(python), "--require-hashes", "-r", str(LOCK)])
    replace(mark, LOCK.read_text(encoding="utf-8"))
    return python


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    except FileNotFoundError as exc:
        raise SessionError(f"The browser cannot be installed: there is no {command[0]}. Run `make demo` once.") from exc
    if done.returncode:
        raise SessionError(f"The browser cannot be installed: {done.stderr.strip()}\nStart without --browse.")


def _environment(session: Session, home: Path) -> dict[str, str]:
    passed = {name: value for name, value in os.environ.items() if name in PASSED_ON}
    return passed | {
        **caller_environment(session.endpoint),
        "HOME": str(home),
        "NO_PROXY": "127.0.0.1",
        "STACKPORT_DATA_DIR": str(home / "data"),
        "STACKPORT_LEARN": "false",
        "STACKPORT_SERVICES": SERVICES,
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: subprocess.Popen[bytes], address: str, home: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        if answers(f"{address}/api/health"):
            return
        time.sleep(0.25)
    raise SessionError(f"The browser did not start; see {home / 'log'}. Start without --browse.")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the browser; kill it if an open connection keeps it from ending."""
    process.terminate()
    try:
        process.wait(STOPPED_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
