"""The contract of the lake's tables, written once; everything else about their shape follows from it.

A column's type, rules, description and profile are in its model. `snapshot_date` and `run_id` are not here: they are
partition keys, which are part of the path and not of the file. Metadata of a field: `profile="extended"` for a field
that the development profile does not send; `whole_answer=True` for a field that only a response about the entity itself
has, and a mention inside another response does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa

from functions.shared.id_columns import are_ids

if TYPE_CHECKING:
    from pandera import Check
    from pandera.api.pandas.components import Column as PanderaColumn
    from pandera.api.pandas.container import DataFrameSchema

VERSION = 2

Text = Annotated[pd.ArrowDtype, pa.string()]
Texts = Annotated[pd.ArrowDtype, pa.list_(pa.string())]
Int = Annotated[pd.ArrowDtype, pa.int32()]
Flag = Annotated[pd.ArrowDtype, pa.bool_()]
Date = Annotated[pd.ArrowDtype, pa.date32()]
Instant = Annotated[pd.ArrowDtype, pa.timestamp("us", tz="UTC")]

LINK = "https://open.spotify.com/"
ALBUM_TYPES = ["album", "single", "compilation"]
PRECISIONS = ["day", "month", "year"]
ENTITIES = ["artist", "album", "track"]
STATUSES = ["followed", "unchanged", "gone"]
EXTENDED = {"profile": "extended"}
WHOLE = {"whole_answer": True}
EXPECTED = {"expected": True}
OBSERVED_AT = (
    "when Spotify sent this response, UTC; without a time in an inbox file: when the file was uploaded, or 00:00 UTC "
    "of the date if it was uploaded more than a day before that"
)
FAULTS = (
    "fields that are null since they were not valid, as `column: what is wrong; found value`; null if there are none"
)


NOT_NULLABLE = "is missing"
_RULES = {
    "str_startswith": "does not start with {string}",
    "str_length": "is shorter than {min_value}",
    "isin": "is none of {allowed_values}",
    "greater_than": "is not above {min_value}",
    "greater_than_or_equal_to": "is below {min_value}",
    "less_than_or_equal_to": "is above {max_value}",
    "are_ids": "is no id, or holds something that is none",
}


def _popularity() -> Any:
    """Return the field of artists, albums and tracks."""
    return pandera.Field(
        ge=0,
        le=100,
        nullable=True,
        metadata={**EXTENDED, **WHOLE},
        description="0-100; null in the development profile",
    )


class _Table(pandera.DataFrameModel):
    class Config:
        strict = True
        ordered = True


class Artists(_Table):
    """An artist, as observed on a snapshot date."""

    artist_id: Text = pandera.Field(description="Spotify's id of the artist")
    name: Text = pandera.Field(str_length={"min_value": 1}, description="name as Spotify spells it")
    first_seen: Date = pandera.Field(description="snapshot date on which the pipeline first saw the artist")
    genres: Texts = pandera.Field(
        nullable=True,
        metadata={**EXTENDED, **WHOLE},
        description="Spotify's genres; null if the app's profile does not send them",
    )
    followers: Int = pandera.Field(
        ge=0,
        nullable=True,
        metadata={**EXTENDED, **WHOLE},
        description="followers; null if the app's profile does not send them",
    )
    popularity: Int = _popularity()
    spotify_url: Text = pandera.Field(str_startswith=LINK, nullable=True, description="link back to Spotify")
    observed_at: Instant = pandera.Field(description=OBSERVED_AT)
    faults: Texts = pandera.Field(nullable=True, description=FAULTS)

    @pandera.check("artist_id", name="are_ids")
    @classmethod
    def _ids(cls, column: pd.Series[Any]) -> pd.Series[bool]:
        return are_ids(column)


class Albums(_Table):
    """An album, as observed on a snapshot date."""

    album_id: Text = pandera.Field(description="Spotify's id of the album")
    name: Text = pandera.Field(str_length={"min_value": 1}, description="title as Spotify spells it")
    first_seen: Date = pandera.Field(description="snapshot date on which the pipeline first saw the album")
    album_type: Text = pandera.Field(
        isin=ALBUM_TYPES, nullable=True, metadata=EXPECTED, description="album, single or compilation; lower case"
    )
    release_date: Date = pandera.Field(
        nullable=True, description="release date; the first day of the year or month if only that is known"
    )
    release_date_precision: Text = pandera.Field(
        isin=PRECISIONS, nullable=True, description="precision of release_date: day, month or year"
    )
    total_tracks: Int = pandera.Field(ge=0, nullable=True, description="tracks on the album, as Spotify counts them")
    label: Text = pandera.Field(
        nullable=True, metadata={**EXTENDED, **WHOLE}, description="record label; null in the development profile"
    )
    popularity: Int = _popularity()
    upc: Text = pandera.Field(nullable=True, metadata=WHOLE, description="universal product code, as sent")
    artist_ids: Texts = pandera.Field(
        nullable=True, description="ids of the album's artists, in Spotify's order; null if the response has none"
    )
    spotify_url: Text = pandera.Field(str_startswith=LINK, nullable=True, description="link back to Spotify")
    observed_at: Instant = pandera.Field(description=OBSERVED_AT)
    faults: Texts = pandera.Field(nullable=True, description=FAULTS)
    baseline: Flag = pandera.Field(
        nullable=True,
        description="true if it existed before the artist was followed (the listing with it had not yet been "
        "read completely): such an album is never new; null if only a file names it, or in rows of an earlier "
        "release",
    )

    @pandera.check("album_id", "artist_ids", name="are_ids")
    @classmethod
    def _ids(cls, column: pd.Series[Any]) -> pd.Series[bool]:
        return are_ids(column)


class Tracks(_Table):
    """A track on its album, as observed on a snapshot date."""

    track_id: Text = pandera.Field(description="Spotify's id of the track")
    album_id: Text = pandera.Field(description="the album that contains the track")
    name: Text = pandera.Field(str_length={"min_value": 1}, description="title as Spotify spells it")
    first_seen: Date = pandera.Field(description="first_seen of its album")
    disc_number: Int = pandera.Field(ge=1, nullable=True, metadata=EXPECTED, description="disc, from 1")
    track_number: Int = pandera.Field(
        ge=1, nullable=True, metadata=EXPECTED, description="position on its disc, from 1"
    )
    duration_ms: Int = pandera.Field(gt=0, nullable=True, metadata=EXPECTED, description="length in milliseconds")
    explicit: Flag = pandera.Field(nullable=True, description="whether Spotify marks it as explicit; null if unknown")
    is_playable: Flag = pandera.Field(
        nullable=True, description="playable in the configured market; null if the response does not say it"
    )
    isrc: Text = pandera.Field(
        nullable=True, metadata=WHOLE, description="international standard recording code; null until it is looked up"
    )
    popularity: Int = _popularity()
    artist_ids: Texts = pandera.Field(
        nullable=True, metadata=EXPECTED, description="ids of the track's artists, in Spotify's order"
    )
    spotify_url: Text = pandera.Field(str_startswith=LINK, nullable=True, description="link back to Spotify")
    observed_at: Instant = pandera.Field(description=OBSERVED_AT)
    faults: Texts = pandera.Field(nullable=True, description=FAULTS)

    @pandera.check("track_id", "album_id", "artist_ids", name="are_ids")
    @classmethod
    def _ids(cls, column: pd.Series[Any]) -> pd.Series[bool]:
        return are_ids(column)


class Observations(_Table):
    """Entities without another row of a snapshot date: followed, unchanged or gone."""

    entity: Text = pandera.Field(isin=ENTITIES, description="artist, album or track")
    entity_id: Text = pandera.Field(description="Spotify's id of the entity")
    status: Text = pandera.Field(
        isin=STATUSES,
        description="followed: the artist is on the watch-list; unchanged: requested, and Spotify reports no change; "
        "gone: requested, and no longer at Spotify",
    )
    observed_at: Instant = pandera.Field(description="when this was observed, UTC")

    @pandera.check("entity_id", name="are_ids")
    @classmethod
    def _ids(cls, column: pd.Series[Any]) -> pd.Series[bool]:
        return are_ids(column)


class Quarantine(_Table):
    """A rejected record, with every reason."""

    dataset: Text = pandera.Field(description="the dataset of the record, or inbox")
    record_id: Text = pandera.Field(
        nullable=True, description="Spotify's id; null if the record has none that is a string"
    )
    reasons: Texts = pandera.Field(description="every reason, written `column: what is wrong`")
    record: Text = pandera.Field(description="the record as JSON; if it is not JSON, as a JSON string")
    source_key: Text = pandera.Field(description="key of the raw object")
    source_line: Int = pandera.Field(ge=1, description="line in the object, from 1")


MODELS: dict[str, type[_Table]] = {
    "artists": Artists,
    "albums": Albums,
    "tracks": Tracks,
    "observations": Observations,
    "quarantine": Quarantine,
}
TABLES = tuple(MODELS)
KEYS = {
    "artists": ("artist_id",),
    "albums": ("album_id",),
    "tracks": ("album_id", "track_id"),
    "observations": ("entity", "entity_id", "status"),
}


class GlueColumn(TypedDict):
    """A column as Glue's CreateTable takes it."""

    Name: str
    Type: str
    Comment: str


