"""A layer and a zip contain bytecode of Lambda's own Python, which is loaded without a comparison with the source."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from bench.alone import ARCHITECTURE, PYTHON
from infra.packaging import bytecode
from infra.packaging.artifacts import dependency_layer, function_names, function_zip
from tests.infra.recording import record

UNCHECKED_HASH = (0b01).to_bytes(4, "little")  # PEP 552: by hash (bit 0), not compared with the source (bit 1 not set)
ALWAYS_FIVE = {"lake/five.py": b"def five():\n    return 5\n\n\ndef fails():\n    raise ValueError(five())\n"}


@pytest.fixture
def no_interpreter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without Lambda's version of Python."""
    monkeypatch.setattr(bytecode, "interpreter", lambda _python: None)
    monkeypatch.setattr(bytecode, "version", lambda _python: "none")
    monkeypatch.setattr("infra.packaging.artifacts.BUILT", tmp_path)


@pytest.mark.parametrize("name", function_names())
def test_each_module_of_zip_and_layer_has_its_bytecode(name: str) -> None:
    for artifact in (function_zip(name, PYTHON), dependency_layer(name, ARCHITECTURE, PYTHON)):
        with zipfile.ZipFile(artifact.path) as packed:
            names = packed.namelist()
            found = {each: packed.read(each)[:8] for each in names if each.endswith(".pyc")}
        assert len(found) == len([each for each in names if each.endswith(".py")]) > 0
        assert set(found.values()) == {MAGIC_NUMBER + UNCHECKED_HASH}
        assert not [each for each in found if f"__pycache__/{each.split('/')[-1]}" not in each]


def test_it_is_loaded_from_a_folder_in_which_nothing_can_be_compiled(tmp_path: Path) -> None:
    """As in Lambda: the sources have another time than when they were compiled, and the folder is read-only."""
    for path, content in (ALWAYS_FIVE | bytecode.compiled(ALWAYS_FIVE, PYTHON)).items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.replace(b"5", b"6") if path.endswith(".py") else content)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from lake.five import *; print(five()); fails()"
    done = subprocess.run([sys.executable, "-I", "-B", "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "5\n"
    assert f'File "{tmp_path}/lake/five.py", line 6, in fails' in done.stderr


def test_two_builds_are_the_same_bytes() -> None:
    sources = {"a/sets.py": b"X = 'b' in {'a', 'b', 'c', 'd'}\n", "a/__init__.py": b"from a.sets import X\n"}
    first, second = (bytecode.compiled(sources, PYTHON) for _ in range(2))
    assert first == second
    assert len(first) == 2


def test_a_module_that_is_no_valid_python_is_an_error_that_quotes_it() -> None:
    with pytest.raises(bytecode.NotCompiled, match=r"(?s)broken\.py.*SyntaxError"):
        bytecode.compiled({"broken.py": b"def"}, PYTHON)


@pytest.mark.usefixtures("no_interpreter")
def test_without_lambdas_python_an_artifact_has_no_bytecode() -> None:
    with zipfile.ZipFile(function_zip("resolve").path) as packed:
        assert [each for each in packed.namelist() if each.endswith(".pyc")] == []


@pytest.mark.slow
@pytest.mark.usefixtures("no_interpreter")
def test_without_lambdas_python_a_deployment_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr("infra.packaging.artifacts.dependency_layer", lambda name, _arch, _python: function_zip(name))
    monkeypatch.setattr("pulumi.log.warn", lambda text, *_resource: said.append(text))
    record("dev", {"runtime": "python3.12"})
    (warning,) = [text for text in said if "bytecode" in text]
    assert "There is no Python 3.12 on this machine" in warning
    assert "uv python install 3.12" in warning


def test_a_running_interpreter_of_the_version_is_taken_first_and_a_version_that_nobody_has_is_none() -> None:
    assert str(bytecode.interpreter(PYTHON)) == sys.executable
    assert bytecode.interpreter("3.99") is None
    assert bytecode.version("3.99") == "none"


def test_a_shim_that_does_not_start_is_not_an_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pyenv puts a `python3.N` on the PATH for each version it has, which fails unless the version is chosen."""
    shim, real = tmp_path / "bin" / "python3.98", tmp_path / "versions" / "3.98.1" / "bin" / "python3.98"
    for file, text in ((shim, "#!/bin/sh\nexit 127\n"), (real, "#!/bin/sh\nexit 0\n")):
        file.parent.mkdir(parents=True)
        file.write_text(text)
        file.chmod(0o755)
    monkeypatch.setenv("PATH", str(shim.parent), prepend=":")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert shutil.which("python3.98") == str(shim)
    assert bytecode.interpreter("3.98") == real


@pytest.mark.parametrize(
    ("variable", "folder"), [("PYENV_ROOT", "versions/3.98.{}"), ("UV_PYTHON_INSTALL_DIR", "cpython-3.98.{}-linux")]
)
def test_of_several_interpreters_the_same_one_compiles_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, folder: str
) -> None:
    """A folder lists its files in any order, and other bytecode would be another artifact."""
    found = [tmp_path / folder.format(number) / "bin" / "python3.98" for number in (1, 2, 3)]
    for file in found:
        file.parent.mkdir(parents=True)
        file.write_text("#!/bin/sh\nexit 0\n")
        file.chmod(0o755)
    listed = Path.glob
    monkeypatch.setattr(Path, "glob", lambda here, pattern: sorted(listed(here, pattern), reverse=True))
    for name in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.setenv(name, str(tmp_path if name == variable else tmp_path / "nothing"))
    assert bytecode.interpreter.__wrapped__("3.98") == found[0]  # it remembers what it found
