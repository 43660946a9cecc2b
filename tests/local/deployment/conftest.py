"""One embedded AWS with one resource of each type, deployed twice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.aws import EmbeddedAws
from local.deployment.deploy import Deployment, deploy

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY_TYPE = Path(__file__).parent / "every_type"


@dataclass(frozen=True)
class Everything:
    """The embedded AWS after a restart, and the messages of two deployments before it and one after it."""

    aws: EmbeddedAws
    first: Deployment
    second: Deployment
    restarted: Deployment

    def outputs(self, type_: str, name: str) -> dict[str, Any]:
        """Return the outputs of one resource."""
        return self.second.of_type(type_)[name].outputs

    def client(self, service: str) -> Any:
        """Return a boto3 client."""
        return self.aws.client(service)


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """An empty embedded AWS."""
    with EmbeddedAws.start(tmp_path_factory.mktemp("deployment")) as aws:
        yield aws


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    """One resource of each type, deployed twice, and once more after a restart, which must change nothing."""
    state = tmp_path_factory.mktemp("everything")
    memory = state / "deployed.json"
    with EmbeddedAws.start(state / "aws") as aws:
        states = ("a state that was lost", aws.generation)
        first, second = (deploy(aws, "dev", {}, project=EVERY_TYPE, memory=memory, generation=each) for each in states)
    with EmbeddedAws.start(state / "aws") as aws:
        restarted = deploy(aws, "dev", {}, project=EVERY_TYPE, memory=memory, generation=aws.generation)
        yield Everything(aws, first, second, restarted)
