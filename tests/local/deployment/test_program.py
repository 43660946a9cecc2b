"""The program runs as under the Pulumi engine, and no part of it is dropped silently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from local.deployment import program
from local.deployment.calls import Calls
from local.deployment.configuration import merged
from local.deployment.deploy import PROJECT, check, deploy
from local.deployment.errors import (
    ConfigurationError,
    DeploymentError,
    ResourceFailed,
    UnmappedInput,
    UnmappedInvoke,
    UnmappedType,
    WrongInput,
)

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "import pulumi, json\nimport pulumi_aws as aws\n"


@dataclass(frozen=True)
class Nowhere:
    """An account in which nothing can be created."""

    region: str = "us-east-1"
    account_id: str = "123456789012"

    def client(self, service: str) -> Any:
        import boto3

        return boto3.client(
            service,  # type: ignore[call-overload]  # the stubs want a literal
            region_name=self.region,
            aws_access_key_id="x",
            aws_secret_access_key="x",
            endpoint_url="http://127.0.0.1:9",
        )


def project(folder: Path, body: str, declared: str = "", stack: str = "config: {}") -> Path:
    folder.joinpath("Pulumi.yaml").write_text(
        f"name: sample\nruntime: python\nconfig:\n  word: {{default: a}}\n{declared}"
    )
    folder.joinpath("Pulumi.dev.yaml").write_text(stack)
    folder.joinpath("__main__.py").write_text(HEAD + body)
    return folder


def test_a_type_that_nobody_maps_is_an_error_with_its_name(tmp_path: Path) -> None:
    body = "aws.ssm.Parameter('net', type='String', value='1')"
    with pytest.raises(UnmappedType, match=r"aws:ssm/parameter:Parameter 'net'"):
        deploy(Nowhere(), "dev", {}, project=project(tmp_path, body))


def test_a_question_that_nobody_answers_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(UnmappedInvoke, match=r"aws:ssm/getParameter:getParameter"):
        deploy(Nowhere(), "dev", {}, project=project(tmp_path, "aws.ssm.get_parameter_output(name='x')"))


def test_a_setting_that_is_not_valid_is_told_without_a_traceback(tmp_path: Path) -> None:
    """Commands print a ConfigurationError as a sentence."""
    body = "from infra.settings import Settings\nSettings.load()"
    stack = 'config:\n  sample:refreshDays: "40"'
    here = project(tmp_path, body, declared="  refreshDays: {default: 2}\n", stack=stack)
    with pytest.raises(ConfigurationError, match=r"(?s)^The configuration of stack 'dev' .*refreshDays is 40"):
        deploy(Nowhere(), "dev", {}, project=here)


@pytest.mark.embedded
@pytest.mark.xdist_group("deployment")
def test_an_input_that_no_mapper_reads_is_an_error_with_its_name(tmp_path: Path, embedded: Any) -> None:
    body = "aws.sqs.Queue('q', name='q', fifo_throughput_limit='perQueue')"
    with pytest.raises(UnmappedInput, match=r"aws:sqs/queue:Queue 'q' sets fifoThroughputLimit"):
        deploy(embedded, "dev", {}, project=project(tmp_path, body))


@pytest.mark.embedded
@pytest.mark.xdist_group("deployment")
def test_what_aws_refuses_names_the_resource(tmp_path: Path, embedded: Any) -> None:
    body = "aws.s3.BucketPolicy('p', bucket='nowhere', policy='{}')"
    with pytest.raises(ResourceFailed, match=r"aws:s3/bucketPolicy:BucketPolicy 'p': .*NoSuchBucket"):
        deploy(embedded, "dev", {}, project=project(tmp_path, body))


def test_a_value_of_the_wrong_kind_names_the_resource(tmp_path: Path) -> None:
    body = "aws.cloudwatch.LogGroup('g', name='g', tags='many')"
    with pytest.raises(DeploymentError, match="LogGroup 'g'"):
        deploy(Nowhere(), "dev", {}, project=project(tmp_path, body))


def test_a_program_that_fails_shows_its_own_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        deploy(Nowhere(), "dev", {}, project=project(tmp_path, "1 / 0"))


def test_configuration_comes_from_the_declaration_the_stack_and_the_overrides_in_that_order(tmp_path: Path) -> None:
    declared = "  days: {default: 30, type: integer}\n  limits: {default: {artists: 3}}\n  none: {type: string}\n"
    stack = "config:\n  sample:days: 7\n  aws:region: eu-west-1\n"
    found = merged(project(tmp_path, "", declared, stack), "dev", {"word": "c", "aws:region": "us-east-1"})
    assert found == {
        "sample:word": "c",
        "sample:days": "7",
        "sample:limits": '{"artists": 3}',
        "aws:region": "us-east-1",
    }


@pytest.mark.parametrize(
    ("stack", "overrides", "sentence"),
    [
        pytest.param(
            "config: {sample:word: {secure: abc}}", {}, "an encrypted value for sample:word", id="an encrypted value"
        ),
        pytest.param(
            "config: {}", {"wird": "x"}, "wird is not a configuration key of Pulumi.yaml", id="an unknown override"
        ),
        pytest.param("config: [", {}, "is not valid YAML", id="a broken file"),
        pytest.param(
            "config:\n  aws:region eu-west-1\n",
            {},
            r"Pulumi\.dev\.yaml: config is 'aws:region eu-west-1'; expected",
            id="a colon without its space",
        ),
        pytest.param("config: [1, 2]", {}, r"config is \[1, 2\]; expected lines KEY: VALUE", id="a list"),
        pytest.param("half", {}, r"Pulumi\.dev\.yaml: the file is 'half'; expected lines KEY: VALUE", id="a word"),
    ],
)
def test_configuration_that_cannot_be_used_is_said(
    tmp_path: Path, stack: str, overrides: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        merged(project(tmp_path, "", stack=stack), "dev", overrides)


def test_a_file_in_another_encoding_is_said(tmp_path: Path) -> None:
    """PowerShell's `>` writes UTF-16."""
    where = project(tmp_path, "")
    (tmp_path / "Pulumi.dev.yaml").write_bytes("config: {}".encode("utf-16"))
    with pytest.raises(ConfigurationError, match=r"Pulumi\.dev\.yaml is not UTF-8 text \(.*\)\. Save it as UTF-8\."):
        merged(where, "dev", {})


