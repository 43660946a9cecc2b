"""AWS's Runtime Interface Emulator with one function: its code, its packages and the runtime's, on Python 3.13.

The emulator is built by Go, and the runtime's packages are installed by uv, once, into the cache.
"""

from __future__ import annotations

import platform
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from conformance.part import Disagreement, cache
from infra.packaging.artifacts import PLATFORMS, PYTHON, dependency_layer, function_zip
from infra.packaging.bytecode import interpreter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from local.session import Session

EMULATOR = "github.com/aws/aws-lambda-runtime-interface-emulator"
EMULATOR_VERSION = "v0.0.0-20261030222936-bef5c4ba774d"
ARCHITECTURE = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"
RUNTIME = ("awslambdaric", "boto3")
BUILT_WITHIN_S = 600
INVOKED_WITHIN_S = 300
PATH = "/2015-03-31/functions/function/invocations"


def missing() -> str | None:
    """Return why the emulator cannot run here, or None; build it and install the runtime if they are not there."""
    if platform.system() != "Linux":
        return "Lambda's layers hold wheels for Linux"
    if not shutil.which("go"):
        return "go is not on the PATH; install Go to build the emulator"
    if python() is None:
        return f"there is no Python {PYTHON}, which the layers are built for: install it, for example by uv"
    return _done(_build(), "Go could not build the emulator") or _done(_install(), "uv could not install the runtime")


def python() -> Path | None:
    """Return Lambda's Python on this machine, or None."""
    return interpreter(PYTHON)


def _binary() -> Path:
    return cache("lambda-emulator") / EMULATOR_VERSION / "emulator"


def _site() -> Path:
    versions = "-".join(f"{name}-{version(name)}" for name in RUNTIME)
    return cache("lambda-emulator") / versions


def _build() -> list[str] | None:
    """Return the command that builds the emulator, run in its folder; None if it is built."""
    folder = _binary().parent
    if _binary().is_file():
        return None
    folder.mkdir(exist_ok=True)
    (folder / "go.mod").write_text(
        f"module emulator\ngo 1.24\nrequire {EMULATOR} {EMULATOR_VERSION}\n", encoding="utf-8"
    )
    return ["go", "build", "-C", str(folder), "-mod=mod", "-o", "emulator", f"{EMULATOR}/cmd/aws-lambda-rie"]


def _install() -> list[str] | None:
    """Return the command that installs the runtime's packages; None if they are installed."""
    if _site().is_dir():
        return None
    pins = [f"{name}=={version(name)}" for name in RUNTIME]
    options = ["--quiet", "--only-binary", ":all:", "--python-version", PYTHON, "--target", str(_site())]
    return [sys.executable, "-m", "uv", "pip", "install", *options, "--python-platform", PLATFORMS[ARCHITECTURE], *pins]


def _done(command: list[str] | None, failed: str) -> str | None:
    """Run a command; return why it failed, or None."""
    if command is None:
        return None
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=BUILT_WITHIN_S)
    except subprocess.TimeoutExpired:
        return f"{failed} within {BUILT_WITHIN_S} s"
    return f"{failed}: {done.stderr.strip()[-300:]}" if done.returncode else None


@dataclass(frozen=True)
class Emulated:
    """A deployed function's zip and layer under the emulator, with its settings and its role's credentials."""

    function: str
    config: dict[str, Any]
    environment: dict[str, str]

    @classmethod
    def of(cls, session: Session, function: str, arn: str) -> Emulated:
        """Return a function of a local stack."""
        config = session.client("lambda").get_function_configuration(FunctionName=arn)
        assumed = session.client("sts").assume_role(RoleArn=config["Role"], RoleSessionName="emulator")["Credentials"]
        credentials = {
            "AWS_ACCESS_KEY_ID": assumed["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": assumed["SecretAccessKey"],
            "AWS_SESSION_TOKEN": assumed["SessionToken"],
        }
        region = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": session.endpoint}
        return cls(function, config, {**config["Environment"]["Variables"], **region, **credentials})

    def invoke(self, event: bytes) -> bytes:
        """Return the response of a new environment to one call.

        Raises:
            Disagreement: it gave none.
        """
        task = unpacked(function_zip(self.function).path)
        layer = unpacked(dependency_layer(self.function, ARCHITECTURE, PYTHON).path)
        with serving(task, [layer / "python"], self.environment, self.config) as address:
            return call(address, event)


def call(address: str, event: bytes) -> bytes:
    """Return the response to one call.

    Raises:
        Disagreement: there is none.
    """
    request = urllib.request.Request(f"http://{address}{PATH}", event)
    try:
        with urllib.request.urlopen(request, timeout=INVOKED_WITHIN_S) as response:  # noqa: S310
            return bytes(response.read())
    except urllib.error.HTTPError as error:
        return bytes(error.read())
    except OSError as error:
        raise Disagreement(f"the emulator gives no response to {event[:80]!r}: {error}") from error


@contextmanager
def serving(
    task: Path, packages: Sequence[Path], environment: Mapping[str, str], config: Mapping[str, Any]
) -> Iterator[str]:
    """Serve a function's unpacked code and packages, with these settings of it; give the emulator's address."""
    address, api = (f"127.0.0.1:{_free_port()}" for _ in range(2))
    command = [
        str(_binary()), "--log-level", "error", "--runtime-interface-emulator-address", address,
        "--runtime-api-address", api, str(python()), "-S", "-m", "awslambdaric", config["Handler"],
    ]  # fmt: skip
    path = ":".join(map(str, [task, *packages, _site()]))
    process = subprocess.Popen(
        command,
        cwd=task,
        env={**environment, **_lambdas(task, config), "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()  # it ends the runtime's process itself
        process.wait()


def _lambdas(task: Path, config: Mapping[str, Any]) -> dict[str, str]:
    name = config["FunctionName"]
    return {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{PYTHON}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config["MemorySize"]),
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(config["Timeout"]),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_LEVEL": "INFO",
        "AWS_LAMBDA_LOG_STREAM_NAME": "emulator",
        "LAMBDA_TASK_ROOT": str(task),
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TZ": ":UTC",
        "_HANDLER": config["Handler"],
    }


def unpacked(packed: Path) -> Path:
    """Return the folder of a zip's files, named by its digest as the zip is, unpacked once."""
    folder = cache("lambda-emulator") / packed.stem
    if not folder.is_dir():
        half = folder.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        with zipfile.ZipFile(packed) as files:
            files.extractall(half)
        half.rename(folder)
    return folder


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    host, port = address.split(":")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if not probe.connect_ex((host, int(port))):
                return
        time.sleep(0.05)
    raise Disagreement(f"the emulator does not answer at {address}")
