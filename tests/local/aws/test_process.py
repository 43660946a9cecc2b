"""An embedded AWS starts fast, does not disturb other processes, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.aws import EmbeddedAws
from local.aws.process import EmbeddedAwsFailed, StateInUse
from tests.local.cloud import function

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.embedded

SLEEPS = "import time\ndef handler(event, context): time.sleep(60)"


def group(pid: int) -> list[int]:
    """Return the living processes of a process group."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
            threads = len(list(status.with_name("task").iterdir()))
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == pid and (fields[0] != "Z" or threads > 1):  # another thread may still hold its files
            found.append(int(status.parent.name))
    return found


def eventually(claim: Callable[[], bool], within_s: float = 20) -> bool:
    """Return whether a claim comes true in time."""
    deadline = time.monotonic() + within_s
    while not claim() and time.monotonic() < deadline:
        time.sleep(0.05)
    return claim()


@pytest.mark.slow
def test_nothing_runs_after_a_stop_not_even_a_function_in_the_middle(tmp_path: Path) -> None:
    aws = EmbeddedAws.start(tmp_path / "aws")
    aws.client("lambda").invoke(FunctionName=function(aws, SLEEPS), InvocationType="Event", Payload=b"{}")
    assert eventually(lambda: len(group(aws.pid)) == 2)
    began = time.monotonic()
    aws.stop()
    aws.stop()
    assert group(aws.pid) == []
    assert time.monotonic() - began < 5


def test_nothing_runs_after_the_parent_was_killed(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from local.aws import EmbeddedAws
aws = EmbeddedAws.start(Path({str(tmp_path / "aws")!r}))
print(aws.pid, flush=True)
import time; time.sleep(600)
"""
    environment = os.environ | {"PYTHONPATH": os.getcwd()}  # noqa: PTH109 - a string is wanted
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert group(pid)
        parent.send_signal(signal.SIGKILL)
    assert eventually(lambda: group(pid) == [])
    with EmbeddedAws.start(tmp_path / "aws") as again:
        assert again.client("s3").list_buckets()["Buckets"] == []


def test_two_side_by_side_do_not_see_each_other(aws: EmbeddedAws, tmp_path: Path) -> None:
    with EmbeddedAws.start(tmp_path / "aws") as other:
        for one in (aws, other):
            one.client("s3").create_bucket(Bucket="the-same-name")
            one.client("s3").put_object(Bucket="the-same-name", Key=one.endpoint, Body=b"")
        for one in (aws, other):
            (only,) = one.client("s3").list_objects_v2(Bucket="the-same-name")["Contents"]
            assert only["Key"] == one.endpoint


def test_it_listens_on_the_loopback_only(aws: EmbeddedAws) -> None:
    port = int(aws.endpoint.rsplit(":", 1)[1])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
    assert listening == [f"0100007F:{port:04X}"]


def test_a_state_directory_serves_one_at_a_time(aws: EmbeddedAws) -> None:
    with pytest.raises(StateInUse, match="Stop it"):
        EmbeddedAws.start(aws.state_dir)


def test_a_start_that_fails_shows_the_end_of_the_log(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import importlib.metadata as m\nm.version = lambda name: '9.9.9'\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("local.aws.environment.REPOSITORY", f"{tmp_path}{os.pathsep}{Path.cwd()}")
        with pytest.raises(EmbeddedAwsFailed, match=r"9\.9\.9 is installed") as failed:
            EmbeddedAws.start(tmp_path / "aws")
    assert str(tmp_path / "aws" / "server.log") in str(failed.value)


def test_credentials_of_the_user_reach_no_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTIFY_CLIENT_SECRET", "hidden")
    monkeypatch.setenv("AWS_PROFILE", "company")
    with EmbeddedAws.start(tmp_path / "aws") as aws:
        tells = function(aws, "import os\ndef handler(event, context): return dict(os.environ)")
        seen = json.load(aws.client("lambda").invoke(FunctionName=tells, Payload=b"{}")["Payload"])
    assert not {"SPOTIFY_CLIENT_SECRET", "AWS_PROFILE"} & set(seen)
    assert seen["AWS_ENDPOINT_URL"] == aws.endpoint
    assert seen["AWS_ACCESS_KEY_ID"] != aws.environment()["AWS_ACCESS_KEY_ID"]
