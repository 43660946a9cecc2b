"""Run one contender over a day of album responses in a process of its own: `python -m bench.contenders NAME IN OUT`.

Each peer is used as its documentation recommends. Prints one JSON line: wall time without imports, processor time, the
peak of the resident memory of the whole process, and what was written: rows of tracks, and a hash of the Parquet files.
`--reversed` hands the parts over in the opposite order.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import resource
import sys
import time
from datetime import UTC, date, datetime
from functools import partial
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.streams import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Run = Any  # Callable[[list[Path], Path], None]
ITEMS = ["tracks", "items"]
META: list[str | list[str]] = ["id", "name", "album_type", "release_date", "total_tracks", "label", "popularity"]


def floor() -> Run:
    """Return the lower bound: gunzip, and orjson over each line."""
    import orjson

    def run(parts: list[Path], _out: Path) -> None:
        for part in parts:
            for line in gzip.decompress(part.read_bytes()).splitlines():
                try:
                    orjson.loads(line)
                except orjson.JSONDecodeError:
                    continue

    return run


def ours() -> Run:
    """Return the transform, from raw objects to Parquet: validated, deduplicated, sorted, quarantined."""
    from functions.transform.lines import Source
    from functions.transform.transform import Limits, transform

    def run(parts: list[Path], out: Path) -> None:
        written = datetime(2026, 11, 23, 7, tzinfo=UTC)
        objects = ((Source(f"albums/{part.name}", "albums", written), BytesIO(part.read_bytes())) for part in parts)
        limits = Limits(date(2026, 11, 23), "extended", max_quarantine_ratio=1.0)
        transform(objects, limits, lambda table, number, part: _write(out / f"{table}-{number}.parquet", part))

    return run


def _write(path: Path, part: memoryview) -> None:
    path.write_bytes(part)


def json_normalize() -> Run:
    """Return pandas as its user guide flattens nested JSON, and its to_parquet."""
    import pandas as pd
    import pyarrow.parquet as _parquet  # noqa: F401  # imported here as pandas would on the clock

    def run(parts: list[Path], out: Path) -> None:
        bodies = [answer["body"] for answer in _answers(parts) if answer["body"]]
        for body in bodies:
            body["tracks"]["items"] = [_tame(item) for item in body["tracks"]["items"]]
        pd.json_normalize(bodies).drop(columns="tracks.items").to_parquet(out / "albums.parquet", compression="zstd")
        tracks = pd.json_normalize(bodies, ITEMS, list(META), meta_prefix="album.")
        tracks.to_parquet(out / "tracks.parquet", compression="zstd")

    return run


def _tame(item: dict[str, Any]) -> dict[str, Any]:
    """Return a track without values that to_parquet refuses: a non-text ID among texts."""
    return item | {"artists": [each for each in item["artists"] if isinstance(each.get("id"), str)]}


def dlt() -> Run:
    """Return dlt's pipeline to Parquet files, nested lists as child tables, Arrow's workers at its defaults."""
    import dlt

    dlt.config["runtime.log_level"] = "ERROR"  # it warns of each column that has no value

    def run(parts: list[Path], out: Path) -> None:
        bodies = (answer["body"] for answer in _answers(parts) if answer["body"])
        albums = dlt.resource(bodies, name="albums", write_disposition="replace")
        pipeline = dlt.pipeline(
            "bench",
            pipelines_dir=str(out / "pipelines"),
            destination=dlt.destinations.filesystem(bucket_url=str(out / "lake")),
            dataset_name="lake",
        )
        pipeline.run(albums, loader_file_format="parquet")

    return run


def given(module: str) -> Run:
    """Return a peer that is given the fields of our tables."""
    run: Run = import_module(f"bench.peers.{module}").run
    return run


def duckdb() -> Run:
    """Return DuckDB's JSON reader with its own inference, bad lines skipped, and COPY to Parquet."""
    import duckdb

    def run(parts: list[Path], out: Path) -> None:
        source = f"read_json({[str(part) for part in parts]}, format='newline_delimited', ignore_errors=true)"
        with duckdb.connect() as database:
            database.execute(f"CREATE TABLE answers AS SELECT body FROM {source}")  # noqa: S608  # our own file names
            database.execute(
                f"COPY (SELECT body.* EXCLUDE (tracks) FROM answers) TO '{out}/albums.parquet' (COMPRESSION zstd)"  # noqa: S608  # as above
            )
            database.execute(
                "COPY (SELECT album_id, item.* FROM (SELECT body.id AS album_id, unnest(body.tracks.items) AS item "  # noqa: S608  # as above
                f"FROM answers)) TO '{out}/tracks.parquet' (COMPRESSION zstd)"
            )

    return run


def _answers(parts: list[Path]) -> Iterator[dict[str, Any]]:
    """Yield the responses that are JSON, read by the standard library."""
    for part in parts:
        with gzip.open(part, "rt", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    yield json.loads(line.replace("\\ud800", ""))
                except ValueError:
                    continue


CONTENDERS: dict[str, Callable[[], Run]] = {
    **{each.__name__: each for each in (floor, ours, json_normalize, dlt, duckdb)},
    "duckdb_schema": partial(given, "duckdb_given"),
    "polars": partial(given, "polars_lazy"),
    "msgspec": partial(given, "msgspec_typed"),
}


def written(out: Path) -> dict[str, Any]:
    """Return the rows of tracks that a contender wrote, and one hash of all its Parquet files."""
    import pyarrow.parquet as pq

    files = sorted(out.rglob("*.parquet"))
    tracks = [path for path in files if "tracks" in str(path.relative_to(out))]
    found = hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files))
    return {"tracks": sum(pq.read_metadata(path).num_rows for path in tracks), "sha256": found.hexdigest()}


def main(name: str, day: str, out: str, *options: str) -> None:
    """Run one contender and print its measures."""
    run = CONTENDERS[name]()
    parts = sorted(Path(day).glob("*.ndjson.gz"), reverse="--reversed" in options)
    Path(out).mkdir(parents=True, exist_ok=True)
    began, started = time.process_time(), time.perf_counter()
    run(parts, Path(out))
    wall, used = time.perf_counter() - started, time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024  # in kilobytes on Linux: getrusage(2)
    print(json.dumps({"wall_s": wall, "cpu_s": used, "peak_bytes": peak, **written(Path(out))}))


if __name__ == "__main__":
    prepare()
    main(*sys.argv[1:])
