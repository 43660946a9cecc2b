"""The internals that the patches depend on are checked before the patches are installed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from local.aws import pins
from local.aws.process import EmbeddedAws, EmbeddedAwsFailed


def derived() -> pins.Pins:
    """Return the pins that the code needs, derived in a process without patches: here, other tests may have patched."""
    code = "import json; from local.aws import pins; print(json.dumps(pins.derived()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {str(name): str(found) for name, found in json.loads(done.stdout).items()}


def test_each_name_that_the_code_uses_is_pinned_and_no_other() -> None:
    assert pins.pinned() == derived(), "run: python -m local.aws.pins"


def test_names_are_found_however_the_code_reaches_them(tmp_path: Path) -> None:
    """Imported, as an attribute of a module under another name, of a class in it, and by name in a call."""
    (tmp_path / "patch.py").write_text(
        "from ministack.core import lambda_runtime\n"
        "from ministack.services import stepfunctions as sfn\n"
        "from ministack.services.glue import _tables\n"
        "wrap(sfn, '_add_event')(print)\n"
        "@instead_of(sfn, '_start_execution')\n"
        "def start() -> None: ...\n"
        "lambda_runtime.Worker.invoke = sfn._executions.get\n"
    )
    assert pins.names_in(tmp_path / "patch.py") == {
        "ministack.core.lambda_runtime:Worker",
        "ministack.core.lambda_runtime:Worker.invoke",
        "ministack.services.glue:_tables",
        "ministack.services.stepfunctions:_add_event",
        "ministack.services.stepfunctions:_executions",
        "ministack.services.stepfunctions:_start_execution",
    }


def test_a_name_that_only_a_run_knows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "patch.py").write_text(
        "from ministack.services import glue\nfor name in ('_a', '_b'):\n    wrap(glue, name)(print)\n"
    )
    with pytest.raises(pins.NameComputed, match=r"patch\.py:3: wrap\(glue, name\)\. Write the name"):
        pins.names_in(tmp_path / "patch.py")


def test_a_moved_internal_is_named_with_what_was_and_what_is() -> None:
    states = "ministack.services.stepfunctions"
    with pytest.raises(pins.PinsMoved) as moved:
        pins.check(
            {
                f"{states}:_resolve_lambda_function_ref": "(value, more)",
                f"{states}:_gone": "dict",
                f"{states}:_SERVICE_DISPATCH": "dict",
            }
        )
    assert re.findall(r"^  (.*)$", str(moved.value), re.MULTILINE) == [
        f"{states}:_resolve_lambda_function_ref was (value, more), is (value, optimized)",
        f"{states}:_gone was dict, is missing",
    ]


def test_a_start_says_which_internal_moved(tmp_path: Path) -> None:
    """The server's process starts with a ministack of which one internal has another name."""
    (tmp_path / "sitecustomize.py").write_text(
        "from ministack.services import sts\nsts._sessions_by_key = sts.__dict__.pop('_sessions')\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("local.aws.environment.REPOSITORY", f"{tmp_path}{os.pathsep}{Path.cwd()}")
        with pytest.raises(EmbeddedAwsFailed, match=r"ministack\.services\.sts:_sessions was dict, is missing"):
            EmbeddedAws.start(tmp_path / "aws")


def test_another_version_says_which_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "VERSION", "1.0.0")
    with pytest.raises(pins.PinsMoved, match=r"ministack 1\.0\.0, but 1\.5\.33 is installed\. Install the locked"):
        pins.check_version()
