"""The state machine: its definition filled in, its role, its logs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from functions.shared.contract import TABLES, glue_columns
from infra.logs import log_group
from infra.rendering import definition, ledger
from infra.rights.role import service_role
from infra.rights.statements import Right, anywhere

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.encryption import EncryptionKey
    from infra.place import Place

DELIVER_LOGS = anywhere(
    "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
    because="log deliveries are account-wide: CloudWatch Logs has no resource for them",
)  # fmt: skip
TRACE = anywhere(
    "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
    because="X-Ray has no resources for sending traces and reading sampling rules",
)  # fmt: skip


class Pipeline(pulumi.ComponentResource):
    """A Standard state machine; its role names every resource that it uses.

    The component's input `definition` has the definition as text, so that `pulumi preview --diff` shows the changed
    line, and not the whole definition.
    """

    def __init__(
        self,
        place: Place,
        key: EncryptionKey,
        *,
        values: Mapping[str, pulumi.Input[str]],
        may: list[Right],
        never: list[Right],
    ) -> None:
        name = place.settings.name
        template = definition.TEMPLATE.read_text(encoding="utf-8")
        super().__init__("spotify-lake:infra:Pipeline", name, {"definition": definition.shown(template, values)})
        logs = log_group(f"/aws/vendedlogs/states/{name}", place, key, self)
        role = service_role(
            f"{name}-pipeline",
            "states",
            [*may, *never, DELIVER_LOGS, TRACE],
            place,
            self,
            source_arn=place.state_machine_arn,
        )
        self.state_machine = aws.sfn.StateMachine(
            name,
            name=name,
            type="STANDARD",
            role_arn=role.arn,
            definition=pulumi.Output.all(place.partition, pulumi.Output.all(**values)).apply(
                lambda known: definition.fill(template, known[1], known[0])
            ),
            logging_configuration={
                "level": "ERROR",
                "include_execution_data": True,
                "log_destination": pulumi.Output.concat(logs.arn, ":*"),
            },
            tracing_configuration={"enabled": True},
            opts=pulumi.ResourceOptions(parent=self, depends_on=role.with_rights, hide_diffs=["definition"]),
        )
        self.arn = self.state_machine.arn
        self.register_outputs({"arn": self.arn})


def lake_tables() -> str:
    """Return every declared table of the lake as JSON: {table: [[column, type], …]}; JSON is a JSONata literal too."""
    declared = {table: glue_columns(table) for table in TABLES} | {"runs": ledger.RUNS, "published": ledger.PUBLISHED}
    return json.dumps(
        {table: [[column["Name"], column["Type"]] for column in columns] for table, columns in declared.items()},
        separators=(",", ":"),
    )


def audit_sql() -> str:
    """Return the audit query with `?` for its parameters."""
    return definition.AUDIT_SQL.read_text(encoding="utf-8")
