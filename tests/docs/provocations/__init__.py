"""The cheapest way to provoke each error of the runbook.

If only a whole stack, a process or a browser can provoke a row, `SEEN_BY` names the test that does.
"""

from __future__ import annotations

from tests.docs.provocations import command_line, pipeline, program

PROVOKED = [*pipeline.PROVOKED, *program.PROVOKED, *command_line.PROVOKED]
"""One entry per row of the runbook; none is left out."""

SEEN_BY = {
    "UnmappedType": "test_a_type_that_nobody_maps_is_an_error_with_its_name",
    "UnmappedInput": "test_an_input_that_no_mapper_reads_is_an_error_with_its_name",
    "UnmappedInvoke": "test_a_question_that_nobody_answers_is_an_error_with_its_name",
    "WrongInput": "test_a_required_input_that_is_missing_is_said",
    "ResourceFailed": "test_what_aws_refuses_names_the_resource",
}
"""Errors that only a developer meets, with their tests in tests/local/deployment/test_program.py; without messages."""
