"""`python -m tests.mutants`: which changes of a module of functions/ no test notices. mutmut makes the changes.

It takes the modules named, or those that changed since the last release. A survivor without a reason in
survivors.toml fails. `--write` keeps the counts in docs/mutants.md.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from tests.mutants.modules import ROOT, changed
from tests.mutants.mutation import Mutant, outcome_of

if TYPE_CHECKING:
    from tests.mutants.mutation import MutationCount

REASONS = Path(__file__).with_name("survivors.toml")
TABLE = ROOT / "docs" / "mutants.md"
ROW = re.compile(r"^\| `(?P<module>functions/[^`]+)` \|.*$", re.MULTILINE)


def main() -> int:
    """Return 0 if each survivor has a reason."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", help="such as functions/extract/quota.py")
    parser.add_argument("--workers", default="2")
    parser.add_argument("--write", action="store_true", help="keep the counts in docs/mutants.md")
    asked = parser.parse_args()
    known, unexplained = reasons(), 0
    for module in asked.modules or changed():
        outcome = outcome_of(module, asked.workers)
        unexplained += tell(outcome, known.get(module, []))
        if asked.write:
            TABLE.write_text(with_row(TABLE.read_text(), outcome))
    return 1 if unexplained else 0


def reasons() -> dict[str, list[Mutant]]:
    """Return the survivors that have a reason, by module."""
    written = tomllib.loads(REASONS.read_text())
    return {
        module: [Mutant(each["function"], each["was"], each["became"]) for each in listed if each["reason"]]
        for module, listed in written.items()
    }


def tell(outcome: MutationCount, known: list[Mutant]) -> int:
    """Print what came of a module; return how many survivors have no reason."""
    new = [each for each in outcome.survivors if each not in known]
    print(f"{outcome.module}: {outcome.killed} of {outcome.mutants} killed", flush=True)
    for each in new:
        print(f"  {each.function}\n    - {each.was}\n    + {each.became}")
    for each in known:
        if each not in outcome.survivors:
            print(f"  {each.function}: survives no more; take it out of {REASONS.name}\n    + {each.became}")
    return len(new)


def with_row(table: str, outcome: MutationCount) -> str:
    """Return the table with a module's row, in the order of the modules."""
    share = f"{100 * outcome.killed // outcome.mutants} %" if outcome.mutants else "nothing to change"
    rows = {found["module"]: found.group() for found in ROW.finditer(table)}
    rows[outcome.module] = f"| `{outcome.module}` | {outcome.mutants} | {outcome.killed} | {share} |"
    return ROW.sub("", table).rstrip("\n") + "\n" + "\n".join(rows[module] for module in sorted(rows)) + "\n"


if __name__ == "__main__":
    sys.exit(main())
