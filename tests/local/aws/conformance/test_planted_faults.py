"""Rows of the table can fail: a wrong assumption, made in a copy of the embedded AWS, fails its row."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from local.aws.conformance.table import services, table

REPOSITORY = Path(__file__).resolve().parents[4]
FAULTS: list[dict[str, str]] = tomllib.loads(Path(__file__).with_name("planted.toml").read_text())["fault"]
CHECK = "tests/local/aws/conformance/test_table.py::test_the_embedded_aws_responds_as_the_row_says"
COPIED = ("docs", "functions", "infra", "local", "ops", "sql", "statemachine", "tests", "pyproject.toml")
FAILED = 1
"""pytest's exit code where a test failed; where none could be collected it is another."""


def _ministack() -> Path:
    found = importlib.util.find_spec("ministack")
    assert found
    assert found.origin
    return Path(found.origin).parent


def test_each_service_has_a_planted_fault_and_each_fault_a_row() -> None:
    rows = {str(row) for row in table()}
    named = {fault["row"] for fault in FAULTS}
    assert named <= rows
    assert {row.partition(".")[0] for row in named} == set(services())


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault["row"]) for fault in FAULTS])
def test_a_planted_fault_is_one_that_can_be_planted(fault: dict[str, str]) -> None:
    place = _ministack().parent if fault["file"].startswith("ministack/") else REPOSITORY
    assert (place / fault["file"]).read_text().count(fault["was"]) == 1
    assert fault["was"] != fault["is"]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, with ministack in it: its processes import both from there."""
    place = tmp_path_factory.mktemp("planted")
    skipped = shutil.ignore_patterns("__pycache__", ".*")
    for name in COPIED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=skipped)
        else:
            shutil.copy(source, place / name)
    shutil.copytree(_ministack(), place / "ministack", ignore=skipped)
    return place


def _checked(copy: Path, row: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-m", "", f"{CHECK}[{row}]"],
        cwd=copy, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault["row"]) for fault in FAULTS])
def test_a_planted_fault_fails_its_row(copy: Path, fault: dict[str, str]) -> None:
    place = copy / fault["file"]
    right = place.read_text()
    place.write_text(right.replace(fault["was"], fault["is"]))
    try:
        ended = _checked(copy, fault["row"])
    finally:
        place.write_text(right)
    assert ended.returncode == FAILED, ended.stdout + ended.stderr
    assert f"[{fault['row']}]" in ended.stdout