def test_a_key_that_yaml_reads_as_a_number_is_a_key(tmp_path: Path) -> None:
    assert merged(project(tmp_path, "", stack="config: {7: x}"), "dev", {})["sample:7"] == "x"


def test_an_unknown_key_is_refused_with_the_declared_keys_in_order(tmp_path: Path) -> None:
    declared = "".join(f"  {key}: {{type: string}}\n" for key in "dbca")
    keys = r"\['sample:a', 'sample:b', 'sample:c', 'sample:d', 'sample:word'\]"
    with pytest.raises(ConfigurationError, match=f"which declares {keys}"):
        merged(project(tmp_path, "", declared, "config: {}"), "dev", {"wird": "x"})


def test_a_stack_without_a_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"Pulumi\.prod\.yaml"):
        merged(project(tmp_path, ""), "prod", {})


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        pytest.param("budgets: '{\"artist\": 1}'", "budgets lacks album_tracks, albums", id="a budget"),
        pytest.param("callsPer30Seconds: 1000000", "Give a number from 5 to 10000", id="a number"),
        pytest.param("alertEmail: nobody", "alertEmail is 'nobody'", id="an address"),
        pytest.param("lockPollSeconds: 1", "Give a number from 20 to 300", id="a wait"),
    ],
)
def test_what_a_local_stack_overrides_is_checked_as_the_stack_sets_it(
    tmp_path: Path, wrong: str, sentence: str
) -> None:
    (tmp_path / "Pulumi.yaml").write_bytes((PROJECT / "Pulumi.yaml").read_bytes())
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config:\n  spotify-lake:{wrong}\n")
    with pytest.raises(ConfigurationError, match=sentence):
        check("dev", project=tmp_path)


def test_every_stack_of_the_repository_can_be_deployed() -> None:
    for stack in ("dev", "prod"):
        check(stack)


def test_a_program_runs_alone_and_a_client_is_made_alone(tmp_path: Path) -> None:
    """Before Python 3.12, two threads break the loader of pulumi_aws; boto3's session makes one client at a time."""
    seen: list[bool] = []

    class Once(Nowhere):
        def client(self, service: str) -> Any:
            seen.append(calls._lock.locked())
            return super().client(service)

    calls = Calls(Once())
    assert calls.client("sqs") is calls.client("sqs")

    def register(_urn: str, args: Any) -> tuple[str, dict[str, Any]]:
        seen.append(program.LOADING.locked())
        return args.name, {}

    handlers = program.Handlers(register, lambda *_: {})
    program.run(project(tmp_path, "aws.sqs.Queue('q')") / "__main__.py", "sample", "dev", {}, handlers)
    assert seen == [True, True]
    assert not program.LOADING.locked()


def test_two_programs_in_one_process_do_not_meet(tmp_path: Path) -> None:
    exports = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        body = f"pulumi.export('{name}', pulumi.Config().require('word') + pulumi.get_stack())"
        exports.append(deploy(Nowhere(), "dev", {"word": name}, project=project(folder, body)).outputs)
    assert exports == [{"one": "onedev"}, {"two": "twodev"}]


def test_a_required_input_that_is_missing_is_said(tmp_path: Path) -> None:
    body = "aws.kms.Alias('k', target_key_id='x')"
    with pytest.raises(WrongInput, match=r"aws:kms/alias:Alias 'k': 'name' is not set"):
        deploy(Nowhere(), "dev", {}, project=project(tmp_path, body))
