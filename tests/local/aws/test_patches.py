"""The list of patches has every patch, in order, with the names that it changes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import local.aws
from local.aws.patches import PATCHES

AWS = Path(local.aws.__file__).parent

INSTALL_ONE_BY_ONE = """
import importlib, json, sys
from local.aws.patches import PATCHES

def names():
    found = {}
    for place, module in list(sys.modules.items()):
        if place.startswith("ministack") or place in ("botocore.session", "jsonata.timebox", "jsonata.parser"):
            for name, value in list(vars(module).items()):
                found[f"{place}:{name}"] = value
                if isinstance(value, dict):
                    found |= {f"{place}:{name}[{key}]": each for key, each in list(value.items())}
                if isinstance(value, type) and value.__module__ == place:
                    found |= {f"{place}:{name}.{key}": each for key, each in list(vars(value).items())}
    return found

modules = {patch.module: importlib.import_module(f"local.aws.{patch.module}") for patch in PATCHES}
changed = {}
for name, module in modules.items():
    before = names()
    module.install()
    after = names()
    changed[name] = sorted(each for each in after if after[each] is not before.get(each))
print(json.dumps(changed))
"""


def test_each_patch_changes_what_its_entry_says() -> None:
    """They are installed in a separate interpreter: here, later tests would use a patched ministack."""
    done = subprocess.run(
        [sys.executable, "-c", INSTALL_ONE_BY_ONE], capture_output=True, text=True, check=True, cwd=AWS.parents[1]
    )
    listed = {
        patch.module: sorted(f"{place}:{name}" for place, names in patch.changes.items() for name in names.split())
        for patch in PATCHES
    }
    assert json.loads(done.stdout) == listed


def test_every_module_that_can_be_installed_is_listed() -> None:
    """An unlisted module with an `install()` would be a patch that is never installed."""
    files = {
        file.relative_to(AWS).with_suffix("") for file in AWS.rglob("*.py") if "\ndef install(" in file.read_text()
    }
    assert {".".join(file.parts) for file in files} == {patch.module for patch in PATCHES}
