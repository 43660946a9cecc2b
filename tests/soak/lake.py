"""The lake of a soak: the real transform over raw in memory, and the views in the engine of the embedded Athena.

No AWS is imitated here: the results of extraction, transform and views over months are tested.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from functions.freeze.inputs import freeze
from functions.shared import contract, keys
from functions.shared.contract import GlueColumn
from functions.transform.handler import source
from functions.transform.transform import Limits, transform
from infra.rendering import ledger
from infra.rendering.views import all_views
from local.aws.athena import engine
from local.aws.athena.sql.compile import compiled
from local.aws.athena.sql.plan import type_of
from local.aws.glue.types import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.shared.events import Run
    from local.aws.athena.sql.types import Type
    from tests.functions.extract.world import MemoryStore

VIEWS = ("artists", "albums", "tracks", "observations", "album_visits", "news", "catalogue_changes")
"""The queried views, each after the views that it reads."""


KEYED = tuple(GlueColumn(Name=name, Type="string", Comment="") for name in ("snapshot_date", "run_id"))


def _columns(declared: Iterable[GlueColumn], *more: GlueColumn) -> list[tuple[str, Type]]:
    """Return columns with their Trino types."""
    return [(each["Name"].lower(), type_of(parse(each["Type"]).athena, "lake")) for each in [*declared, *more]]


@dataclass
class SoakLake:
    """Rows by table, date and run; what is published; and the views over both."""

    parts: dict[tuple[str, str, str], pa.Table] = field(default_factory=dict)
    published: dict[str, str | None] = field(default_factory=dict)
    ledger: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._engine = engine.prepare(engine.connect().cursor())
        self._columns = {f"lake.{table}": _columns(contract.glue_columns(table), *KEYED) for table in contract.TABLES}
        self._columns["lake.published"] = _columns(ledger.PUBLISHED)
        self._columns["lake.runs"] = _columns(ledger.RUNS)
        views = {view.name: view for view in all_views()}
        for view in views.values():
            self._columns[f"shown.{view.name}"] = _columns(view.columns)
        self._plans = {
            name: compiled(
                views[name].sql("lake", "shown"), (), "shown", lambda d, n, _where: self._columns[f"{d}.{n}"]
            ).sql
            for name in VIEWS
        }

    def write(self, run: Run, store: MemoryStore, written: datetime) -> None:
        """Transform what raw and inbox hold of a run's date."""
        day = run["snapshot_date"]
        found = [
            {"key": key, "etag": etag, "size_bytes": len(body), "last_modified": written.isoformat()}
            for key, (body, etag) in sorted(store.objects.items())
            if key.startswith((keys.raw_date(day), keys.inbox_date(day)))
        ]
        frozen = freeze(run, found, "raw")  # type: ignore[arg-type]  # as S3 lists objects
        objects = [(source(each), io.BytesIO(store.objects[each["key"]][0])) for each in frozen["objects"]]
        parts: dict[str, list[pa.Table]] = {table: [] for table in contract.TABLES}

        def put(table: str, _number: int, part: memoryview) -> None:
            parts[table].append(pq.ParquetFile(pa.BufferReader(bytes(part))).read())

        transform(objects, Limits(date.fromisoformat(day), "development", 1.0), put)
        for table, found_parts in parts.items():
            if found_parts:
                self.parts[table, day, run["run_id"]] = pa.concat_tables(found_parts)

    def forget(self, before: str) -> None:
        """Remove everything of the dates before this one, as expiry does."""
        self.parts = {where: part for where, part in self.parts.items() if where[1] >= before}
        self.published = {day: run for day, run in self.published.items() if day >= before}

    def rows(self, table: str, day: str, run_id: str) -> list[dict[str, Any]]:
        """Return the rows of a run."""
        part = self.parts.get((table, day, run_id))
        return part.to_pylist() if part is not None else []

    def refresh(self) -> None:
        """Compute the views again."""
        shown = [{"snapshot_date": day, "run_id": run} for day, run in self.published.items() if run]
        self._table(
            "lake.published",
            pa.Table.from_pylist(shown, pa.schema([("snapshot_date", pa.string()), ("run_id", pa.string())])),
        )
        self.ledger |= {(day, run) for day, run in self.published.items() if run}
        runs = [{"snapshot_date": day, "run_id": run, "outcome": "published"} for day, run in self.ledger]
        self._table(
            "lake.runs",
            pa.Table.from_pylist(
                runs, pa.schema([(name, pa.string()) for name in ("snapshot_date", "run_id", "outcome")])
            ),
        )
        for table in contract.TABLES:
            parts = [
                part.append_column("snapshot_date", pa.array([day] * len(part), pa.string())).append_column(
                    "run_id", pa.array([run] * len(part), pa.string())
                )
                for (name, day, run), part in self.parts.items()
                if name == table and self.published.get(day) == run
            ]
            schema = contract.arrow_schema(table)
            empty = pa.Table.from_pylist(
                [], pa.schema([*schema, ("snapshot_date", pa.string()), ("run_id", pa.string())])
            )
            self._table(f"lake.{table}", pa.concat_tables([empty, *parts]))
        for name in VIEWS:
            columns = ", ".join(f'"{column}"' for column, _ in self._columns[f"shown.{name}"])
            self._engine.execute(
                f'CREATE OR REPLACE TABLE "shown.{name}" AS SELECT * FROM ({self._plans[name]}) AS v ({columns})'  # noqa: S608  our own
            )

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query of DuckDB's over the views, named `"shown.news"` and the like."""
        return self._engine.execute(sql).fetchall()

    def _table(self, name: str, rows: pa.Table) -> None:
        self._engine.register("given", rows)
        self._engine.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM given')  # noqa: S608  a name of ours
        self._engine.unregister("given")
