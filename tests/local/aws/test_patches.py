"""The list of patches has every patch, and each changes what its decorators say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import local.aws
from local.aws.patches import MODULES

AWS = Path(local.aws.__file__).parent
BY_HAND = {
    "startup": ["botocore.session:get_session"],
    "events.scheduler": ["ministack.services.scheduler:_SCHEDULE_TICK_INTERVAL"],
}
"""The changes that a module's own `install()` makes."""

INSTALL_ONE_BY_ONE = """
import importlib, json, sys
from local.aws import patching
from local.aws.patches import MODULES

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

def said(owner, name):
    if isinstance(owner, dict):
        return next(f"{place}[{name}]" for place, value in names().items() if value is owner)
    return f"{owner.__module__}:{owner.__name__}.{name}" if isinstance(owner, type) else f"{owner.__name__}:{name}"

modules = {name: importlib.import_module(f"local.aws.{name}") for name in MODULES}
changed = {}
for name, module in modules.items():
    before = names()
    patching.install(module)
    after = names()
    told = {said(each.owner, each.name) for each in patching.replacements.get(module.__name__, [])}
    changed[name] = (sorted(each for each in after if after[each] is not before.get(each)), sorted(told))
print(json.dumps(changed))
"""


@pytest.mark.slow
def test_each_patch_changes_what_its_decorators_say() -> None:
    """They are installed in a separate interpreter: here, later tests would use a patched ministack."""
    done = subprocess.run(
        [sys.executable, "-c", INSTALL_ONE_BY_ONE], capture_output=True, text=True, check=True, cwd=AWS.parents[1]
    )
    for name, (changed, told) in json.loads(done.stdout).items():
        assert changed == sorted(told + BY_HAND.get(name, [])), name


def test_every_module_that_can_be_installed_is_listed() -> None:
    """An unlisted module with a decorator or an `install()` would be a patch that is never installed."""
    marks = ("\n@wrap(", "\n@instead_of(", "\ninstead_of(", "\ndef install() -> None:")
    files = {
        file.relative_to(AWS).with_suffix("")
        for file in AWS.rglob("*.py")
        if any(mark in file.read_text() for mark in marks)
    }
    assert {".".join(file.parts) for file in files} == set(MODULES)
