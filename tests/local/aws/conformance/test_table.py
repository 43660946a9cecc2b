"""The embedded AWS responds as the conformance table states of AWS, and the page for readers shows that table."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from docs import what_is_proved
from local.aws.conformance.table import BESIDE, FOLDER, STATUSES, Row, _problem, rows, services, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws import EmbeddedAws

pytestmark = pytest.mark.embedded
pytest.register_assert_rewrite(*(f"tests.local.aws.conformance.check_{service}" for service in services()))
COSTLY = frozenset(
    {
        "athena.parameters_are_sql_literals", "athena.rights_of_the_caller", "athena.scan_limit_of_a_workgroup",
        "events.event_of_an_execution", "executions.retries_by_default",
        "executions.why_an_execution_cannot_be_redriven", "glue.crawl_log_needs_group_and_streams",
        "glue.crawl_of_a_bucket_under_a_key", "glue.crawl_that_finds_a_parameter_changed",
        "glue.crawl_without_a_right_of_its_role", "glue.states_of_a_crawler", "histories.history_that_is_full",
        "histories.iterations_at_once_follow_their_own_events", "iam.policies_decide_by_operator",
        "iam.glue_table_needs_its_database_and_catalog", "kms.object_needs_its_key",
        "lambda.more_memory_than_the_function_has", "provider.block_that_sets_nothing", "sns.subscriptions_in_pages",
        "stepfunctions.execution_that_times_out", "stepfunctions.task_failed_is_every_error_but_a_time_out",
        "stepfunctions.task_that_times_out", "stepfunctions.time_out_as_an_expression",
    }
)  # fmt: skip
"""Rows whose check takes more than a tenth of a second of processor time."""
WAIT = frozenset(
    {
        "lambda.initialisation_that_takes_too_long", "lambda.call_that_takes_too_long",
        "lambda.module_that_cannot_be_started", "iam.rule_sends_no_source_to_a_topic",
        "iam.rule_sends_no_source_to_the_key_of_a_topic", "iam.rule_needs_both_rights_to_the_key_of_a_topic",
        "iam.rule_sends_its_source_to_a_queue", "iam.alarm_sends_its_source_to_a_topic",
        "scheduler.context_attributes_are_filled_in", "scheduler.disabled_schedule",
        "stepfunctions.stop_passes_every_catch", "s3.keys_in_pages",
    }
)  # fmt: skip
"""Rows whose check takes more than 1.5 s: a time-out, a message that must not come, a thousand keys."""
COMPLETE = dict.fromkeys(("check", "call", "situation", "response", "source"), "x") | {"status": "documented"}


def _checks(service: str) -> dict[str, Callable[..., None]]:
    """Return the checks of a service by name."""
    module = importlib.import_module(f"tests.local.aws.conformance.check_{service}")
    found = inspect.getmembers(module, inspect.isfunction)
    return {name: check for name, check in found if check.__module__ == module.__name__ and not name.startswith("_")}


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, id=str(row), marks=[pytest.mark.slow] if str(row) in WAIT | COSTLY else []) for row in table()],
)
def test_the_embedded_aws_responds_as_the_row_says(row: Row, aws: EmbeddedAws, request: pytest.FixtureRequest) -> None:
    check = _checks(row.service)[row.check]
    check(**{name: request.getfixturevalue(name) for name in inspect.signature(check).parameters})


@pytest.mark.parametrize("service", services())
def test_each_row_has_a_check_and_each_check_a_row(service: str) -> None:
    assert {row.check for row in rows(service)} == set(_checks(service))


def test_the_rows_that_are_slow_are_rows() -> None:
    assert {str(row) for row in table()} >= WAIT | COSTLY


def test_each_module_of_checks_has_its_file_of_rows() -> None:
    modules = Path(__file__).parent.glob("check_*.py")
    assert {path.stem.removeprefix("check_") for path in modules} == set(services())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"source": ""}, "source missing", id="no source"),
        pytest.param({"settled": "x"}, "unknown field settled", id="a misspelled field"),
        pytest.param({"status": "sure"}, "status 'sure' is not one of " + ", ".join(STATUSES), id="a made-up status"),
        pytest.param({"status": "guess"}, "a guess needs `settle`: the command", id="a guess that nobody can settle"),
        pytest.param({"check": "twice"}, "the check twice has a row already", id="a check with two rows"),
    ],
)
def test_a_row_that_is_not_complete_is_named(change: dict[str, Any], said: str) -> None:
    assert _problem(COMPLETE, {"twice"}) == ""
    assert _problem(COMPLETE | change, {"twice"}).startswith(said)


def test_the_page_shows_the_table_as_it_is() -> None:
    assert what_is_proved.PLACE.read_text() == what_is_proved.markdown(), "run: python -m docs.what_is_proved"


def test_the_page_shows_every_row_and_every_check_that_settles_a_guess() -> None:
    page = what_is_proved.markdown()
    for row in table():
        assert f"`{row.check}`" in page
        assert not row.settle or row.settle in page


def test_every_file_of_rows_is_read() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == {*services(), BESIDE.stem}


def test_the_services_are_in_the_order_of_the_alphabet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder lists its files in any order; the page for readers has one."""
    files = [Path("sns.toml"), Path("athena.toml"), BESIDE, Path("glue.toml")]
    monkeypatch.setattr("local.aws.conformance.table.FOLDER", SimpleNamespace(glob=lambda _: files))
    assert services() == ["athena", "glue", "sns"]
