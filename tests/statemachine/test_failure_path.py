"""The failure path cannot fail itself, whatever the cause of the failure is.

Only Task, Map and Parallel catch errors: an expression that fails in a Pass ends the execution there, without a row in
the ledger, an unlock or an alert. They run on the port of JSONata to Python that the embedded AWS uses.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.often import one_in
from tests.statemachine.definition import definition, states
from tests.statemachine.fake_aws import FakeAws, Refused
from tests.statemachine.scenarios import SCENARIOS
from tests.statemachine.test_expressions import _without_text, expressions
from tests.statemachine.walking import DAILY, Entry, Walk, walk

STATES = dict(states(definition()))
NO_CAUSE = 'The state "Transform" ended with X and gave no cause.'
FEW, MANY = (settings(max_examples=each, suppress_health_check=list(HealthCheck)) for each in (15, 60))
TEXTS = st.text(st.characters(), max_size=300) | st.text('{}[]":\\,errorMessage', max_size=60)
MESSAGES = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]) | st.sampled_from('\n\\"{}$'), max_size=100)
# Functions that take any text, and fail for none.
SAFE = {"exists", "join", "replace", "contains", "split", "substring", "substringBefore", "string", "merge"}
# Causes that look like JSON and are not, and others that a parser, a regular expression or a limit would fail on.
HOSTILE = {
    "braces only": "{}", "broken JSON": '{"errorMessage": }', "cut JSON": '{"errorMessage": "It ended in the middl',
    "JSON and more": '{"errorMessage":"a"} and more}', "a null": '{"errorMessage":null}',
    "a number": '{"errorMessage":5,"errorType":"X"}', "an object": '{"errorMessage":{"a":"b"}}',
    "two at once": '{"errorMessage":"a"}{"errorMessage":"b"}', "only the key": '"errorMessage":"',
    "single quotes": "{'errorMessage': 'a'}", "a backslash at the end": '{"errorMessage":"C:\\\\"}',
    "an escape cut off": '{"errorMessage":"a\\', "control characters": "{\u0000\u0001\u0002\u001f}",
    "a lone surrogate": '{"errorMessage":"\ud83d"}', "deep": '{"errorMessage":' + "[" * 2_000,
    "long": '{"errorMessage":"' + "x\\n" * 10_000 + '"}', "many quotes": '"' * 30_000,
    "dollars": "$1 $& {% $x %} ${Name}",
    "a reason that is no text": '{"QueryExecution":{"Status":{"StateChangeReason":null}}}', "spaces": " \n\t ",
    "a pattern": "(a+)+$ [[[ \\", "right to left": "\u202e\u2066{", "an array": '[{"errorMessage":"a"}]',
}  # fmt: skip


def _failed(cause: str | None, error: str = "X") -> Walk:
    """Return the walk after a failure of Transform, from the state that states what failed."""
    variables: dict[str, Any] = dict.fromkeys(
        ("extract", "freeze", "transform", "crawl", "query", "audit", "publish", "sweep", "digest", "report", "failure")
    )
    run = {"run_id": "r", "snapshot_date": "2026-11-23", "mode": "daily", "started_at": "2026-11-23T06:00:00Z",
           "ends_at": "2026-11-24T00:00:00Z", "execution_arn": "arn"}  # fmt: skip
    caught = {"Error": error, "State": "Transform"} | ({} if cause is None else {"Cause": cause})
    entry = Entry("Say what failed", {}, {**variables, "run": run, "caught": caught, "lock": "spotify"}, FakeAws)
    return walk(DAILY, resume=entry)


def _ends_well(done: Walk) -> bool:
    """Return whether a failure led to its ledger row, its alert and its end."""
    return (done.status, done.error, len(done.aws.alerts), "runs/r.json" in done.aws.objects) == (
        "FAILED",
        "X",
        1,
        True,
    )


@pytest.mark.parametrize("cause", HOSTILE.values(), ids=HOSTILE)
def test_no_cause_keeps_a_failure_from_its_row_and_alert(cause: str) -> None:
    assert _ends_well(_failed(cause))


def _no_text_does(cause: str) -> None:
    assert _ends_well(_failed(cause))
    assert _ends_well(_failed(f'{{"errorMessage":"{cause}","errorType":"X"}}'))


@settings(FEW)
@given(TEXTS)
def test_no_text_at_all_does(cause: str) -> None:
    _no_text_does(cause)


@pytest.mark.slow
@settings(MANY)
@given(TEXTS)
def test_none_of_more_texts_does(cause: str) -> None:
    _no_text_does(cause)


@settings(FEW)
@given(MESSAGES)
def test_the_sentence_of_a_lambda_is_read_as_a_parser_would_read_it(message: str) -> None:
    _is_read_as_by_a_parser(message)


@pytest.mark.slow
@settings(MANY)
@given(MESSAGES)
def test_more_sentences_are_read_as_a_parser_would_read_them(message: str) -> None:
    _is_read_as_by_a_parser(message)


def _is_read_as_by_a_parser(message: str) -> None:
    reported = {"errorMessage": message, "errorType": "X", "stackTrace": ['  File "a", line 1']}
    for separators in ((",", ":"), (", ", ": ")):
        done = _failed(json.dumps(reported, ensure_ascii=False, separators=separators))
        assert done.cause == (message or NO_CAUSE)


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        pytest.param(None, NO_CAUSE, id="absent"),
        pytest.param("", NO_CAUSE, id="empty"),
        pytest.param('{"errorMessage":""}', NO_CAUSE, id="an empty message"),
        pytest.param('Table "x" is gone', 'Table "x" is gone', id="no JSON"),
        pytest.param(
            '{"QueryExecution":{"Status":{"State":"FAILED","StateChangeReason":"SYNTAX_ERROR: \\"a\\""}}}',
            'SYNTAX_ERROR: "a"',
            id="a query",
        ),
        pytest.param("x" * 9_000, "x" * 8_000, id="long"),
    ],
)
def test_the_cause_is_the_sentence_in_what_was_reported(cause: str | None, sentence: str) -> None:
    assert _failed(cause).cause == sentence


@pytest.mark.parametrize(
    "error", ["Zwölf", "two\nlines", "x" * 200, "\ud83d"], ids=["ä", "a line break", "long", "half"]
)
def test_the_subject_of_an_alert_is_one_that_sns_takes(error: str) -> None:
    (alert,) = _failed("a", error).aws.alerts
    assert re.fullmatch(r"[!-~][ -~]{0,98}", alert["Subject"])


def test_pass_states_on_the_way_to_fail_call_only_what_takes_any_text() -> None:
    for name in _passes():
        for where, expression in expressions(STATES[name]):
            assert set(re.findall(r"\$(\w+)\(", _without_text(expression))) <= SAFE, (name, where)


def _passes() -> list[str]:
    """Return the Pass states that are entered after a failure."""
    path, name = [], "Say what failed"
    while STATES[name]["Type"] == "Pass":
        path.append(name)
        name = STATES[name]["Next"]
    return path


def test_what_a_catch_assigns_takes_any_error() -> None:
    """A Catch whose own expression fails catches nothing; the only time that it reads is the execution's start."""
    for name, state in STATES.items():
        for catcher in state.get("Catch", []):
            for where, expression in expressions(catcher):
                called = set(re.findall(r"\$(\w+)\(", _without_text(expression)))
                if name == "Resolve the run":
                    called -= {"fromMillis", "toMillis", "hash"}
                    assert "$toMillis($states.context.Execution.StartTime)" in expression or "illis" not in expression
                assert called <= SAFE, (name, where)


@pytest.mark.parametrize("state", ["Sweep", "Send the digest", "Write the report"])
@pytest.mark.parametrize("cause", one_in(4, HOSTILE.values()), ids=HOSTILE)
def test_a_helper_that_fails_with_any_cause_leaves_the_run_published(state: str, cause: str) -> None:
    entry = next(entry for entry in SCENARIOS["daily"]().entries if entry.state == state)
    aws = entry.aws()
    aws.faults[state] = [Refused("AccessRefused", cause)]
    done = walk(DAILY, aws, resume=entry)
    assert (done.status, done.output["outcome"]) == ("SUCCEEDED", "published")
    told = done.output[{"Sweep": "sweep", "Send the digest": "digest"}.get(state, "report")]["error"]
    assert told.startswith("AccessRefused: ")
