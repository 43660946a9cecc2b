"""The scalar functions that one line describes: Trino's signature, and the equal SQL of DuckDB.

`{0}` is the first argument, each once or computed once; letters stand for types: S for one that compares as in DuckDB
(no JSON, no zones, no nesting), any other capital for any type. A line whose function has overloads that are not here
ends with `...`: another argument is then not supported, rather than refused as Athena refuses it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from local.aws.athena.sql.types import TEXT, UNKNOWN, Type, array, common, named

_LINES = Path(__file__).with_name("signatures.txt")

SPACES = " \t\n\v\f\r\x1c\x1d\x1e\x1f\u1680" + "".join(map(chr, range(0x2000, 0x200B))).replace("\u2007", "")
SPACES += "\u2028\u2029\u205f\u3000"
"""The characters that Java's Character.isWhitespace accepts."""

_COMPARES = {"boolean", "tinyint", "smallint", "integer", "bigint", "double", "decimal", "varchar", "date", "timestamp",
             "varbinary", "unknown"}  # fmt: skip


@dataclass(frozen=True)
class Signature:
    """One overload of a function."""

    parameters: tuple[Type, ...]
    returns: Type
    sql: str
    open: bool

    def fit(self, arguments: list[Type]) -> tuple[list[Type], Type] | None:
        """Return the types to which the arguments are coerced and the result's, None if they do not fit."""
        bound: dict[str, Type] = {}
        if len(arguments) != len(self.parameters):
            return None
        for wanted, found in zip(self.parameters, arguments, strict=True):
            if not _bind(wanted, found, bound):
                return None
        kinds = [_filled(wanted, bound, found) for wanted, found in zip(self.parameters, arguments, strict=True)]
        return kinds, _filled(self.returns, bound, None)

    def distance(self, arguments: list[Type]) -> int:
        """Return how many arguments must be coerced."""
        fit = self.fit(arguments)
        return sum(a.base != b.base for a, b in zip(arguments, fit[0], strict=True)) if fit else len(arguments) + 1


def _bind(wanted: Type, found: Type, bound: dict[str, Type]) -> bool:
    """Return whether a type fits a parameter, and bind its type variables."""
    if len(wanted.base) == 1:
        kind = common(bound.get(wanted.base, found), found)
        if kind is None or (wanted.base == "S" and kind.base not in _COMPARES):
            return False
        bound[wanted.base] = kind
        return True
    if found.base == "unknown":
        return True
    if wanted.members:
        return wanted.base == found.base and all(
            _bind(w, f, bound) for w, f in zip(wanted.members, found.members, strict=True)
        )
    wider = common(found, wanted)
    return wider is not None and wider.base == wanted.base


def _filled(wanted: Type, bound: dict[str, Type], found: Type | None) -> Type:
    """Return a signature's type with its variables filled in; times keep their digits."""
    if len(wanted.base) == 1:
        return bound.get(wanted.base, UNKNOWN)
    if wanted.members:
        return Type(wanted.base, members=tuple(_filled(m, bound, None) for m in wanted.members))
    if wanted.base == "varchar":
        return found if found is not None and found.base == "varchar" else TEXT
    if wanted.base == "timestamp" and wanted.size is None:
        return Type("timestamp", found.size if found and found.base == "timestamp" else 3)
    return wanted


def _type(text: str) -> Type:
    text = text.strip()
    if len(text) == 1 or text == "timestamp":
        return Type(text)
    if text.startswith("array("):
        return array(_type(text[6:-1]))
    if text.startswith("map("):
        key, value = text[4:-1].split(",")
        return Type("map", members=(_type(key), _type(value)))
    found = named(text)
    assert found is not None, text  # noqa: S101 - the lines above are ours
    return found


@lru_cache(maxsize=1)
def signatures() -> dict[str, list[Signature]]:
    """Return the overloads of each function."""
    found: dict[str, list[Signature]] = {}
    for line in _LINES.read_text(encoding="utf-8").splitlines():
        head, sql = line.split(" = ", 1)
        name, parameters, returns = re.fullmatch(r"(\w+)\((.*)\) ([^=]+)", head).groups()  # type: ignore[union-attr]
        each = re.findall(r"(?:[^,()]|\((?:[^()]|\([^()]*\))*\))+", parameters)
        kinds = tuple(map(_type, each))
        signature = Signature(kinds, _type(returns), sql.removesuffix(" ..."), sql.endswith(" ..."))
        found.setdefault(name, []).append(signature)
    return found
