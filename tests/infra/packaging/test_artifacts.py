"""The deployed artifacts are the tested ones: reproducible, small enough, and complete on their own."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bench.alone import ARCHITECTURE, PYTHON, Alone, unpacked
from infra.packaging import artifacts, cleanup
from infra.packaging.artifacts import PLATFORMS, dependency_layer, function_names, function_zip, install, pack
from tests.infra.recording import ROOT

TRANSFORM = Path(__file__).with_name("transform_a_folder.py")

pytestmark = pytest.mark.skipif(platform.system() != "Linux", reason="the layers hold wheels for Linux")


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Alone]:
    """Every function's artifact, to run with nothing else on its path."""
    return unpacked(function_names(), tmp_path_factory.mktemp("alone"))


@pytest.mark.slow
@pytest.mark.parametrize("name", function_names())
def test_a_function_imports_with_nothing_but_its_zip_and_layer(name: str, alone: dict[str, Alone]) -> None:
    assert alone[name].run(f"from functions.{name}.handler import handler; print(handler.__name__)") == "handler\n"


@pytest.mark.slow
def test_the_slimmed_transform_writes_the_bytes_of_the_development_environment(
    alone: dict[str, Alone], recorded: Path, tmp_path: Path
) -> None:
    for answers in ("albums", "artists", "several", "tracks"):
        shutil.copy(recorded / f"{answers}.jsonl", tmp_path / f"{answers}.ndjson")
    there = json.loads(alone["transform"].run(TRANSFORM.read_text(), str(tmp_path)))
    command = [sys.executable, "-c", TRANSFORM.read_text(), str(tmp_path)]
    here = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout)
    assert there == here
    assert there["tracks"]["rows"] > 0


@pytest.mark.parametrize("name", function_names())
def test_a_layer_carries_packages_and_nothing_of_the_installer(name: str) -> None:
    with zipfile.ZipFile(dependency_layer(name, ARCHITECTURE, PYTHON).path) as layer:
        assert not {".lock", "RECORD", "INSTALLER", "REQUESTED"} & {Path(each).name for each in layer.namelist()}


@pytest.mark.parametrize(("name", "most_mb"), [("transform", 220), ("extract", 15)])
def test_zip_and_layer_stay_small_once_unzipped(name: str, most_mb: int) -> None:
    """Lambda takes at most 250 MB; this is for the Python and the processor at hand."""
    size = dependency_layer(name, ARCHITECTURE, PYTHON).unzipped_bytes + function_zip(name).unzipped_bytes
    assert size <= most_mb * 1_000_000


@pytest.mark.slow
@pytest.mark.parametrize(("name", "most_mb"), [("transform", 215), ("extract", 15)])
def test_what_a_stack_deploys_by_default_stays_small(name: str, most_mb: int) -> None:
    layer = dependency_layer(name, "arm64")
    assert layer.unzipped_bytes + function_zip(name).unzipped_bytes <= most_mb * 1_000_000
    with zipfile.ZipFile(layer.path) as packed:
        modules = {path.split(".")[-2] for path in packed.namelist() if ".cpython-" in path and path.endswith(".so")}
    assert modules <= {"cpython-313-aarch64-linux-gnu"}


def test_functions_that_lock_the_same_share_a_layer() -> None:
    layers = {name: dependency_layer(name, ARCHITECTURE, PYTHON) for name in ("freeze", "publish", "sweep", "extract")}
    assert layers["freeze"] == layers["publish"] == layers["sweep"] != layers["extract"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["extract", "resolve"])
def test_two_builds_in_two_folders_are_the_same_bytes(name: str, tmp_path: Path) -> None:
    builds = []
    for folder in (tmp_path / "one", tmp_path / "another"):
        install(artifacts.FUNCTIONS / name / "requirements.txt", folder, PLATFORMS["arm64"], artifacts.PYTHON)
        builds.append(pack({path: (folder / path).read_bytes() for path in cleanup.kept_files(folder)}))
    assert builds[0] == builds[1]


@pytest.mark.parametrize(
    ("stderr", "said"),
    [
        ("/usr/bin/python3: No module named uv\n", f"{sys.executable} has no uv, which builds"),
        (
            "no wheels\n",
            "resolve/requirements.txt could not be installed for p, Python 3.13:\nno wheels\nIf a requirement",
        ),
    ],
)
def test_a_layer_that_cannot_be_built_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stderr: str, said: str
) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1, "", stderr))
    with pytest.raises(artifacts.LayerNotBuilt) as raised:
        install(artifacts.FUNCTIONS / "resolve" / "requirements.txt", tmp_path, "p", "3.13")
    assert said in str(raised.value)


def test_functions_are_listed_by_name_in_whatever_order_the_disk_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise two processes that share the tests would not have the same list of them."""
    found = [Path(f"functions/{name}/handler.py") for name in ("sweep", "audit")]
    monkeypatch.setattr(Path, "glob", lambda *_: iter(found))
    assert function_names() == ["audit", "sweep"]


def test_a_zip_does_not_depend_on_the_order_of_its_files() -> None:
    files = {"b.py": b"2", "a.py": b"1"}
    assert pack(files) == pack(dict(sorted(files.items())))


@pytest.mark.parametrize("name", function_names())
def test_a_zip_holds_its_function_and_what_functions_share(name: str) -> None:
    with zipfile.ZipFile(function_zip(name).path) as packed:
        folders = {"/".join(path.split("/")[:2]) for path in packed.namelist() if "/__pycache__/" not in path}
    assert folders == {"functions/__init__.py", f"functions/{name}", "functions/shared"}


@pytest.mark.parametrize("name", function_names())
def test_a_function_locks_the_versions_that_the_tests_run(name: str) -> None:
    ours = (artifacts.FUNCTIONS / name / "requirements.txt").read_text()
    pinned = {line.split()[0] for line in ours.splitlines() if "==" in line and not line.startswith(" ")}
    assert pinned
    tested = (ROOT / "requirements.txt").read_text()
    assert [pin for pin in pinned if pin not in tested] == []
