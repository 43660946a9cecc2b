"""A stack on the real engine, through Pulumi's Automation API; the program runs in this process.

https://www.pulumi.com/docs/iac/automation-api/ ("inline programs")
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pulumi import automation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.engine.build import Engine
    from local.aws import EmbeddedAws

UNCHANGED = {"same", "read", "refresh"}
OURS = ("infra", "functions")


@dataclass(frozen=True)
class Operation:
    """The result of an operation or a preview: counts per kind of resource, and what Pulumi printed."""

    touched: Counter[str]
    resources: frozenset[tuple[str, str]] = frozenset()
    printed: str = field(default="", repr=False)

    def of(self, *operations: str) -> Counter[str]:
        """Return the resources that these operations, such as `delete`, touch."""
        return Counter({each: count for each, count in self.touched.items() if each.split()[0] in operations})


def prepare(engine: Engine, aws: EmbeddedAws, state: Path) -> None:
    """Point the engine and its provider at this machine only; call it in a process that does nothing else."""
    for name in [each for each in os.environ if each.startswith(("AWS_", "PULUMI_"))]:
        del os.environ[name]
    backend, assets = state / "backend", state / "assets"
    backend.mkdir(parents=True)
    assets.mkdir()
    os.environ.update(
        aws.environment()
        | {
            "PATH": f"{engine.folder}:{os.environ['PATH']}",
            "PULUMI_HOME": str(engine.home),
            "PULUMI_BACKEND_URL": f"file://{backend}",
            "PULUMI_CONFIG_PASSPHRASE": "conformance",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "STAND_IN_ASSETS": str(assets),
        }
    )


class Stack:
    """One stack of the program in a folder."""

    def __init__(self, name: str, project: Path, config: Mapping[str, str]) -> None:
        self.name, self.project = name, project
        self._stack = self._of(project)
        for key, value in config.items():
            self.configure(key, value)

    def _of(self, project: Path) -> automation.Stack:
        options = automation.LocalWorkspaceOptions(work_dir=str(project))
        return automation.create_or_select_stack(
            stack_name=self.name, project_name="spotify-lake", program=lambda: _run(project), opts=options
        )

    def on(self, project: Path) -> Stack:
        """Return the same stack with the program of another folder, and the configuration that it has."""
        config = {key: each.value for key, each in self._stack.get_all_config().items()}
        return Stack(self.name, project, config)

    def configure(self, key: str, value: str) -> None:
        """Set a key of the configuration."""
        self._stack.set_config(key if ":" in key else f"spotify-lake:{key}", automation.ConfigValue(value))

    def remove(self, key: str) -> None:
        """Remove a key of the configuration."""
        self._stack.remove_config(f"spotify-lake:{key}")

    def preview(self, *, diff: bool = False) -> Operation:
        """Return what `up` would do."""
        return self._observed(self._stack.preview, diff=diff)

    def up(self) -> Operation:
        """Deploy."""
        return self._observed(self._stack.up)

    def refresh(self) -> Operation:
        """Read every resource."""
        return self._observed(self._stack.refresh)

    def destroy(self) -> Operation:
        """Destroy without a preview, as `pulumi destroy --skip-preview` does."""
        return self._observed(self._stack.destroy)

    def destroy_with_preview(self) -> tuple[int, str]:
        """Run `pulumi destroy --yes`, and return its exit code and what it printed."""
        command = ["pulumi", "destroy", "--yes", "--non-interactive", "--stack", self.name]
        done = subprocess.run(command, cwd=self.project, capture_output=True, encoding="utf-8", check=False)
        return done.returncode, done.stdout + done.stderr

    def kept(self) -> set[tuple[str, str]]:
        """Return the type and name of each resource in the stack's state."""
        state: Any = self._stack.export_stack().deployment
        return {
            (each["type"], each["urn"].rsplit("::", 1)[1]) for each in state.get("resources", []) if each.get("custom")
        }

    def _observed(self, ask: Any, **options: Any) -> Operation:
        touched: Counter[str] = Counter()
        resources: set[tuple[str, str]] = set()
        lines: list[str] = []

        def event(each: Any) -> None:
            seen = each.resource_pre_event and each.resource_pre_event.metadata
            if seen is None or seen.type.startswith("pulumi:"):
                return
            operation = str(getattr(seen.op, "value", seen.op))
            if operation not in UNCHANGED:
                touched[f"{operation} {seen.type.rsplit(':', 1)[1]}"] += 1
                resources.add((operation, seen.urn))

        ask(on_event=event, on_output=lines.append, **options)
        return Operation(touched, frozenset(resources), "\n".join(lines))


def _run(project: Path) -> None:
    """Run a folder's program with all its modules imported again, as a process of its own would."""
    for module in [each for each in sys.modules if each.split(".")[0] in OURS]:
        del sys.modules[module]
    sys.path[:] = [str(project), *(each for each in sys.path if each != str(project))]
    runpy.run_path(str(project / "__main__.py"), run_name="__main__")
