"""A function sees its zip, the packages that its lock names and those of Lambda's runtime, and nothing else."""

from __future__ import annotations

import importlib.metadata
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from local.aws.lambda_ import packages
from local.aws.lambda_.packages import PackagesMissing, folder_of_lock
from tests.local.cloud import function

if TYPE_CHECKING:
    from pathlib import Path

    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded

FINDS = """
import importlib.util, os, sys
def handler(event, context):
    found = {name: importlib.util.find_spec(name) is not None for name in event}
    return {"found": found, "environment": dict(os.environ), "path": sys.path, "folder": os.getcwd()}
"""
RUNTIME = ("awslambdaric", "boto3", "botocore", "dateutil", "jmespath", "s3transfer", "simplejson", "six", "urllib3")
DEVELOPMENT = ("functions", "infra", "local", "ministack", "pip", "pulumi", "pyarrow", "pytest", "tests")
JINJA = f"jinja2=={importlib.metadata.version('jinja2')} \\\n    --hash=sha256:0\n    # via something\n"
LAMBDA = {
    "AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT", "LANG",
    "PATH", "PYTHONPATH", "TZ", "_HANDLER",
}  # fmt: skip
"""lambda/latest/dg/configuration-envvars.html"""
ALLOWED_BESIDES = {"AWS_ENDPOINT_URL", "SHIFTED_CLOCK"}


def told(aws: EmbeddedAws, code: str, event: object, **settings: Any) -> Any:
    """Return what a function of this code returns."""
    payload = json.dumps(event).encode()
    return json.load(
        aws.client("lambda").invoke(FunctionName=function(aws, code, **settings), Payload=payload)["Payload"]
    )


def test_a_function_without_a_lock_sees_the_runtimes_packages_only(aws: EmbeddedAws) -> None:
    found = told(aws, FINDS, [*RUNTIME, *DEVELOPMENT, "jinja2"])["found"]
    assert {name for name, there in found.items() if there} == set(RUNTIME)


def test_a_function_sees_what_its_lock_names_and_no_other_package(aws: EmbeddedAws) -> None:
    found = told(aws, FINDS, ["boto3", "jinja2", "markupsafe", *DEVELOPMENT], lock=JINJA)["found"]
    assert {name for name, there in found.items() if there} == {"boto3", "jinja2"}


def test_a_function_has_the_environment_of_lambda_and_its_own(
    aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"Environment": {"Variables": {"MOOD": "fine"}}, "LoggingConfig": {"LogFormat": "JSON"}}
    seen = told(aws, FINDS, [], **settings)
    environment = set(seen["environment"])
    assert environment - ALLOWED_BESIDES == LAMBDA | {"MOOD", "AWS_LAMBDA_LOG_LEVEL"}
    assert seen["environment"]["LAMBDA_TASK_ROOT"] == seen["folder"] == seen["path"][0]
    assert seen["environment"]["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"


def test_a_function_cannot_change_what_lambda_sets(aws: EmbeddedAws) -> None:
    settings = {"Environment": {"Variables": {"_HANDLER": "other", "LAMBDA_TASK_ROOT": "/elsewhere"}}}
    environment = told(aws, FINDS, [], **settings)["environment"]
    assert (environment["_HANDLER"], environment["LAMBDA_TASK_ROOT"] == "/elsewhere") == ("index.handler", False)


def test_a_lock_of_other_versions_is_an_error_that_names_them(aws: EmbeddedAws) -> None:
    lock = "jinja2==1.0\nnothing-of-that-name==3\nonly-elsewhere==1 ; sys_platform == 'win32'\n"
    error = told(aws, FINDS, [], lock=lock)
    assert error["errorType"] == "PackagesMissing"
    assert (
        f"jinja2 1.0 (installed: {importlib.metadata.version('jinja2')}), nothing-of-that-name 3"
        in error["errorMessage"]
    )
    assert "only-elsewhere" not in error["errorMessage"]


def test_a_lock_that_names_a_version_per_python_takes_the_one_that_is_installed() -> None:
    lock = f"jinja2==1.0 ; python_full_version < '3'\n{JINJA.splitlines()[0]} ; python_full_version >= '3'\n"
    assert (folder_of_lock(lock) / "jinja2").is_dir()
    with pytest.raises(PackagesMissing):
        folder_of_lock("jinja2==1.0 ; python_full_version < '3'\n")


def test_links_are_made_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packages, "KEPT", tmp_path)
    first = folder_of_lock(JINJA)
    made = first.stat().st_ctime_ns
    assert folder_of_lock(JINJA).stat().st_ctime_ns == made
    assert [each.name for each in tmp_path.iterdir()] == [first.name]


WRITES = """
import os
def handler(event, context):
    said = {}
    for path in ["/tmp/written-by-a-test", os.getcwd() + "/x", *event]:
        try:
            open(path, "w").close()
            os.remove(path)
            said[path] = None
        except OSError as error:
            said[path] = error.errno
    return said
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has mount namespaces")
def test_only_tmp_is_writable_where_the_machine_allows_mounts(aws: EmbeddedAws, tmp_path: Path) -> None:
    places = [f"{sys.prefix}/x", f"{sys.base_prefix}/x", f"{packages.KEPT}/x"]
    said = told(aws, WRITES, places)
    assert said.pop("/tmp/written-by-a-test") is None  # noqa: S108 - Lambda's
    if None in said.values():
        pytest.skip("this machine allows neither mounts nor user namespaces: functions may write everywhere")
    assert set(said.values()) == {30}, "EROFS, as on Lambda"


COMPILED = """
import boto3, index, os
def handler(event, context):
    return [os.path.exists(each.__cached__) for each in (boto3, index)]
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has mount namespaces")
def test_the_bytecode_of_packages_is_kept_and_that_of_a_function_is_not(aws: EmbeddedAws) -> None:
    """A function that starts compiles its own code, as on AWS; packages would take seconds each time."""
    if told(aws, WRITES, [f"{packages.KEPT}/x"])[f"{packages.KEPT}/x"] is None:
        pytest.skip("without mounts, bytecode lies where Python puts it")
    assert told(aws, COMPILED, {}) == [True, False]
