"""Replace ministack's worker for Python functions by Lambda's own runtime client.

ministack keeps what it does well: the API, versions, concurrency, the pool of environments and its clean-up. An
environment is started when its function is made, since Lambda "occasionally pre-initializes execution environments to
reduce the number of cold start invocations" (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html):
so the functions of a stack start side by side. After a restart they start at the first call of any, two at a time in
the order in which the state machines call them.
"""

from __future__ import annotations

import contextvars
import json
import re
import threading
import time
from typing import TYPE_CHECKING, Any

from ministack.core import lambda_runtime
from ministack.core.responses import get_region, new_uuid
from ministack.services import cloudwatch_logs, lambda_svc
from ministack.services import stepfunctions as sfn

from local.aws.lambda_.environment import INIT_S, Environment
from local.aws.lambda_.functions import function_of
from local.aws.lambda_.packages import PackagesMissing
from local.aws.patching import arn, wrap

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from local.aws.lambda_.runtime_process import RuntimeProcess


class Log(str):
    """A call's log as text, as ministack returns it, with its events and its stream."""

    __slots__ = ("events", "stream")
    events: list[str]
    stream: str

    @classmethod
    def of(cls, events: list[str], stream: str) -> Log:
        """Return the log of these events."""
        log = cls("\n".join(events))
        log.events, log.stream = events, stream
        return log


class Worker(lambda_runtime.Worker):  # type: ignore[misc]  # ministack ships no types
    """An environment as an entry of ministack's pool, which checks its process and ends it."""

    def __init__(self, func_name: str, config: dict[str, Any], code_zip: bytes) -> None:
        self._environment: Environment | None = None
        super().__init__(func_name, config, code_zip)

    @property
    def _proc(self) -> subprocess.Popen[bytes] | None:
        process = self._environment.process if self._environment else None
        return process.popen if process else None

    @_proc.setter
    def _proc(self, value: None) -> None:
        """Take None from ministack, which has ended the process by itself; `_discard_tmpdir` follows."""

    def _discard_tmpdir(self) -> None:
        if self._environment:  # ministack has killed the process, so that no call still runs
            self._environment.stop()

    def _spawn(self) -> None:
        self.environment().start()

    def environment(self) -> Environment:
        """Return the environment; create it if there is none.

        Raises:
            PackagesMissing: the function's lock names what is not installed here.
        """
        if self._environment is None:
            layers = [lambda_svc._resolve_layer_zip(each) for each in self.config.get("Layers") or []]
            credentials = lambda_runtime.execution_credentials(self.config)
            given = [each for each in layers if each]
            self._environment = Environment(function_of(self.config, self.code_zip, given, get_region(), credentials))
        return self._environment


@wrap(lambda_runtime, "_worker_class_for")
def _worker_class(original: Callable[[dict[str, Any]], type], config: dict[str, Any]) -> type:
    return Worker if str(config.get("Runtime", "python")).startswith("python") else original(config)


@wrap(lambda_svc, "_execute_function_warm")
def _execute(
    original: Callable[..., dict[str, Any]], func: dict[str, Any], event: object, request_id: str
) -> dict[str, Any]:
    """Run a call of a Python function and return its payload as Lambda would."""
    config, code = func.get("config") or func, func.get("code_zip")
    if not code or not str(config.get("Runtime", "python")).startswith("python"):
        return original(func, event, request_id)
    name, version = config["FunctionName"], config.get("Version", "$LATEST")
    _start_others(name)
    worker, _ = lambda_runtime.acquire_worker(name, config, code, qualifier=version)
    try:
        environment = worker.environment()
        trace_id = lambda_svc._xray_trace_id_for_invocation(config)
        outcome = environment.invoke(json.dumps(event).encode(), request_id, trace_id)
    except PackagesMissing as missing:
        return {"body": {"errorType": "PackagesMissing", "errorMessage": str(missing)}, "error": True}
    finally:
        lambda_runtime.release_worker(worker)
    log = Log.of(outcome.log, environment.function.variables["AWS_LAMBDA_LOG_STREAM_NAME"])
    if outcome.failed:
        return {"body": json.loads(outcome.payload), "error": True, "log": log}
    return {"body": outcome.payload, "log": log}


