"""Print the benchmarks as a table and write .local/bench.json: `python -m bench [NAME …]`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from bench import cost, demo, extract, lambdas, transform

if TYPE_CHECKING:
    from collections.abc import Callable

RESULT = transform.ROOT / ".local" / "bench.json"
MEASURES: dict[str, Callable[[], Any]] = {
    "transform": transform.measure,
    "extract": extract.measure,
    "lambda": lambdas.measure,
    "demo": demo.measure,
    "cost": cost.measure,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, all by default; keep the earlier results of the others."""
    found: dict[str, Any] = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    console = Console()
    for name in names or MEASURES:
        with console.status(f"Measuring {name}"):
            found[name] = MEASURES[name]()
        RESULT.parent.mkdir(parents=True, exist_ok=True)
        RESULT.write_text(json.dumps(found, indent=2) + "\n")
        console.print(_table(name, found[name]))
    console.print(f"Written to {RESULT.relative_to(transform.ROOT)}")
    return 0


def _table(name: str, measured: dict[str, Any]) -> Table:
    table = Table("measure", "value", title=name, title_justify="left")
    for key, value in _flat(measured):
        table.add_row(key, _shown(value))
    return table


def _shown(value: float | str) -> str:
    if isinstance(value, float):
        return f"{value:,.3f}" if value >= 0.01 else f"{value:.2g}"
    return value if isinstance(value, str) else f"{value:,}"


def _flat(measured: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in measured.items():
        pairs += _flat(value, f"{prefix}{key} ") if isinstance(value, dict) else [(f"{prefix}{key}", value)]
    return pairs


if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - set(MEASURES)
    if unknown:
        sys.exit(f"No such measure: {', '.join(sorted(unknown))}. There are: {', '.join(MEASURES)}.")
    sys.exit(main(sys.argv[1:]))
