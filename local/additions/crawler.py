"""A crawler that crawls: READY, RUNNING, STOPPING, READY, with LastCrawl, a history and a log.

ministack's only changes its state for five seconds. This one takes the same path in scaled seconds
(`SFN_WAIT_SCALE`), lists S3 when it starts and registers what it found when it ends, as a real one would.
"""

# ruff: noqa: SLF001 - an addition stands on ministack's internals; each is pinned below
from __future__ import annotations

import contextvars
import os
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, new_uuid
from ministack.services import glue

from local.additions import crawl_control, crawl_log, rights
from local.additions.crawl import CrawlFailed, Found, look
from local.additions.crawler_rules import broken
from local.additions.patching import wrap
from local.additions.trust import trusts

if TYPE_CHECKING:
    from collections.abc import Callable

PINS = {
    "ministack.services.glue:_crawlers": "AccountRegionScopedDict",
    "ministack.services.glue:_create_crawler": "(data)",
    "ministack.services.glue:_update_crawler": "(data)",
    "ministack.services.glue:_delete_crawler": "(data)",
    "ministack.services.glue:_get_crawler": "(data)",
    "ministack.services.glue:_get_crawlers": "(data)",
    "ministack.services.glue:_start_crawler": "(data)",
    "ministack.services.glue:_stop_crawler": "(data)",
    "ministack.services.glue:_get_crawler_metrics": "(data)",
}

RUNNING_S = 10.0
STOPPING_S = 5.0
KEPT_CRAWLS = 100
ENDED = {"SUCCEEDED": "COMPLETED", "FAILED": "FAILED", "CANCELLED": "STOPPED"}

Reply = tuple[int, dict[str, str], bytes]
Request = dict[str, Any]
Record = dict[str, Any]


@dataclass
class Crawl:
    """A crawl on its way; `stopped` is set by StopCrawler."""

    crawler: Record
    crawl_id: str = field(default_factory=new_uuid)
    started_at: float = field(default_factory=time.time)
    stopped: threading.Event = field(default_factory=threading.Event)
    tables_updated: int = 0

    def run(self) -> None:
        """Crawl, and leave the crawler READY with the verdict in LastCrawl."""
        self._record("RUNNING")
        found, status, message = Found(), "SUCCEEDED", None
        try:
            found = self._find()
            if self.stopped.is_set():
                status = "CANCELLED"
            else:
                self.tables_updated = found.register(self._role())
        except CrawlFailed as exc:
            status, message = "FAILED", str(exc)
        except Exception as exc:  # noqa: BLE001 - whatever it is, the crawler must get back to READY, and say so
            status, message = "FAILED", f"Internal Service Exception: {type(exc).__name__}: {exc}"
        self.crawler["State"] = "STOPPING"
        time.sleep(scaled(STOPPING_S))
        crawl_log.write(
            self._role(), self.crawler["Name"], self.crawl_id, [*found.log, *self._verdict(status, message)]
        )
        self._end(status, message)

    def _find(self) -> Found:
        """Return what is new, after the time a crawl takes."""
        told = crawl_control.behaviour_of(self.crawler["Name"])
        if told == crawl_control.HANG:
            self.stopped.wait()
        if told == crawl_control.FAIL:
            raise CrawlFailed("Internal Service Exception: the crawler was told to fail")
        if not trusts(self._role_arn(), "glue.amazonaws.com", arn(self.crawler["Name"])):
            raise CrawlFailed(
                f"Service is unable to assume provided role {self._role_arn()}. Please verify role's TrustPolicy"
            )
        found = look(self.crawler["Targets"]["CatalogTargets"], self.crawler.get("Configuration") or "", self._role())
        self.stopped.wait(scaled(RUNNING_S))
        return Found(log=found.log) if told == crawl_control.FIND_NOTHING else found

    def _role_arn(self) -> str:
        role = str(self.crawler["Role"])
        return role if role.startswith("arn:") else f"arn:aws:iam::{get_account_id()}:role/{role}"

    def _role(self) -> rights.Principal:
        return rights.of_role(self._role_arn(), "AWS-Crawler")

    def _verdict(self, status: str, message: str | None) -> list[str]:
        """Return the last lines of the log."""
        return [f"ERROR : {message}"] if message else [f"BENCHMARK : Crawler has finished running: {status}"]

    def _record(self, state: str, **more: Any) -> None:
        """Write this crawl's line of the history."""
        history = self.crawler.setdefault("_crawls", [])
        history[:] = [crawl for crawl in history if crawl["CrawlId"] != self.crawl_id]
        line = {"CrawlId": self.crawl_id, "State": state, "StartTime": self.started_at, "DPUHour": 0.0}
        history.insert(0, line | crawl_log.place(self.crawler["Name"], self.crawl_id) | more)
        del history[KEPT_CRAWLS:]

    def _end(self, status: str, message: str | None) -> None:
        """Write the verdict; the crawler is READY last, so that who sees READY sees the verdict."""
        error = {"ErrorMessage": message} if message else {}
        self._record(ENDED[status], EndTime=time.time(), **error)
        self.crawler["CrawlElapsedTime"] = round((time.time() - self.started_at) * 1000)
        self.crawler["_tables_updated"] = self.tables_updated
        self.crawler["LastCrawl"] = {
            "Status": status,
            "StartTime": self.started_at,
            **crawl_log.place(self.crawler["Name"], self.crawl_id),
            **error,
        }
        _running.pop(self.crawler["Name"], None)
        self.crawler["State"] = "READY"


