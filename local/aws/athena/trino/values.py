"""Values of Trino's protocol, which is JSON, as Athena's API writes them."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from local.aws.athena.udf.numbers import java_double

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.aws.athena.sql.types import Type


def writer(kind: Type | None) -> Callable[[Any], str]:
    """Return the writer of a type's values, None for an unknown type; a null inside another value reads `null`."""
    plain = _plain(kind) if kind is not None else str
    return lambda value: "null" if value is None else plain(value)


def _plain(kind: Type) -> Callable[[Any], str]:
    members = [writer(member) for member in kind.members]
    if kind.base == "array":
        return lambda value: "[" + ", ".join(map(members[0], value)) + "]"
    if kind.base == "map":  # its keys are texts already
        return lambda value: "{" + ", ".join(f"{key}={members[1](of)}" for key, of in value.items()) + "}"
    if kind.base == "row":
        names = [name or f"field{place}" for place, name in enumerate(kind.names)]
        return lambda value: "{" + ", ".join(f"{n}={w(v)}" for n, w, v in zip(names, members, value, strict=True)) + "}"
    return {
        "boolean": lambda value: "true" if value else "false",
        "double": lambda value: java_double(float(value)),
        "real": lambda value: java_double(float(value)),
        "varbinary": lambda value: base64.b64decode(value).hex(" "),
        "timestamp": _milliseconds,
        "timestamp with time zone": _milliseconds,
    }.get(kind.base, str)


def _milliseconds(value: str) -> str:
    """Return a timestamp with three digits behind its seconds: Athena's API shows no more and no fewer."""
    found = re.fullmatch(r"(.*?\d\d:\d\d:\d\d)(?:\.(\d+))?( .*)?", value)
    return value if found is None else f"{found[1]}.{(found[2] or '')[:3]:0<3}{found[3] or ''}"
