"""`python -m conformance` prints a line per part, and its exit code tells a disagreement from a missing part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.__main__ import PARTS, main
from conformance.part import Disagreement, Part, cache

if TYPE_CHECKING:
    from pathlib import Path


def disagrees() -> str:
    raise Disagreement("2 statements differ\nSELECT 1: 1 there, 2 here")


def breaks() -> str:
    raise ZeroDivisionError("no part")


AGREES = Part("trino", lambda: None, lambda: "12 statements agree")
MISSING = Part("jsonata", lambda: "no node on the PATH", breaks)
DISAGREES = Part("provider", lambda: None, disagrees)
BREAKS = Part("matcher", lambda: None, breaks)
LONG = Part("engine", lambda: None, lambda: "174 resources", long=True)


@pytest.mark.parametrize(
    ("arguments", "parts", "code", "lines"),
    [
        ([], [AGREES, MISSING], 0, ["trino agrees 12 statements agree", "jsonata skipped no node on the PATH"]),
        ([], [AGREES, DISAGREES], 1, ["provider disagrees 2 statements differ", "SELECT 1: 1 there, 2 here"]),
        ([], [BREAKS, AGREES], 1, ["trino agrees", "matcher broke", "ZeroDivisionError: no part"]),
        ([], [LONG], 0, ["engine skipped it takes long; run: make conformance-all"]),
        (["--all"], [LONG, AGREES], 0, ["engine agrees 174 resources", "trino agrees"]),
        (["engine"], [LONG, AGREES], 0, ["engine agrees 174 resources"]),
    ],
    ids=["missing", "disagrees", "broke", "long", "all", "one"],
)
def test_each_part_has_its_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], parts: list[Part], code: int, lines: list[str]
) -> None:
    assert main(arguments, parts) == code
    said = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert [line for line in lines if not any(each.startswith(line) for each in said)] == []


def test_an_unknown_part_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["presto"], [AGREES])
    assert "unknown part presto; the parts are trino" in capsys.readouterr().err


def test_what_is_fetched_lies_outside_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache("trino") == tmp_path / "spotify-lake" / "conformance" / "trino"
    assert cache("trino").is_dir()


def test_no_two_parts_share_a_name() -> None:
    names = [part.name for part in PARTS]
    assert len(names) == len({*names}) > 0
