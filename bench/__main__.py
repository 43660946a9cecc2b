"""Print the benchmarks as a table and write .local/bench.json: `python -m bench [NAME …] [--day NAME]`.

`--day` compares the transform with its peers over other data: deeper catalogs, long names, 5% or no damage, a
huge album.
"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from bench import cost, demo, extract, lambdas, setup, transform
from bench.album_day import DAYS
from local.streams import prepare

if TYPE_CHECKING:
    from collections.abc import Callable

RESULT = transform.ROOT / ".local" / "bench.json"
MEASURES: dict[str, Callable[[], Any]] = {
    "transform": transform.measure,
    "extract": extract.measure,
    "lambda": lambdas.measure,
    "setup": setup.measure,
    "demo": demo.measure,
    "cost": cost.measure,
}


def main(arguments: list[str]) -> int:
    """Run the named benchmarks, all by default; keep the earlier results of the others."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(MEASURES)}")
    parser.add_argument("--day", choices=[*DAYS, "all"], help="the day to compare the transform and its peers over")
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(MEASURES):
        parser.error(f"No such measure: {', '.join(sorted(unknown))}. There are: {', '.join(MEASURES)}.")
    days = DAYS if given.day == "all" else [given.day] * bool(given.day)
    measures: dict[str, Callable[[], Any]] = {f"transform over {day}": partial(transform.peers, day) for day in days}
    if given.names or not measures:
        measures |= {name: MEASURES[name] for name in given.names or MEASURES}
    found: dict[str, Any] = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    console = Console()
    for name, measured in measures.items():
        console.print(f"Measuring {name} …")
        found[name] = measured()
        RESULT.parent.mkdir(parents=True, exist_ok=True)
        RESULT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
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
    prepare()
    sys.exit(main(sys.argv[1:]))
