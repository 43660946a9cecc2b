"""A partial date: the reasons that its execution's states hand on, and what would complete it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from functions.shared.events import ExtractResult, FreezeResult

MISSING = "of the objects that the date's manifest names are missing"


def missing(names: list[str]) -> str:
    """Return the reason why a date with missing raw objects is partial."""
    return f"{len(names):,} {MISSING}, the first: {names[0]}."


def reasons(extract: ExtractResult | None, freeze: FreezeResult | None) -> list[str]:
    """Return why a date is partial: its extraction (in a daily run) and its raw data (in any run)."""
    said = [*(extract["reasons"] if extract else []), *(freeze.get("incomplete", []) if freeze else [])]
    return list(dict.fromkeys(said))


def is_lost(why: str) -> bool:
    """Return whether a reason is that raw objects are missing: no later run requests those."""
    return MISSING in why


def completed_by(snapshot_date: str, why: Iterable[str]) -> str:
    """Return what would complete a date that is partial for these reasons, as sentences."""
    lost = [is_lost(each) for each in why]
    restored = f"If the missing objects are restored, `ops replay {snapshot_date}` reads them."
    extracted = (
        f"Only a daily run on {snapshot_date} itself can complete it, since Spotify returns only today's data. "
        "Daily runs after it request what is left."
    )
    return " ".join([*([restored] if any(lost) else []), *([] if lost and all(lost) else [extracted])])