_running: dict[str, Crawl] = {}
_starting = threading.Lock()


def scaled(seconds: float) -> float:
    """Return how long a time of the real crawler takes here."""
    return seconds * float(os.environ.get("SFN_WAIT_SCALE", "1"))


def arn(name: str) -> str:
    """Return a crawler's ARN."""
    return f"arn:aws:glue:{get_region()}:{get_account_id()}:crawler/{name}"


def _refused(code: str, message: str) -> Reply:
    reply: Reply = error_response_json(code, message, 400)
    return reply


def _answer(body: Record) -> Reply:
    reply: Reply = json_response(body)
    return reply


def _crawler(name: Any) -> Record | None:
    """Return a crawler; one whose crawl died with an earlier server process is READY and has failed."""
    found: Record | None = glue._crawlers.get(name)
    if found and found["State"] != "READY" and name not in _running:
        Crawl(found, started_at=time.time())._end("FAILED", "Internal Service Exception: the embedded AWS was stopped")
    return found


def _missing(name: Any) -> Reply:
    return _refused("EntityNotFoundException", f"Crawler entry with name {name} does not exist")


def _shown(crawler: Record) -> Record:
    """Return a crawler as GetCrawler shows it."""
    return {key: value for key, value in crawler.items() if not key.startswith("_") and value is not None}


def start(request: Request) -> Reply:
    """Answer StartCrawler."""
    name = request.get("Name")
    with _starting:
        crawler = _crawler(name)
        if crawler is None:
            return _missing(name)
        if crawler["State"] != "READY":
            return _refused("CrawlerRunningException", f"Crawler with name {name} has already started")
        crawl = _running[str(name)] = Crawl(crawler)
        crawler["State"], crawler["CrawlElapsedTime"] = "RUNNING", 0
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(crawl.run,), daemon=True, name="glue-crawler").start()
    return _answer({})


def stop(request: Request) -> Reply:
    """Answer StopCrawler."""
    name = request.get("Name")
    crawler = _crawler(name)
    if crawler is None:
        return _missing(name)
    if crawler["State"] == "STOPPING":
        return _refused("CrawlerStoppingException", f"Crawler with name {name} is stopping")
    if crawler["State"] == "READY":
        return _refused("CrawlerNotRunningException", f"Crawler with name {name} isn't running")
    _running[str(name)].stopped.set()
    return _answer({})


def get(request: Request) -> Reply:
    """Answer GetCrawler."""
    crawler = _crawler(request.get("Name"))
    return _missing(request.get("Name")) if crawler is None else _answer({"Crawler": _shown(crawler)})


def get_all(_request: Request) -> Reply:
    """Answer GetCrawlers."""
    return _answer({"Crawlers": [_shown(crawler) for name in glue._crawlers if (crawler := _crawler(name))]})


def history(request: Request) -> Reply:
    """Answer ListCrawls: the crawls of a crawler, the last first."""
    crawler = _crawler(request.get("CrawlerName"))
    if crawler is None:
        return _missing(request.get("CrawlerName"))
    first, size = int(request.get("NextToken") or 0), int(request.get("MaxResults") or 20)
    crawls = crawler.get("_crawls", [])
    more = {"NextToken": str(first + size)} if first + size < len(crawls) else {}
    return _answer({"Crawls": crawls[first : first + size], **more})


def metrics(request: Request) -> Reply:
    """Answer GetCrawlerMetrics."""
    names = request.get("CrawlerNameList") or list(glue._crawlers)
    return _answer({"CrawlerMetricsList": [_metrics(crawler) for name in names if (crawler := _crawler(name))]})


def _metrics(crawler: Record) -> Record:
    """Return the metrics of one crawler."""
    ended = sorted(crawl["EndTime"] - crawl["StartTime"] for crawl in crawler.get("_crawls", []) if "EndTime" in crawl)
    return {
        "CrawlerName": crawler["Name"],
        "TimeLeftSeconds": 0.0 if crawler["State"] == "READY" else scaled(RUNNING_S),
        "StillEstimating": False,
        "LastRuntimeSeconds": crawler.get("CrawlElapsedTime", 0) / 1000,
        "MedianRuntimeSeconds": ended[len(ended) // 2] if ended else 0.0,
        "TablesCreated": 0,
        "TablesUpdated": crawler.get("_tables_updated", 0),
        "TablesDeleted": 0,
    }


def _checked(original: Callable[[Request], Reply], request: Request) -> Reply:
    """Create or change a crawler that AWS, and this crawler, would accept."""
    known = _crawler(request.get("Name"))
    if original.__name__ == "_update_crawler" and known and known["State"] != "READY":
        return _refused("CrawlerRunningException", f"Crawler with name {request['Name']} is running")
    reason = broken({**(known or {}), **request})
    return _refused("InvalidInputException", reason) if reason else original(request)


def _idle(original: Callable[[Request], Reply], request: Request) -> Reply:
    """Delete a crawler that does not run."""
    known = _crawler(request.get("Name"))
    if known and known["State"] != "READY":
        return _refused("CrawlerRunningException", f"Crawler with name {request['Name']} is running")
    return original(request)


def install() -> None:
    """Put this crawler in the place of ministack's."""
    wrap(glue, "_create_crawler", _checked)
    wrap(glue, "_update_crawler", _checked)
    wrap(glue, "_delete_crawler", _idle)
    glue._start_crawler = start
    glue._stop_crawler = stop
    glue._get_crawler = get
    glue._get_crawlers = get_all
    glue._get_crawler_metrics = metrics
