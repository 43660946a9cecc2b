"""The stack that a command works on: its names, and clients for its account and region."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, cast
from zoneinfo import ZoneInfo

from local.interrupts import instead
from local.selection import LOCAL, STACK, STATE_VARIABLE
from ops.declared import Declared, from_memory, from_state
from ops.errors import OpsError, WrongUsage
from ops.terminal.output import console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from functions.shared.athena import Library
    from functions.shared.json_objects import S3Bucket
    from local.session import Session
PROJECT = Path(__file__).resolve().parents[1]
ENDS = (
    "Stopped. The local stack ends with this command, and an execution that was started ends too. To keep the stack "
    "up: python -m local up"
)


def state() -> Path:
    """Return the folder of the local stack's state: OPS_STATE's, or `.local`."""
    return Path(os.environ.get(STATE_VARIABLE) or LOCAL)


class KeyOutput(TypedDict):
    """The stack's KMS key, empty where AWS's own are used, and the statements that its policy must have."""

    arn: str
    must_allow: list[dict[str, Any]]


class Outputs(TypedDict):
    """The exports of the Pulumi program that the command line needs."""

    raw_bucket: str
    curated_bucket: str
    results_bucket: str
    state_machine_arn: str
    crawler_name: str
    workgroup: str
    lake_database: str
    views_database: str
    lock_table: str
    alert_topic_arn: str
    digest_topic_arn: str
    dlq_url: str
    secret_arn: str
    key: KeyOutput
    functions: dict[str, str]
    time_zone: str
    daily_run: str


@dataclass(frozen=True)
class Stack:
    """A deployed stack, the clients to reach it with, and what the program declared when it was deployed."""

    name: str
    outputs: Outputs
    client: Callable[[str], Any]
    declared: Callable[[], list[Declared]] = list
    session: Session | None = None
    """Of the stack on this machine."""

    @property
    def local(self) -> bool:
        """True if it is the stack of this machine."""
        return self.name == "local"

    @property
    def pages(self) -> Path:
        """The folder on this machine for the report pages and the feed."""
        return (state() if self.local else LOCAL) / "reports"

    def raw(self) -> S3Bucket:
        """Return the raw bucket, for the extraction's code."""
        from functions.shared.json_objects import S3Bucket

        return S3Bucket(self.client("s3"), self.outputs["raw_bucket"])

    def library(self, questions: Path) -> Library:
        """Return the stack's Athena, for the questions of a folder."""
        from functions.shared.athena import Library

        outputs = self.outputs
        names = outputs["workgroup"], outputs["views_database"], outputs["lake_database"]
        return Library(self.client("athena"), *names, questions)

    def today(self) -> date:
        """Return the date in the schedule's time zone: by the clock, or by the local stack's own."""
        if self.session:
            from local.clock import today

            return today(self.session)
        return datetime.now(ZoneInfo(self.outputs["time_zone"])).date()

    def end_of(self, snapshot_date: str) -> datetime:
        """Return the instant at which a date ends in the schedule's time zone, by the same clock as `today`."""
        zone = ZoneInfo(self.outputs["time_zone"])
        ahead = self.today() - datetime.now(zone).date()
        return datetime.combine(date.fromisoformat(snapshot_date) + timedelta(days=1) - ahead, time(), zone)

    def latest_day(self, today: date) -> date:
        """Return the last date that may be run: today, or on a local stack tomorrow, since its clock follows."""
        if self.session:
            from local.clock import real_today

            return max(today, real_today(self.session)) + timedelta(days=1)
        return today

    @property
    def region(self) -> str:
        """The AWS region, from the state machine's ARN."""
        return self.outputs["state_machine_arn"].split(":")[3]


@contextmanager
def open_stack(name: str | None, *, local: bool) -> Iterator[Stack]:
    """Yield the stack of that name on AWS, or on this machine, where it is started for the time if it is not up.

    Raises:
        WrongUsage: neither was named.
        OpsError: there is no such stack, or its outputs cannot be read.
    """
    if not local:
        name = name or os.environ.get("OPS_STACK")
        if name == "local":
            local, name = True, None
    if not local and not name:
        raise WrongUsage(
            "Say which stack: --stack NAME or OPS_STACK for one on AWS, --local for the one on this machine."
        )
    if local:
        with _local_session(name or STACK) as session:
            yield local_stack(session)
    else:
        import boto3

        assert name is not None  # noqa: S101  not local
        outputs = _outputs_of(name)
        account = boto3.Session(region_name=outputs["state_machine_arn"].split(":")[3])
        yield Stack(
            name, outputs, cache(cast("Callable[[str], Any]", account.client)), lambda: from_state(_state_of(name))
        )


def local_stack(session: Session) -> Stack:
    """Return the local stack of a session."""

    def declared() -> list[Declared]:
        memory = Path(session.state_dir, f"deployed-{session.stack}.json")
        return from_memory(json.loads(memory.read_text(encoding="utf-8")))

    return Stack("local", cast("Outputs", session.outputs), session.client, declared, session)


@contextmanager
def _local_session(name: str) -> Iterator[Session]:
    from local.aws.process import EmbeddedAwsFailed, StateInUse
    from local.deployment.errors import DeploymentError
    from local.progress import Clock
    from local.session import SessionError, attached
    from local.source import SourceError

    with ExitStack() as up, Clock(console(stderr=True)) as clock:
        try:
            session = up.enter_context(attached(name, told=clock.tell, local=state()))
        except SourceError as exc:
            raise WrongUsage(str(exc)) from exc
        except (SessionError, StateInUse, EmbeddedAwsFailed, DeploymentError) as exc:
            raise OpsError(str(exc)) from exc
        if session.aws is not None:
            up.enter_context(instead(ENDS))
        clock.rest()
        yield session


def _outputs_of(name: str) -> Outputs:
    outputs: Outputs = json.loads(_pulumi(name, "output", "--json"))
    missing = sorted(Outputs.__required_keys__ - outputs.keys())
    if missing:
        raise OpsError(f"Stack {name} has no output {', '.join(missing)}: run `pulumi up --stack {name}` first.")
    return outputs


def _state_of(name: str) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(_pulumi(name, "export"))
    return state


def _pulumi(name: str, verb: str, *options: str) -> str:
    """Return what `pulumi stack` prints of a stack: its outputs, or its state."""
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise OpsError("The outputs of a stack on AWS come from Pulumi, and `pulumi` is not on the PATH. Install it.")
    asked = [pulumi, "--non-interactive", "stack", verb, *options, "--stack", name, "--cwd", str(PROJECT)]
    answer = subprocess.run(asked, capture_output=True, encoding="utf-8", check=False)
    if answer.returncode:
        given = {"output": "outputs", "export": "state"}[verb]
        raise OpsError(f"Pulumi did not return the {given} of stack {name}: {answer.stderr.strip()}")
    return answer.stdout
