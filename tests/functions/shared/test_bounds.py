"""The result of each Lambda fits a state's output and is valid UTF-8, whatever people or Spotify sent."""

from __future__ import annotations

import importlib
import json
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.shared import bounds, events
from functions.shared.entry import entry
from functions.shared.errors import BadRequest
from infra.packaging import artifacts
from tests.functions.context import CONTEXT
from tests.often import one_in

STATE_BYTES = 262_144
"""Step Functions: the maximum input or result size for a task, state, or execution is 256 KiB of UTF-8."""
RESULTS = {
    "audit": events.Verdict,
    "digest": events.DigestResult,
    "extract": events.ExtractResult,
    "freeze": events.FreezeResult,
    "publish": events.PublishResult,
    "report": events.ReportResult,
    "resolve": events.Run,
    "sweep": events.SweepResult,
    "transform": events.TransformResult,
}
HOSTILE = {
    "plain": "plain",
    "a lone surrogate": "\udc00é\u2028",
    "only surrogates": "\ud800" * 3_000,
    "long": "x" * 100_000,
    "four bytes each": "😀" * 5_000,
    "escaped in JSON": "\x00" * 5_000,
    "quotes": '"\\' * 5_000,
}


def filled(kind: Any, text: str, many: int) -> Any:
    """Return a value of a type of `events` in which each text is `text`, and each list or object has `many` entries."""
    origin = getattr(kind, "__origin__", None)
    if kind is str or str(origin) == "typing.Literal":
        return text
    if kind in (int, float):
        return 10**12
    if origin is list:
        return [filled(kind.__args__[0], text, many)] * many
    if origin is dict:
        return {f"{number}{text[:2_000]}": filled(kind.__args__[1], text, many) for number in range(many)}
    hints = get_type_hints(kind, localns={"Item": str})
    return {name: filled(each, text, many) for name, each in hints.items()}


def state_bytes(value: object) -> int:
    """Return the size that Step Functions counts for a value; it must be valid UTF-8."""
    return len(json.dumps(value, ensure_ascii=False).encode())


def test_every_function_is_entered_the_same_way() -> None:
    assert set(RESULTS) == set(artifacts.function_names())
    for name in RESULTS:
        assert hasattr(importlib.import_module(f"functions.{name}.handler").handler, "__wrapped__"), name


@pytest.mark.parametrize("name", one_in(4, RESULTS))
@given(text=st.sampled_from(sorted(HOSTILE)), many=st.sampled_from([1, 101]))
def test_no_result_is_larger_than_a_state_may_hand_on(name: str, text: str, many: int) -> None:
    """Each result gets a third of the limit, since the publisher receives three of them."""
    hostile = filled(RESULTS[name], HOSTILE[text], many)
    found = entry(lambda _event, _context: hostile)({}, CONTEXT)
    assert state_bytes(found) < STATE_BYTES / 3
    assert set(found) == set(hostile)


@pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE)
def test_no_error_is_longer_than_a_cause_may_be(said: str) -> None:
    """Step Functions keeps 32,768 characters of a cause."""

    def handler(_event: object, _context: object) -> None:
        raise BadRequest(said)

    with pytest.raises(BadRequest) as caught:
        entry(handler)({}, CONTEXT)
    assert state_bytes(str(caught.value)) <= bounds.MESSAGE_BYTES


def test_an_error_that_words_itself_keeps_its_name() -> None:
    class Stubborn(Exception):
        def __str__(self) -> str:
            return "\ud800"

    def handler(_event: object, _context: object) -> None:
        raise Stubborn

    with pytest.raises(Exception, match=r"^\\ud800$") as caught:
        entry(handler)({}, CONTEXT)
    assert type(caught.value).__name__ == "Stubborn"


def test_an_error_within_the_bounds_leaves_as_it_is() -> None:
    def handler(event: dict[str, int], _context: object) -> None:
        event["missing"]

    with pytest.raises(KeyError) as caught:
        entry(handler)({}, CONTEXT)
    assert (type(caught.value), caught.value.args) == (KeyError, ("missing",))


def test_what_is_within_the_bounds_stays_as_it_is() -> None:
    given = {"key": "raw/é/😀.json", "counts": {"a": 1}, "some": ["x", None, 1.5, {"y": True}]}
    assert bounds.bounded(given) == given


