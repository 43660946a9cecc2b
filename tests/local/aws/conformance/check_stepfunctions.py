"""Checks of the table's rows about Step Functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.local.cloud import run

if TYPE_CHECKING:
    from local.aws import EmbeddedAws


def condition_that_is_not_a_boolean(aws: EmbeddedAws) -> None:
    states = {
        "Judge": {"Type": "Choice", "Choices": [{"Condition": "{% 'yes' %}", "Next": "Done"}], "Default": "Done"},
        "Done": {"Type": "Succeed"},
    }
    assert run(aws, {"StartAt": "Judge", "States": states})["error"] == "States.QueryEvaluationError"
