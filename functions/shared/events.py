"""The input and output of each function: plain JSON, well under 256 KiB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

if TYPE_CHECKING:
    from functions.shared.prices import Item

Mode = Literal["daily", "replay", "inbox", "rehearsal"]
ExtractStatus = Literal["MORE", "WAIT", "DONE", "PARTIAL"]


class Execution(TypedDict):
    """The fields of `$states.context.Execution` that are needed. `StartTime` is ISO 8601, UTC; a redrive keeps it."""

    Id: str
    Name: str
    StartTime: str


class ResolveRequest(TypedDict):
    """The execution's input as it came, and the execution."""

    input: dict[str, object]
    execution: Execution


class Run(TypedDict):
    """The run of an execution, which every later state receives.

    `run_id` is a function of the execution (redrive-safe) and sorts by start: `20261123T050003Z-1a2b3c4d`.
    `ends_at` is the next midnight after the start in the schedule's zone, as UTC: waiting past it ends the day partial.
    """

    run_id: str
    snapshot_date: str
    mode: Mode
    started_at: str
    ends_at: str
    execution_arn: str


class RunRequest(TypedDict):
    """The run, for the functions that need nothing else: extract, freeze, sweep, report and digest."""

    run: Run


class ExtractResult(TypedDict):
    """The result of a slice; counts are of the whole run so far, not of the slice.

    `resume_at` (ISO 8601, UTC) comes with WAIT; `reasons` with PARTIAL: one sentence for each thing not extracted.
    `notes` has one sentence for each thing noticed and dealt with. `work` is what is left, in calls by quota group.
    """

    status: ExtractStatus
    resume_at: NotRequired[str]
    reasons: list[str]
    requests: dict[str, int]
    budgets: dict[str, int]
    blocked: dict[str, str]
    records: dict[str, int]
    not_modified: int
    failed_calls: int
    waits_s: float
    work: dict[str, int]
    notes: NotRequired[list[str]]


class FreezeResult(TypedDict):
    """The frozen inputs. `already_published` is the run that published exactly these inputs, or absent.

    `incomplete` has one sentence per reason why the date's raw data is not complete: then the date is partial,
    whichever run publishes it (invariant 14).
    """

    key: str
    digest: str
    objects: int
    size_bytes: int
    already_published: NotRequired[str]
    incomplete: NotRequired[list[str]]


class TransformRequest(TypedDict):
    """The frozen inputs to turn into tables."""

    run: Run
    inputs_key: str


class Conservation(TypedDict):
    """Invariant 1, per dataset: read = written + quarantined + duplicates.

    A record claims a row: an artist, an album or a track in a response; an observation of one in a response without a
    body (304, 404) or in the watch-list; or a line that cannot be read as a response. The other counts are of things
    that claim none. Every line is counted here or holds a record: `not_modified` (304) and `gone` (404) responses for
    listings and pages, `listings` (`artist_albums` and `search`: they say what to fetch, and the rows come from what is
    fetched), `empty` pages, `relinked` lookups (Spotify returned a track of another album). `unkept` counts the
    rejected records that quarantine only counts: an object keeps its first thousand, all objects together 4,000.
    `faults` counts fields that are null because their values were not valid. Entries: `listed` in listings, `nulls` in
    place of a record.
    """

    read: int
    written: int
    quarantined: int
    unkept: int
    faults: int
    duplicates: int
    lines: int
    not_modified: int
    gone: int
    listings: int
    listed: int
    empty: int
    relinked: int
    nulls: int


class TableSummary(TypedDict):
    """The data written of one table. `sha256` is over the bytes of its parts, in order."""

    rows: int
    parts: int
    size_bytes: int
    sha256: str


class CaseCounts(TypedDict):
    """The cases of a run: how many were read, and how many of them had a rejected record."""

    read: int
    refused: int


class FaultCount(TypedDict):
    """The number of rows in which a field is null because its value was not valid, and the number of all rows."""

    rows: int
    of: int


class Drift(TypedDict):
    """A field that Spotify sends and the contract does not know (`new`), or a mapped field that vanished (`gone`)."""

    dataset: str
    path: str
    kind: Literal["new", "gone"]
    count: int
    example_type: str


