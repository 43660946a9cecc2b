"""Targets of rules: one kind of input each, templates with names of their own map, objects in texts."""

from __future__ import annotations

from typing import Any

import pytest

from local.aws.events import targets

MAP = {"InputPathsMap": {"a": "$.detail.a"}}


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        pytest.param({}, "", id="the whole event"),
        pytest.param({"Input": "{}"}, "", id="one kind of input"),
        pytest.param({"Input": "{}", "InputPath": "$"}, "Only one of", id="two kinds of input"),
        pytest.param({"InputTransformer": MAP | {"InputTemplate": '"<a>"'}}, "", id="a name of the map"),
        pytest.param({"InputTransformer": {"InputTemplate": "<aws.events.rule-arn>"}}, "", id="a name of AWS"),
        pytest.param({"InputTransformer": MAP | {"InputTemplate": "<a> <b>"}}, "invalid placeholder b", id="unknown"),
    ],
)
def test_a_target_is_refused_for_its_input(target: dict[str, Any], problem: str) -> None:
    found = targets._problem({"Id": "t", **target})
    assert problem in found
    assert bool(found) == bool(problem)


def test_targets_are_added_unless_one_of_them_is_refused() -> None:
    good, bad = {"Id": "a"}, {"Id": "b", "Input": "", "InputPath": ""}
    assert targets._put(lambda _: "added", {"Targets": [good]}) == "added"
    assert targets._put(lambda _: "added", {"Targets": [good, bad]})[0] == 400


@pytest.mark.parametrize(
    ("value", "in_string", "written"),
    [({"n": [1, "é"]}, True, "{n:[1,é]}"), ({"n": 1}, False, "as before"), ("text", True, "as before")],
    ids=["in a text", "by itself", "no object"],
)
def test_an_object_in_a_text_is_written_without_quotes(value: Any, in_string: bool, written: str) -> None:
    assert targets._placeholder(lambda *_: "as before", "a", "<a>", {"a": value}, in_string) == written


def test_a_rules_message_has_no_subject_and_another_keeps_its_own() -> None:
    sent: list[str] = []
    for subject in ("EventBridge Notification", "News"):
        targets._to_topic(lambda _topic, _message, subject: sent.append(subject), "topic", "text", subject)
    assert sent == ["", "News"]
