"""Print what the policy of an existing KMS key must allow for a stack, as JSON, before the stack exists.

`python -m ops.key_policy --stack NAME --account NUMBER --region REGION` sends AWS no request. It runs the program and
prints what that exports as `must_allow` of `key`; once the stack exists, `pulumi stack output key --json` has it.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from typing import TYPE_CHECKING, Any

from local.deployment.configuration import merged, project_name
from local.deployment.deploy import PROJECT, check
from local.deployment.errors import ConfigurationError
from local.deployment.program import Handlers, run
from local.deployment.values import plain
from local.streams import flushed, prepare
from ops.errors import OpsError
from ops.terminal.error_messages import told_plainly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi.runtime.mocks import MockResourceArgs

GIVEN = ("arn", "bucket", "keyId", "name", "url")
"""The properties that AWS gives a resource and the program reads; the statements contain none of them."""


def main(arguments: Sequence[str]) -> int:
    """Print the statements, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.key_policy", description=__doc__)
    parser.add_argument("--stack", required=True, help="the stack's name; reads Pulumi.NAME.yaml")
    parser.add_argument("--account", required=True, help="the AWS account ID")
    parser.add_argument("--region", required=True, help="the AWS region of the stack")
    parser.add_argument("--partition", default="aws", choices=("aws", "aws-cn", "aws-us-gov"))
    asked = parser.parse_args(arguments)
    if not re.fullmatch(r"\d{12}", asked.account):
        parser.error(f"--account is {asked.account!r}; an account's number has 12 digits")
    with told_plainly() as outcome, flushed():
        try:
            check(asked.stack, project=PROJECT)
            statements = must_allow(asked.stack, asked.account, asked.region, asked.partition)
        except ConfigurationError as exc:
            raise OpsError(str(exc)) from exc
        sys.stdout.write(json.dumps(statements, indent=2) + "\n")
    return outcome.exit_code


def must_allow(stack: str, account: str, region: str, partition: str) -> list[dict[str, Any]]:
    """Return the statements that let AWS's services use the key of a stack that is in this account and region."""
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    answers = {
        "getCallerIdentity": {"accountId": account},
        "getRegion": {"region": region},
        "getPartition": {"partition": partition, "dnsSuffix": suffix},
    }
    handlers = Handlers(_register, lambda token, _arguments: answers[token.rsplit(":", 1)[1]])
    config = merged(PROJECT, stack, {"dependencyLayers": "false"})  # nothing is built
    exports = run(PROJECT / "__main__.py", project_name(PROJECT), stack, config, handlers)
    statements: list[dict[str, Any]] = exports["key"]["must_allow"]
    return statements


def _register(_urn: str, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
    inputs: Any = plain(args.inputs)
    return args.name, {**dict.fromkeys(GIVEN, args.name), **inputs}


if __name__ == "__main__":
    prepare()
    sys.exit(main(sys.argv[1:]))
