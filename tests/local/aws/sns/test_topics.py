"""The bounds of topics: names, ARNs and pages of subscriptions, asked directly."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from ministack.core.responses import get_region
from ministack.services import sns

from local.aws.sns import topics

HERE = f"arn:aws:sns:{get_region()}:1:t"


def _said(answer: Any) -> str:
    """Return the code of a refusal, or an empty text."""
    found = re.search(rb"<Code>(.*?)</Code>", bytes(answer[2]))
    return found[1].decode() if found else ""


def _passed(_params: Any) -> Any:
    return 200, {}, b""


@pytest.mark.parametrize(
    ("call", "params", "said"),
    [
        (topics._delete, {"TopicArn": HERE}, ""),
        (topics._delete, {"TopicArn": "arn:aws:sns:here:1"}, "InvalidParameter"),
        (topics._delete, {"TopicArn": HERE.replace(get_region(), "x")}, "InvalidParameter"),
        (topics._unsubscribe, {"SubscriptionArn": f"{HERE}:id"}, ""),
        (topics._unsubscribe, {"SubscriptionArn": HERE}, "InvalidParameter"),
        (topics._unsubscribe, {"SubscriptionArn": "arn:aws:sns:here:1"}, "InvalidParameter"),
        (topics._subscribe, {"Protocol": "email"}, ""),
        (topics._subscribe, {"Protocol": "post"}, "InvalidParameter"),
    ],
    ids=["a topic", "a short ARN", "elsewhere", "a subscription", "no subscription", "a shorter ARN", "mail", "post"],
)
def test_a_request_is_refused_for_what_it_names(call: Any, params: dict[str, str], said: str) -> None:
    assert _said(call(_passed, params)) == said


@pytest.mark.parametrize(
    ("name", "fifo", "made"),
    [
        ("n" * 256, "", True), ("n" * 257, "", False), ("", "", False), ("a.fifo", "", False), ("a.fifo", "true", True),
        (f"{'n' * 251}.fifo", "true", True), (f"{'n' * 252}.fifo", "true", False), ("a", "true", False),
        ("a", "false", True),
    ],
    ids=["longest", "too long", "none", "fifo", "a fifo", "longest fifo", "too long fifo", "no fifo", "plain"],
)  # fmt: skip
def test_a_topic_has_a_name_within_its_bounds(
    monkeypatch: pytest.MonkeyPatch, name: str, fifo: str, made: bool
) -> None:
    arn = f"arn:aws:sns:{get_region()}:{sns.get_account_id()}:{name}"
    there = {"attributes": {"FifoTopic": fifo}, "tags": {}}
    monkeypatch.setattr(sns, "_topics", {arn: there})
    asked = {"Attributes.entry.1.key": "FifoTopic", "Attributes.entry.1.value": fifo} if fifo else {}
    assert _said(topics._create(_passed, {"Name": name, **asked})) == ("" if made else "InvalidParameter")


@pytest.mark.parametrize(
    "change", [{"Tags.member.1.Key": "a", "Tags.member.1.Value": "2"}, {}], ids=["tag", "attribute"]
)
def test_a_topic_is_made_again_only_as_it_is(monkeypatch: pytest.MonkeyPatch, change: dict[str, str]) -> None:
    arn = f"arn:aws:sns:{get_region()}:{sns.get_account_id()}:n"
    monkeypatch.setattr(sns, "_topics", {arn: {"attributes": {"A": "1", "B": "1"}, "tags": {"a": "1"}}})
    both = {f"Attributes.entry.{n}.{what}": text for n, pair in enumerate(("A1", "B1"), 1)
            for what, text in zip(("key", "value"), pair, strict=True)}  # fmt: skip
    assert _said(topics._create(_passed, {"Name": "n", **both})) == ""
    other = {**both, **(change or {"Attributes.entry.2.value": "2"})}
    assert _said(topics._create(_passed, {"Name": "n", **other})) == "InvalidParameter"


@pytest.mark.parametrize(
    ("held", "start", "shown", "more"),
    [
        pytest.param(100, None, (0, 100), None, id="a page"), pytest.param(101, None, (0, 100), 100, id="one more"),
        pytest.param(101, 100, (100, 101), None, id="the rest"), pytest.param(200, 100, (100, 200), None, id="full"),
        pytest.param(201, 100, (100, 200), 200, id="a page between"),
    ],
)  # fmt: skip
def test_subscriptions_come_a_hundred_at_a_time(
    held: int, start: int | None, shown: tuple[int, int], more: int | None
) -> None:
    members = "".join(f"<member>{n}</member>" for n in range(held))
    body = f"<R><Subscriptions>{members}</Subscriptions></R>".encode()
    asked = {} if start is None else {"NextToken": base64.b64encode(str(start).encode()).decode()}
    found = topics._page(lambda _: (200, {}, body), asked)[2]
    assert [int(each[8:-9]) for each in topics.MEMBER.findall(found)] == list(range(*shown))
    token = re.search(rb"<NextToken>(.*)</NextToken>", found)
    assert (int(base64.b64decode(token[1])) if token else None) == more


def test_a_refusal_to_list_is_no_page() -> None:
    refused: Any = (404, {}, b"<member>" * 300)
    assert topics._page(lambda _: refused, {"NextToken": base64.b64encode(b"100").decode()}) == refused


@pytest.mark.parametrize(
    ("status", "token", "said"),
    [(200, "x", ""), (399, "x", ""), (400, "0" * 64, "Invalid parameter: Token"), (404, "0" * 63, "Invalid token")],
)
def test_a_token_that_confirms_nothing_is_refused_by_its_form(status: int, token: str, said: str) -> None:
    answer = topics._confirm(lambda _: (status, {}, b"confirmed"), {"Token": token})
    assert (said or "confirmed") in answer[2].decode()
