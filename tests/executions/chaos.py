"""Inject the faults of a seed into one execution: into its tasks, its crawler, its Spotify and its life.

The state machine's own tasks fail through the embedded AWS's fault file, the functions' calls through microburst, a
proxy that stands between them and the embedded AWS. Every error is one that AWS gives.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

from local.aws.glue import crawler_faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.executions.call_breaker import CallBreaker
    from tests.executions.pipeline import Pipeline

Rule = dict[str, Any]

FUNCTIONS = ("Resolve the run", "Extract", "Freeze the inputs", "Transform", "Publish", "Sweep")
LOCKS = (
    "Take the lock", "Give back Spotify's lease", "Give back the lock", "Make sure the lock is still ours",
)  # fmt: skip
GLUE = ("Start the crawl", "Look at the crawler", "Read the lake's tables", "Find a table's partition")
ATHENA = ("Audit with Athena", "Read what was observed")
AFTER_FAILURE = ("Record the failure", "Give back the lock after a failure", "Alert")
S3_CALLS = ("GetObject", "PutObject", "ListObjectsV2")
THROTTLED = {"DynamoDB": "ThrottlingException", "Glue": "ThrottlingException", "Athena": "TooManyRequestsException"}
BROKEN = {"DynamoDB": "InternalServerError", "Glue": "InternalServiceException", "Athena": "InternalServerException"}
SPOTIFY_TIMES = 3
SPOTIFY_FAULTS = ("server_error", "retry_after_short", "truncated_gzip", "html_502", "reset", "broken_json", "closed")


@dataclass
class Trouble:
    """The faults of one seed: their name, and how to start and end them."""

    kind: str
    rules: list[Rule] = field(default_factory=list)
    calls: list[Rule] = field(default_factory=list)
    crawler: str | None = None
    crawl_before: bool = False
    spotify: str | None = None
    stop_after_s: float | None = None
    twice: bool = False
    marked_twice: bool = False


def _service(state: str) -> str:
    return "DynamoDB" if state in LOCKS else "Glue" if state in GLUE else "Athena"


def _throttling(dice: random.Random) -> Trouble:
    state = dice.choice((*LOCKS, *GLUE, *ATHENA))
    error = f"{_service(state)}.{THROTTLED[_service(state)]}"
    return Trouble("throttling", [{"state": state, "nth": list(range(1, dice.randint(2, 5))), "error": error}])


def _server_errors(dice: random.Random) -> Trouble:
    state = dice.choice((*LOCKS, *GLUE, *ATHENA))
    error = f"{_service(state)}.{BROKEN[_service(state)]}"
    return Trouble("500", [{"state": state, "nth": [1, 2], "error": error, "after": dice.random() < 0.5}])


def _busy_lambda(dice: random.Random) -> Trouble:
    error = dice.choice(("Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.SdkClientException"))
    return Trouble("lambda busy", [{"state": dice.choice(FUNCTIONS), "nth": [1, 2], "error": error}])


def _lost_answer(dice: random.Random) -> Trouble:
    state = dice.choice((*FUNCTIONS, *LOCKS, *GLUE))
    return Trouble("answer lost", [{"state": state, "nth": [1], "error": "States.Timeout", "after": True}])


def _killed(dice: random.Random) -> Trouble:
    rule = {"state": dice.choice(FUNCTIONS[1:]), "nth": [1, 2][: dice.randint(1, 2)]}
    return Trouble("lambda killed", [rule | {"kill_after_s": round(dice.uniform(0, 1), 2)}])


def _denied(dice: random.Random) -> Trouble:
    state = dice.choice((*LOCKS, *GLUE, *ATHENA))
    return Trouble("denied", [{"state": state, "error": f"{_service(state)}.AccessDeniedException", "cause": "no"}])


def _transient_for_good(dice: random.Random) -> Trouble:
    state, error = dice.choice(
        (("Extract", "SpotifyUnavailable"), ("Transform", "StorageUnavailable"), ("Publish", "StorageUnavailable"))
    )
    said = json.dumps({"errorMessage": "503 SlowDown, again and again.", "errorType": error})
    return Trouble("storage or Spotify away", [{"state": state, "error": error, "cause": said}])


def _slow_down(dice: random.Random) -> Trouble:
    return Trouble(
        "503 SlowDown", [{"state": dice.choice(FUNCTIONS[1:]), "nth": [1, 2], "error": "StorageUnavailable"}]
    )


def _query(dice: random.Random) -> Trouble:
    kind, reason = dice.choice(
        (
            ("query fails", "Query exhausted resources at this scale factor"),
            ("query is cancelled", "Query cancelled by user"),
        )
    )
    cause = json.dumps({"QueryExecution": {"Status": {"StateChangeReason": reason}}})
    often = dice.choice(([1], [1, 2, 3]))
    return Trouble(kind, [{"state": "Audit with Athena", "nth": often, "error": "States.TaskFailed", "cause": cause}])


def _late(dice: random.Random) -> Trouble:
    state = dice.choice(("Audit with Athena", "Look at the crawler", "Publish", "Take the lock"))
    return Trouble(
        "query is late" if state == "Audit with Athena" else "late",
        [{"state": state, "nth": [1], "delay_s": round(dice.uniform(0.5, 2), 1)}],
    )


def _failure_path(dice: random.Random) -> Trouble:
    broken = [{"state": state, "error": "States.Timeout"} for state in AFTER_FAILURE if dice.random() < 0.6]
    return Trouble("failure path fails", [*_denied(dice).rules, *broken])


def _bad_crawl(dice: random.Random) -> Trouble:
    behaviour = dice.choice((crawler_faults.FAIL, crawler_faults.FIND_NOTHING))
    return Trouble(f"crawler: {behaviour}", crawler=behaviour)


def _busy_crawler(_dice: random.Random) -> Trouble:
    return Trouble("crawler already running", crawl_before=True)


def _spotify(dice: random.Random) -> Trouble:
    return Trouble("spotify", spotify=dice.choice(SPOTIFY_FAULTS))


def _stopped(dice: random.Random) -> Trouble:
    return Trouble("stopped", stop_after_s=round(dice.uniform(0.1, 3), 2))


def _twice(_dice: random.Random) -> Trouble:
    return Trouble("two executions at once", twice=True)


def _function_is_refused(dice: random.Random) -> Trouble:
    code, status = dice.choice((("SlowDown", 503), ("InternalError", 500), ("AccessDenied", 403)))
    times = dice.choice((1, 3, 40))
    call = {"service": "s3", "operation": dice.choice(S3_CALLS), "times": times}
    return Trouble(f"function's call: {code}", calls=[call | {"error": {"code": code, "status": status}}])


def _function_is_cut_off(dice: random.Random) -> Trouble:
    how, call = dice.choice(
        (
            ("reset in mid-upload", {"operation": "PutObject", "request": {"cut_upload": {"after_frac": 0.5}}}),
            ("reset in mid-download", {"operation": "GetObject", "response": {"abort_frac": 0.5}}),
            ("half an answer", {"operation": "GetObject", "response": {"truncate_frac": 0.5}}),
            ("no connection", {"operation": "*", "reset": True}),
            ("504 after a while", {"operation": dice.choice(S3_CALLS), "timeout_ms": 700}),
        )
    )
    return Trouble(f"function's call: {how}", calls=[{"service": "s3", "times": dice.choice((1, 2, 8))} | call])


def _hung_crawl(dice: random.Random) -> Trouble:
    return Trouble("crawler hangs", crawler=crawler_faults.HANG, crawl_before=dice.random() < 0.3)


def _duplicate_events(_dice: random.Random) -> Trouble:
    return Trouble("duplicate events", marked_twice=True)


KINDS: tuple[Callable[[random.Random], Trouble], ...] = (
    _throttling, _server_errors, _busy_lambda, _lost_answer, _killed, _denied, _transient_for_good, _slow_down,
    _query, _late, _failure_path, _bad_crawl, _busy_crawler, _spotify, _stopped, _twice,
    _function_is_refused, _function_is_cut_off, _hung_crawl, _duplicate_events,
)  # fmt: skip


def trouble(seed: int) -> Trouble:
    """Return the faults of a seed: each kind in turn, and every third seed has a second kind."""
    dice = random.Random(seed)
    brought = KINDS[seed % len(KINDS)](dice)
    if seed % 3 == 0:
        more = dice.choice(KINDS[:10])(dice)
        brought.rules += more.rules
        brought.kind += f" and {more.kind}"
    return brought


class Chaos:
    """Injects faults into a deployed stack, and removes them."""

    def __init__(self, stack: Pipeline, breaker: CallBreaker) -> None:
        self.stack, self.breaker = stack, breaker
        self.state_dir = Path(stack.session.state_dir)
        self.file = self.state_dir / "faults.json"
        self._brought, self._others = Trouble("none"), 0

    def begin(self, seed: int, brought: Trouble) -> None:
        """Start the faults."""
        self._brought = brought
        self.file.write_text(json.dumps({"seed": seed, "rules": brought.rules}))
        self.breaker.set_rules(brought.calls)
        if brought.crawler:
            crawler_faults.misbehave(self.state_dir, brought.crawler)
        if brought.crawl_before:
            self.stack.client("glue").start_crawler(Name=self._crawler)
        if brought.spotify:
            self.stack.spotify.ask("inject", kind=brought.spotify, times=SPOTIFY_TIMES)
        self._others += sum(
            map(
                bool, (brought.crawler, brought.crawl_before, brought.stop_after_s, brought.twice, brought.marked_twice)
            )
        )

    def end(self) -> None:
        """End all faults."""
        self.file.unlink(missing_ok=True)
        self.breaker.set_rules([])
        self._free_the_crawler()
        if self._brought.spotify:
            to_come = self.stack.spotify.ask("state")["faults"]
            self._others += SPOTIFY_TIMES - sum(fault["times"] for fault in to_come)
            self.stack.spotify.ask("clear_faults")
        self._brought = Trouble("none")

    def _free_the_crawler(self) -> None:
        """Let crawls work again, and stop a crawl that hangs, as a person would after the alert."""
        glue = self.stack.client("glue")
        if self._brought.crawler == crawler_faults.HANG and not self._ready():
            glue.stop_crawler(Name=self._crawler)
            while not self._ready():
                sleep(0.1)
        crawler_faults.behave(self.state_dir)

    def _ready(self) -> bool:
        state = self.stack.client("glue").get_crawler(Name=self._crawler)["Crawler"]["State"]
        return bool(state == "READY")

    @property
    def _crawler(self) -> str:
        return str(self.stack.outputs["crawler_name"])

    def fired(self) -> int:
        """Return how many faults have fired so far: of tasks, of functions' calls, of Spotify, and others."""
        log = Path(f"{self.file}.fired")
        tasks = len(log.read_text().splitlines()) if log.exists() else 0
        return tasks + self.breaker.fired() + self._others
