"""Inputs become what the provider would send."""

from __future__ import annotations

from local.deployment.values import without_empty_blocks


def test_a_block_that_sets_nothing_is_not_sent_wherever_it_stands() -> None:
    """The AWS provider does the same; false, 0 and an empty text are sent."""
    given = {
        "name": "",
        "enabled": False,
        "days": 0,
        "empty": {},
        "none": [],
        "only_empty": [{}, {"deeper": {}}],
        "storage": {"columns": [{"name": "a"}], "ser_de_info": {}},
    }
    assert without_empty_blocks(given) == {
        "name": "",
        "enabled": False,
        "days": 0,
        "storage": {"columns": [{"name": "a"}]},
    }
