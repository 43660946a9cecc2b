"""The local stack while it is up: its owner, its address, and how another process reaches it."""

from __future__ import annotations

import importlib
import json
import os
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.aws import EmbeddedAws
from local.aws.athena.trino import installation
from local.aws.process import StateInUse, administrator, read_in
from local.files import named
from local.files import replace as replace_file
from local.last_deployment import LastDeployment, made_of
from local.loopback import answers, refused
from local.seed import seed
from local.selection import LOCAL, STACK
from local.source import Choice, Source, from_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local.aws.environment import AthenaEngine

PROJECT = Path(__file__).resolve().parents[1]
UP_WITHIN_S = 60
ENDED_FOR_S = 3
"""A process that ends its stack forgets it first, and notices within a second that its embedded AWS has ended."""
ALERT_EMAIL = "alerts@spotify-lake.example"  # its mail is a file: mailbox.ndjson in the state directory
STARTING = "Starting the embedded AWS"
DIGEST_EMAIL = "news@spotify-lake.example"
SIMULATED = {  # Spotify's limits start again with each date; the budgets are of a real day: 30 dates must fit in one
    "callsPer30Seconds": "1000",
    "budgets": json.dumps(
        {"artists": 500, "artist_albums": 1500, "albums": 5000, "album_tracks": 600, "tracks": 40, "search": 200}
    ),
}


class SessionError(Exception):
    """The local stack cannot be used as asked; the message says what to do."""


@dataclass(frozen=True)
class Session:
    """A local stack that is up.

    `outputs` are the program's exports. `source` is the Spotify it reads. `pid` is the process that started it;
    only that process has `aws`.
    """

    stack: str
    endpoint: str
    state_dir: str
    outputs: dict[str, Any]
    source: Source
    pid: int
    athena: AthenaEngine = "embedded"
    aws: EmbeddedAws | None = field(default=None, compare=False, repr=False)

    def check(self) -> None:
        """Check that the embedded AWS that this process started still runs.

        Raises:
            EmbeddedAwsFailed: it has ended.
        """
        if self.aws:
            self.aws.check()

    def client(self, service: str) -> Any:  # as many types of client as services
        """Return the boto3 client of the administrator for a service."""
        return administrator(self.endpoint, service)


def _silent(_text: str) -> None:
    """Print nothing."""


@contextmanager
def attached(
    stack: str = STACK,
    date: str | None = None,
    told: Callable[[str], None] = _silent,
    local: Path = LOCAL,
    athena: AthenaEngine = "embedded",
) -> Iterator[Session]:
    """Yield the local stack: the running one, or one started for this command.

    Raises:
        SessionError: the one that is up is of another stack or lacks the Trino asked for, or none comes up.
    """
    with ExitStack() as up:
        yield _running_or_started(up, stack, date, told, local, athena)


def _running_or_started(
    up: ExitStack, stack: str, date: str | None, told: Callable[[str], None], local: Path, athena: AthenaEngine
) -> Session:
    began = time.monotonic()
    while True:
        if (running := find_running(local)) is not None:
            require(running, stack, athena)
            told(f"Using the local stack of process {running.pid} at {running.endpoint}")
            return running
        try:
            return up.enter_context(started(stack, date, told, local, athena=athena))
        except StateInUse as exc:  # another process is just starting or stopping it
            waited = time.monotonic() - began
            if waited > ENDED_FOR_S and (owner := _owner_of_ended(local)) is not None:
                raise SessionError(
                    f"Process {owner} has the local stack, but its embedded AWS has ended. "
                    f"Stop the process with Ctrl-C, or: kill -9 {owner}"
                ) from exc
            if waited > UP_WITHIN_S:
                raise SessionError(str(exc)) from exc
            told = _without(STARTING, told)
            time.sleep(0.25)


def require(running: Session, stack: str, athena: AthenaEngine) -> None:
    """Check that the stack that is up is the one that is asked for.

    Raises:
        SessionError: it is another one, or lacks the Trino asked for.
    """
    if running.stack != stack:
        found = f"The running local stack is {running.stack!r}, started by process {running.pid}"
        raise SessionError(f"{found}. Stop that one first to use {stack!r}, or give --stack {running.stack} to use it.")
    if athena == "trino" != running.athena:
        found = f"The local stack of process {running.pid} uses the embedded Athena"
        raise SessionError(f"{found}. Stop that one first to use Trino.")


def _without(beginning: str, told: Callable[[str], None]) -> Callable[[str], None]:
    """Return `told` for all but the lines that begin so: an attempt that is made again says nothing new."""
    return lambda line: None if line.startswith(beginning) else told(line)


