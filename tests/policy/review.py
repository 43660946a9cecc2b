"""Run cfn-lint, checkov and the policy pack (served as Pulumi serves it) on the stacks: `make review`.

`policy/reviewed.toml` gives a reason for each accepted finding. The tools run in environments of their own, since their
packages are many or contradict ours. parliament is small and runs in the tests.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.infra.recording import OTHERWISE, ROOT, program
from tests.policy.findings import Finding, complaints, reviewed
from tests.policy.pack import previewed, served
from tests.policy.rendered import noun, plan, template

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.recording import Recorded, Registered

TOOLS = ROOT / ".venv" / "review" / "bin"
PACKS_PYTHON = ROOT / ".venv" / "policy" / "bin" / "python"
PLANTED = "-publish"  # the end of a role's name


def cfn_lint(stacks: list[Recorded], folder: Path) -> Iterator[Finding]:
    """Yield cfn-lint's findings about the state machine and every policy."""
    files = [_written(folder / f"template-{number}.json", template(stack)) for number, stack in enumerate(stacks)]
    for each in json.loads(_run("cfn-lint", "--format", "json", "--include-checks", "I", "--", *files)):
        where = "/".join(map(str, each["Location"]["Path"]))
        yield Finding("cfn-lint", each["Rule"]["Id"], where, each["Message"])


def checkov(stacks: list[Recorded], folder: Path) -> Iterator[Finding]:
    """Yield the checkov checks that the resources fail."""
    files = [_written(folder / f"plan-{number}.json", plan(stack)) for number, stack in enumerate(stacks)]
    options = ("--framework", "terraform_plan", "--output", "json", "--quiet", "--compact", "--skip-download")
    for each in json.loads(_run("checkov", *options, "--file", *files))["results"]["failed_checks"]:
        yield Finding("checkov", each["check_id"], each["resource"], each["check_name"])


def pack(stacks: list[Recorded]) -> Iterator[Finding]:
    """Yield the policy pack's refusals, for the stacks as they are and as their first preview knows them."""
    with served(PACKS_PYTHON) as ask:
        for stack in stacks:
            every = stack.resources
            for when, known in (("update", every), ("preview", list(previewed(every)))):
                refused = [each for each in ask(known) if each.refuses]
                yield from (Finding("policy", when, each.on or "the stack", each.message) for each in refused)
            for known in (planted(every), list(previewed(planted(every)))):
                if not any(each.refuses and each.on.endswith(PLANTED) for each in ask(known)):
                    yield Finding(
                        "policy", "silence", f"role *{PLANTED}", "nothing is said of a role that may do everything"
                    )


def planted(resources: list[Registered]) -> list[Registered]:
    """Return the resources with a role that may do everything, in its policy and in the statements beside it."""
    return [replace(each, inputs=_with_everything(each)) if each.name.endswith(PLANTED) else each for each in resources]


def _with_everything(resource: Registered) -> dict[str, Any]:
    everything = {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}
    if noun(resource) == "RolePolicy":
        statements = json.loads(resource.inputs["policy"])["Statement"]
        return {**resource.inputs, "policy": json.dumps({"Statement": [*statements, everything]})}
    if noun(resource) == "PolicyStatements":
        return {**resource.inputs, "statements": [*resource.inputs["statements"], everything]}
    return resource.inputs


def said(stacks: list[Recorded]) -> list[Finding]:
    """Return all tools' findings about the stacks."""
    with tempfile.TemporaryDirectory() as folder:
        return [*cfn_lint(stacks, Path(folder)), *checkov(stacks, Path(folder)), *pack(stacks)]


def _written(file: Path, document: dict[str, Any]) -> str:
    file.write_text(json.dumps(document, default=lambda asset: asset.path))
    return str(file)


def _run(tool: str, *arguments: str) -> str:
    """Return a tool's output; findings do not fail it, but an empty output does."""
    done = subprocess.run([TOOLS / tool, *arguments], capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        sys.exit(f"{tool} said nothing:\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    found = said([program("dev"), program("prod"), program("dev", **OTHERWISE)])
    left = complaints(found, reviewed("cfn-lint", "checkov"))
    sys.stdout.writelines(f"{line}\n" for line in left)
    if left:
        sys.exit("Mend it, or write the reason why it stands into policy/reviewed.toml.")
    sys.stdout.write(f"{len(found)} findings, each with a written reason; the policy pack refuses nothing.\n")
