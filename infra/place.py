"""A stack's account and region, and the names and ARNs of its resources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from functions.shared.console import console_host, executions

if TYPE_CHECKING:
    from infra.settings import Settings


@dataclass(frozen=True)
class Place:
    """One stack in one region of one account."""

    settings: Settings
    partition: pulumi.Output[str]
    region: pulumi.Output[str]
    account: pulumi.Output[str]
    dns_suffix: pulumi.Output[str]

    @classmethod
    def current(cls, settings: Settings) -> Place:
        """Return the place that the AWS provider is configured for."""
        return cls(
            settings,
            partition=aws.get_partition_output().partition,
            dns_suffix=aws.get_partition_output().dns_suffix,
            region=aws.get_region_output().region,
            account=aws.get_caller_identity_output().account_id,
        )

    def name(self, noun: str) -> str:
        """Return the name of one of this stack's resources: `spotify-lake-dev-extract`."""
        return f"{self.settings.name}-{noun}"

    def arn(self, service: str, resource: pulumi.Input[str]) -> pulumi.Output[str]:
        """Return the ARN of a resource of a service in this region and account."""
        return pulumi.Output.concat(
            "arn:", self.partition, ":", service, ":", self.region, ":", self.account, ":", resource
        )

    @property
    def state_machine_arn(self) -> pulumi.Output[str]:
        """The state machine's ARN, known before the state machine exists, for roles and rules that name it."""
        return self.arn("states", f"stateMachine:{self.settings.name}")

    @property
    def executions_arn(self) -> pulumi.Output[str]:
        """The pattern of the ARNs of the state machine's executions."""
        return self.arn("states", f"execution:{self.settings.name}:*")

    @property
    def console_url(self) -> pulumi.Output[str]:
        """The AWS console's address of an execution, up to the ARN to be appended."""
        return pulumi.Output.all(self.partition, self.region).apply(lambda at: executions(console_host(*at), at[1]))
