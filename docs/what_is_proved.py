"""Writes docs/what-is-proved.md from the conformance table: `python -m docs.what_is_proved`. A test compares them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from local.aws.conformance.table import STATUSES, Row, differences, real_parts, rows, services, table

PLACE = Path(__file__).with_name("what-is-proved.md")
NAMES = {
    "athena": "Athena", "dynamodb": "DynamoDB", "events": "EventBridge", "glue": "Glue", "iam": "IAM", "kms": "KMS",
    "executions": "Step Functions: executions and tasks", "secretsmanager": "Secrets Manager",
    "lambda": "Lambda", "provider": "The provider (Pulumi's and Terraform's AWS provider)", "s3": "S3",
    "scheduler": "EventBridge Scheduler", "simulator": "IAM's policy simulator", "sns": "SNS", "sqs": "SQS",
    "stepfunctions": "Step Functions: definitions, expressions and limits",
    "histories": "Step Functions: histories",
}  # fmt: skip

HEAD = """# What is proved

Generated from `local/aws/conformance/` by `python -m docs.what_is_proved`; do not edit.

No test of this project runs on AWS. This page lists what the project assumes about AWS, and why you may believe it.
Each row is a test: `pytest tests/local/aws/conformance` runs the call against the embedded AWS and compares its
response with the one listed here.

- *measured on AWS*: somebody recorded AWS's response. The source names the recorded test and its date.
- *documented*: AWS's documentation says so.
- *provider's source*: the Terraform AWS provider or an AWS SDK depends on it.
- *guess*: none of these. [Guesses](#guesses) lists how to settle each of them on an account.
"""


def markdown() -> str:
    """Return the page."""
    services_ = "".join(_service(service) for service in services())
    return HEAD + _counts() + _guesses() + _parts() + _differences() + services_


def _counts() -> str:
    head = f"\n| service | {' | '.join(STATUSES)} |\n|---|{'--:|' * len(STATUSES)}\n"
    return head + "".join(_count(NAMES[service], rows(service)) for service in services()) + _count("all", table())


def _count(name: str, counted: list[Row]) -> str:
    by_status = Counter(row.status for row in counted)
    return f"| {name} | {' | '.join(str(by_status[status] or '') for status in STATUSES)} |\n"


def _guesses() -> str:
    """Return what to run in the first ten minutes on an account: what settles guesses first."""
    settled = sorted((row for row in table() if row.settle), key=lambda row: row.status != "guess")
    head = "\n## Guesses\n\nRun these in the first ten minutes on an account. `STACK` is the name of the stack.\n\n"
    columns = _line("do this", "expected", "so far", "row") + "|---|---|---|---|\n"
    return head + columns + "".join(_line(row.settle, row.response, row.status, f"`{row.check}`") for row in settled)


def _parts() -> str:
    head = "\n## What real parts proved\n\nThese parts ran outside AWS, with this project's own program and data.\n\n"
    columns = _line("part", "version", "it proved", "it found", "run it again") + "|---|---|---|---|---|\n"
    return head + columns + "".join(_line(p.part, p.version, p.proved, p.found, p.again) for p in real_parts())


def _differences() -> str:
    head = "\n## Where the embedded AWS differs\n\nKnown differences from what was recorded or is documented.\n\n"
    lines = (_line(each.what, each.why) for each in differences())
    return head + _line("difference", "why it is left") + "|---|---|\n" + "".join(lines)


def _service(service: str) -> str:
    columns = _line("call", "situation", "AWS's response", "status and source", "row") + "|---|---|---|---|---|\n"
    lines = (
        _line(row.call, row.situation, row.response, f"*{row.status}*: {row.source}", f"`{row.check}`")
        for row in rows(service)
    )
    return f"\n## {NAMES[service]}\n\n{columns}{''.join(lines)}"


def _line(*cells: str) -> str:
    """Return one row of a Markdown table."""
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |\n"


if __name__ == "__main__":
    PLACE.write_text(markdown(), encoding="utf-8")
