"""Each gate alone: its values for a sound run, and the damage that only this gate refuses."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from functions.audit.gates import ALWAYS, Limits, judge
from functions.audit.query import Observed

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.shared.events import Run

RUN: Run = {
    "run_id": "20261123T060000Z-82a09b7f", "snapshot_date": "2026-11-23", "mode": "daily",
    "started_at": "2026-11-23T06:00:00.123Z", "ends_at": "2026-11-24T00:00:00Z", "execution_arn": "arn",
}  # fmt: skip
LIMITS = Limits(max_quarantine_ratio=0.05, row_drop_tolerance=0.5)
ROWS = {"artists": 100, "albums": 200, "tracks": 300, "observations": 40, "quarantine": 5}
FAULTS = "albums.upc in 10 of 20 rows, tracks.isrc in 1 of 300 rows"
SAMPLE = "if there are 20 rows or more"
VOLUME = "median of the last 7 complete days"
SOUND = {
    "rows_artists": ("100", "100"), "rows_albums": ("200", "200"), "rows_tracks": ("300", "300"),
    "rows_observations": ("40", "40"), "rows_quarantine": ("5", "5"),
    "unique_artists": ("0 repeated", "0 repeated"), "keys_artists": ("0 empty", "0 empty"),
    "unique_albums": ("0 repeated", "0 repeated"), "keys_albums": ("0 empty", "0 empty"),
    "unique_tracks": ("0 repeated", "0 repeated"), "keys_tracks": ("0 empty", "0 empty"),
    "unique_observations": ("0 repeated", "0 repeated"), "keys_observations": ("0 empty", "0 empty"),
    "albums_of_tracks": ("1 unknown: someAlbum", "known, or listed here if no album is the run's own"),
    "artists_of_albums": ("2 unknown: one, two", "known, or listed here as unknown"),
    "quarantine_ratio": ("50 of 1,000 cases", "at most 50"),
    "fields": (FAULTS, f"each field valid in at least half of its rows, {SAMPLE}"),
    "not_emptied": ("600 rows, 500 published before", "at least 1 row, if the date has published rows"),
    "freshness": ("0 outside", "0 outside the days of the date and of the run"),
    "volume_artists": ("100", f"at least 57 ({VOLUME}: 200)"),
    "volume_albums": ("200", f"at least 140 ({VOLUME}: 400)"),
    "volume_tracks": ("300", f"at least 300 ({VOLUME}: 768)"),
}  # fmt: skip
"""The value that each gate observes in the run without faults and the value it expects, in the report's order."""


def wrote() -> Any:
    """Return what the transform of the sound run wrote."""
    return {
        "tables": {table: {"rows": rows} for table, rows in ROWS.items()},
        "cases": {"read": 1000, "refused": 50},
        "faults": {"albums.upc": {"rows": 10, "of": 20}, "tracks.isrc": {"rows": 1, "of": 300}},
    }


def seen() -> dict[str, Observed]:
    """Return what the audit query observes of the sound run."""
    tables = {table: Observed(rows, rows, rows) for table, rows in ROWS.items()}
    return tables | {
        "stray": Observed(0),
        "unknown_artists": Observed(2, ids="one, two"),
        "unknown_albums": Observed(1, ids="someAlbum"),
        "matched_albums": Observed(1),
        "published_rows": Observed(500),
        "median_artists": Observed(200),
        "median_albums": Observed(400),
        "median_tracks": Observed(768),
    }


def test_the_runbook_has_a_row_of_every_gate() -> None:
    told = Path("docs/runbook.md").read_text().split("\n## Gates\n")[1].split("\n## ")[0]
    rows = {
        name for line in told.splitlines() for name in re.findall(r"`(\w+)`", line.split("|")[1 if "|" in line else 0])
    }
    of_tables = re.compile(f"_({'|'.join(ROWS)})$")
    assert [gate for gate in SOUND if rows.isdisjoint({gate, of_tables.sub("_TABLE", gate)})] == []


def test_every_gate_says_what_it_observed_and_expected() -> None:
    said = judge(RUN, wrote(), seen(), LIMITS, complete=True)
    assert (said["passed"], said["error"], said["cause"]) == (True, "", "")
    assert [
        (each["gate"], each["observed"], each["expected"], each["passed"], each["judged"]) for each in said["gates"]
    ] == [(name, *told, "true", True) for name, told in SOUND.items()]


def _one_row_less(table: str, made: Any, _: object) -> None:
    """Let the transform report one row less than the query counted."""
    made["tables"][table]["rows"] -= 1


GARBLED = {"tracks.isrc": {"rows": 21, "of": 41}}
DAMAGED = ["unique", "keys", "references", "quarantine", "fields", "freshness", "volume"]


