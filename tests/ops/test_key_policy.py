"""`python -m ops.key_policy` prints what an existing key must allow before the stack exists."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.deployment.deploy import PROJECT
from ops import key_policy
from ops.key_policy import main
from tests.infra.recording import ACCOUNT, REGION, program

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.xdist_group("program")  # whose worker has run it already


def test_it_prints_what_the_stack_will_export(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--stack", "dev", "--account", ACCOUNT, "--region", REGION]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == program("dev").exports["key"]["must_allow"]
    assert {each["Effect"] for each in printed} == {"Allow"}


@pytest.mark.slow
def test_another_account_and_partition_are_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--stack", "prod", "--account", "222233334444", "--region", "cn-north-1", "--partition", "aws-cn"])
    printed = capsys.readouterr().out
    assert "arn:aws-cn:logs:cn-north-1:222233334444:log-group:/aws/*/spotify-lake-prod*" in printed
    assert "logs.cn-north-1.amazonaws.com.cn" in printed


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('config:\n  spotify-lake:dependencyLayers: "perhaps"\n', "dependencyLayers is 'perhaps'. Give true or false."),
        (None, "A stack NAME needs a file Pulumi.NAME.yaml"),
    ],
    ids=["a value that is overridden here", "no file"],
)
def test_a_configuration_that_is_wrong_is_said_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    content: str | None,
    sentence: str,
) -> None:
    (tmp_path / "Pulumi.yaml").write_bytes((PROJECT / "Pulumi.yaml").read_bytes())
    if content:
        (tmp_path / "Pulumi.mine.yaml").write_text(content, encoding="utf-8")
    monkeypatch.setattr(key_policy, "PROJECT", tmp_path)
    assert main(["--stack", "mine", "--account", ACCOUNT, "--region", REGION]) == 1
    assert sentence in " ".join(capsys.readouterr().err.split())


def test_a_wrong_account_number_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--stack", "dev", "--account", "1234", "--region", REGION])
    assert "an account's number has 12 digits" in capsys.readouterr().err
