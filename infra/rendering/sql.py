"""Fill in the statements of `sql/`: database names, and lists of columns that follow from the contract."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from infra.rendering import contract_sql

if TYPE_CHECKING:
    from collections.abc import Mapping

SQL = Path(__file__).resolve().parents[2] / "sql"
PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


class SqlInvalid(Exception):
    """A file of `sql/` has a placeholder or a line that the program does not know."""


def fill(text: str, values: Mapping[str, str], where: str) -> str:
    """Return the text with every placeholder replaced; `where` names the file in the error.

    Raises:
        SqlInvalid: a placeholder that neither the values nor the contract fill.
    """

    def value(match: re.Match[str]) -> str:
        listed = contract_sql.expand(match[1])
        if listed is not None:
            return listed
        if match[1] not in values:
            raise SqlInvalid(f"{where} has the placeholder {match[0]}; known are {', '.join(sorted(values))}.")
        return values[match[1]]

    return PLACEHOLDER.sub(value, text)
