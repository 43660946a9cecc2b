"""Validate CreateCrawler and UpdateCrawler: AWS's rules for catalog targets, and the limits of this crawler."""

from __future__ import annotations

import json
from typing import Any


def broken(crawler: dict[str, Any]) -> str | None:
    """Return why a crawler is refused, None if it is accepted."""
    targets = {kind: value for kind, value in (crawler.get("Targets") or {}).items() if value}
    catalog = targets.pop("CatalogTargets", None)
    if targets:
        return (
            f"{', '.join(sorted(targets))}: the embedded crawler takes CatalogTargets only"
            + (", and AWS does not mix them with other targets" if catalog else "")
            + ". Other targets create tables and infer schemas, which it does not."
        )
    if not catalog or not all(target.get("DatabaseName") and target.get("Tables") for target in catalog):
        return "CatalogTargets must name a database and at least one table each."
    if not crawler.get("Role"):
        return "A crawler needs a Role."
    return _policies(crawler) or _configuration(crawler.get("Configuration") or "")


def _policies(crawler: dict[str, Any]) -> str | None:
    """Return the error in the change and recrawl policies."""
    if (crawler.get("SchemaChangePolicy") or {}).get("DeleteBehavior") != "LOG":
        return "The SchemaChangePolicy for catalog targets can have only LOG DeleteBehavior value."
    if (crawler.get("RecrawlPolicy") or {}).get("RecrawlBehavior") == "CRAWL_NEW_FOLDERS_ONLY":
        return 'RecrawlBehavior "Crawl new folders only" can only apply to Amazon S3 target.'
    return None


def _configuration(text: str) -> str | None:
    """Return the error in the configuration."""
    if not text:
        return None
    try:
        found = json.loads(text)
    except ValueError as exc:
        return f"Configuration is not JSON:  {exc}"
    if not isinstance(found, dict) or found.get("Version") != 1.0:
        return 'Configuration must be a JSON object with "Version": 1.0'
    return None
