"""Writes docs/data-dictionary.md from the contract: `python -m docs.data_dictionary`. A test holds them together."""

from __future__ import annotations

from pathlib import Path

from functions.shared import contract

PLACE = Path(__file__).with_name("data-dictionary.md")

HEAD = """# Data dictionary

Generated from `functions/shared/contract.py` by `python -m docs.data_dictionary`; do not edit.

The tables below are what the pipeline writes, as Parquet, for each snapshot date. Two partition keys stand in the
path and are columns too: `snapshot_date` (string, the day the data is about) and `run_id` (string, the run that wrote
it). Views of the same names show the published run of each date, with `snapshot_date` as a date. The views
`artists_current`, `albums_current` and `tracks_current` keep the last row of each, also of what is gone: `gone_on` is
null while it is there, and `withdrawn` lists the others. `album_visits` has the dates on which an album was read with
all of its tracks.

*Extended* marks what Spotify sends to apps with extended quota only: null in the development profile. *Rules* are the
reasons that quarantine or `faults` give, after the column's name; a value of another type breaks them as well. In a
column that may be null, what breaks a rule costs the field: it is null, and `faults` of the row keeps its text. In
the others (ids, names) it costs the row.
"""

NEWS = """
## What is new

The view `news` defines it; `catalogue_changes` (`added`), `new_releases`, the saved query `whats_new` and the report
go by it. News is an album that was first seen after the listing that names it had been read to its end once, or a
track that joined an album of which all tracks were known. It is reported on the first published date with its row.
What was seen before is the *baseline*: the catalogue as it was when you followed the artist (`albums.baseline`). The
ids and first dates of albums outlive `retentionDays`, in `state/frontier.json.gz`; those of tracks do not: a track
that leaves an album, and comes back after its rows have expired, is reported as added to its album.

| case | what is reported |
|---|---|
"""
NEWS_CASES = {
    "a new album": "the album on the date of its first row: *released* if it came out at most 14 days before it was "
    "first seen, else *added to Spotify*; its tracks are *with its album*",
    "an album first seen late": "once, on the first date with its row, however long its request waited for budget",
    "a track added to a known album": "the track, *added to its album*; the album is no news again",
    "a deluxe edition": "a second album: news by itself",
    "a single that becomes part of an album": "the single on its date, the album on its own; neither again",
    "a newly followed artist": "nothing of the catalogue, however many days its fetch takes: it is the baseline",
    "what returns after retention": "nothing: the date on which it was first seen lies before the oldest rows",
    "what was withdrawn and comes back": "*removed*, then *returned*; no news again",
    "a date that is run again": "the same, on the same date",
    "a partial date that the next one completes": "the album on the first of the two dates; later tracks on theirs",
    "a date that is unpublished and published again": "nothing while it is unpublished, then the same as before",
    "a date that was never published": "on the next published date with its row",
}
"""Each is a test in tests/sql/test_news.py."""


def markdown() -> str:
    """Return the data dictionary."""
    cases = "".join(f"| {name} | {told} |\n" for name, told in NEWS_CASES.items())
    return HEAD + "".join(_table(table) for table in contract.TABLES) + NEWS + cases


def _table(table: str) -> str:
    keys = ", ".join(f"`{key}`" for key in contract.KEYS.get(table, ()))
    about = f"{contract.MODELS[table].__doc__} One row for each {keys}." if keys else contract.MODELS[table].__doc__
    rows = "".join(_row(table, column) for column in contract.columns(table))
    return f"\n## {table}\n\n{about}\n\n| column | type | what it is | rules: it |\n|---|---|---|---|\n{rows}"


def _row(table: str, column: contract.Column) -> str:
    what = column.description + (" *Extended.*" if column.extended_only else "")
    rules = "; ".join(contract.column_rules(table, column.name))
    return f"| {column.name} | {contract.glue_type(column.type)} | {what} | {rules} |\n"


if __name__ == "__main__":
    PLACE.write_text(markdown())
