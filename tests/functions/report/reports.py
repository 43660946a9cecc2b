"""Reports to render: a usual day, a failed day, a day with more than fits, a day full of hostile names."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from functions.report import links
from functions.report.cost import cost
from functions.report.model import Failure, Report, Results, RunFacts
from functions.shared.athena import QueryResults
from functions.shared.state_visits import StateVisit

if TYPE_CHECKING:
    from functions.report.model import RunOutcome
    from functions.shared.athena import Row
    from functions.shared.events import ExtractResult, Gate, TransformResult

DEFINITION = json.loads((Path(__file__).parents[3] / "statemachine" / "pipeline.asl.json").read_text())
DAY = "2026-11-24"
BEGAN = datetime(2026, 11, 24, 6, 0, 1, tzinfo=UTC)
RUN_ID = "20261124T060001Z-0a1b2c3d"
ARN = "arn:aws:states:us-east-1:123456789012:execution:spotify-lake-dev:daily-2026-11-24-1"
COST = cost({"transitions": 31, "crawler": 1 / 3, "athena": 70})
SCRIPT = "<script>alert(1)</script>"
ALL_WENT_WELL = (
    "Resolve the run", "Take the lock", "Which lock was that?", "Take the lock", "Which lock was that?",
    "Extract", "What did Spotify say?", "Give back Spotify's lease", "Freeze the inputs", "Is there anything new?",
    "Transform", "Start the crawl", "Wait for the crawl", "Look at the crawler", "Judge the crawl",
    "Wait for the crawl", "Look at the crawler", "Judge the crawl", "Read the lake's tables",
    "Find this run's partitions", "Judge the catalogue",
    "Is the catalogue as declared?", "Audit with Athena", "Read what was observed", "Judge the gates",
    "Did every gate pass?",
    "Make sure the lock is still ours", "Publish", "Sweep", "Give back the lock",
    "Is a digest due?", "Send the digest", "Write the report", "Sum up", "Done",
)  # fmt: skip
CRAWL_FAILED = (
    *ALL_WENT_WELL[:15],
    "Say what failed", "Find the sentence", "Word the failure", "Record the failure",
    "Give back Spotify's lease after a failure",
    "Give back the lock after a failure", "Alert", "Write the report of the failure", "Fail",
)  # fmt: skip


def visits(names: tuple[str, ...], seconds: float = 1.5) -> list[StateVisit]:
    """Return one stay after the other, each as long."""
    kinds = {name: state["Type"] for name, state in DEFINITION["States"].items()}
    length = timedelta(seconds=seconds)
    return [
        StateVisit(name, kinds[name], BEGAN + at * length, left=BEGAN + (at + 1) * length)
        for at, name in enumerate(names)
    ]


def published(name: str = SCRIPT, **answers: list[Row]) -> Report:
    """Return the report of a successful day; `name` is the name of each thing from outside."""
    return Report(
        run=facts("published"),
        results=Results(extracted(name), transformed(name), None, gates(name)),
        definition=DEFINITION,
        visits=visits(ALL_WENT_WELL),
        answers=QueryResults(
            {
                "new_albums": [album(name, 0, 1)],
                "new_tracks": [track(name, 0, 1)],
                "changes": [changed(name, 1), gone(name, 1)],
                "refused": [refused(name, 1)],
                "catalogue": catalogue(name),
                "days": days(),
                **answers,
            },
            scanned=dict.fromkeys(("new_albums", "new_tracks", "changes", "refused", "catalogue", "days"), 1_000),
        ),
        written_at=BEGAN + timedelta(minutes=2),
        cost=COST,
        console=links.console(ARN),
    )


def failed(cause: str = "The crawl ended FAILED: the role may not read the bucket.") -> Report:
    """Return the report of a day whose crawl failed."""
    return Report(
        run=facts("failed", Failure("Judge the crawl", "CrawlFailed", cause)),
        results=Results(extracted("an album"), transformed("an album")),
        definition=DEFINITION,
        visits=visits(CRAWL_FAILED),
        answers=QueryResults({"days": days(), "catalogue": catalogue("an artist")}),
        written_at=BEGAN + timedelta(minutes=2),
        cost=COST,
    )


def without_a_date() -> Report:
    """Return the report of an execution without a valid input, for which Athena was not queried."""
    run = RunFacts(RUN_ID, None, None, ARN, BEGAN, None, "failed", Failure(None, "BadRequest", "The mode is 'weekly'."))
    return Report(run, Results(), DEFINITION, visits(("Resolve the run",)), QueryResults(), BEGAN, COST)


def big(name: str = "再" * 300) -> Report:
    """Return the report of a day on which every list and every name has its greatest length."""
    return published(
        name,
        new_albums=[album(name, number, 900) for number in range(300)],
        new_tracks=[track(name, number % 300, 9_000) for number in range(1_500)],
        changes=[changed(name, 4_000) for _ in range(600)],
        refused=[refused(name, 700) for _ in range(100)],
    )


def facts(outcome: RunOutcome, failure: Failure | None = None) -> RunFacts:
    """Return whose report it is."""
    return RunFacts(RUN_ID, DAY, "daily", ARN, BEGAN, BEGAN + timedelta(seconds=45), outcome, failure)


def extracted(text: str) -> ExtractResult:
    """Return an extraction that left the searches blocked and the tracks' budget used up."""
    return {
        "status": "PARTIAL",
        "reasons": [f"search is blocked: {text}"],
        "requests": {"artists": 2, "albums": 7, "tracks": 40, "search": 1},
        "budgets": {"artists": 100, "albums": 200, "tracks": 40, "search": 20},
        "blocked": {"search": "2026-11-25T03:00:00Z"},
        "records": {"artists": 2, "albums": 7},
        "not_modified": 16,
        "failed_calls": 1,
        "waits_s": 2.5,
        "work": {"tracks": 802},
        "notes": [f"noticed: {text}"],
    }


