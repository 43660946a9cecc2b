"""The frontier while a slice works on it: taught answer by answer, saved over nobody else's work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.extract.frontier import document as frontier
from functions.extract.frontier import failures
from functions.extract.frontier.update import Observer, Oddities
from functions.extract.raw.store import StoredDocument, packed
from functions.shared import keys

if TYPE_CHECKING:
    from functions.extract.frontier.document import Document, ProfileFound
    from functions.extract.raw.envelope import Envelope
    from functions.extract.raw.store import Store


class Learner:
    """The frontier, and the answers taught to it since it was last read or saved."""

    def __init__(self, store: Store, snapshot_date: str, followed: frozenset[str], refresh_days: int) -> None:
        self._today, self._followed, self._refresh_days = snapshot_date, followed, refresh_days
        self._unsaved: list[Envelope] = []
        self._unsaved_failed: set[str] = set()
        self._unsaved_missing: list[str] = []
        self._profile: ProfileFound | None = None
        self._stored = StoredDocument(store, keys.FRONTIER, read=frontier.read, write=packed, merge=self._learn_again)

    @property
    def document(self) -> Document:
        """The frontier with all that was learned."""
        return self._stored.document

    def learn(self, envelopes: list[Envelope]) -> Oddities:
        """Teach answers; return what was odd about them."""
        self._unsaved += envelopes
        return self._teach(self.document, envelopes)

    def doubts(self, envelope: Envelope) -> bool:
        """Return whether an answer is a first 404, which is not believed yet."""
        return failures.is_doubtful(self.document, envelope, self._today)

    def note_missing(self, item: str) -> None:
        """Note a 404 that is not believed yet."""
        self._unsaved_missing.append(item)
        failures.note_missing(self.document, item, self._today)

    def note_failed(self, item: str) -> None:
        """Note an item whose requests failed, though Spotify responded to others."""
        self._unsaved_failed.add(item)
        failures.note_failed(self.document, item, self._today)

    def note_profile(self, found: ProfileFound) -> None:
        """Keep what profile the app turned out to have."""
        self.document["profile"] = self._profile = found

    def save(self) -> None:
        """Write the frontier; where another writer was first, what was learned is taught to what it wrote.

        Raises:
            FrontierContended: others were first again and again.
        """
        self._stored.update(lambda document: document)
        self._unsaved, self._profile = [], None
        self._unsaved_failed, self._unsaved_missing = set(), []

    def _learn_again(self, theirs: Document, _ours: Document) -> None:
        theirs["profile"] = self._profile or theirs["profile"]
        for item in sorted(self._unsaved_failed):
            failures.note_failed(theirs, item, self._today)
        for item in self._unsaved_missing:
            failures.note_missing(theirs, item, self._today)
        self._teach(theirs, self._unsaved)

    def _teach(self, document: Document, envelopes: list[Envelope]) -> Oddities:
        observer = Observer(document, self._today, self._followed, self._refresh_days)
        total = Oddities()
        for envelope in envelopes:
            odd = observer.learn(envelope)
            total.null_items += odd.null_items
            total.refused_links += odd.refused_links
        return total
