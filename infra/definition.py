"""The state machine's definition: the template of `statemachine/`, filled in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STATEMACHINE = Path(__file__).resolve().parents[1] / "statemachine"
TEMPLATE = STATEMACHINE / "pipeline.asl.json"
AUDIT_SQL = STATEMACHINE / "audit.sql"
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


class PlaceholderUnknown(Exception):
    """The template has a placeholder that the program does not fill."""


def placeholders(template: str) -> set[str]:
    """Return the names of a template's placeholders."""
    return set(PLACEHOLDER.findall(template))


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return the template with each `${Name}` replaced by its value, escaped as the inside of a JSON string.

    Raises:
        PlaceholderUnknown: naming what nothing fills.
    """
    unknown = placeholders(template) - values.keys()
    if unknown:
        raise PlaceholderUnknown(
            f"{TEMPLATE.name} has {', '.join(sorted(unknown))}, which infra/pipeline.py does not fill; "
            f"it fills {', '.join(sorted(values))}."
        )
    return PLACEHOLDER.sub(lambda match: json.dumps(values[match[1]], ensure_ascii=False)[1:-1], template)
