"""Extraction for a rehearsal: the usual requests, parts and quota, but only two requests and no stored frontier.

The requests are charged to the day's budgets, since Spotify counts them. The frontier is read as empty, so everything
is due, and it is not written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from functions.extract.frontier.document import empty
from functions.extract.raw.store import packed
from functions.shared import keys

if TYPE_CHECKING:
    from functions.extract.api.config import Config, Group
    from functions.extract.quota import QuotaLedger
    from functions.extract.raw.store import Store
    from functions.shared.watchlist import WatchList

NOT_KEPT = "not-kept"
REASON = "A rehearsal makes only two requests to Spotify's Web API, and one for a token."


@dataclass(frozen=True)
class WithoutFrontier:
    """The raw bucket, in which the frontier reads as empty and is never written."""

    store: Store

    def get(self, key: str) -> tuple[bytes, str] | None:
        """Return an object's bytes and ETag, or None; the frontier is read as on any day, but returned empty."""
        found = self.store.get(key)
        return (packed(empty()), NOT_KEPT) if key == keys.FRONTIER else found

    def put(self, key: str, body: bytes, *, replaces: str | None) -> str:
        """Write an object other than the frontier; return its ETag."""
        return NOT_KEPT if key == keys.FRONTIER else self.store.put(key, body, replaces=replaces)

    def keys(self, prefix: str) -> list[str]:
        """Return the keys under a prefix, sorted."""
        return self.store.keys(prefix)


def limited(config: Config, quota: QuotaLedger, followed: WatchList) -> Config:
    """Return the configuration with budgets for one listing (or search) and what it names, one request each."""
    wanted: tuple[Group, ...] = ("artist_albums" if followed.artists else "search", "albums")
    made = quota.counts["requests"]

    def budget(group: Group) -> int:
        more = 1 if group in wanted and not made.get(group) else 0
        return min(config.budgets[group], quota.spent(group) + more)

    return replace(config, budgets={group: budget(group) for group in config.budgets})
