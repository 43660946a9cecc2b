"""The frontier while a slice works on it: taught answer by answer, saved over nobody else's work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.extract.frontier import document as frontier
from functions.extract.frontier.update import Observer, Oddities
from functions.extract.raw.store import LostRace
from functions.shared.errors import FrontierContended

if TYPE_CHECKING:
    from functions.extract.frontier.document import Document, ProfileFound
    from functions.extract.raw.envelope import Envelope
    from functions.extract.raw.store import Store

ATTEMPTS = 8


class Learner:
    """The frontier, and the answers taught to it since it was last read or saved."""

    def __init__(self, store: Store, snapshot_date: str, followed: frozenset[str], refresh_days: int) -> None:
        self._store, self._today, self._followed, self._refresh_days = store, snapshot_date, followed, refresh_days
        self._unsaved: list[Envelope] = []
        self._profile: ProfileFound | None = None
        self.document, self._etag = frontier.load(store)

    def learn(self, envelopes: list[Envelope]) -> Oddities:
        """Teach answers; return what was odd about them."""
        self._unsaved += envelopes
        return self._teach(self.document, envelopes)

    def note_profile(self, found: ProfileFound) -> None:
        """Keep what profile the app turned out to have."""
        self.document["profile"] = self._profile = found

    def save(self) -> None:
        """Write the frontier; where another writer was first, what was learned is taught to what it wrote.

        Raises:
            FrontierContended: others were first again and again.
        """
        for _ in range(ATTEMPTS):
            try:
                self._etag = frontier.save(self._store, self.document, self._etag)
            except LostRace:
                self.document, self._etag = frontier.load(self._store)
                self.document["profile"] = self._profile or self.document["profile"]
                self._teach(self.document, self._unsaved)
            else:
                self._unsaved, self._profile = [], None
                return
        raise FrontierContended(f"{ATTEMPTS} other writers were first to change the frontier. It is tried again.")

    def _teach(self, document: Document, envelopes: list[Envelope]) -> Oddities:
        observer = Observer(document, self._today, self._followed, self._refresh_days)
        total = Oddities()
        for envelope in envelopes:
            odd = observer.learn(envelope)
            total.null_items += odd.null_items
            total.refused_links += odd.refused_links
        return total
