"""The different executions, each walked once per process. The tests beside check their results."""

from __future__ import annotations

from functools import cache
from math import floor
from typing import TYPE_CHECKING

from tests.statemachine.definition import definition, tasks
from tests.statemachine.fake_aws import LONG_AGO, Crawler, FakeAws, Refused, extracted
from tests.statemachine.walking import DAILY, INBOX, REHEARSAL, REPLAY, Entry, Walk, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OTHER = "arn:aws:states:us-east-1:000000000000:execution:spotify-lake-test:other"
LOCK = "date#2026-11-23"
GLITCH = Refused("States.Runtime.Glitch", "something nobody foresaw")
SCENARIOS: dict[str, Callable[[], Walk]] = {}


def scenario(build: Callable[[], Walk]) -> Callable[[], Walk]:
    """Register a scenario under its name; it is walked once."""
    SCENARIOS[build.__name__] = cache(build)
    return SCENARIOS[build.__name__]


@scenario
def daily() -> Walk:
    """Nothing goes wrong."""
    return walk(DAILY)


@scenario
def rehearsal() -> Walk:
    """The daily path, which ends before Publish."""
    return walk(REHEARSAL)


@scenario
def replay() -> Walk:
    """Raw data exists; no request goes to Spotify."""
    return walk(REPLAY)


@scenario
def inbox() -> Walk:
    """A person put files into the inbox."""
    return walk(INBOX, FakeAws(already_published=None))


@scenario
def second_marker() -> Walk:
    """The marker came twice: the run before published these very inputs."""
    return walk(INBOX, FakeAws(already_published="20261123T050000Z-11111111"))


@scenario
def marker_in_a_folder_of_no_date() -> Walk:
    """A person misspelt the date."""
    return walk(INBOX | {"key": "inbox/snapshot_date=2026-11-31/_READY"})


@scenario
def unknown_mode() -> Walk:
    """The input is not one the pipeline takes."""
    return walk({"mode": "weekly", "note": "it's not"})


@scenario
def input_is_text() -> Walk:
    """The input is JSON, but no object."""
    aws = FakeAws(faults={"Resolve the run": [Refused("TypeError", "'str' has no attribute 'get'")]})
    return walk("daily", aws)


@scenario
def lock_is_held() -> Walk:
    """Another execution of the date runs, then ends and gives its lock back."""
    aws = FakeAws(statuses={OTHER: "RUNNING"})
    aws.hold(LOCK, OTHER)
    aws.before["Ask whether the holder runs"] = lambda: _free_after(aws, 6)
    return walk(DAILY, aws)


def _free_after(aws: FakeAws, looks: int) -> None:
    if sum(state == "Ask whether the holder runs" for state, _ in aws.calls) >= looks:
        aws.free(LOCK)


@scenario
def lock_of_the_dead() -> Walk:
    """Another execution was stopped while it held the lock."""
    aws = FakeAws(statuses={OTHER: "ABORTED"})
    aws.hold(LOCK, OTHER)
    return walk(DAILY, aws)


@scenario
def lock_of_nobody() -> Walk:
    """The holder is not an execution known to Step Functions; another waiting execution acquires the lock first."""
    aws = FakeAws(statuses={OTHER: "RUNNING"})
    aws.hold(LOCK, f"{OTHER}-and-gone")
    aws.before["Does the holder run?"] = lambda: None
    aws.before["Ask whether the holder runs"] = lambda: _overtake(aws)
    return walk(DAILY, aws)


@scenario
def lock_of_a_person() -> Walk:
    """A person wrote a lock by hand."""
    aws = FakeAws()
    aws.hold(LOCK, "a person")
    return walk(DAILY, aws)


def _overtake(aws: FakeAws) -> None:
    looks = sum(state == "Ask whether the holder runs" for state, _ in aws.calls)
    aws.hold(LOCK, OTHER) if looks == 1 else aws.free(LOCK)


@scenario
def lock_freed_while_asking() -> Walk:
    """The holder released its lock between the failed acquisition and the question who holds it."""
    aws = FakeAws()
    aws.hold(LOCK, OTHER)
    aws.before["Ask who holds the lock"] = lambda: aws.free(LOCK)
    return walk(DAILY, aws)


@scenario
def spotify_is_busy() -> Walk:
    """Another date's extraction holds the lease on Spotify."""
    aws = FakeAws(statuses={OTHER: "RUNNING"})
    aws.hold("spotify", OTHER)
    aws.before["Wait for the lock"] = lambda: None
    aws.before["Ask who holds the lock"] = lambda: aws.free("spotify")
    return walk(DAILY, aws)


@scenario
def long_extraction() -> Walk:
    """Two slices, a wait that Spotify asked for, and an end that is partial."""
    wait = extracted("WAIT", resume_at="2026-11-23T06:12:00.000Z")
    partial = extracted("PARTIAL", reasons=["albums: 40 calls left, the budget of 200 is spent"])
    return walk(DAILY, FakeAws(slices=[extracted("MORE"), extracted("MORE"), wait, partial]))


@scenario
def another_crawl_before_our_write() -> Walk:
    """Another crawl runs since before this run's last write: it may have listed S3 too early."""
    aws = FakeAws(crawler=Crawler(seconds=100))
    aws.crawler.began = aws.now
    return walk(REPLAY, aws)


@scenario
def another_crawl_after_our_write() -> Walk:
    """Another date started a crawl just after this run's last write: that crawl is sufficient."""
    aws = FakeAws()
    aws.before["Start the crawl"] = lambda: _somebody_crawls(aws)
    return walk(REPLAY, aws)


