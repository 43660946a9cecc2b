"""The log of every function: JSON lines that carry the request and the run, and no secret at any level (invariant 10).

With JSON logs, Lambda's runtime puts a handler on the root logger at the function's log level. At DEBUG the libraries
below write whole responses and headers to it: the client secret, the session token, Spotify's token.
"""

from __future__ import annotations

import json
import logging

from aws_lambda_powertools import Logger

from functions.shared.bounds import LINE_BYTES, bounded

QUIET = ("boto3", "botocore", "s3transfer", "urllib3", "httpx", "httpcore", "hpack", "h2")


def silence() -> None:
    """Limit libraries that log headers and bodies to warnings, whatever the root logger's level."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _line(record: dict[str, object]) -> str:
    """Return a log line: CloudWatch takes valid UTF-8 only, and the runtime drops a line that is not."""
    return json.dumps(bounded(record, LINE_BYTES), default=str, ensure_ascii=False, separators=(",", ":"))


silence()
logger = Logger(json_serializer=_line)
