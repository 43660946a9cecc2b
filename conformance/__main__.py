"""Run each real part and print one line per part: `python -m conformance [--all] [PART…]`.

Exit codes: 0 if every part that ran agrees, 1 if one disagrees or breaks, 2 for an unknown part.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from conformance import engine, event_ruler, jsonata, lambda_emulator, terraform, trino
from conformance.lambda_emulator import failures
from conformance.part import Disagreement
from local.streams import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.part import Part

PARTS: tuple[Part, ...] = (
    terraform.PART,
    trino.PART,
    jsonata.PART,
    event_ruler.PART,
    lambda_emulator.PART,
    failures.PART,
    trino.EVERY_ANSWER,
    terraform.EVERY_STACK,
    engine.PART,
)
"""The parts in the order in which they begin: the one that waits longest comes first."""
AT_ONCE = 3  # of which the provider's part waits more than it works
BEHIND = 10
"""Niceness of all parts but the first, which waits so much that it ends last unless it has a processor at once."""


@dataclass(frozen=True)
class PartResult:
    """The result of one part: its verdict, and the line that explains it."""

    part: str
    verdict: Literal["agrees", "disagrees", "broke", "skipped"]
    says: str
    seconds: float = 0

    def __str__(self) -> str:
        """Return the outcome as one line; the details of a disagreement follow below it, indented."""
        took = f" ({self.seconds:.0f} s)" if self.seconds else ""
        first, *rest = self.says.splitlines() or [""]
        return "\n    ".join([f"{self.part:24} {self.verdict:10} {first}{took}", *rest])


def outcome_of(part: Part) -> PartResult:
    """Return the result of a part. Any error other than Disagreement means that the part broke and proves nothing."""
    began = time.monotonic()
    try:
        reason = part.missing()
        if reason is not None:
            return PartResult(part.name, "skipped", reason)
        return PartResult(part.name, "agrees", part.run(), time.monotonic() - began)
    except Disagreement as exc:
        return PartResult(part.name, "disagrees", str(exc), time.monotonic() - began)
    except Exception:  # noqa: BLE001  # the other parts still run, and this one is reported with its traceback
        return PartResult(part.name, "broke", traceback.format_exc(), time.monotonic() - began)


def outcomes(parts: Sequence[Part]) -> Iterator[PartResult]:
    """Yield the result of each part as it ends; the first has the processors before the others."""
    with ThreadPoolExecutor(AT_ONCE) as running:
        first = [running.submit(outcome_of, part) for part in parts[:1]]
        others = [running.submit(_outcome_behind, part) for part in parts[1:]]
        yield from (done.result() for done in as_completed([*first, *others]))


def _outcome_behind(part: Part) -> PartResult:
    if sys.platform == "linux":  # where a thread has a niceness of its own, which its processes inherit
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), BEHIND)
    return outcome_of(part)


def main(arguments: Sequence[str], parts: Sequence[Part] = PARTS) -> int:
    """Run the parts that the arguments ask for and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m conformance", description=__doc__)
    parser.add_argument("--all", action="store_true", help="run the long parts too")
    parser.add_argument("part", nargs="*", help="run these parts only, long or not")
    asked = parser.parse_args(arguments)
    names = [part.name for part in parts]
    if unknown := sorted({*asked.part} - {*names}):
        parser.error(f"unknown part {', '.join(unknown)}; the parts are {', '.join(names)}")
    wanted = [part for part in parts if part.name in asked.part] if asked.part else list(parts)
    chosen = [part for part in wanted if asked.all or asked.part or not part.long]
    for part in wanted:
        if part not in chosen:
            print(PartResult(part.name, "skipped", "it takes long; run: make conformance-all"), flush=True)
    failed = False
    for outcome in outcomes(chosen):
        print(outcome, flush=True)
        failed |= outcome.verdict in {"disagrees", "broke"}
    return int(failed)


if __name__ == "__main__":
    prepare()
    sys.exit(main(sys.argv[1:]))
