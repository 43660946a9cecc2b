"""Turn ministack's configuration of a function into what a process of the runtime needs."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
import uuid
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.aws.lambda_.packages import folder_of_lock
from local.aws.lambda_.runtime_process import Function

if TYPE_CHECKING:
    from collections.abc import Mapping


def function_of(
    config: Mapping[str, Any], code: bytes, layers: list[bytes], region: str, credentials: Mapping[str, str]
) -> Function:
    """Return the function of a configuration, its zip and its layers, all unpacked.

    Raises:
        PackagesMissing: its lock names what is not installed here.
    """
    task = unpacked(code)
    logging = config.get("LoggingConfig") or {}
    log_format = logging.get("LogFormat") or "Text"
    runtime = config["Runtime"]
    lock = task.joinpath(*config["Handler"].split(".")[:-2], "requirements.txt")
    if layers:
        found = tuple(part for each in layers for part in _on_the_path(unpacked(each), runtime))
    else:
        found = (folder_of_lock(lock.read_text(encoding="utf-8")),) if lock.is_file() else ()
    log_level = logging.get("ApplicationLogLevel") or "INFO"
    return Function(
        arn=config["FunctionArn"],
        version=config.get("Version", "$LATEST"),
        handler=config["Handler"],
        runtime=runtime,
        memory_mb=int(config.get("MemorySize", 128)),
        timeout_s=float(config.get("Timeout", 3)),
        task=task,
        layers=found,
        variables=variables(config, task, runtime, log_format, log_level, region) | dict(credentials),
        log_format=log_format.upper(),
        log_level=log_level,
    )


def variables(
    config: Mapping[str, Any], task: Path, runtime: str, log_format: str, log_level: str, region: str
) -> dict[str, str]:
    """Return the environment variables of a function: its own, then Lambda's, which it cannot change.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html. AWS_ENDPOINT_URL is the one that
    Lambda does not set: it leads AWS's SDK to this AWS. What the runtime client is told beside these, it is told when
    its process starts.
    """
    name, version = config["FunctionName"], config.get("Version", "$LATEST")
    logging = config.get("LoggingConfig") or {}
    levels = {"AWS_LAMBDA_LOG_LEVEL": log_level} if log_format.upper() == "JSON" else {}
    return {
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
        **(config.get("Environment") or {}).get("Variables", {}),
        "_HANDLER": config["Handler"],
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_FUNCTION_VERSION": version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": logging.get("LogGroup") or f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"{datetime.now(UTC):%Y/%m/%d}/[{version}]{uuid.uuid4().hex}",
        "AWS_LAMBDA_LOG_FORMAT": "JSON" if log_format.upper() == "JSON" else "Text",
        **levels,
        "LAMBDA_TASK_ROOT": str(task),
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TZ": ":UTC",
    }


def unpacked(packed: bytes) -> Path:
    """Return the folder of a zip's files, unpacked once."""
    folder = Path(tempfile.gettempdir()) / "lambda" / hashlib.sha256(packed).hexdigest()[:32]
    if not folder.is_dir():
        folder.parent.mkdir(exist_ok=True)
        half = Path(tempfile.mkdtemp(dir=folder.parent))
        with zipfile.ZipFile(io.BytesIO(packed)) as files:
            files.extractall(half)
        half.chmod(0o755)
        try:
            half.rename(folder)
        except OSError:
            shutil.rmtree(half)
            if not folder.is_dir():  # otherwise another execution was first
                raise
    return folder


def _on_the_path(layer: Path, runtime: str) -> list[Path]:
    """Return the folders of a layer that Python imports from (lambda/latest/dg/packaging-layers.html)."""
    return [path for path in (layer / "python/lib" / runtime / "site-packages", layer / "python") if path.is_dir()]
