"""A Lambda of the pipeline: one folder of `functions/`, one role, one log group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.logs import log_group
from infra.packaging import artifacts
from infra.rights.role import service_role
from infra.rights.statements import Right, allow, anywhere

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.encryption import EncryptionKey
    from infra.packaging.layers import DependencyLayers
    from infra.place import Place

LOG_LEVEL = "INFO"
"""Fixed. Above INFO, Lambda drops the metric lines that alarms read: they name no level and count as INFO. Below it,
Lambda's root logger writes what each library logs (docs/decisions/0100)."""
TRACE = anywhere(
    "xray:PutTraceSegments", "xray:PutTelemetryRecords", because="X-Ray has no resources for sending traces"
)


@dataclass(frozen=True)
class Size:
    """A function's memory, which also buys processor time, and its time-out."""

    memory_mb: int
    timeout_s: int
    concurrency: int = 1


class PipelineFunction(pulumi.ComponentResource):
    """`functions/<name>/handler.py` as a Lambda function with the rights `may`, and the denied rights `never`."""

    def __init__(
        self,
        name: str,
        place: Place,
        key: EncryptionKey,
        layers: DependencyLayers,
        *,
        does: str,
        size: Size,
        environment: Mapping[str, pulumi.Input[str]],
        may: list[Right],
        never: list[Right],
    ) -> None:
        full = place.name(name)
        super().__init__("spotify-lake:infra:PipelineFunction", full)
        settings = place.settings
        child = pulumi.ResourceOptions(parent=self)
        logs = log_group(f"/aws/lambda/{full}", place, key, self)
        write_logs = allow("logs:CreateLogStream", "logs:PutLogEvents", on=[pulumi.Output.concat(logs.arn, ":*")])
        role = service_role(full, "lambda", [*may, *never, write_logs, TRACE], place, self, source_arn=None)
        code = artifacts.function_zip(name, settings.python)
        self.function = aws.lambda_.Function(
            full,
            name=full,
            description=does,
            handler=f"functions.{name}.handler.handler",
            runtime=settings.runtime,
            architectures=[settings.architecture],
            code=pulumi.FileArchive(str(code.path)),
            source_code_hash=code.sha256,
            layers=layers.of(name),
            role=role.arn,
            memory_size=size.memory_mb,
            timeout=size.timeout_s,
            reserved_concurrent_executions=size.concurrency if settings.reserve_concurrency else -1,
            environment={
                "variables": {
                    "POWERTOOLS_SERVICE_NAME": name,
                    **environment,
                }
            },
            logging_config={"log_format": "JSON", "application_log_level": LOG_LEVEL, "log_group": logs.name},
            tracing_config={"mode": "Active"},
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[*role.with_rights, logs])),
        )
        self.name, self.arn = self.function.name, self.function.arn
        self.memory_mb = size.memory_mb
        self.register_outputs({"arn": self.arn})
