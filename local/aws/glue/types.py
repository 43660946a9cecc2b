"""The types of Glue columns, and their names in Arrow and Athena."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

_TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[<>(),:])")

_SCALARS = {
    "boolean": (pa.bool_(), "boolean"),
    "tinyint": (pa.int8(), "tinyint"),
    "smallint": (pa.int16(), "smallint"),
    "int": (pa.int32(), "integer"),
    "integer": (pa.int32(), "integer"),
    "bigint": (pa.int64(), "bigint"),
    "float": (pa.float32(), "real"),
    "double": (pa.float64(), "double"),
    "string": (pa.string(), "varchar"),
    "varchar": (pa.string(), "varchar"),
    "char": (pa.string(), "varchar"),
    "binary": (pa.binary(), "varbinary"),
    "date": (pa.date32(), "date"),
    "timestamp": (pa.timestamp("us"), "timestamp(3)"),
}


class UnknownType(ValueError):
    """A column declares a type that Glue or this embedded Athena does not know."""


@dataclass(frozen=True)
class GlueType:
    """One declared type: its names in Arrow and Athena."""

    name: str
    arrow: pa.DataType
    athena: str
    members: tuple[tuple[str, GlueType], ...] = ()

    def accepts(self, found: pa.DataType) -> bool:
        """Return whether a Parquet file's column of Arrow type `found` may be read as this type.

        Only the same type may: a number of another width fails, as a wrong guess would on AWS.
        """
        if self.name == "timestamp":
            return bool(pa.types.is_timestamp(found))
        if self.name == "array":
            return bool(pa.types.is_list(found)) and self.members[0][1].accepts(found.value_type)
        if self.name == "map":
            key, value = (kind for _, kind in self.members)
            return bool(pa.types.is_map(found)) and key.accepts(found.key_type) and value.accepts(found.item_type)
        return bool(found == self.arrow)


@lru_cache(maxsize=512)
def parse(text: str) -> GlueType:
    """Return the declared type that `text` names, such as `map<string,bigint>`.

    Raises:
        UnknownType: it names none.
    """
    tokens = _TOKEN.findall(text.lower())
    if "".join(tokens) != re.sub(r"\s", "", text.lower()):
        raise UnknownType(f"Unknown type: {text!r}.")
    kind, rest = _read(tokens, text)
    if rest:
        raise UnknownType(f"Unknown type: {text!r}; nothing may follow {kind.athena}.")
    return kind


def _read(tokens: list[str], text: str) -> tuple[GlueType, list[str]]:
    """Return the type at the head of `tokens`, and the tokens after it."""
    head, rest = (tokens[0], tokens[1:]) if tokens else ("", [])
    if head == "array":
        (element,), rest = _inside(rest, text, 1)
        return GlueType("array", pa.list_(element.arrow), f"array({element.athena})", (("element", element),)), rest
    if head == "map":
        (key, value), rest = _inside(rest, text, 2)
        members, athena = (("key", key), ("value", value)), f"map({key.athena}, {value.athena})"
        return GlueType("map", pa.map_(key.arrow, value.arrow), athena, members), rest
    if head == "struct":
        return _struct(rest, text)
    if head == "decimal":
        return _decimal(rest, text)
    if head in _SCALARS:
        arrow, athena = _SCALARS[head]
        if head in {"varchar", "char"} and rest[:1] == ["("]:
            rest = rest[3:]
        return GlueType("string" if athena == "varchar" else head, arrow, athena), rest
    raise UnknownType(f"Unknown type: {text!r}.")


def _expect(tokens: list[str], wanted: str, text: str) -> list[str]:
    """Return the tokens after `wanted`."""
    if tokens[:1] != [wanted]:
        raise UnknownType(f"Unknown type: {text!r}; {wanted!r} is missing.")
    return tokens[1:]


def _inside(tokens: list[str], text: str, count: int) -> tuple[list[GlueType], list[str]]:
    """Return the `count` types between < and >, and the tokens after them."""
    tokens = _expect(tokens, "<", text)
    kinds = []
    for place in range(count):
        tokens = _expect(tokens, ",", text) if place else tokens
        kind, tokens = _read(tokens, text)
        kinds.append(kind)
    return kinds, _expect(tokens, ">", text)


def _struct(tokens: list[str], text: str) -> tuple[GlueType, list[str]]:
    """Return the struct whose members follow, and the tokens after them."""
    tokens = _expect(tokens, "<", text)
    members: list[tuple[str, GlueType]] = []
    while tokens and tokens[0] != ">":
        tokens = _expect(tokens, ",", text) if members else tokens
        name, tokens = tokens[0], _expect(tokens[1:], ":", text)
        kind, tokens = _read(tokens, text)
        members.append((name, kind))
    arrow = pa.struct([(name, kind.arrow) for name, kind in members])
    athena = ", ".join(f"{name} {kind.athena}" for name, kind in members)
    return GlueType("struct", arrow, f"row({athena})", tuple(members)), _expect(tokens, ">", text)


def _decimal(tokens: list[str], text: str) -> tuple[GlueType, list[str]]:
    """Return the decimal whose precision and scale may follow, and the tokens after them."""
    precision, scale = 10, 0
    if tokens[:1] == ["("]:
        tokens = tokens[1:]
        precision, tokens = int(tokens[0]), tokens[1:]
        if tokens[:1] == [","]:
            scale, tokens = int(tokens[1]), tokens[2:]
        tokens = _expect(tokens, ")", text)
    return GlueType("decimal", pa.decimal128(precision, scale), f"decimal({precision},{scale})"), tokens
