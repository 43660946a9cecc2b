"""Start, check and stop one embedded AWS.

State lives in `state_dir` and survives a stop: a second start there has the buckets, tables, functions, roles,
state machines and executions of the first (an execution that was running is FAILED, `States.ServiceRestart`).
Services are written down when it stops, objects at once; a process killed by force loses what the services knew.
The port of the first start is kept when it is still free, so that URLs that people copied stay right. The log, the call
log and asked-for faults start again with each start.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import cache, lru_cache
from typing import IO, TYPE_CHECKING, Any, Self
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from local.aws.environment import ACCOUNT_ID, ADMIN_KEY, REGION, REPOSITORY, server_environment
from local.aws.environment import caller_environment as caller

if TYPE_CHECKING:
    from pathlib import Path

    import boto3

READY_WITHIN_S = 60
STOPPED_WITHIN_S = 15

_direct = build_opener(ProxyHandler({}))

_creating = threading.Lock()  # clients are thread-safe, sessions not


@cache
def _session() -> boto3.Session:
    """Return the session of our clients, which ignores the user's profile and configuration files.

    The SDK is read in here: a command starts the server first.
    """
    import boto3
    from botocore.session import Session as BotocoreSession

    return boto3.Session(
        botocore_session=BotocoreSession(
            {
                "profile": (None, None, None, None),
                "config_file": (None, None, os.devnull, None),
                "credentials_file": (None, None, os.devnull, None),
            }
        )
    )


@lru_cache(maxsize=100)
def administrator(endpoint: str, service: str) -> Any:
    """Return the client of the administrator for a service: making one takes longer than most calls."""
    with _creating:
        from botocore.config import Config

        return _session().client(
            service,  # type: ignore[call-overload]  # the stubs want a literal
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id=ADMIN_KEY,
            aws_secret_access_key=ADMIN_KEY,
            config=Config(retries={"mode": "standard", "max_attempts": 1}, proxies={}),
        )


def read_in(*services: str) -> None:
    """Import the code of these services' clients while a server starts."""
    for service in services:
        administrator("http://127.0.0.1", service)


class EmbeddedAwsFailed(RuntimeError):
    """The embedded AWS did not start, or ended by itself; the message carries its log or says where it is."""


class StateInUse(RuntimeError):
    """Another embedded AWS uses this state directory."""