@contextmanager
def started(
    stack: str = STACK,
    date: str | None = None,
    told: Callable[[str], None] = _silent,
    local: Path = LOCAL,
    choice: Choice | None = None,
    config: Mapping[str, str] | None = None,
    athena: AthenaEngine = "embedded",
) -> Iterator[Session]:
    """Start the embedded AWS and the Spotify it reads, deploy the program, seed it; stop it all at the end.

    The simulated Spotify shows its catalogue of `date`, or of each day as it comes. `choice` is another Spotify than
    the environment's; `config` is added to what a local stack sets.
    `athena` is what computes Athena's queries.

    Raises:
        SessionError: there is no such stack, or Trino cannot run here.
        StateInUse: another process has this state up.
    """
    if not (PROJECT / f"Pulumi.{stack}.yaml").is_file():
        known = sorted(file.name.split(".")[1] for file in PROJECT.glob("Pulumi.*.yaml"))
        raise SessionError(f"There is no Pulumi.{stack}.yaml: the stacks are {', '.join(known)}.")
    trino = _installed_trino(told) if athena == "trino" else None
    spotify = choice or from_environment()
    state_dir = local / ("aws" if spotify.simulated else "aws-real")
    with ExitStack() as running:
        told(STARTING + (" and the simulated Spotify" if spotify.simulated else ""))
        last = LastDeployment(state_dir / f"exports-{stack}.json")
        with ThreadPoolExecutor(3) as at_once:
            source_starts = at_once.submit(spotify.start, date, local)
            aws_starts = at_once.submit(EmbeddedAws.start, state_dir, trino=trino)
            read_in("s3", "secretsmanager", "sns", "lambda", "athena")  # for `seed`, and for most commands
            source, stop = source_starts.result()
            running.callback(stop)
            whole = {**overrides(source), **(config or {})}
            digest = made_of(PROJECT, stack, whole)
            warmed_up = None if last.outputs(digest) else at_once.submit(_warm_up)
            with named(state_dir):
                aws = running.enter_context(aws_starts.result())
            if warmed_up:
                warmed_up.result()  # a module half imported here would be half a module there
        told(f"The embedded AWS answers at {aws.endpoint}; Spotify is {source.api_url}")
        outputs = _deployed(aws, stack, whole, told, last, digest)
        session = Session(stack, aws.endpoint, str(state_dir), outputs, source, os.getpid(), athena, aws)
        seed(session.client, outputs, source, state_dir)
        running.callback(_forget, local)
        _remember(session, local)
        yield session


def _installed_trino(told: Callable[[str], None]) -> Path:
    """Return the folder of Trino, fetched now if it is not there.

    Raises:
        SessionError: Trino cannot run here.
    """
    if not installation.folder().is_dir():
        told(f"Fetching Trino {installation.VERSION} with Maven, once: 270 MB")
    try:
        found = installation.installed()
    except installation.NotInstalled as exc:
        raise SessionError(f"{exc} Without `--athena trino` the embedded Athena runs, which needs neither.") from exc
    told(f"Trino {installation.VERSION} computes Athena's queries; the first one waits until it is up")
    return found


def _warm_up() -> None:
    """Import the slowest modules of a deployment while the servers start."""
    from local.deployment.program import LOADING

    with LOADING:
        for module in ("functions.shared.contract", "pulumi_aws.s3", "pulumi_aws.glue", "pulumi_aws.lambda_"):
            importlib.import_module(module)


def overrides(source: Source) -> dict[str, str]:
    """Return the configuration that differs from a stack on AWS: this processor, this Spotify, and no waits."""
    return (SIMULATED if source.simulated else {}) | {
        "architecture": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
        "dependencyLayers": "false",  # the functions run in this environment, which has the same locks
        "spotifyApiUrl": source.api_url,
        "spotifyTokenUrl": source.token_url,
        "crawlPollSeconds": "10",  # waits take a fiftieth of their time here
        "lockPollSeconds": "20",
        "supersededGraceMinutes": "0",
        "alertEmail": ALERT_EMAIL,
        "digestEmail": DIGEST_EMAIL,
    }


def _deployed(
    aws: EmbeddedAws,
    stack: str,
    config: Mapping[str, str],
    told: Callable[[str], None],
    last: LastDeployment,
    digest: str,
) -> dict[str, Any]:
    """Return the stack's exports; deploy it unless the same is deployed already."""
    outputs = last.outputs(digest, aws.generation)
    if outputs is not None:
        told("Nothing to deploy: neither the program nor its configuration has changed")
        return outputs
    last.forget()  # until this deployment is complete
    outputs = _deploy(aws, stack, config, told)
    last.keep(digest, aws.generation, outputs)
    return outputs


def _deploy(aws: EmbeddedAws, stack: str, config: Mapping[str, str], told: Callable[[str], None]) -> dict[str, Any]:
    told("… reading __main__.py and what it imports")
    from local.deployment.deploy import check, deploy

    check(stack)
    began = time.monotonic()
    memory = aws.state_dir / f"deployed-{stack}.json"
    deployment = deploy(
        aws, stack, config, memory=memory, generation=aws.generation, told=lambda resource: told(f"… {resource}")
    )
    for urn in deployment.left_behind:
        gone = urn.rsplit("::", 1)[1]
        told(f"The program no longer declares {gone}; the local stack has it until {aws.state_dir} is deleted.")
    took = f"{time.monotonic() - began:.1f} s"
    told(f"Deployed __main__.py in {took}: {len(deployment.resources)} resources, {deployment.changed} new or changed")
    return deployment.outputs


def find_running(local: Path = LOCAL) -> Session | None:
    """Return the local stack that is up, or None."""
    session = _remembered(local)
    if session is None or not answers(f"{session.endpoint}/_ministack/ready"):  # it was killed before it could forget
        return None
    return session


def _owner_of_ended(local: Path) -> int | None:
    """Return the process that still has the local stack although its embedded AWS has ended, or None."""
    session = _remembered(local)
    if session is None or not refused(session.endpoint):
        return None
    try:
        os.kill(session.pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:  # another user's
        pass
    return session.pid


def _remembered(local: Path) -> Session | None:
    """Return the local stack that the last process to start one wrote down and has not forgotten, or None."""
    try:
        found = json.loads((local / "session.json").read_text(encoding="utf-8"))
        return Session(**{**found, "source": Source(**found["source"])})
    except (FileNotFoundError, ValueError, TypeError, KeyError):  # none, or one that a stop or a hand left half written
        return None


def _remember(session: Session, local: Path) -> None:
    replace_file(local / "session.json", json.dumps(asdict(replace(session, aws=None)), indent=1) + "\n", private=True)


def _forget(local: Path) -> None:
    with suppress(FileNotFoundError):
        (local / "session.json").unlink()
