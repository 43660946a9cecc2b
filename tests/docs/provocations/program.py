"""Provoke the errors of the program, of the local stack and of this machine."""

from __future__ import annotations

import sys
from io import StringIO
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pulumi

from infra.rendering import definition
from infra.settings import Settings
from local.app import _dates
from local.aws.athena.trino import installation
from local.aws.process import StateInUse
from local.browser import _run, _wait_until_ready
from local.deployment.configuration import merged
from local.error_messages import of_embedded_aws
from local.os_errors import of_this_machine
from local.session import _installed_trino, attached, started
from local.source import from_environment
from ops.export.engine import over_export
from ops.export.views import PUBLISHED
from tests.docs.provocations.situation import Here, Provocations, Told
from tests.ops.fakes import refusal

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def settings(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(pulumi.Config, "get", lambda _self, key: {"market": "us", "retentionDays": "x"}.get(key))
    monkeypatch.setattr(pulumi, "get_stack", lambda: "dev")
    return Settings.load()


def project(folder: Path, *, stack_file: bytes | None = b"config: {}", **overrides: str) -> object:
    (folder / "Pulumi.yaml").write_text("name: sample\nruntime: python\nconfig:\n  word: {default: a}\n")
    if stack_file is not None:
        (folder / "Pulumi.dev.yaml").write_bytes(stack_file)
    return merged(folder, "dev", overrides)


def another_is_up(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("local.session.find_running", lambda _local: SimpleNamespace(stack="prod", pid=1))
    with attached("dev", local=folder):
        pass


def its_aws_has_ended(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    def in_use(*_: object, **__: object) -> None:
        raise StateInUse("in use")

    monkeypatch.setattr("local.session.started", in_use)
    monkeypatch.setattr("local.session._owner_of_ended", lambda _local: 1)
    monkeypatch.setattr("local.session.ENDED_FOR_S", 0)
    with attached("dev", local=folder):
        pass


def no_such_stack(folder: Path) -> None:
    with started("nowhere", local=folder):
        pass


def without_trino(here: Here) -> None:
    def missing() -> Path:
        raise installation.NotInstalled("Trino needs Java.")

    here.patch.setattr(installation, "folder", lambda: here.folder)
    here.patch.setattr(installation, "installed", missing)
    _installed_trino(print)


def in_use(folder: Path) -> None:
    from local.aws.process import _lock

    with _lock(folder):
        _lock(folder)


def server(here: Here, *, over: bool) -> None:
    """Wait for an embedded AWS whose process has ended, or never answers."""
    from local.aws.process import EmbeddedAws

    here.patch.setattr("local.aws.process.READY_WITHIN_S", 0.05)
    (here.folder / "server.log").write_text("why\n")
    starting = SimpleNamespace(
        _process=SimpleNamespace(poll=lambda: 1 if over else None),
        _log_tail=lambda: "why",
        endpoint="http://127.0.0.1:9",
    )
    EmbeddedAws._wait_until_ready(starting)  # type: ignore[arg-type]  # as much of it as is looked at


def server_that_ended(folder: Path) -> None:
    from local.aws.process import EmbeddedAws

    EmbeddedAws(folder, 9, ended(), StringIO(), "generation").check()


def ended() -> Any:
    """Return a process that has ended."""
    return SimpleNamespace(poll=lambda: 1)


def unreadable(folder: Path) -> None:
    try:
        (folder / "missing").read_text()
    except OSError as exc:
        raise Told(of_this_machine(exc)) from exc


def damaged_export(folder: Path) -> None:
    (folder / PUBLISHED).write_bytes(b"half")
    over_export(folder)


def failing() -> None:
    raise Told(of_embedded_aws(refusal("InternalError", 500)))


PROVOKED: Provocations = [
    ("BadRequest", "--date … and --days … end after", lambda _: _dates("9999-12-31", 1)),
    ("BadRequest", "--date is …, the date of rehearsals", lambda _: _dates("2000-01-01", 1)),
    ("SettingsInvalid", "The configuration of stack", lambda here: settings(here.patch)),
    ("PlaceholderUnknown", "… has …", lambda _: definition.fill('{"x": "${Nobody}"}', {"Somebody": "y"})),
    ("SessionError", "The running local stack is", lambda here: another_is_up(here.patch, here.folder)),
    ("SessionError", "Process … has the local stack", lambda here: its_aws_has_ended(here.patch, here.folder)),
    ("SessionError", "There is no Pulumi.….yaml", lambda here: no_such_stack(here.folder)),
    ("SessionError", "The browser cannot be installed: …", lambda _: _run([sys.executable, "-c", "raise OSError"])),
    ("SessionError", "The browser cannot be installed: there is no", lambda _: _run(["/nowhere/uv"])),
    ("SessionError", "The browser did not start", lambda here: _wait_until_ready(ended(), "http://x", here.folder)),
    ("SessionError", "… Without `--athena trino`", without_trino),
    ("SourceError", "… is set but … is not", lambda _: from_environment({"SPOTIFY_CLIENT_ID": "x"})),
    ("StateInUse", "Another embedded AWS uses", lambda here: in_use(here.folder)),
    ("EmbeddedAwsFailed", "The embedded AWS exited while it started", lambda here: server(here, over=True)),
    ("EmbeddedAwsFailed", "The embedded AWS did not respond", lambda here: server(here, over=False)),
    ("EmbeddedAwsFailed", "The embedded AWS ended", lambda here: server_that_ended(here.folder)),
    ("ConfigurationError", "… cannot be read", lambda here: project(here.folder, stack_file=None)),
    ("ConfigurationError", "… is not valid YAML", lambda here: project(here.folder, stack_file=b"config: [")),
    ("ConfigurationError", "…: … is …; expected lines", lambda here: project(here.folder, stack_file=b"config: word")),
    ("ConfigurationError", "… is not UTF-8 text", lambda here: project(here.folder, stack_file=b"\xff")),
    ("ConfigurationError", "… is not a configuration key", lambda here: project(here.folder, wird="x")),
    (
        "ConfigurationError",
        "… has an encrypted value for …",
        lambda here: project(here.folder, stack_file=b"config: {sample:word: {secure: abc}}"),
    ),
    ("OpsError", "…: DuckDB cannot read it as an export", lambda here: damaged_export(here.folder)),
    ("this machine", "This machine refused", lambda here: unreadable(here.folder)),
    ("this machine", "The embedded AWS failed", lambda _: failing()),
]
