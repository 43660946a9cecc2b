"""A stack is not deployed again only if all inputs of the deployment are the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from local import session
from local.last_deployment import PROGRAM, LastDeployment, made_of
from tests.infra.recording import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from local.aws import EmbeddedAws

CONFIG = {"market": "NL"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a file wherever a deployment reads one."""
    for name in ("__main__.py", "Pulumi.yaml", "requirements.txt", "Pulumi.dev.yaml", "Pulumi.prod.yaml"):
        (tmp_path / name).write_text(name)
    for folder in (each for each in PROGRAM if "." not in each):
        (tmp_path / folder / "below").mkdir(parents=True)
        (tmp_path / folder / "below" / "file.py").write_text(folder)
    return tmp_path


def test_everything_a_deployment_reads_is_there() -> None:
    assert [name for name in PROGRAM if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    "changed",
    [
        "__main__.py", "Pulumi.yaml", "requirements.txt", "Pulumi.dev.yaml", "functions/below/file.py",
        "infra/below/file.py", "sql/below/file.py", "statemachine/below/file.py", "local/deployment/below/file.py",
        "functions/below/new.py",
    ],
)  # fmt: skip
def test_a_change_of_what_it_reads_is_another_deployment(project: Path, changed: str) -> None:
    before = made_of(project, "dev", CONFIG)
    (project / changed).write_text("other")
    assert made_of(project, "dev", CONFIG) != before


def test_a_file_that_moves_or_ends_elsewhere_is_another_deployment(project: Path) -> None:
    before = made_of(project, "dev", CONFIG)
    file = project / "infra" / "below" / "file.py"
    file.rename(file.with_name("other.py"))
    moved = made_of(project, "dev", CONFIG)
    assert moved != before


def test_configuration_and_stack_count_and_what_is_not_read_does_not(project: Path) -> None:
    before = made_of(project, "dev", CONFIG)
    assert made_of(project, "dev", CONFIG | {"market": "GB"}) != before
    assert made_of(project, "prod", CONFIG) != before
    (project / "Pulumi.prod.yaml").write_text("other")
    (project / "README.md").write_text("other")
    (project / "infra" / "below" / "file.cpython-313.pyc").write_text("other")
    assert made_of(project, "dev", CONFIG) == before


def test_exports_are_kept_for_what_they_were_made_of_only(tmp_path: Path) -> None:
    last = LastDeployment(tmp_path / "exports-dev.json")
    assert last.outputs("a") is None
    last.keep("a", "one", {"bucket": "raw"})
    assert last.outputs("a") == last.outputs("a", "one") == {"bucket": "raw"}
    assert last.outputs("b") is last.outputs("b", "one") is None
    assert last.outputs("a", "two") is None
    last.forget()
    last.forget()
    assert last.outputs("a") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"made_of": "a"}', '{"outputs": {}}', '"a"'])
def test_a_damaged_record_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "exports-dev.json").write_text(text)
    assert LastDeployment(tmp_path / "exports-dev.json").outputs("a") is None


@pytest.mark.parametrize(("generation", "digest", "deployments"), [("one", "a", 0), ("two", "a", 1), ("one", "b", 1)])
def test_it_is_deployed_unless_the_same_is_there_and_nothing_was_lost(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, generation: str, digest: str, deployments: int
) -> None:
    last, done = LastDeployment(tmp_path / "exports-dev.json"), []
    last.keep("a", "one", {"bucket": "raw"})

    def deploy(*_: Any) -> dict[str, Any]:
        assert last.outputs("a") is None  # one that is cut short leaves nothing to go by
        done.append("deployed")
        return {"bucket": "new"}

    monkeypatch.setattr(session, "_deploy", deploy)
    aws = cast("EmbeddedAws", SimpleNamespace(generation=generation))
    outputs = session._deployed(aws, "dev", CONFIG, lambda _text: None, last, digest)
    assert len(done) == deployments
    assert outputs == last.outputs(digest) == {"bucket": "new" if deployments else "raw"}
