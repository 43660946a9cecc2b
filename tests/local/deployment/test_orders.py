"""Lists in messages, digests and views have one order, whatever the disk or a dictionary has; bounds of inputs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.rendering.views import all_views
from local import session
from local.aws.process import administrator
from local.deployment import configuration, deploy
from local.deployment.calls import Calls
from local.deployment.errors import UnmappedInput, WrongInput
from local.deployment.mapping import Created, Resource
from local.deployment.memory import Memory
from local.deployment.services import functions

NAMES = ("f", "a", "d", "b", "e", "c")
IN_ORDER = sorted(NAMES)


def _resource(**inputs: Any) -> Resource:
    return Resource("aws:x/y:Y", "it", inputs, SimpleNamespace())  # type: ignore[arg-type]  # nothing is called


@pytest.fixture(params=[False, True], ids=["forwards", "backwards"])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that lists its files by name, or the other way round."""
    for way in ("glob", "rglob"):
        listed = getattr(Path, way)
        monkeypatch.setattr(
            Path, way, lambda path, pattern, f=listed: iter(sorted(f(path, pattern), reverse=request.param))
        )


@pytest.mark.usefixtures("disk")
def test_the_digest_of_the_mappers_and_the_views_do_not_depend_on_the_order_of_a_folder() -> None:
    assert deploy.digest_of_mappers() == deploy.MAPPERS_AS_THEY_ARE
    names = [each.name for each in all_views()]
    assert names == sorted(names)


@pytest.mark.usefixtures("disk")
def test_the_stacks_that_there_are_stand_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("prod", "dev"):
        (tmp_path / f"Pulumi.{name}.yaml").touch()
    monkeypatch.setattr(session, "PROJECT", tmp_path)
    with pytest.raises(session.SessionError, match="the stacks are dev, prod"), session.started("none"):
        pass


def test_a_missing_and_a_superfluous_input_are_told_beside_the_others_in_order() -> None:
    resource = _resource(**dict.fromkeys(NAMES, 1))
    with pytest.raises(WrongInput) as missing:
        resource.require("g")
    assert str(missing.value) == f"'g' is not set; found {IN_ORDER}."
    with pytest.raises(UnmappedInput, match=f"sets {', '.join(IN_ORDER)}, which its mapper"):
        resource.check_all_taken()


def test_what_an_earlier_program_left_behind_is_listed_in_order(tmp_path: Path) -> None:
    before = Memory(tmp_path / "memory.json", "one")
    for name in NAMES:
        before.keep(name, Created("id"), {}, "inputs")
    before.save()
    assert Memory(tmp_path / "memory.json", "one").left_behind() == IN_ORDER


def test_only_the_refusal_that_was_expected_is_passed_over() -> None:
    def refused(**_: object) -> None:
        raise ClientError({"Error": {"Code": "Exists", "Message": ""}}, "CreateTopic")

    cloud: Any = SimpleNamespace(
        region="r", account_id="1", client=lambda _: administrator("http://127.0.0.1:9", "sns")
    )
    calls = Calls(cloud)
    client: Any = calls.client("sns")
    client.create_topic = refused
    assert calls.attempt("sns", "CreateTopic", {"name": "t"}, unless="Exists") is None
    with pytest.raises(ClientError):
        calls.attempt("sns", "CreateTopic", {"name": "t"}, unless="Another")


@pytest.mark.parametrize(
    ("declared", "default"),
    [
        ("text", "text"),
        (None, None),
        ({"type": "string", "default": 1}, 1),
        ({"value": 2, "default": 1}, 2),
        ({}, None),
    ],
)
def test_a_key_of_pulumi_yaml_is_declared_by_a_value_or_in_full(declared: object, default: object) -> None:
    assert configuration._default(declared) == default


@pytest.mark.parametrize(("reserved", "put"), [(-1, []), (0, [0]), (1, [1]), (None, [])])
def test_a_function_may_have_no_calls_at_all_reserved(reserved: int | None, put: list[int]) -> None:
    """None stops it; -1 is the provider's "no reservation"."""
    calls: list[tuple[str, Any]] = []

    def call(_service: str, operation: str, inputs: dict[str, Any]) -> Any:
        calls.append((operation, inputs))
        return {"FunctionArn": "arn", "CodeSha256": "x", "Version": "1"}

    aws: Any = SimpleNamespace(region="r", call=call, attempt=lambda *_, **__: {})
    inputs = {"name": "f", "s3Bucket": "b", "s3Key": "k", "reservedConcurrentExecutions": reserved}
    functions.function(Resource("aws:lambda/function:Function", "f", inputs, aws))
    assert [each["reservedConcurrentExecutions"] for name, each in calls if name == "PutFunctionConcurrency"] == put
