"""The crawler API: states READY, RUNNING, STOPPING, READY, with LastCrawl, a history and a log.

ministack's only changes its state for five seconds. This one takes the same path in scaled seconds
(`SFN_WAIT_SCALE`), lists S3 when it starts and registers what it found when it ends, as a real one would.
"""

from __future__ import annotations

import contextvars
import threading
from typing import TYPE_CHECKING, Any

from ministack.services import glue

from local.aws.glue.crawler_rules import broken
from local.aws.glue.crawler_runs import Crawl, Record, running
from local.aws.patching import Reply, Request, answered, instead_of, refused, wrap

if TYPE_CHECKING:
    from collections.abc import Callable


_starting = threading.Lock()


def _crawler(name: Any) -> Record | None:
    """Return a crawler; one whose crawl died with an earlier server process is READY and has failed."""
    found: Record | None = glue._crawlers.get(name)
    if found and found["State"] != "READY" and name not in running:
        Crawl(found).end("FAILED", "Internal Service Exception: the embedded AWS was stopped")
    return found


def _missing(name: Any) -> Reply:
    return refused("EntityNotFoundException", f"Crawler entry with name {name} does not exist")


def _shown(crawler: Record) -> Record:
    """Return a crawler as GetCrawler returns it."""
    return {key: value for key, value in crawler.items() if not key.startswith("_") and value is not None}


@instead_of(glue, "_start_crawler")
def start(request: Request) -> Reply:
    """Answer StartCrawler."""
    name = request.get("Name")
    with _starting:
        crawler = _crawler(name)
        if crawler is None:
            return _missing(name)
        if crawler["State"] != "READY":
            return refused("CrawlerRunningException", f"Crawler with name {name} has already started")
        crawl = running[str(name)] = Crawl(crawler)
        crawler["State"], crawler["CrawlElapsedTime"] = "RUNNING", 0
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(crawl.run,), daemon=True, name="glue-crawler").start()
    return answered({})


@instead_of(glue, "_stop_crawler")
def stop(request: Request) -> Reply:
    """Answer StopCrawler."""
    name = request.get("Name")
    crawler = _crawler(name)
    if crawler is None:
        return _missing(name)
    if crawler["State"] == "STOPPING":
        return refused("CrawlerStoppingException", f"Crawler with name {name} is stopping")
    if crawler["State"] == "READY":
        return refused("CrawlerNotRunningException", f"Crawler with name {name} isn't running")
    running[str(name)].stopped.set()
    return answered({})


@instead_of(glue, "_get_crawler")
def get(request: Request) -> Reply:
    """Answer GetCrawler."""
    crawler = _crawler(request.get("Name"))
    return _missing(request.get("Name")) if crawler is None else answered({"Crawler": _shown(crawler)})


@instead_of(glue, "_get_crawlers")
def get_all(_request: Request) -> Reply:
    """Answer GetCrawlers."""
    return answered({"Crawlers": [_shown(crawler) for name in glue._crawlers if (crawler := _crawler(name))]})


def history(request: Request) -> Reply:
    """Answer ListCrawls: the crawls of a crawler, the last first."""
    crawler = _crawler(request.get("CrawlerName"))
    if crawler is None:
        return _missing(request.get("CrawlerName"))
    first, size = int(request.get("NextToken") or 0), int(request.get("MaxResults") or 20)
    crawls = crawler.get("_crawls", [])
    more = {"NextToken": str(first + size)} if first + size < len(crawls) else {}
    return answered({"Crawls": crawls[first : first + size], **more})


@wrap(glue, "_create_crawler")
@wrap(glue, "_update_crawler")
def _checked(original: Callable[[Request], Reply], request: Request) -> Reply:
    """Create or change a crawler that AWS, and this crawler, would accept."""
    known = _crawler(request.get("Name"))
    if original.__name__ == "_update_crawler" and known and known["State"] != "READY":
        return refused("CrawlerRunningException", f"Crawler with name {request['Name']} is running")
    reason = broken({**(known or {}), **request})
    return refused("InvalidInputException", reason) if reason else original(request)


@wrap(glue, "_delete_crawler")
def _idle(original: Callable[[Request], Reply], request: Request) -> Reply:
    """Delete a crawler that does not run."""
    known = _crawler(request.get("Name"))
    if known and known["State"] != "READY":
        return refused("CrawlerRunningException", f"Crawler with name {request['Name']} is running")
    return original(request)
