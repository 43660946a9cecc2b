"""Limits of AWS and Pulumi, and things that are shown or written completely or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.packaging import artifacts
from infra.rendering.shown import wrapped
from infra.rights.statements import _merged, allow, written
from infra.settings import Settings, broken, parse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.infra.recording import Recorded

KEY = "arn:aws:kms:eu-west-1:{}:key/1234abcd"


def test_no_function_may_run_longer_than_lambda_lets_it(stack: Recorded) -> None:
    """Fifteen minutes (https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html)."""
    timeouts = {each["timeout"] for each in stack.of_type("aws:lambda/function:Function").values()}
    assert max(timeouts) == 900


SIZES = {
    "resolve": (512, 30, 5), "extract": (512, 900, 1), "freeze": (1024, 300, 1), "transform": (3008, 900, 5),
    "audit": (512, 30, 5), "publish": (1024, 60, 5), "sweep": (512, 900, 1), "digest": (512, 120, 1),
    "report": (1024, 180, 5),
}  # fmt: skip
"""The megabytes, the seconds and the calls at once of each function: docs/measures.md and the price of a month."""


def test_a_function_has_the_memory_the_time_and_the_calls_that_were_measured(otherwise: Recorded) -> None:
    found = otherwise.of_type("aws:lambda/function:Function")
    assert {
        name.removeprefix("spotify-lake-dev-"): (
            each["memorySize"],
            each["timeout"],
            each["reservedConcurrentExecutions"],
        )
        for name, each in found.items()
    } == SIZES


def test_each_wait_of_the_state_machine_has_the_seconds_of_its_own_key(stack: Recorded) -> None:
    states = json.loads(stack.one("StateMachine")["definition"])["States"]
    found = [states[name]["Seconds"].split(" * ")[0] for name in ("Wait for the crawl", "Wait for the lock")]
    assert found == ["{% $floor(15", "{% $floor(30"]


def test_locks_that_a_dead_execution_left_expire(stack: Recorded) -> None:
    assert stack.one("aws:dynamodb/table:Table")["ttl"] == {"attributeName": "expires_at", "enabled": True}


def test_graphs_stand_two_in_a_row_and_show_what_is_worst_by_its_maximum(stack: Recorded) -> None:
    widgets = json.loads(stack.one("Dashboard")["dashboardBody"])["widgets"]
    places = [(each["x"], each["y"], each["width"], each["height"]) for each in widgets]
    assert places == [(number % 2 * 12, number // 2 * 6, 12, 6) for number in range(len(widgets))]
    worst = {each["properties"]["title"] for each in widgets if each["properties"]["stat"] == "Maximum"}
    assert worst == {"How long executions take", "How long functions take", "Triggers not delivered"}
    assert {each["properties"]["stat"] for each in widgets} == {"Maximum", "Sum"}


@pytest.mark.parametrize(("length", "works"), [(2, False), (3, True), (63, True), (64, False)])
def test_a_buckets_name_has_three_to_sixty_three_characters(length: int, works: bool) -> None:
    assert (not [*broken(Settings("dev", log_bucket="b" * length))]) is works


@pytest.mark.parametrize(("digits", "works"), [(11, False), (12, True), (13, False)])
def test_the_account_of_a_key_has_twelve_digits(digits: int, works: bool) -> None:
    assert (not [*broken(Settings("dev", kms_key_arn=KEY.format("1" * digits)))]) is works


@pytest.mark.parametrize("text", ['{"artists": true}', '{"artists": 1.0}', '{"artists": "1"}', "[1]"])
def test_a_budget_is_a_whole_number(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  settings tell it in a sentence of their own
        parse(text, dict[str, int])
    assert parse('{"artists": 1}', dict[str, int]) == {"artists": 1}


def test_a_line_of_a_preview_is_shorter_than_where_pulumi_cuts_it() -> None:
    """Pulumi cuts it at 150 characters."""
    lines = wrapped("    " + "word " * 100).splitlines()
    assert 120 < max(map(len, lines)) < 150
    assert wrapped("x" * 140) == "x" * 140


def test_a_resource_is_named_once_in_a_statement() -> None:
    """A role's policy may have 10,240 characters."""
    rights: Any = written([allow("s3:GetObject", on=["a", "b"]), allow("s3:GetObject", on=["b", "c"])])
    (statement,) = json.loads(_merged(rights))["Statement"]
    assert statement["Resource"] == ["a", "b", "c"]


def test_a_build_that_breaks_off_leaves_no_zip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another build, at the same time or later, would take a partial zip for a complete one."""

    def broken_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(artifacts, "BUILT", tmp_path)
    monkeypatch.setattr("os.replace", broken_off)
    with pytest.raises(KeyboardInterrupt):
        artifacts._keep(b"zip", "x.zip")
    assert not (tmp_path / "x.zip").exists()
