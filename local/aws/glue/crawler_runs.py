"""Run one crawl from RUNNING through STOPPING to READY in a thread of its own; record its verdict and history."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import get_account_id, new_uuid

from local.aws.glue import crawl_log, crawler_faults
from local.aws.glue.crawl import CrawlFailed, Found, look
from local.aws.iam import rights
from local.aws.iam.trust import trusts
from local.aws.patching import arn

RUNNING_S = 10.0
STOPPING_S = 5.0
KEPT_CRAWLS = 100
ENDED = {"SUCCEEDED": "COMPLETED", "FAILED": "FAILED", "CANCELLED": "STOPPED"}

Record = dict[str, Any]

running: dict[str, Crawl] = {}
"""The crawls on their way, by the crawler's name."""


@dataclass
class Crawl:
    """A running crawl; `stopped` is set by StopCrawler."""

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
        try:
            log = [*found.log, *self._verdict(status, message)]
            crawl_log.write(self._role(), self.crawler["Name"], self.crawl_id, log)
        finally:
            self.end(status, message)

    def _find(self) -> Found:
        """Return the new partitions, after the time a crawl takes."""
        told = crawler_faults.behaviour_of(self.crawler["Name"])
        if told == crawler_faults.HANG:
            self.stopped.wait()
        if told == crawler_faults.FAIL:
            raise CrawlFailed("Internal Service Exception: the crawler was told to fail")
        if not trusts(self._role_arn(), "glue.amazonaws.com", arn("glue", f"crawler/{self.crawler['Name']}")):
            raise CrawlFailed(
                f"Service is unable to assume provided role {self._role_arn()}. Please verify role's TrustPolicy"
            )
        found = look(self.crawler["Targets"]["CatalogTargets"], self.crawler.get("Configuration") or "", self._role())
        self.stopped.wait(scaled(RUNNING_S))
        return Found(log=found.log) if told == crawler_faults.FIND_NOTHING else found

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

    def end(self, status: str, message: str | None) -> None:
        """Write the verdict, then set the crawler READY, so that a reader of READY sees the verdict."""
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
        running.pop(self.crawler["Name"], None)
        self.crawler["State"] = "READY"


def scaled(seconds: float) -> float:
    """Return a duration of the real crawler, scaled for this machine."""
    return seconds * float(os.environ.get("SFN_WAIT_SCALE", "1"))
