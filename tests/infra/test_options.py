"""Options that no mock shows, seen in the registrations themselves: what is protected, and what was renamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.infra.known_resources import known
from tests.infra.recording import record

if TYPE_CHECKING:
    from pathlib import Path

    from tests.infra.recording import Recorded

RENAMED = """
import pulumi
import pulumi_aws as aws

class Noun(pulumi.ComponentResource):
    def __init__(self):
        super().__init__("x:y:Noun", "noun")

was = [pulumi.Alias(name="old"), pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE),
       "urn:pulumi:dev::spotify-lake::aws:sns/topic:Topic::oldest"]
aws.sns.Topic("new", opts=pulumi.ResourceOptions(parent=Noun(), protect=True, aliases=was))
"""


def test_what_was_deployed_keeps_its_urn_or_is_known_by_an_alias(stack: Recorded) -> None:
    """Else the engine deletes it, and all it holds. What is to go on purpose goes from known_resources.txt too."""
    aliases = {alias for each in stack.resources for alias in each.aliases}
    names = {each.known_as for each in stack.resources if each.custom}
    assert known() - names - aliases == set()
    assert names - known() == set(), "new ones are written down by: python -m tests.infra.known_resources"


def test_aliases_and_protection_are_seen(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(RENAMED)
    (tmp_path / "Pulumi.yaml").write_text("name: spotify-lake")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}")
    (topic,) = (each for each in record("dev", root=tmp_path).resources if each.custom)
    assert topic.known_as == "x:y:Noun$aws:sns/topic:Topic::new"
    assert topic.aliases == [
        "x:y:Noun$aws:sns/topic:Topic::old",
        "aws:sns/topic:Topic::new",
        "aws:sns/topic:Topic::oldest",
    ]
    assert topic.protect


def test_prod_protects_what_cannot_be_made_again(prod: Recorded) -> None:
    protected = {each.name for each in prod.resources if each.protect}
    assert protected == {f"spotify-lake-prod-{noun}" for noun in ("raw", "curated", "key", "spotify")}


def test_dev_can_be_destroyed(stack: Recorded) -> None:
    assert not [each.name for each in stack.resources if each.protect]
    assert {each["forceDestroy"] for each in stack.of_type("aws:s3/bucket:Bucket").values()} == {True}