def transformed(text: str) -> TransformResult:
    """Return what was written, refused, and drifted."""
    counts = dict.fromkeys(
        ("lines", "unkept", "faults", "not_modified", "gone", "listings", "listed", "empty", "relinked", "nulls"), 0
    )
    table = {"rows": 1148, "parts": 1, "size_bytes": 65_432, "sha256": "ab" * 32}
    return cast(
        "TransformResult",
        {
            "tables": dict.fromkeys(("artists", "albums", "tracks", "quarantine"), table),
            "conservation": {
                "albums": {**counts, "read": 12, "written": 9, "quarantined": 1, "duplicates": 2},
                "tracks": {**counts, "read": 5, "written": 3, "quarantined": 1, "duplicates": 0},
            },
            "quarantine_ratio": 0.0213,
            "cases": {"read": 94, "refused": 2},
            "faults": {"albums.album_type": {"rows": 1, "of": 9}},
            "reasons": {f"name: {text}": 1},
            "drift": [{"dataset": "albums", "path": text, "kind": "new", "count": 1, "example_type": "object"}],
            "last_write": "2026-11-24T06:00:20+00:00",
        },
    )


def gates(text: str) -> list[Gate]:
    """Return a gate that passed and one that did not."""
    return [
        {"gate": "rows_albums", "observed": "9", "expected": "9", "passed": "true", "judged": True},
        {
            "gate": "volume_albums",
            "observed": "9",
            "expected": "not judged: too new",
            "passed": "true",
            "judged": False,
        },
        {"gate": "keys_albums", "observed": text, "expected": "0 empty", "passed": "false", "judged": True},
    ]


def album(name: str, number: int, total: int) -> Row:
    """Return an album as the question answers."""
    return {
        "album_id": str(number), "name": name, "artists": name, "album_type": "album", "release_date": DAY,
        "total_tracks": 12, "spotify_url": f"https://open.spotify.com/album/{number:022d}", "total": total,
    }  # fmt: skip


def track(name: str, number: int, total: int) -> Row:
    """Return a track as the question answers."""
    link = "https://open.spotify.com/track/4nNBfyzE2yCPn8aDoikaLD"
    return {
        "album_id": str(number), "name": name, "duration_ms": 201_400, "explicit": True, "spotify_url": link,
        "total": total,
    }  # fmt: skip


def changed(name: str, total: int) -> Row:
    """Return a change of a field."""
    return _change("changed", name, total) | {"field": "name", "old_value": name, "new_value": None}


def gone(name: str, total: int) -> Row:
    """Return a withdrawal."""
    return _change("removed", name, total) | {"field": None, "old_value": None, "new_value": None}


def _change(kind: str, name: str, total: int) -> Row:
    return {
        "change": kind, "entity": "track", "entity_id": "4nNBfyzE2yCPn8aDoikaLD", "album_id": "a" * 22, "name": name,
        "album": name, "total": total,
    }  # fmt: skip


def refused(text: str, total: int) -> Row:
    """Return a refused record."""
    return {
        "dataset": "albums", "record_id": None, "reasons": text, "source_key": "raw/x.ndjson.gz", "source_line": 3,
        "record": json.dumps({"name": text}), "total": total,
    }  # fmt: skip


def catalogue(artist: str) -> list[Row]:
    """Return the counts that the charts are drawn from."""
    found: list[tuple[str, str, str, int]] = [
        ("year", "1998", "album", 2), ("year", "2026", "album", 3), ("year", "2026", "single", 36),
        ("month", "2026-10", "album", 1), ("month", "2026-11", "single", 36),
        ("artist", artist, "album", 5), ("artist", artist, "single", 36),
        ("minutes", "2", "track", 400), ("minutes", "10", "track", 7), ("known", "artists", "", 1),
    ]  # fmt: skip
    return [{"counted": what, "label": label, "kind": kind, "number": number} for what, label, kind, number in found]


def days() -> list[Row]:
    """Return runs of three dates: failed, partial after a failure, published twice."""
    runs: list[tuple[str, str, bool]] = [
        ("2026-11-01", "failed", False), ("2026-11-23", "failed", False), ("2026-11-23", "partial", True),
        (DAY, "published", False), (DAY, "published", True),
    ]  # fmt: skip
    return [
        {
            "snapshot_date": day, "run_id": RUN_ID if day == DAY and shown else f"run-{number}", "mode": "daily",
            "outcome": outcome, "error": None, "milliseconds": 11_000, "calls": 33, "published": shown,
            "rows_written": 100 + number,
        }
        for number, (day, outcome, shown) in enumerate(runs)
    ]  # fmt: skip


def as_json(value: Any) -> str:
    """Return a value as AWS would hand it on."""
    return json.dumps(value)
