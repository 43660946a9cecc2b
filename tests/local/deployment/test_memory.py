"""A deployment leaves a resource unchanged if its memory says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from local.deployment.mapping import Created
from local.deployment.memory import Memory

if TYPE_CHECKING:
    from pathlib import Path

TOPIC = Created("arn:topic", {"name": "topic"})


def test_what_was_made_of_the_same_in_the_same_state_is_left_alone(tmp_path: Path) -> None:
    _deployed(tmp_path, "one", "topic", "queue")
    assert Memory(tmp_path / "memory.json", "one").unchanged("topic", "inputs") == TOPIC
    assert Memory(tmp_path / "memory.json", "one").unchanged("topic", "others") is None
    assert Memory(tmp_path / "memory.json", "two").unchanged("topic", "inputs") is None
    assert Memory(tmp_path / "memory.json", None).unchanged("topic", "inputs") is None
    assert Memory(None, "one").unchanged("topic", "inputs") is None


def test_a_deployment_that_was_broken_off_after_a_loss_leaves_the_rest_to_be_made(tmp_path: Path) -> None:
    """The next deployment must not skip a resource that existed only in the lost state."""
    _deployed(tmp_path, "one", "topic", "queue")
    _deployed(tmp_path, "two", "topic")
    memory = Memory(tmp_path / "memory.json", "two")
    assert memory.unchanged("topic", "inputs") == TOPIC
    assert memory.unchanged("queue", "inputs") is None
    assert memory.known_id("queue") == TOPIC.id


def test_a_memory_without_generations_is_made_again_with_the_ids_it_knows(tmp_path: Path) -> None:
    before = {"id": "arn:topic", "inputs": {}, "made_of": "inputs", "outputs": {}}
    (tmp_path / "memory.json").write_text(json.dumps({"topic": before, "queue": "url"}))
    memory = Memory(tmp_path / "memory.json", "one")
    assert (memory.known_id("topic"), memory.known_id("queue")) == ("arn:topic", "url")
    assert memory.unchanged("topic", "inputs") is memory.unchanged("queue", "") is None
    assert Memory(tmp_path / "memory.json", None).unchanged("topic", "inputs") is None


def _deployed(folder: Path, generation: str, *urns: str) -> None:
    memory = Memory(folder / "memory.json", generation)
    for urn in urns:
        memory.keep(urn, TOPIC, {}, "inputs")
    memory.save()