class EmbeddedAws:
    """A running embedded AWS; leaving its context, or `stop()`, ends all of its processes."""

    region = REGION
    account_id = ACCOUNT_ID

    def __init__(
        self, state_dir: Path, port: int, process: subprocess.Popen[bytes], lock: IO[str], generation: str
    ) -> None:
        self.state_dir = state_dir
        self.generation = generation
        """A name of the state: it changes at the first start, and after a kill that may have lost something."""
        self.endpoint = f"http://127.0.0.1:{port}"
        self.call_log = state_dir / "calls.ndjson"
        self.faults = state_dir / "faults.json"
        self.fired_faults = state_dir / "faults.json.fired"
        self.mailbox = state_dir / "mailbox.ndjson"
        self.log = state_dir / "server.log"
        self._process = process
        self._lock = lock

    @classmethod
    def start(cls, state_dir: Path, *, wait_scale: float = 0.02, trino: Path | None = None) -> EmbeddedAws:
        """Start one in `state_dir` and return it once it answers; waits and retries are multiplied by `wait_scale`.

        `trino` is the folder of a Trino that computes Athena's queries; without it the embedded Athena does.

        Raises:
            StateInUse: another one works in this state directory.
            EmbeddedAwsFailed: it ended, or did not answer in time; a pinned internal that moved shows here.
        """
        state_dir = state_dir.resolve()
        state_dir.mkdir(parents=True, exist_ok=True)
        lock = _lock(state_dir)
        shutil.rmtree(state_dir / "tmp", ignore_errors=True)  # left by a killed one
        for told_last_time in ("calls.ndjson", "faults.json", "faults.json.fired", "server.log"):
            (state_dir / told_last_time).unlink(missing_ok=True)
        (state_dir / "tmp").mkdir()
        saved = state_dir / "saved"
        generation = _generation(state_dir / "generation", kept=saved.is_file())
        saved.unlink(missing_ok=True)
        with _listening_socket(state_dir) as listener, (state_dir / "server.log").open("ab") as log:
            port = listener.getsockname()[1]
            process = subprocess.Popen(
                [sys.executable, "-m", "local.aws.server", str(listener.fileno()), str(saved)],
                cwd=REPOSITORY,
                env=server_environment(state_dir, port, wait_scale, trino),
                pass_fds=[listener.fileno(), lock.fileno()],  # the lock is held as long as the server is there
                stdin=subprocess.PIPE,  # its end tells the server that we are gone
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        aws = cls(state_dir, port, process, lock, generation)
        atexit.register(aws.stop)
        try:
            aws._wait_until_ready()
        except BaseException:  # Ctrl-C too: nothing may stay running
            aws.stop()
            raise
        return aws

    def client(self, service: str) -> Any:
        """Return the boto3 client of the administrator, whom no policy binds, for a service."""
        return administrator(self.endpoint, service)

    def environment(self) -> dict[str, str]:
        """Return the AWS_* variables for a subprocess that uses this AWS as the administrator."""
        return caller(self.endpoint)

    @property
    def pid(self) -> int:
        """Return the server's process id, which is its process group's as well."""
        return self._process.pid

    def check(self) -> None:
        """Check that its process runs.

        Raises:
            EmbeddedAwsFailed: it has ended.
        """
        if self._process.poll() is not None:
            raise EmbeddedAwsFailed(f"The embedded AWS ended; its log is {self.log}.")

    def stop(self) -> None:
        """Stop it and every Lambda worker of it, keeping its state; harmless when it is stopped already."""
        atexit.unregister(self.stop)
        process = self._process
        if process.stdin and not process.stdin.closed:
            process.stdin.close()
        try:
            process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            pass
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _wait_until_ready(self) -> None:
        """Wait until it answers that it is ready."""
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise EmbeddedAwsFailed(f"The embedded AWS exited while it started:\n{self._log_tail()}")
            with suppress(URLError, OSError), _direct.open(f"{self.endpoint}/_ministack/ready", timeout=5):
                return
            time.sleep(0.02)
        raise EmbeddedAwsFailed(f"The embedded AWS did not respond within {READY_WITHIN_S} s:\n{self._log_tail()}")

    def _log_tail(self) -> str:
        """Return the end of the server's log, and where to read the rest."""
        text = self.log.read_text(errors="replace", encoding="utf-8")
        return f"{text[-2000:]}\n(all of it: {self.log})"


def _generation(file: Path, *, kept: bool) -> str:
    """Return the name of a state: the one in the file if all was kept, else a new one, written before anything runs."""
    if not (kept and file.is_file()):
        _replace(file, secrets.token_hex(8))
    return file.read_text(encoding="utf-8")


def _lock(state_dir: Path) -> IO[str]:
    """Return the open lock file of a state directory; closing it frees the directory."""
    lock = (state_dir / "lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        lock.close()
        raise StateInUse(
            f"Another embedded AWS uses {state_dir}. Stop it (Ctrl-C in `python -m local up`), "
            "or use another state directory."
        ) from exc
    return lock


def _listening_socket(state_dir: Path) -> socket.socket:
    """Return a socket that listens on 127.0.0.1: on the port of the last start if it is free, else on any."""
    memory = state_dir / "port"
    try:
        listener = socket.create_server(("127.0.0.1", kept_port(memory)), backlog=128)
    except OSError:
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    _replace(memory, str(listener.getsockname()[1]))
    return listener


def kept_port(file: Path) -> int:
    """Return the port that the last start kept in a file; 0, which is any, if there is none."""
    try:
        return int(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # none, or one that was cut short
        return 0


def _replace(file: Path, text: str) -> None:
    """Replace a file's text in one step, so that a full disk leaves the text before."""
    half = file.with_suffix(".half")
    half.write_text(text, encoding="utf-8")
    half.replace(file)
