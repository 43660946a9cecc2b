"""The environment of the server process: all its folders, and nothing of the user's own AWS."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

AthenaEngine = Literal["embedded", "trino"]
"""The engine of Athena's queries: the embedded Athena, or a real Trino on the same lake."""
REGION = "us-east-1"
ACCOUNT_ID = "123456789012"
ADMIN_KEY = "test"  # ministack's root caller: no policy is asked

# What of the user's environment goes on to the server and so to the Lambdas: how to reach the network, no credentials.
# SHIFTED_CLOCK is by how many seconds the tests shift every process's clock (tests/dates).
PASSED_ON = frozenset(
    {
        "PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
        "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "SHIFTED_CLOCK",
    }
)  # fmt: skip

REPOSITORY = Path(__file__).resolve().parents[2]


def caller_environment(endpoint: str) -> dict[str, str]:
    """Return the AWS_* variables that point any AWS SDK at `endpoint` as the administrator, and nowhere else."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ADMIN_KEY,
        "AWS_SECRET_ACCESS_KEY": ADMIN_KEY,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def server_environment(state_dir: Path, port: int, wait_scale: float, trino: Path | None = None) -> dict[str, str]:
    """Return the whole environment of the server process; all that it writes lies under `state_dir`.

    `trino` is the folder of a Trino that is to be its Athena's engine.
    """
    passed = {name: value for name, value in os.environ.items() if name in PASSED_ON}
    caller = caller_environment(f"http://127.0.0.1:{port}")
    no_proxy = ",".join(filter(None, ("127.0.0.1", "localhost", os.environ.get("NO_PROXY"))))
    engine = {"EMBEDDED_AWS_TRINO": str(trino)} if trino else {}
    return passed | caller | engine | {
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state_dir / "services"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state_dir / "s3"),
        "TMPDIR": str(state_dir / "tmp"),
        "SFN_WAIT_SCALE": str(wait_scale),
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": "WARNING",
        "IOT_MTLS_ENABLED": "0",  # a broker on a fixed port
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": f"unix://{state_dir}/no-docker",  # it would remove other ministacks' containers
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",  # whatever the user's locale: ministack's files are read again in another one
        "EMBEDDED_AWS_CALL_LOG": str(state_dir / "calls.ndjson"),
        "EMBEDDED_AWS_EVALUATIONS": str(state_dir / "evaluations.ndjson"),
        "EMBEDDED_AWS_FAULTS": str(state_dir / "faults.json"),
        "EMBEDDED_AWS_MAILBOX": str(state_dir / "mailbox.ndjson"),
    }  # fmt: skip
