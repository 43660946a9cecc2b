"""One slice of a day's extraction: work until the list is done, Spotify asks for a wait, or time is nearly over."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple, Protocol

from functions.extract.api.clock import instant
from functions.extract.api.request import parts, probe
from functions.extract.api.signals import (
    BudgetSpent,
    GroupBlocked,
    Midnight,
    OutOfTime,
    RequestFailed,
    Signal,
    TooManyFailures,
    WrongProfile,
)
from functions.extract.frontier import document as frontier
from functions.extract.frontier import failures
from functions.extract.frontier.failures import item_at, item_of
from functions.extract.frontier.repair import repair
from functions.extract.frontier.schedule import ordinal
from functions.extract.frontier.turns import Turns
from functions.extract.frontier.worklist import PHASES, WorkList, next_request
from functions.extract.raw.envelope import envelopes
from functions.extract.raw.journal import GOING_ON
from functions.shared.errors import PipelineError, SpotifyRefused

if TYPE_CHECKING:
    from functions.extract.api.config import Group, Profile
    from functions.extract.api.request import Request
    from functions.extract.api.responses import Response
    from functions.extract.context import SliceContext
    from functions.extract.frontier.document import ProfileFound
    from functions.extract.frontier.session import FrontierSession
    from functions.extract.quota import QuotaLedger
    from functions.extract.raw.envelope import Envelope
    from functions.extract.raw.journal import Journal
    from functions.shared.watchlist import WatchList

MOST_FAILURES_IN_A_ROW = 5
OF_ONE_REQUEST = (RequestFailed, SpotifyRefused, BudgetSpent, GroupBlocked)
"""Errors that end one request, or those of its group, but not the slice."""
PROBES = 5
"""The number of probes that tell an outage of Spotify from failures of single items; each is sent once."""


class Api(Protocol):
    """Something that responds to requests: Spotify, or a fake of it."""

    def fetch(self, request: Request) -> Response:
        """Return the response, or raise a `Signal` or a `PipelineError`."""


class Landed(NamedTuple):
    """The response to a request as stored in raw: this slice's, or that of another slice that was first.

    `doubted` are the items that responded 404 for the first time: this is not believed, and not written to raw.
    """

    envelopes: list[Envelope]
    unchanged: bool
    doubted: list[str]


class Slice:
    """The work of one slice, on the stored frontier, quota and journal, within the clock's time."""

    def __init__(
        self,
        context: SliceContext,
        *,
        watchlist: WatchList,
        journal: Journal,
        quota: QuotaLedger,
        session: FrontierSession,
    ) -> None:
        self._run, self._clock, self._time_left = context.run, context.clock, context.time_left
        self._watchlist, self._journal, self._quota, self._session = watchlist, journal, quota, session
        self._configured = context.config.profile
        self._config = context.config
        self._landed = self._saved = 0  # responses in this slice, and how many when the frontier was saved
        self._failed_in_a_row: list[tuple[Request, RequestFailed | SpotifyRefused]] = []
        self._answered: set[str] = set()  # the quota groups that responded in this slice
        self._failed: dict[str, Request] = {}  # the requests that failed in this slice
        self._tried_again: set[str] = set()
        self.repaired = self._repair()
        self._take_known_profile()
        self._forget_expired()
        for part in journal.cut_off():
            session.update(part)

    @property
    def worklist(self) -> WorkList:
        """Return the date's current work list, without what failed in this run."""
        left_out = frozenset(self._quota.counts["failed"])
        return WorkList(self._watchlist, self._config, self._run["snapshot_date"], left_out)

    def unanswered(self) -> list[str]:
        """Return one sentence per kind of item that is due but left out, since it failed or may be gone."""
        return failures.reasons(self._session.document, self._run["snapshot_date"], self._watchlist.names)

    def left(self) -> dict[str, int]:
        """Return the requests that are still due, by quota group."""
        frontier.keep_newest_tracks(self._session.document, self._config.lookups_kept)
        return {str(group): calls for group, calls in self.worklist.left(self._session.document).items()}

    def notes(self) -> list[str]:
        """Return one sentence per irregularity that was noticed and dealt with."""
        found = self._session.document["profile"]
        if self._config.profile == self._configured or found is None:
            return []
        return [
            (
                f"The app was found to be in {found['found']} mode on {found['at']}, but `profile` is "
                f"{self._configured!r}: extraction continued in {found['found']} mode. "
                f"Set `profile` to {found['found']!r}."
            ),
        ]

    def work(self, api: Api) -> None:
        """Send due requests until none is left that may be sent.

        Raises:
            Signal: the slice ends early: Paused, OutOfTime, Midnight or TooManyFailures.
            PipelineError: only a person can fix it.
        """
        with ThreadPoolExecutor(self._config.concurrency) as threads:
            before = -1
            while self._landed > before or self._try_again():
                before = self._landed
                try:
                    self._pass(api, threads)
                except WrongProfile as exc:
                    self._go_on_as(exc.profile)
                    before = -1

    def _try_again(self) -> bool:
        """Return whether failed requests are to be sent once more, after the others."""
        self._blame_the_items()
        failing, today = self._session.document["failing"], self._run["snapshot_date"]
        may_pass = [
            request
            for name, request in self._failed.items()
            if name not in self._tried_again and failing.get(item_of(request.endpoint)) == {"days": 1, "last": today}
        ]
        again = [request.name for request in self._quota.affordable(may_pass)]
        self._tried_again.update(again)
        self._quota.not_failed(again)
        return bool(again)

    def checkpoint(self, *, complete: bool, reasons: list[str]) -> None:
        """Save the frontier, then the manifest that says so, then the counts."""
        self._blame_the_items()
        frontier.keep_newest_tracks(self._session.document, self._config.lookups_kept)
        self._session.save()
        self._journal.write_manifest(complete=complete, reasons=reasons, now=self._clock.now())
        self._quota.save()

    def _pass(self, api: Api, threads: ThreadPoolExecutor) -> None:
        """Work every phase once."""
        for phase, (group, _) in PHASES.items():
            self._try_for_more(api)
            if not self._quota.open(group):
                continue
            turns = Turns(self.worklist.due(phase, self._session.document), self._session.document)
            while wave := self._next_wave(turns, group):
                outcomes = self._fetch_wave(api, wave, threads)
                turns.follow(self._note(phase, wave, outcomes))
                self._stop_if_asked(outcomes)
                self._stop_if_down(api, phase)

    def _fetch_wave(self, api: Api, wave: list[Request], threads: ThreadPoolExecutor) -> list[Landed | Exception]:
        """Send requests side by side, charged in one write, and write each response to raw at once."""
        self._quota.reserve([request.group for request in wave])
        try:
            return list((threads.map if len(wave) > 1 else map)(partial(self._fetch_and_land, api), wave))
        finally:
            self._quota.release()

    def _next_wave(self, turns: Turns, group: Group) -> list[Request]:
        """Return the next requests of a group that may be made side by side; none when none is left.

        Raises:
            OutOfTime, Midnight: no request may be made any more.
        """
        wave: list[Request] = []
        while turns and len(wave) < self._config.concurrency and self._quota.open(group):
            wave.append(turns.popleft())
        if wave and self._clock.now() >= instant(self._run["ends_at"]):
            raise Midnight("the day is over")
        if wave and self._time_left() <= 0:
            raise OutOfTime("the Lambda's time is nearly over")
        return wave

    def _fetch_and_land(self, api: Api, request: Request) -> Landed | Exception:
        """Return what was written to raw, or the error that prevented it."""
        try:
            response = api.fetch(request)
            lines = envelopes(request, response, self._session.document, self._journal.snapshot_date)
            doubted = [line for line in lines if self._session.is_doubtful(line)]
            kept = [line for line in lines if line not in doubted]
            return Landed(
                self._journal.land(request, kept) if kept else [],
                unchanged=response.status == 304,
                doubted=[item for line in doubted if (item := item_at(line["url"]))],
            )
        except (Signal, PipelineError) as exc:
            return exc

    def _note(self, phase: str, wave: list[Request], outcomes: list[Landed | Exception]) -> list[Request]:
        """Update the frontier with what was written, count failures; return follow-up requests, to be sent first."""
        following: list[Request] = []
        for request, outcome in zip(wave, outcomes, strict=True):
            if isinstance(outcome, Landed):
                self._update(outcome)
                self._answered.add(request.group)
                if follower := next_request(phase, request, self._session.document, self._config):
                    following.append(follower)
            elif isinstance(outcome, RequestFailed | SpotifyRefused):
                following += self._give_up(request, outcome)
        return following

    def _update(self, landed: Landed) -> None:
        odd = self._session.update(landed.envelopes)
        for item in landed.doubted:
            self._session.note_missing(item)
        self._blame_the_items()
        self._quota.recovered()
        self._landed += 1
        self._quota.add(not_modified=int(landed.unchanged), null_items=odd.null_items, refused_links=odd.refused_links)
        if self._landed - self._saved >= frontier.requests_per_save(self._session.document):
            self._saved = self._landed
            self.checkpoint(complete=False, reasons=[GOING_ON])

    def _give_up(self, request: Request, failure: RequestFailed | SpotifyRefused) -> list[Request]:
        """Count a request as failed; take a batch apart first, so that one entity does not fail the others."""
        self._failed_in_a_row.append((request, failure))
        if request.endpoint.batch:
            return parts(request)
        self._quota.failed(request.name, str(failure))
        return []

    def _stop_if_asked(self, outcomes: list[Landed | Exception]) -> None:
        """Raise the error that ends the slice if a request of a wave has one; permanent errors first."""
        for kinds in (PipelineError, WrongProfile, Signal):
            for outcome in outcomes:
                if isinstance(outcome, kinds) and not isinstance(outcome, OF_ONE_REQUEST):
                    raise outcome

    def _stop_if_down(self, api: Api, phase: str) -> None:
        """Raise what ends the slice if many requests failed in a row, or one was rejected, and no probe succeeds.

        If a probe succeeds, the failures are those of single items: they are noted, and the slice continues.
        """
        refusal = next((why for _, why in self._failed_in_a_row if isinstance(why, SpotifyRefused)), None)
        enough = len(self._failed_in_a_row) >= MOST_FAILURES_IN_A_ROW
        if not (enough or (refusal and self._failed_in_a_row[-1][0].group not in self._answered)):
            return
        if self._responds(api, phase):
            return
        failed, self._failed_in_a_row = self._failed_in_a_row, []
        self._quota.not_failed([request.name for request, _ in failed])
        raise refusal or TooManyFailures(f"{len(failed)} requests failed in a row")

    def _responds(self, api: Api, phase: str) -> bool:
        """Return whether Spotify responds to a probe: a request that succeeded lately or, in a new lake, any other."""
        group, document = self._failed_in_a_row[-1][0].group, self._session.document
        failed = {request.name for request, _ in self._failed_in_a_row}
        known = (request for request in self.worklist.responded(group, document) if request.name not in failed)
        rest = self.worklist.due(phase, document)
        others = [*islice(chain(known, rest[:: max(len(rest) // PROBES, 1)]), PROBES)]
        for request in others or islice(self.worklist.responded("artists", document), PROBES):
            if not self._quota.open(request.group):
                return True  # the group is closed, or its budget is spent: no more of its requests are sent
            outcome = self._fetch_and_land(api, replace(request, once=True))
            if isinstance(outcome, Landed):
                self._update(outcome)
                self._answered.add(group)
                return True
            self._stop_if_asked([outcome])
        return False

    def _blame_the_items(self) -> None:
        """Note the requests that failed in a row as failures of their items, since Spotify responds to others."""
        for request, why in self._failed_in_a_row:
            if not request.endpoint.batch:
                self._failed[request.name] = request
                self._session.note_failed(item_of(request.endpoint))
            if isinstance(why, SpotifyRefused):  # it would be refused again
                self._tried_again.add(request.name)
        self._failed_in_a_row = []

    def _take_known_profile(self) -> None:
        """Continue under the profile that an earlier run found, while that finding is recent."""
        found = self._session.document["profile"]
        if found and self._is_fresh(found):
            self._config = self._config.corrected(found["found"])

    def _is_fresh(self, found: ProfileFound) -> bool:
        age = ordinal(self._run["snapshot_date"]) - ordinal(found["at"])
        return found["configured"] == self._configured and age < self._config.refresh_days

    def _try_for_more(self, api: Api) -> None:
        """Try once in `refresh_days` whether an app that gets all fields may also send batch requests.

        Older apps in development mode get all fields too, so that alone proves nothing.
        """
        document, found = self._session.document, self._session.document["profile"]
        seen = document.get("full_shape_at") == self._run["snapshot_date"]
        if self._config.profile == "extended" or not seen or (found and self._is_fresh(found)):
            return
        if not self._quota.open("search"):
            return
        try:
            api.fetch(probe())
        except WrongProfile:
            self._note_profile("development")
        except (Signal, PipelineError):
            return  # it is tried again another day
        else:
            raise WrongProfile("the app has extended quota", "extended")

    def _go_on_as(self, profile: Profile) -> None:
        """Continue under the profile that the app turned out to have, and keep it for later runs."""
        self._config = self._config.corrected(profile)
        self._note_profile(profile)

    def _note_profile(self, profile: Profile) -> None:
        self._session.note_profile({"configured": self._configured, "found": profile, "at": self._run["snapshot_date"]})

    def _repair(self) -> list[str]:
        """Repair the frontier and return sentences about it; skip past dates, on which later marks are correct."""
        if self._clock.now() >= instant(self._run["ends_at"]):
            return []
        return repair(self._session.document, self._run["snapshot_date"])

    def _forget_expired(self) -> None:
        """Drop from the frontier entities no longer followed whose raw data and rows have expired."""
        expired = ordinal(self._run["snapshot_date"]) - self._config.retention_days
        worklist = self.worklist
        document, artists = self._session.document, worklist.artists_followed
        searches = worklist.searches_followed | {frontier.search_key(each) for each in worklist.artist_queries.values()}
        frontier.forget(document, artists, searches, expired)
        failures.forget_unfollowed(document, artists, searches)
