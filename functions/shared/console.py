"""Addresses in AWS's console."""

from __future__ import annotations


def console_host(partition: str, region: str) -> str:
    """Return the host of a region's console: GovCloud and China have their own.

    Sources: https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/getting-started-sign-in.html,
    https://docs.amazonaws.cn/en_us/aws/latest/userguide/console.html
    """
    other = {"aws-us-gov": "console.amazonaws-us-gov.com", "aws-cn": "console.amazonaws.cn"}
    return other.get(partition, f"{region}.console.aws.amazon.com")


def executions(host: str, region: str) -> str:
    """Return the address to which an execution's ARN is appended."""
    return f"https://{host}/states/home?region={region}#/v2/executions/details/"


def query_editor(host: str, region: str) -> str:
    """Return the address of Athena's query editor."""
    return f"https://{host}/athena/home?region={region}#/query-editor"