@pytest.mark.parametrize(
    ("given", "most"),
    [("text", 1_200), (["text"], 160), ({"text": 1}, 160)],
    ids=["a text", "a text in a list", "a name"],
)
def test_a_text_takes_as_many_bytes_as_its_place_has_room_for(given: Any, most: int) -> None:
    def taken(size: int) -> str:
        found: Any = bounds.bounded(json.loads(json.dumps(given).replace("text", "x" * (size - len('""')))))
        return str(found if isinstance(found, str) else next(iter(found)))

    assert taken(most) == "x" * (most - 2)
    assert len(json.dumps(taken(most + 1), ensure_ascii=False).encode()) <= most
    assert taken(most + 1).endswith(f"… ({most - 1:,} characters)")


@pytest.mark.parametrize("entries", [[1], ["a"], {"a": 1}], ids=["a list", "texts", "an object"])
def test_a_hundred_entries_are_kept(entries: Any) -> None:
    def given(many: int) -> Any:
        return entries * many if isinstance(entries, list) else dict.fromkeys(map(str, range(many)), 1)

    assert bounds.bounded(given(100)) == given(100)
    assert [len(bounds.bounded(given(many))) for many in (101, 5_000)] == [100, 100]  # type: ignore[arg-type]  # as given


def test_an_error_is_as_long_as_the_state_machine_keeps() -> None:
    """The state machine keeps 8,000 characters of a function's message."""

    def handler(event: dict[str, int], _context: object) -> None:
        raise BadRequest("x" * event["size"])

    for size, whole in ((8_000 - 2, True), (8_000 - 1, False)):
        with pytest.raises(BadRequest) as caught:
            entry(handler)({"size": size}, CONTEXT)
        assert (str(caught.value) == "x" * size) is whole


def test_what_was_cut_says_how_much() -> None:
    assert bounds.text("x" * 5_000, 40) == "x" * 16 + "… (5,000 characters)"
    assert bounds.bounded(["a"] * 130)[-1] == "… and 31 more"  # type: ignore[index]  # it is a list
    assert sum(bounds.bounded(dict.fromkeys(map(str, range(130)), 2)).values()) == 260  # type: ignore[attr-defined]


def test_a_cut_text_ends_before_the_name_that_the_cut_falls_into_and_keeps_what_is_far_before_it() -> None:
    assert bounds.text(f"artist {'a' * 22}, artist {'b' * 22}", 57) == f"artist {'a' * 22}, … (60 characters)"
    assert bounds.text(f"one, {'x' * 5_000}", 80) == f"one, {'x' * 51}… (5,005 characters)"


def test_a_list_of_other_than_texts_has_no_count_among_its_entries() -> None:
    assert bounds.bounded([1] * 130) == [1] * 100
    assert bounds.bounded([{"a": 1}] * 130) == [{"a": 1}] * 100


def test_a_result_that_is_too_large_without_its_lists_still_counts_what_they_had() -> None:
    large = {str(one): {str(other): "x" * 1_200 for other in range(20)} for one in range(19)}
    assert bounds.result(large | {"reasons": ["a"] * 5})["reasons"] == ["… and 5 more"]  # type: ignore[index]  # a dict


def test_a_results_own_fields_are_kept_however_large_it_is() -> None:
    fields = dict.fromkeys(map(str, range(20)), "")
    large = fields | {"0": ["x" * 160] * 100, "1": {str(number): "x" * 1_200 for number in range(100)}}
    assert bounds.result(large | {"2": large}).keys() == fields.keys()  # type: ignore[attr-defined]  # it is a dict
    assert len(bounds.bounded(fields | {"more": ""}, most=1)) == 20  # type: ignore[arg-type]  # it is a dict


def test_a_result_of_just_80_kb_is_handed_on_whole() -> None:
    fits = {str(number): "x" * 1_192 for number in range(66)}
    fits["last"] = "x" * (80_000 - len(json.dumps(fits)) - len(', "last": ""'))
    assert len(json.dumps(fits)) == 80_000
    assert bounds.result(fits) == fits
    longer = fits | {"last": f"{fits['last']}x"}
    assert bounds.result(longer) != longer
