"""Stored values that doctor reports as not plausible, one case each."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from functions.extract.frontier import document as frontier
from functions.extract.quota_document import MEMBERS
from functions.extract.raw.store import packed
from functions.shared import keys
from ops.doctor import plausible
from ops.doctor.plausible import implausible
from ops.stack import Stack
from tests.ops.fakes import OUTPUTS, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

FAR = "2062-11-24"
ID = "0000000000000000000001"


@dataclass
class Bucket:
    """A bucket in memory, and S3's clock."""

    objects: dict[str, bytes] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def get_object(self, Key: str, **_: object) -> Any:  # noqa: N803 - S3's name
        if Key not in self.objects:
            raise refusal("NoSuchKey", 404)
        return {"Body": io.BytesIO(self.objects[Key]), "ETag": "1"}

    def head_bucket(self, **_: object) -> Any:
        return {"ResponseMetadata": {"HTTPHeaders": {"date": format_datetime(self.now, usegmt=True)}}}

    def get_paginator(self, _name: str) -> Any:
        return self

    def paginate(self, Prefix: str, **_: object) -> Any:  # noqa: N803 - S3's name
        return [{"Contents": [{"Key": key} for key in self.objects if key.startswith(Prefix)]}]


def document(**changed: object) -> bytes:
    return packed({**frontier.empty(), **changed})


def quota(**changed: object) -> bytes:
    whole: dict[str, object] = {name: {} for name in MEMBERS}
    whole |= {"day_ends_at": "2026-11-24T00:00:00Z", "paused_until": None}
    return json.dumps(whole | changed).encode()


def told(bucket: Bucket) -> list[str]:
    return list(implausible(Stack("test", OUTPUTS, lambda _: bucket)))  # type: ignore[arg-type]  # all that is called


def test_nothing_is_said_of_a_new_stack_and_of_a_sound_one() -> None:
    assert told(Bucket()) == []
    assert told(Bucket({keys.FRONTIER: document(), keys.QUOTA: quota()})) == []


@pytest.mark.parametrize(
    ("key", "body", "said"),
    [
        (keys.FRONTIER, lambda: document(artists={ID: {"at": FAR}}), "request dates after"),
        (keys.FRONTIER, lambda: document(artists={"a/b": {}}), "IDs that are not valid"),
        (keys.FRONTIER, lambda: document(artists={ID: {"etag": "ü"}}), "ETags that are not valid"),
        (keys.FRONTIER, lambda: b"cut short", "cannot be read"),
        (
            keys.FRONTIER,
            lambda: document(albums={ID: {"first_seen": "2026-11-24", "at": "2026-11-23", "via": []}}),
            "Requested before they were first seen",
        ),
        (keys.QUOTA, lambda: b"[]", "cannot be read"),
        (keys.QUOTA, lambda: quota(blocked_until={"albums": f"{FAR}T00:00:00Z"}), "closed for longer than"),
        (keys.QUOTA, lambda: quota(calls={"albums": -3}), "a negative count for albums"),
        (keys.published(FAR), lambda: b"{}", f"published/ holds the date {FAR}, which is in the future: withdraw it"),
        (keys.manifest(FAR), lambda: b"{}", f"raw/ holds the date {FAR}"),
        (f"{keys.inbox_date(FAR)}a.json", lambda: b"{}", f"inbox/ holds the date {FAR}"),
    ],
    ids=lambda each: each[:40].replace("/", " ") if isinstance(each, str) else "",
)
def test_what_cannot_be_right_is_named(key: str, body: Callable[[], bytes], said: str) -> None:
    (sentence,) = told(Bucket({key: body()}))
    assert said in sentence


def test_a_clock_that_differs_from_s3s_is_named() -> None:
    (sentence,) = told(Bucket(now=datetime.now(UTC) - timedelta(minutes=10)))
    assert "by 10 minutes" in sentence


@pytest.mark.parametrize("ahead", [-1, 1])
def test_clocks_may_be_five_minutes_apart(monkeypatch: pytest.MonkeyPatch, ahead: int) -> None:
    now = datetime(2026, 11, 23, 6, tzinfo=UTC)
    monkeypatch.setattr(plausible, "datetime", SimpleNamespace(now=lambda _zone: now))
    said = [told(Bucket(now=now + timedelta(minutes=5, seconds=seconds) * ahead)) for seconds in (0, 1)]
    assert [len(each) for each in said] == [0, 1]


def test_what_is_just_plausible_is_not_named() -> None:
    today = Stack("test", OUTPUTS, lambda _: None).today().isoformat()  # type: ignore[arg-type]  # no AWS
    seen = {"first_seen": "2020-01-01", "at": "2020-01-01", "via": []}
    there = {
        keys.manifest(today): b"{}",
        keys.FRONTIER: document(albums={ID: seen}),
        keys.QUOTA: quota(calls={"albums": 0}),
    }
    assert told(Bucket(there)) == []


def test_of_the_dates_that_lie_ahead_the_first_three_are_named() -> None:
    years = ("2065", "2062", "2064", "2063")
    found = told(Bucket({keys.manifest(f"{year}-01-01"): b"{}" for year in years}))
    assert [sentence.split()[4].rstrip(",") for sentence in found] == ["2062-01-01", "2063-01-01", "2064-01-01"]