@pytest.mark.parametrize(
    ("gate", "observed", "damage"),
    [
        *((f"rows_{table}", str(rows), partial(_one_row_less, table)) for table, rows in ROWS.items()),
        ("unique_tracks", "1 repeated", lambda _, saw: saw.update(tracks=Observed(300, 300, 299))),
        ("keys_albums", "1 empty", lambda _, saw: saw.update(albums=Observed(200, 199, 199))),
        ("albums_of_tracks", "1 unknown: someAlbum", lambda _, saw: saw.update(matched_albums=Observed(0))),
        ("quarantine_ratio", "51 of 1,000 cases", lambda made, _: made["cases"].update(refused=51)),
        ("fields", "tracks.isrc in 21 of 41 rows", lambda made, _: made.update(faults=GARBLED)),
        ("freshness", "1 outside", lambda _, saw: saw.update(stray=Observed(1))),
        ("volume_tracks", "300", lambda _, saw: saw.update(median_tracks=Observed(769))),
    ],
    ids=[*(f"rows_{table}" for table in ROWS), *DAMAGED],
)
def test_one_damage_is_refused_by_one_gate(gate: str, observed: str, damage: Callable[[Any, Any], object]) -> None:
    made, saw = wrote(), seen()
    damage(made, saw)
    said = judge(RUN, made, saw, LIMITS, complete=True)
    (broken,) = [each for each in said["gates"] if each["passed"] == "false"]
    assert (broken["gate"], broken["observed"]) == (gate, observed)
    assert (said["passed"], said["error"]) == (False, "GateFailed")
    assert said["cause"] == (
        f"The audit of run {RUN['run_id']} rejected it. "
        f"Gate {gate}: observed {observed}, expected {broken['expected']}. "
        "Nothing is published; what was published before stays. The runbook names each gate and what to do."
    )


def test_a_cause_names_every_gate_that_refuses() -> None:
    saw = seen() | {"stray": Observed(2), "tracks": Observed(299, 299, 298)}
    cause = judge(RUN, wrote(), saw, LIMITS, complete=True)["cause"]
    assert (
        "Gate rows_tracks: observed 299, expected 300. Gate unique_tracks: observed 1 repeated, expected 0 repeated. "
        "Gate freshness: observed 2 outside, "
    ) in cause


@pytest.mark.parametrize(
    ("albums", "unknown", "matched", "passed"),
    [
        pytest.param(200, 0, 0, True, id="all known"),
        pytest.param(200, 3, 1, True, id="some known"),
        pytest.param(0, 3, 0, True, id="the run has no albums"),
        pytest.param(1, 3, 0, False, id="albums, and no track is on a known one"),
    ],
)
def test_unknown_albums_refuse_a_run_whose_tables_do_not_belong_together(
    albums: int, unknown: int, matched: int, *, passed: bool
) -> None:
    made = wrote()
    made["tables"]["albums"]["rows"] = albums
    saw = seen() | {
        "albums": Observed(albums, albums, albums),
        "unknown_albums": Observed(unknown),
        "matched_albums": Observed(matched),
    }
    said = {each["gate"]: each for each in judge(RUN, made, saw, LIMITS, complete=False)["gates"]}
    assert said["albums_of_tracks"]["passed"] == str(passed).lower()
    assert said["albums_of_tracks"]["observed"] == f"{unknown} unknown"


@pytest.mark.parametrize(
    ("rows", "before", "passed"),
    [(0, 0, True), (1, 500, True), (0, 500, False), (0, 1, False)],
    ids=["nothing before", "one row", "emptied", "of one row"],
)
def test_an_empty_run_does_not_replace_rows(rows: int, before: int, *, passed: bool) -> None:
    """Observations do not count: a watch-list alone gives some."""
    made, saw = wrote(), seen() | {"published_rows": Observed(before)}
    for table in ("artists", "albums", "tracks"):
        made["tables"][table]["rows"] = 0
        saw |= {table: Observed(0)}
    made["tables"]["artists"]["rows"], saw["artists"] = rows, Observed(rows, rows, rows)
    said = {each["gate"]: each for each in judge(RUN, made, saw, LIMITS, complete=False)["gates"]}
    assert said["not_emptied"]["passed"] == str(passed).lower()


@pytest.mark.parametrize("complete", [True, False], ids=["no median", "not complete"])
def test_a_volume_is_not_judged_without_enough_days_or_a_complete_run(*, complete: bool) -> None:
    saw = {name: each for name, each in seen().items() if name in ALWAYS or not complete}
    said = judge(RUN, wrote(), saw | {"tracks": Observed(300, 300, 300)}, LIMITS, complete=complete)
    assert [each for each in said["gates"] if each["gate"].startswith("volume")] == [
        {
            "gate": f"volume_{table}",
            "observed": str(ROWS[table]),
            "expected": "not judged: needs a complete daily run after 7 others in 9 days",
            "passed": "true",
            "judged": False,
        }
        for table in ("artists", "albums", "tracks")
    ]


def test_a_run_of_which_nothing_was_observed_has_no_gates() -> None:
    said = judge(RUN, wrote(), {}, LIMITS, complete=True)
    assert (said["gates"], said["passed"]) == ([], False)


def test_without_a_fault_the_gate_of_fields_says_so() -> None:
    said = {each["gate"]: each for each in judge(RUN, wrote() | {"faults": {}}, seen(), LIMITS, complete=True)["gates"]}
    assert said["fields"]["observed"] == "none at fault"


def test_what_was_not_observed_is_named_in_one_order() -> None:
    said = judge(RUN, wrote(), {}, LIMITS, complete=True)
    assert f"The audit query returned no row of: {', '.join(sorted(ALWAYS))}." in said["cause"]
