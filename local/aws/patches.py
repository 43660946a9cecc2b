"""The patches of ministack, in the order in which they are installed before it serves.

The order counts where two patches change one function: of two that wrap it, the later one is called first. A test
installs them one by one and compares what each changed with what its decorators say.
"""

from __future__ import annotations

import importlib

from local.aws import patching, pins

MODULES = (
    "startup",
    "iam.call_log",
    "iam.callers",
    "iam.kms",
    "iam.resources",
    "lambda_.service",
    "iam.roles",
    "iam.telemetry",
    "iam.policy_simulator",
    "athena.first_use",
    "glue.crawler",
    "glue.partitions",
    "glue.tables",
    "stepfunctions.executions",
    "stepfunctions.expressions",
    "stepfunctions.redrive",
    "stepfunctions.descriptions",
    "stepfunctions.athena_tasks",
    "s3.times",
    "s3.conditions",
    "stepfunctions.s3_tasks",
    "stepfunctions.task_errors",
    "stepfunctions.task_faults",
    "stepfunctions.role_checks",
    "stepfunctions.starts",
    "stepfunctions.definitions",
    "sns.notifications",
    "sns.topics",
    "read_back",
    "events.repeated_creation",
    "events.schedule_expressions",
    "events.targets",
    "events.scheduler",
    "events.trigger_checks",
)


def install_all() -> None:
    """Check the pinned internals, then install every patch in its order.

    Raises:
        local.aws.pins.PinsMoved: an internal is not the one that a patch was written for.
    """
    pins.check_version()
    first, *rest = MODULES
    patching.install(importlib.import_module(f"local.aws.{first}"))  # it decides what the others import
    modules = [importlib.import_module(f"local.aws.{name}") for name in rest]
    pins.check(pins.pinned())
    for module in modules:
        patching.install(module)