class Summary(TypedDict):
    """The result of a transform, with every record accounted for. `reasons` counts each reason of quarantine.

    `quarantine_ratio` is the rejected share of `cases`; `faults` names fields as `table.column`, for Spotify's data.
    """

    tables: dict[str, TableSummary]
    conservation: dict[str, Conservation]
    quarantine_ratio: float
    cases: CaseCounts
    faults: dict[str, FaultCount]
    reasons: dict[str, int]
    drift: list[Drift]


class TransformResult(Summary):
    """The data that the transform wrote. `last_write` is its newest LastModified, by S3's clock, ISO 8601 UTC."""

    last_write: str


class Column(TypedDict):
    """A column of a table, as Glue names it."""

    Name: str
    Type: str


class FoundTable(TypedDict):
    """A table in the catalog, with the facts that are compared with the declared table."""

    Name: str
    Columns: list[Column]


class FoundPartition(TypedDict):
    """A table, and whether the catalog has the run's partition of it."""

    table: str
    found: bool


class CatalogueRequest(TypedDict):
    """The catalog after the crawl. `declared` is JSON: for each table its columns, as pairs of a name and a type."""

    run: Run
    database: str
    declared: str
    tables: list[FoundTable]
    partitions: list[FoundPartition]


class AthenaCell(TypedDict):
    """A value in a row of Athena's; NULL has none."""

    VarCharValue: NotRequired[str]


class AthenaRow(TypedDict):
    """A row of Athena's."""

    Data: list[AthenaCell]


class GatesRequest(TypedDict):
    """The data that the run wrote, and the audit query's rows; the first row is the header."""

    run: Run
    transform: TransformResult
    extract: ExtractResult | None
    observed: list[AthenaRow]


class Gate(TypedDict):
    """One comparison. `passed` is "true" or "false"; a gate that is not `judged` has passed."""

    gate: str
    observed: str
    expected: str
    passed: Literal["true", "false"]
    judged: bool


class Verdict(TypedDict):
    """The verdict of a check. If it did not pass, the run fails with `error` and `cause`.

    `parameters` come with the verdict on the catalog, for the audit query.
    """

    passed: bool
    gates: list[Gate]
    error: str
    cause: str
    parameters: NotRequired[list[str]]


class Audit(TypedDict):
    """The audit's gates and their price."""

    gates: list[Gate]
    bytes_scanned: int
    query_execution_id: str


class PublishRequest(TypedDict):
    """The facts of a run that the ledger keeps. `extract` is null in a replay."""

    run: Run
    extract: ExtractResult | None
    freeze: FreezeResult
    transform: TransformResult
    audit: Audit
    crawl: dict[str, object]


class PublishResult(TypedDict):
    """`reasons` and `completed_by` come with partial; `superseded` is the run that was published before, or absent."""

    outcome: Literal["published", "partial"]
    published_at: str
    reasons: NotRequired[list[str]]
    completed_by: NotRequired[str]
    superseded: NotRequired[str]


class SweepResult(TypedDict):
    """The deleted things: runs (run IDs), objects and partitions, expired dates."""

    runs: list[str]
    objects: int
    partitions: int
    expired_dates: list[str]


class CostItem(TypedDict):
    """One billed item: the amount, in the unit of `functions.shared.prices`, and its list price."""

    item: Item
    amount: float
    usd: float


class Cost(TypedDict):
    """The cost of a run at list prices, with their region and date, without the usage that only AWS can count."""

    usd: float
    region: str
    as_of: str
    items: list[CostItem]


class ReportResult(TypedDict):
    """The key of the page in the curated bucket, and the cost of the run, which the ledger has by then too.

    A rehearsal has no `key`: its page is not kept. `bytes_scanned` is by question to Athena.
    """

    key: NotRequired[str]
    size_bytes: int
    cost: Cost
    bytes_scanned: NotRequired[dict[str, int]]


class DigestResult(TypedDict):
    """The message's subject and SNS's ID of it, or nothing if none was sent. `bytes_scanned` is by question."""

    status: Literal["sent", "nothing new"]
    subject: NotRequired[str]
    message_id: NotRequired[str]
    bytes_scanned: list[int]