@wrap(lambda_svc, "_emit_lambda_logs")
def _emit(
    original: Callable[..., None], func: dict[str, Any], request_id: str, log: str, *rest: Any, **named: Any
) -> None:
    """Write a call's log to its environment's stream, an event per message."""
    if not isinstance(log, Log):
        original(func, request_id, log, *rest, **named)
        return
    config, now = func.get("config") or func, int(time.time() * 1000)
    name = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
    groups = cloudwatch_logs._log_groups
    if name not in groups:
        groups[name] = {
            "arn": cloudwatch_logs._make_group_arn(name), "creationTime": now, "retentionInDays": None, "tags": {},
            "subscriptionFilters": {}, "streams": {},
        }  # fmt: skip
    stream = groups[name]["streams"].setdefault(
        log.stream,
        {
            "events": [], "uploadSequenceToken": "1", "creationTime": now, "firstEventTimestamp": None,
            "lastEventTimestamp": None, "lastIngestionTime": None,
        },
    )  # fmt: skip
    events = [{"timestamp": now, "message": message, "ingestionTime": now} for message in log.events]
    cloudwatch_logs._append_log_events(stream, events)


@wrap(lambda_svc, "_create_function")
def _create(original: Callable[[dict[str, Any]], Any], data: dict[str, Any]) -> Any:
    """Create a function, and start an environment of it."""
    response = original(data)
    if func := lambda_svc._functions.get(data.get("FunctionName")):
        _start(func, replaces=True)
    return response


def _start(func: dict[str, Any], *, replaces: bool) -> RuntimeProcess | None:
    """Start an environment if the function has packages of its own, since it starts slowly; return its process.

    One that runs is ended for it if `replaces`, else kept.
    """
    config, code = func["config"], func.get("code_zip")
    if not code or not str(config.get("Runtime", "")).startswith("python"):
        return None
    worker, _ = lambda_runtime.acquire_worker(config["FunctionName"], config, code)
    try:
        environment: Environment = worker.environment()
        if environment.function.layers and (replaces or not environment.process):
            environment.start()
            return environment.process
    except PackagesMissing as missing:
        lambda_svc.logger.error("%s cannot run: %s", config["FunctionName"], missing)
    finally:
        lambda_runtime.release_worker(worker)
    return None


AT_ONCE = 2
"""Functions that start at the same time after a restart."""
_called: set[str] = set()


def _start_others(called: str) -> None:
    """Note that a function is called; at the first call of any, start the others in threads of their own."""
    first = not _called
    _called.add(called)
    names = iter(_in_order_of_need() if first else [])
    for _ in range(AT_ONCE if first else 0):
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(_start_in_turn, names), daemon=True).start()


def _in_order_of_need() -> list[str]:
    """Return the names of all functions: as the definitions of the state machines name them, then the rest."""
    definitions = "".join(each["definition"] for each in sfn._state_machines.values())
    found = {name: re.search(rf":function:{re.escape(name)}(?![\w-])", definitions) for name in lambda_svc._functions}
    return sorted(found, key=lambda name: place.start() if (place := found[name]) else len(definitions))


def _start_in_turn(names: Iterator[str]) -> None:
    """Start an environment of each next function that was not called by then, once the one before is ready.

    What is needed first would be ready later if all started at once.
    """
    for name in names:
        func = lambda_svc._functions.get(name)
        if func and name not in _called and (process := _start(func, replaces=False)):
            process.wait_for_its_start(INIT_S)


@wrap(sfn, "_call_lambda")
def _call(original: Callable[[Any, Any], Any], func_ref: Any, event: Any) -> Any:
    """Call a function for a task; name a throttled call and a missing function as AWS does."""
    try:
        return original(func_ref, event)
    except sfn._ExecutionError as error:
        if error.error == "Lambda.ResourceNotFoundException":  # test_no_such_function, recorded 2025-11-25
            place = arn("lambda", "function")
            told = f"AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: {new_uuid()}"
            name = str(func_ref).rsplit(":", 1)[-1]
            error.cause = f"Function not found: {place}:{name}:$LATEST (Service: {told}; Proxy: null)"
        if error.error == "Lambda.Unknown" and '"TooManyRequestsException"' in error.cause:
            said = json.loads(error.cause)
            raise sfn._ExecutionError("Lambda.TooManyRequestsException", said["message"]) from error
        raise
