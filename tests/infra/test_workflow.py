"""GitHub's workflows run this project's own commands, pin foreign actions by hash, and contain no secret."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.infra.recording import ROOT

WORKFLOWS = {path.stem: path.read_text() for path in (ROOT / ".github" / "workflows").glob("*.yml")}
EVERY = pytest.mark.parametrize("name", sorted(WORKFLOWS))


@EVERY
def test_actions_are_pinned_by_commit_each_with_its_version(name: str) -> None:
    used = re.findall(r"uses: (\S+)(?: # (\S+))?", WORKFLOWS[name])
    assert used
    loose = [name for name, version in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name) or not version]
    assert loose == []


def test_one_action_has_one_version_everywhere() -> None:
    used = {each for text in WORKFLOWS.values() for each in re.findall(r"uses: (\S+@\S+ # \S+)", text)}
    assert len(used) == len({each.split("@")[0] for each in used})


@pytest.mark.parametrize(("workflow", "job"), [("checks", "preview"), ("deploy", "preview"), ("deploy", "deploy")])
def test_whoever_reaches_aws_has_short_lived_credentials_and_the_policy_pack(workflow: str, job: str) -> None:
    found = yaml.safe_load(WORKFLOWS[workflow])["jobs"][job]
    assert found["permissions"] == {"contents": "read", "id-token": "write"}
    assert found["steps"][-1]["with"]["policyPacks"] == "policy"
    assert "secrets." not in WORKFLOWS[workflow]


def test_a_deployment_waits_for_the_approval_of_its_stacks_environment() -> None:
    deploy = yaml.safe_load(WORKFLOWS["deploy"])
    inputs = deploy[True]["workflow_dispatch"]["inputs"]["stack"]["options"]  # YAML reads `on` as a truth value
    assert {f"Pulumi.{stack}.yaml" for stack in inputs} == {path.name for path in ROOT.glob("Pulumi.*.yaml")}
    assert deploy["jobs"]["preview"]["if"] == "github.ref == 'refs/heads/main'"
    assert deploy["jobs"]["deploy"]["needs"] == "preview"
    assert deploy["jobs"]["deploy"]["environment"] == "${{ inputs.stack }}"
    assert deploy["concurrency"]["cancel-in-progress"] is False


@EVERY
def test_a_workflow_runs_verbs_that_are_there(name: str) -> None:
    verbs = re.findall(r"run: make (\S+)", WORKFLOWS[name])
    targets = re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert verbs
    assert set(verbs) <= set(targets)
