"""The patches of ministack, in the order in which they are installed before it serves.

The order counts where two patches change one function: of two that wrap it, the later one is called first. A test
installs them one by one and compares what each changed with what is listed here.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from local.aws import pins

ATHENA = "ministack.services.athena"
EVENTS = "ministack.services.eventbridge"
EVALUATOR = "ministack.core.iam_evaluator"
ACTIONS = "ministack.core.iam_actions"
GLUE = "ministack.services.glue"
LAMBDA = "ministack.services.lambda_svc"
SCHEDULER = "ministack.services.scheduler"
STATES = "ministack.services.stepfunctions"


@dataclass(frozen=True)
class Patch:
    """A module with an `install()`, and what that replaces or wraps: for each changed module, the names in it."""

    module: str
    changes: dict[str, str]


PATCHES = (
    Patch("startup", {"botocore.session": "get_session"}),
    Patch("iam.call_log", {EVALUATOR: "enforce evaluate"}),
    Patch("iam.callers", {EVALUATOR: "pin_request_caller"}),
    Patch("iam.kms", {EVALUATOR: "enforce", ACTIONS: "access_denied_response s3_service_context"}),
    Patch("iam.resources", {EVALUATOR: "enforce", ACTIONS: "dynamodb_service_context extract_resource_arn"}),
    Patch(
        "lambda_.service",
        {
            "ministack.core.lambda_runtime": "_worker_class_for",
            LAMBDA: "_execute_function_warm _emit_lambda_logs _create_function",
            STATES: "_call_lambda",
        },
    ),
    Patch(
        "iam.roles",
        {
            LAMBDA: "_create_function",
            SCHEDULER: "_create_schedule _update_schedule",
            STATES: "_create_state_machine _update_state_machine",
        },
    ),
    Patch("iam.telemetry", {LAMBDA: "_emit_lambda_logs", STATES: "_create_state_machine _update_state_machine"}),
    Patch("iam.policy_simulator", {"ministack.services.iam": "_IAM_HANDLERS[SimulatePrincipalPolicy]"}),
    Patch(
        "athena.first_use",
        {ATHENA: "_start_query_execution _stop_query_execution _get_query_execution _get_query_results"},
    ),
    Patch(
        "glue.crawler",
        {
            GLUE: "_create_crawler _update_crawler _delete_crawler _get_crawler _get_crawlers "
            "_start_crawler _stop_crawler"
        },
    ),
    Patch(
        "glue.partitions",
        {
            GLUE: "_create_partition _batch_create_partition _get_partition _get_partitions _delete_partition "
            "_handle_request_sync"
        },
    ),
    Patch("glue.tables", {GLUE: "_update_table _handle_request_sync"}),
    Patch(
        "stepfunctions.executions",
        {STATES: "_run_execution _start_execution _add_event _scaled_sleep _sleep_until _invoke_resource"},
    ),
    Patch(
        "stepfunctions.expressions",
        {"jsonata.timebox": "Timebox.__init__", "jsonata.parser": "Parser.parse", STATES: "_sfn_jsonata_range"},
    ),
    Patch("stepfunctions.redrive", {STATES: "handle_request"}),
    Patch(
        "stepfunctions.descriptions",
        {STATES: "_describe_execution _describe_state_machine _list_executions _get_execution_history"},
    ),
    Patch(
        "stepfunctions.athena_tasks",
        {
            STATES: " ".join(
                f"_SERVICE_DISPATCH[arn:aws:states:::athena:{action}]"
                for action in ("startQueryExecution", "stopQueryExecution", "getQueryExecution", "getQueryResults")
            )
        },
    ),
    Patch("s3.times", {"ministack.services.s3": "handle_request"}),
    Patch("s3.conditions", {"ministack.services.s3": "handle_request"}),
    Patch("stepfunctions.s3_tasks", {"ministack.services.s3": "handle_request", STATES: "_dispatch_aws_sdk_rest_xml"}),
    Patch(
        "stepfunctions.task_errors",
        {
            "ministack.services.sns": "_publish",
            STATES: " ".join(
                f"_SERVICE_DISPATCH[arn:aws:states:::{task}]"
                for task in (
                    "dynamodb:putItem",
                    "dynamodb:getItem",
                    "dynamodb:updateItem",
                    "dynamodb:deleteItem",
                    "sns:publish",
                )
            ),
        },
    ),
    Patch("stepfunctions.task_faults", {STATES: "_invoke_resource"}),
    Patch(
        "stepfunctions.role_checks",
        {
            "ministack.app": "call_service_handler_sync",
            STATES: "_run_execution _invoke_resource _prefix_sdk_error",
        },
    ),
    Patch("stepfunctions.starts", {STATES: "_start_execution"}),
    Patch(
        "stepfunctions.definitions",
        {
            STATES: "_create_state_machine _update_state_machine _delete_state_machine "
            "_validate_state_machine_definition"
        },
    ),
    Patch(
        "sns.notifications",
        {"ministack.services.sns": "_subscribe _list_subscriptions _list_subscriptions_by_topic _fanout"},
    ),
    Patch(
        "sns.topics",
        {
            "ministack.services.sns": (
                "_get_topic _create_topic _delete_topic _subscribe _confirm_subscription _unsubscribe "
                "_get_subscription_attributes _set_subscription_attributes _list_subscriptions_by_topic"
            ),
        },
    ),
    Patch(
        "read_back",
        {
            "ministack.services.cloudwatch": "_describe_alarms _put_metric_alarm",
            "ministack.services.cloudwatch_logs": "handle_request",
            GLUE: "_create_crawler",
            "ministack.services.s3": "_create_multipart_upload _complete_multipart_upload",
            "ministack.services.secretsmanager": "_get_secret_value",
            STATES: "_create_state_machine _update_state_machine",
        },
    ),
    Patch("events.repeated_creation", {SCHEDULER: "_create_schedule"}),
    Patch("events.schedule_expressions", {SCHEDULER: "_create_schedule _update_schedule", EVENTS: "_put_rule"}),
    Patch(
        "events.targets",
        {EVENTS: "_put_targets _render_placeholder", "ministack.services.sns": "publish_internal"},
    ),
    Patch("events.scheduler", {SCHEDULER: "_tick_schedules _SCHEDULE_TICK_INTERVAL"}),
    Patch(
        "events.trigger_checks",
        {
            "ministack.app": "pin_request_origin",
            EVENTS: "_invoke_target _dispatch_to_sns _dispatch_to_sqs _dispatch_to_stepfunctions",
            "ministack.services.cloudwatch": "_dispatch_alarm_actions",
            "ministack.services.sns": "_fanout",
        },
    ),
)


def install_all() -> None:
    """Check the pinned internals, then install every patch in its order.

    Raises:
        local.aws.pins.PinsMoved: an internal is not the one that a patch was written for.
    """
    pins.check_version()
    first, *rest = PATCHES
    importlib.import_module(f"local.aws.{first.module}").install()  # it decides what the others import
    modules = [importlib.import_module(f"local.aws.{patch.module}") for patch in rest]
    pins.check(pins.pinned())
    for module in modules:
        module.install()
