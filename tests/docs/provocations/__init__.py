"""What provokes each error of the runbook: the cheapest thing that makes the code say it.

A row that only a whole stack, a process or a browser can provoke names the test that does, in `SEEN_BY`.
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
"""Of tests/local/deployment/test_program.py: what only who changes the program meets; their rows have no message."""
