"""Every way a step can fail, grouped by what the state machine does about it.

PipelineError
├── Transient                 the same call may succeed later: retried
│   ├── SpotifyUnavailable    5xx, time-outs, broken connections, too many in a row
│   ├── StorageUnavailable    AWS throttled, timed out or answered 5xx after the SDK's own retries
│   └── FrontierContended     another writer kept winning the race for the frontier
└── Permanent                 only a person can fix it: alerted, never retried
    ├── BadRequest            the execution's input: unknown mode, bad date, foreign bucket or key
    ├── WatchListInvalid      the watch-list does not parse; the entry is named with its position
    ├── CredentialsRejected   the token endpoint refused the client id and secret, or the secret is empty
    ├── PremiumLapsed         403: the subscription of the app's owner ended
    ├── SpotifyRefused        400 or 403 for another reason
    ├── AccessRefused         AWS denied a call: a role, a bucket policy or a key policy
    ├── NoInputs              nothing under raw/ nor inbox/ for the date, or less than is published
    ├── InputsChanged         an object of the frozen inputs was replaced or deleted since
    ├── ContractBroken        more quarantined than max_quarantine_ratio
    └── DigestUnconfirmed     SNS did not say whether it took a message: sent again, it might come twice

Lambda reports the class name as the error name: these names are the state machine's contract.
The state machine adds its own, raised by its judgements: see RAISED_BY_THE_STATE_MACHINE.
"""

from __future__ import annotations

VERDICTS = frozenset(
    {
        "CrawlIncomplete",  # a partition of this run is missing after a crawl that succeeded
        "SchemaChanged",  # the crawl added a table or changed a column
        "GateFailed",  # the audit query refused the run
    }
)
"""The errors with which functions/audit refuses a run: the state machine fails with the verdict's error."""

RAISED_BY_THE_STATE_MACHINE = VERDICTS | frozenset(
    {
        "CrawlFailed",  # the crawler's verdict was not SUCCEEDED
        "CrawlTimedOut",  # no crawl of this run ended within the limit
        "LockLost",  # stopped and redriven, it found its lock held by another execution
    }
)


class PipelineError(Exception):
    """A failure whose message says what happened, where, what was found, and what to do."""


class Transient(PipelineError):
    """The same request may succeed later."""


class SpotifyUnavailable(Transient):
    """Spotify responded 5xx, timed out or broke the connection too many times in a row."""


class StorageUnavailable(Transient):
    """AWS throttled, timed out or failed after the SDK's own retries."""


class FrontierContended(Transient):
    """Conditional writes of the frontier kept failing: another writer was first each time."""


class Permanent(PipelineError):
    """Only a person can fix it."""


class BadRequest(Permanent):
    """The execution's input is not valid."""


class WatchListInvalid(Permanent):
    """An entry of the watch-list is not an artist id or a saved search."""


class CredentialsRejected(Permanent):
    """Spotify's token endpoint refused the client id and secret."""


class PremiumLapsed(Permanent):
    """Spotify responds 403 because the app owner's Premium subscription ended."""


class SpotifyRefused(Permanent):
    """Spotify responded 400 or 403: the request itself is wrong for this app."""


class AccessRefused(Permanent):
    """AWS denied a call of a Lambda."""


class NoInputs(Permanent):
    """There is nothing to transform for the date, or less than is published."""


class InputsChanged(Permanent):
    """A frozen input is no longer what it was when the run froze it."""


class ContractBroken(Permanent):
    """More records broke the contract than the configuration allows."""


class DigestUnconfirmed(Permanent):
    """A digest may or may not have been sent."""
