"""What is deployed is what was tested: reproducible, small enough, and complete on its own."""

from __future__ import annotations

import importlib.util
import json
import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra import artifacts, slimming
from infra.artifacts import PLATFORMS, dependency_layer, function_names, function_zip, install, pack
from tests.infra.recording import ROOT

HERE = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
OF_THE_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")
ISOLATED = Path(__file__).with_name("isolated.py")

pytestmark = pytest.mark.skipif(platform.system() != "Linux", reason="the layers hold wheels for Linux")


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what Lambda's runtime brings: boto3 and what it stands on."""
    folder = tmp_path_factory.mktemp("runtime")
    for package in OF_THE_RUNTIME:
        found = importlib.util.find_spec(package)
        assert found
        assert found.origin
        source = Path(found.origin)
        source = source.parent if source.name == "__init__.py" else source
        (folder / source.name).symlink_to(source)
    return folder


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every function's layer for the Python and the processor at hand, unpacked, each distinct one once."""
    layers, folders = {}, {}
    for name in function_names():
        layer = dependency_layer(name, HERE, PYTHON)
        if layer.path not in folders:
            folders[layer.path] = tmp_path_factory.mktemp(name)
            with zipfile.ZipFile(layer.path) as packed:
                packed.extractall(folders[layer.path])
        layers[name] = folders[layer.path]
    return layers


def alone(name: str, layer: Path, runtime: Path, *what: str) -> str:
    """What the function's zip and layer answer in an interpreter that sees no other package."""
    command = [sys.executable, "-I", "-S", str(ISOLATED), str(function_zip(name).path), str(layer / "python")]
    done = subprocess.run([*command, str(runtime), *what], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", function_names())
def test_a_function_imports_with_nothing_but_its_zip_and_layer(
    name: str, unpacked: dict[str, Path], runtime: Path
) -> None:
    assert float(alone(name, unpacked[name], runtime, "import", f"functions.{name}.handler")) > 0


def test_the_slimmed_transform_writes_the_bytes_of_the_development_environment(
    unpacked: dict[str, Path], runtime: Path, recorded: Path, tmp_path: Path
) -> None:
    for answers in ("albums", "artists", "several", "tracks"):
        shutil.copy(recorded / f"{answers}.jsonl", tmp_path / f"{answers}.ndjson")
    there = alone("transform", unpacked["transform"], runtime, "transform", str(tmp_path))
    here = [sys.executable, str(ISOLATED), str(ROOT), str(ROOT), str(ROOT), "transform", str(tmp_path)]
    done = subprocess.run(here, capture_output=True, text=True, check=True)
    assert json.loads(there) == json.loads(done.stdout)
    assert json.loads(there)["tracks"]["rows"] > 0


@pytest.mark.parametrize(("name", "most_mb"), [("transform", 200), ("extract", 15)])
def test_zip_and_layer_stay_small_once_unzipped(name: str, most_mb: int) -> None:
    size = dependency_layer(name, HERE, PYTHON).unzipped_bytes + function_zip(name).unzipped_bytes
    assert size <= most_mb * 1_000_000


@pytest.mark.parametrize(("name", "most_mb"), [("transform", 200), ("extract", 15)])
def test_what_a_stack_deploys_by_default_stays_small(name: str, most_mb: int, tmp_path: Path) -> None:
    install(artifacts.FUNCTIONS / name / "requirements.txt", tmp_path, PLATFORMS["arm64"], artifacts.PYTHON)
    layer = sum((tmp_path / path).stat().st_size for path in slimming.kept_files(tmp_path))
    assert layer + function_zip(name).unzipped_bytes <= most_mb * 1_000_000
    modules = {path.name.split(".")[1] for path in tmp_path.rglob("*.cpython-*.so")}
    assert modules <= {"cpython-313-aarch64-linux-gnu"}


def test_functions_that_lock_the_same_share_a_layer() -> None:
    layers = {name: dependency_layer(name, HERE, PYTHON) for name in ("freeze", "publish", "sweep", "extract")}
    assert layers["freeze"] == layers["publish"] == layers["sweep"] != layers["extract"]


@pytest.mark.parametrize("name", ["extract", "resolve"])
def test_two_builds_in_two_folders_are_the_same_bytes(name: str, tmp_path: Path) -> None:
    builds = []
    for folder in (tmp_path / "one", tmp_path / "another"):
        install(artifacts.FUNCTIONS / name / "requirements.txt", folder, PLATFORMS["arm64"], artifacts.PYTHON)
        builds.append(pack({path: (folder / path).read_bytes() for path in slimming.kept_files(folder)}))
    assert builds[0] == builds[1]


def test_a_zip_does_not_depend_on_the_order_of_its_files() -> None:
    files = {"b.py": b"2", "a.py": b"1"}
    assert pack(files) == pack(dict(sorted(files.items())))


@pytest.mark.parametrize("name", function_names())
def test_a_zip_holds_its_function_and_what_functions_share(name: str) -> None:
    with zipfile.ZipFile(function_zip(name).path) as packed:
        folders = {"/".join(path.split("/")[:2]) for path in packed.namelist()}
    assert folders == {"functions/__init__.py", f"functions/{name}", "functions/shared"}


@pytest.mark.parametrize("name", function_names())
def test_a_function_locks_the_versions_that_the_tests_run(name: str) -> None:
    ours = (artifacts.FUNCTIONS / name / "requirements.txt").read_text()
    pinned = {line.split()[0] for line in ours.splitlines() if "==" in line and not line.startswith(" ")}
    assert pinned
    tested = (ROOT / "requirements.txt").read_text()
    assert [pin for pin in pinned if pin not in tested] == []
