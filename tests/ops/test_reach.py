"""The printed ways of reaching the local stack work, and doctor finds other stacks on the same quota."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from local.browser import SERVICES, browser
from local.selection import Selection
from local.up import how_to_reach

if TYPE_CHECKING:
    from local.session import Session
    from tests.executions.pipeline import Pipeline
    from tests.ops.conftest import CommandLine


def test_the_printed_exports_and_the_boto3_line_reach_the_stack(up: tuple[Path, Session], tmp_path: Path) -> None:
    told = how_to_reach(up[1], Selection(state=up[0]))
    exports = "; ".join(line.strip() for line in told.splitlines() if line.strip().startswith("export "))
    (boto3,) = re.findall(r"^  \.venv/bin/python (-c '.+')$", told, re.MULTILINE)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(  # noqa: S602  the words that are printed
        f"{exports}; {sys.executable} {boto3}", shell=True, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "'Name': 'spotify-lake-dev'" in done.stdout


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_browser_sees_every_service_and_nobody_else_sees_the_browser(up: tuple[Path, Session]) -> None:
    local, session = up
    with browser(session, local, print) as address:
        assert address.startswith("http://127.0.0.1:")
        found = httpx.get(f"{address}/api/stats", timeout=60).json()["services"]
        assert {name for name, each in found.items() if each["status"] == "available"} == set(SERVICES.split(","))
        assert found["s3"]["resources"]["buckets"] == 3
        assert addresses_of(address.rsplit(":", 1)[1]) == {"127.0.0.1"}


def addresses_of(port: str) -> set[str]:
    """Return the addresses on which this machine listens at a port."""
    found = Path("/proc/net/tcp").read_text().splitlines()[1:]
    bound = [line.split()[1].split(":") for line in found]
    return {socket.inet_ntoa(bytes.fromhex(host)[::-1]) for host, at in bound if int(at, 16) == int(port)}


def test_doctor_names_another_stack_on_the_same_app(local_ops: CommandLine, pipeline: Pipeline, published: str) -> None:
    machines, secrets = pipeline.client("stepfunctions"), pipeline.client("secretsmanager")
    trusting = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trusting]})
    role = pipeline.client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    arn = machines.create_state_machine(name="spotify-lake-other", definition=definition, roleArn=role)
    app = {"client_id": pipeline.spotify.client_id, "client_secret": "x"}
    secrets.create_secret(Name="spotify-lake-other-spotify", SecretString=json.dumps(app))
    try:
        told = local_ops("doctor", "--local", "--no-ask")
        assert told.code == 1
        assert "Stack other uses the same Spotify app: their budgets add up" in told.out
        secrets.put_secret_value(SecretId="spotify-lake-other-spotify", SecretString='{"client_id": "another"}')
        other = local_ops("doctor", "--local", "--no-ask")
        assert (other.code, "Stack other uses another Spotify app." in other.out) == (0, True)
    finally:
        machines.delete_state_machine(stateMachineArn=arn["stateMachineArn"])
        secrets.delete_secret(SecretId="spotify-lake-other-spotify", ForceDeleteWithoutRecovery=True)
    assert published