def _somebody_crawls(aws: FakeAws) -> None:
    aws.now += 5
    aws.crawler.began = aws.now


@scenario
def another_crawl_in_the_second_of_our_write() -> Walk:
    """Another date's crawl began in the second of this run's last write: S3's time does not show which was first."""
    aws = FakeAws()
    aws.before["Start the crawl"] = lambda: _somebody_crawled(aws)
    return walk(REPLAY, aws)


def _somebody_crawled(aws: FakeAws) -> None:
    if not aws.crawler.last:
        aws.crawler.began = floor(max(aws.written.values())) + 0.999


@scenario
def crawl_fails() -> Walk:
    """The crawler ends FAILED."""
    return walk(DAILY, FakeAws(crawler=Crawler(outcomes=["FAILED"])))


@scenario
def crawl_is_cancelled() -> Walk:
    """A person cancels the crawl."""
    return walk(REPLAY, FakeAws(crawler=Crawler(outcomes=["CANCELLED"])))


@scenario
def crawl_hangs() -> Walk:
    """The crawler never comes back from STOPPING."""
    return walk(REPLAY, FakeAws(crawler=Crawler(hangs=True)))


@scenario
def crawl_is_slow_to_show() -> Walk:
    """The crawler reads READY with the crawl of yesterday, right after it was started."""
    aws = FakeAws(crawler=Crawler(last={"Status": "SUCCEEDED", "StartTime": LONG_AGO}))
    aws.before["Look at the crawler"] = lambda: _not_yet(aws)
    return walk(REPLAY, aws)


def _not_yet(aws: FakeAws) -> None:
    if sum(state == "Look at the crawler" for state, _ in aws.calls) == 1:
        aws.crawler.began = None


@scenario
def crawler_is_blind() -> Walk:
    """The crawl succeeds and registers nothing."""
    return walk(DAILY, FakeAws(crawler=Crawler(sees_nothing=True)))


@scenario
def schema_changed() -> Walk:
    """The crawl added a table, changed a column of one and dropped one."""
    aws = FakeAws()
    aws.tables["part_00000_parquet"] = [["x", "string"]]
    aws.tables["albums"][0][1] = "bigint"
    del aws.tables["quarantine"]
    return walk(REPLAY, aws)


@scenario
def gates_refuse() -> Walk:
    """Two gates do not pass."""
    aws = FakeAws()
    for row in aws.observed:
        row[1] = "2" if row[0] == "tracks" else row[1]
        row[2:4] = ["2", "2"] if row[0] == "tracks" else ["3", "2"] if row[0] == "albums" else row[2:4]
    return walk(DAILY, aws)


@scenario
def audit_says_nothing() -> Walk:
    """The audit query returns only its header."""
    return walk(REPLAY, FakeAws(observed=[]))


@scenario
def lock_was_lost() -> Walk:
    """Another execution took the lock over while this one was stopped."""
    aws = FakeAws()
    aws.before["Make sure the lock is still ours"] = lambda: aws.hold(LOCK, OTHER)
    return walk(REPLAY, aws)


@scenario
def sweep_fails() -> Walk:
    """The published run stays published."""
    said = (
        '{"errorMessage": "Could not delete s3://curated/x: DeleteObjects answered 503.", "errorType": "AccessRefused"}'
    )
    return walk(DAILY, FakeAws(faults={"Sweep": [Refused("AccessRefused", said)]}))


@scenario
def digest_fails() -> Walk:
    """The published run stays published."""
    said = '{"errorMessage": "Could not send the digest: AWS refused Publish.", "errorType": "AccessRefused"}'
    return walk(DAILY, FakeAws(faults={"Send the digest": [Refused("AccessRefused", said)]}))


@scenario
def report_fails() -> Walk:
    """The published run stays published, and the output states why there is no page."""
    said = '{"errorMessage": "Could not write s3://curated/reports/x.html: PutObject answered 503.", "errorType": "E"}'
    return walk(DAILY, FakeAws(faults={"Write the report": [Refused("E", said)]}))


@scenario
def nothing_works_after_the_failure() -> Walk:
    """Every step of the failure path fails too."""
    aws = FakeAws(crawler=Crawler(outcomes=["FAILED"]))
    for state in FAILURE_PATH:
        aws.faults[state] = [GLITCH]
    return walk(DAILY, aws)


@scenario
def locks_stay_behind() -> Walk:
    """DynamoDB refuses every release."""
    denied = [Refused("DynamoDB.AccessDeniedException", "no")]
    return walk(DAILY, FakeAws(faults={"Give back Spotify's lease": denied, "Give back the lock": list(denied)}))


FAILURE_PATH = (
    "Record the failure",
    "Give back Spotify's lease after a failure",
    "Give back the lock after a failure",
    "Alert",
    "Write the report of the failure",
)


def entries() -> dict[str, Entry]:
    """Return an entry of every state of the definition, the ones inside a Map aside."""
    found: dict[str, Entry] = {}
    for name in ("daily", "second_marker", "lock_is_held", "long_extraction", "crawl_fails"):
        for entry in SCENARIOS[name]().entries:
            found.setdefault(entry.state, entry)
    return found


def broken_tasks() -> Iterator[tuple[str, int, Refused]]:
    """Yield every way a task may fail for good: (state, how often it tries, the error)."""
    for state, task in tasks(definition()).items():
        yield state, 1, GLITCH
        for retrier in task["Retry"]:
            yield state, retrier["MaxAttempts"] + 1, Refused(retrier["ErrorEquals"][0], "again and again")
