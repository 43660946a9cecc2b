"""GitHub's workflow runs this project's own verbs, foreign actions by hash, and holds no secret."""

from __future__ import annotations

import re

import yaml

from tests.infra.recording import ROOT

WORKFLOW = (ROOT / ".github" / "workflows" / "checks.yml").read_text()


def test_actions_are_pinned_by_commit_each_with_its_version() -> None:
    used = re.findall(r"uses: (\S+)(?: # (\S+))?", WORKFLOW)
    assert used
    loose = [name for name, version in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name) or not version]
    assert loose == []


def test_the_preview_has_short_lived_credentials_and_the_policy_pack() -> None:
    jobs = yaml.safe_load(WORKFLOW)["jobs"]
    assert jobs["preview"]["permissions"] == {"contents": "read", "id-token": "write"}
    assert jobs["preview"]["steps"][-1]["with"]["policyPacks"] == "policy"
    assert "secrets." not in WORKFLOW


def test_the_workflow_runs_verbs_that_are_there() -> None:
    verbs = re.findall(r"run: make (\S+)", WORKFLOW)
    targets = re.findall(r"^([\w./]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert verbs
    assert set(verbs) <= set(targets)
