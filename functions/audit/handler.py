"""The Lambda that checks a run before it is published: the catalog after the crawl, then the audit query's counts."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from functions.audit import catalogue, gates, query
from functions.shared.entry import entry
from functions.shared.logs import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from functions.shared.events import CatalogueRequest, GatesRequest, Verdict


@dataclass(frozen=True)
class Settings:
    """The function's environment, set by infra."""

    limits: gates.Limits

    @classmethod
    def from_environment(cls) -> Settings:
        """Return the settings of this function's environment."""
        ratio, tolerance = float(os.environ["MAX_QUARANTINE_RATIO"]), float(os.environ["ROW_DROP_TOLERANCE"])
        return cls(gates.Limits(ratio, tolerance))


@entry
def handler(event: CatalogueRequest | GatesRequest, _context: LambdaContext) -> Verdict:
    """Return the verdict on the catalog and the audit query's parameters, or the verdict on what that query counted."""
    said = _of_gates(cast("GatesRequest", event)) if "observed" in event else _of_catalogue(event)
    logger.info("judged", extra={"passed": said["passed"], "gates": len(said["gates"]), "error": said["error"]})
    return said


def _of_catalogue(event: CatalogueRequest) -> Verdict:
    said = catalogue.check(event, json.loads(event["declared"]))
    said["parameters"] = query.parameters(event["run"])
    return said


def _of_gates(event: GatesRequest) -> Verdict:
    run, extract = event["run"], event["extract"]
    complete = run["mode"] == "daily" and extract is not None and extract["status"] == "DONE"
    seen, limits = query.observed(event["observed"]), Settings.from_environment().limits
    return gates.judge(run, event["transform"], seen, limits, complete=complete)
