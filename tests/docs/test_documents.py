"""Everything that the documents name exists, and everything that exists is documented."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest
import typer.main
import yaml

from functions.extract.api.config import GROUPS
from functions.shared.contract import TABLES
from infra.rendering.views import all_views
from infra.settings import RETIRED, defaults
from ops.app import command_line
from ops.commands.questions import saved_queries
from tests.docs.messages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import click

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "local").rglob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"(?:functions|infra|local|ops|docs|sql|statemachine|tests|bench|policy)/[\w./-]*\w")
OF_AWS = {"describeExecution", "getItem"}
"""Words in camel case that are not settings."""


def read(name: str) -> str:
    return (ROOT / name).read_text()


def anchors(file: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    for found in LINK.finditer(document.read_text()):
        target, _, anchor = (found[1] or found[2]).partition("#")
        if target.startswith("http"):
            continue
        file = (document.parent / target).resolve() if target else document
        assert file.exists(), f"{target} is not there"
        assert not anchor or anchor in anchors(file), f"{target} has no section {anchor}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_file_that_is_named_is_there(document: Path) -> None:
    for code in CODE.findall(document.read_text()):
        if FILE.fullmatch(code):
            assert (ROOT / code).exists(), f"`{code}` is not there"


def test_every_make_verb_is_documented_and_no_other() -> None:
    verbs = set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"^\| `make ([\w-]+)", read("docs/commands.md"), re.MULTILINE)) == verbs
    named = {verb for file in DOCUMENTS for verb in re.findall(r"`make ([a-z]+)\b", file.read_text())}
    assert named <= verbs


@cache
def commands() -> list[str]:
    """Return each command with its group."""
    group: click.Group = typer.main.get_command(command_line())  # type: ignore[assignment]  # a group, since it has many
    below = {name: getattr(command, "commands", None) for name, command in group.commands.items()}
    return [full for name, each in below.items() for full in ([f"{name} {one}" for one in each] if each else [name])]


def test_every_command_is_documented_and_no_other() -> None:
    rows = re.findall(
        r"^\| `ops ((?:watch |inbox |credentials |state |frontier )?[a-z]+)", read("docs/commands.md"), re.MULTILINE
    )
    assert sorted(rows) == sorted(commands())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_command_that_is_named_exists(document: Path) -> None:
    known = {name for each in commands() for name in (each, each.split()[0])}
    for name in re.findall(r"(?:`|bin/|python -m )ops ([a-z]+)", document.read_text()):
        assert name in known, f"there is no `ops {name}`"


def test_every_command_answers_in_json_and_takes_a_stack() -> None:
    group: click.Group = typer.main.get_command(command_line())  # type: ignore[assignment]  # a group, since it has many
    leaves = [leaf for each in group.commands.values() for leaf in getattr(each, "commands", {"": each}).values()]
    for leaf in leaves:
        options = {option for parameter in leaf.params for option in parameter.opts}
        assert {"--json", "--stack", "--local"} <= options, leaf.name
        assert leaf.help, leaf.name


def test_every_setting_is_described_and_no_other() -> None:
    declared = yaml.safe_load(read("Pulumi.yaml"))["config"]
    assert set(declared) == set(defaults())
    assert [key for key, each in declared.items() if len(each.get("description", "")) < 20] == []


def test_every_setting_that_is_named_exists() -> None:
    words = {word for file in DOCUMENTS for word in CODE.findall(file.read_text())}
    camel = {word for word in words if re.fullmatch(r"[a-z]+(?:[A-Z0-9][a-z0-9]+)+", word)}
    assert camel - set(defaults()) - set(RETIRED) - OF_AWS == set()


def test_the_data_dictionary_lists_every_saved_query_with_its_question() -> None:
    listed = re.findall(r"^\| `(\w+)` \| [A-Z].*\? \|$", read("docs/data-dictionary.md"), re.MULTILINE)
    assert listed == sorted(saved_queries()) != []


def test_the_data_dictionary_has_every_column_of_every_view() -> None:
    views = read("docs/data-dictionary.md").split("\n## Views\n")[1].split("\n## Saved queries\n")[0]
    found = {
        part.splitlines()[0]: re.findall(r"^\| (\w+) \| [\w<>,]+ \| \w", part, re.MULTILINE)[1:]
        for part in views.split("\n### ")[1:]
    }
    assert found == {view.name: [each["Name"] for each in view.columns] for view in all_views()}


def test_the_readme_names_every_view() -> None:
    named = set(CODE.findall(read("README.md").split("## Query it")[1].split("## What it promises")[0]))
    views = {file.stem for file in (ROOT / "sql" / "views").glob("*.sql")}
    assert views <= named
    assert set(TABLES) <= views


def test_the_promises_are_numbered_as_messages_cite_them() -> None:
    promises = re.findall(r"^(\d+)\. ", read("docs/promises.md"), re.MULTILINE)
    assert promises == [str(number) for number in range(1, 15)]


def test_budgets_name_every_quota_group() -> None:
    assert set(defaults()["budgets"]) == set(GROUPS)  # type: ignore[arg-type]  # a dictionary, by its key


def test_every_decision_has_its_number_once() -> None:
    numbers = [file.name.split("-")[0] for file in (ROOT / "docs" / "decisions").glob("*.md")]
    assert sorted(numbers) == sorted(set(numbers))


def test_the_readme_is_read_in_a_few_minutes() -> None:
    assert len((ROOT / "README.md").read_text().split()) <= 900