@dataclass(frozen=True)
class Column:
    """One column of a table: its Arrow type, its description, and whether it may be null."""

    name: str
    type: pa.DataType
    description: str
    nullable: bool
    extended_only: bool
    whole_answer_only: bool
    expected: bool


def is_expected(column: PanderaColumn) -> bool:
    """Return whether every response should have a column's field."""
    return not column.nullable or bool((column.metadata or {}).get("expected"))


def schema(table: str) -> DataFrameSchema:
    """Return the pandera schema that validates the rows of a table."""
    return MODELS[table].to_schema()


def columns(table: str) -> list[Column]:
    """Return a table's columns, in the order of its files."""
    return [
        Column(
            name=name,
            type=column.dtype.type.pyarrow_dtype,
            description=column.description,
            nullable=column.nullable,
            extended_only=(column.metadata or {}).get("profile") == "extended",
            whole_answer_only=bool((column.metadata or {}).get("whole_answer")),
            expected=is_expected(column),
        )
        for name, column in schema(table).columns.items()
    ]


@cache
def arrow_schema(table: str) -> pa.Schema:
    """Return the schema of a table's Parquet files."""
    return pa.schema([pa.field(c.name, c.type, nullable=c.nullable) for c in columns(table)])


def column_rules(table: str, name: str) -> list[str]:
    """Return all messages of the quarantine, after a column's name, about a value of the right type."""
    column = schema(table).columns[name]
    return ([NOT_NULLABLE] if is_expected(column) else []) + [rule_text(check) for check in column.checks]


def rule_text(check: Check) -> str:
    """Return the message of the quarantine, after the column's name, about a value that fails a check."""
    return _RULES[str(check.name)].format(**(check.statistics or {}))


def glue_columns(table: str) -> list[GlueColumn]:
    """Return a table's columns as Glue declares them; the partition keys are not among them."""
    return [GlueColumn(Name=c.name, Type=glue_type(c.type), Comment=c.description) for c in columns(table)]


def glue_type(arrow: pa.DataType) -> str:
    """Return Glue's (Hive's) name of an Arrow type."""
    if pa.types.is_list(arrow):
        return f"array<{glue_type(arrow.value_type)}>"
    return _GLUE_TYPES[arrow]


_GLUE_TYPES = {
    pa.string(): "string",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.date32(): "date",
    pa.timestamp("us", tz="UTC"): "timestamp",
}
