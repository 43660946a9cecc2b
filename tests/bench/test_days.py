"""The days for the comparison of the transform with its peers have the properties that their names promise."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from bench import album_day
from bench.album_day import DAYS, Day, write_day

if TYPE_CHECKING:
    from pathlib import Path

SMALL = 40


def lines(folder: Path, day: Day) -> list[bytes]:
    return [line for part in write_day(folder, day) for line in gzip.decompress(part.read_bytes()).splitlines()]


def responses(folder: Path, name: str) -> list[dict[str, Any]]:
    day = replace(DAYS[name], albums=SMALL, bad=0)
    return [json.loads(line)["body"] for line in lines(folder, day)]


def test_equal_days_have_equal_bytes(tmp_path: Path) -> None:
    day = Day(30, bad=0.5)
    one, same, other = (
        lines(tmp_path / name, each) for name, each in (("a", day), ("b", day), ("c", replace(day, bad=0)))
    )
    assert one == same != other


@pytest.mark.parametrize(("name", "share"), [("usual", 0.01), ("damaged", 0.05), ("clean", 0.0)])
def test_as_many_lines_are_damaged_as_the_day_says(
    name: str, share: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(album_day, "_damaged", lambda *_: b"damaged\n")
    found = lines(tmp_path, replace(DAYS[name], albums=600, tracks=4))
    assert found.count(b"damaged") / len(found) == pytest.approx(share, rel=0.5)


def test_a_deep_catalog_has_full_pages_of_tracks(tmp_path: Path) -> None:
    assert {len(body["tracks"]["items"]) for body in responses(tmp_path, "deep")} == {50}


def test_long_names_are_ten_times_as_long(tmp_path: Path) -> None:
    usual, long = (
        sum(len(body["name"]) for body in responses(tmp_path / name, name)) for name in ("usual", "long-names")
    )
    assert long > 10 * usual


@pytest.mark.slow
def test_the_huge_album_is_one_line_and_never_damaged(tmp_path: Path) -> None:
    day = replace(DAYS["huge-album"], albums=3, bad=1.0)
    first, *others = lines(tmp_path, day)
    assert len(json.loads(first)["body"]["tracks"]["items"]) == day.huge
    assert len(others) == 2
    assert day.most_tracks == day.huge + 2 * day.tracks
