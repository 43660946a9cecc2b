"""The in-memory frontier: updated per response, saved with optimistic locking (ETag)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from functions.extract.frontier import document as frontier
from functions.extract.frontier import failures
from functions.extract.frontier.update import FrontierUpdate, Oddities
from functions.extract.raw.store import StoredDocument, packed
from functions.shared import keys

if TYPE_CHECKING:
    from functions.extract.api.config import Config
    from functions.extract.frontier.document import Document, ProfileFound
    from functions.extract.raw.envelope import Envelope
    from functions.extract.raw.store import Store


class FrontierSession:
    """The frontier, and the responses applied to it since it was last read or saved."""

    def __init__(self, store: Store, snapshot_date: str, followed: frozenset[str], config: Config) -> None:
        self._today, self._followed, self._config = snapshot_date, followed, config
        self._unsaved: list[Envelope] = []
        self._unsaved_failed: set[str] = set()
        self._unsaved_missing: list[str] = []
        self._profile: ProfileFound | None = None
        self._stored = StoredDocument(store, keys.FRONTIER, read=frontier.read, write=packed, merge=self._apply_again)

    @property
    def document(self) -> Document:
        """The updated frontier."""
        return self._stored.document

    def update(self, envelopes: list[Envelope]) -> Oddities:
        """Update the frontier with responses; return what was left out of them."""
        self._unsaved += envelopes
        return self._apply(self.document, envelopes)

    def is_doubtful(self, envelope: Envelope) -> bool:
        """Return whether a response is a 404 that is not believed yet."""
        return failures.is_doubtful(self.document, envelope, self._today, self._followed, self._config.release_groups)

    def note_missing(self, item: str) -> None:
        """Note a 404 that is not believed yet."""
        self._unsaved_missing.append(item)
        failures.note_missing(self.document, item, self._today)

    def note_failed(self, item: str) -> None:
        """Note an item whose requests failed while Spotify responded to others."""
        self._unsaved_failed.add(item)
        failures.note_failed(self.document, item, self._today)

    def note_profile(self, found: ProfileFound) -> None:
        """Note which profile the app turned out to have."""
        self.document["profile"] = self._profile = found

    def save(self) -> None:
        """Write the frontier; if another writer was first, apply the same updates to the document that it wrote.

        Raises:
            FrontierContended: others were first again and again.
        """
        self._stored.update(lambda document: document)
        self._unsaved, self._profile = [], None
        self._unsaved_failed, self._unsaved_missing = set(), []

    def _apply_again(self, theirs: Document, _ours: Document) -> None:
        theirs["profile"] = self._profile or theirs["profile"]
        for item in sorted(self._unsaved_failed):
            failures.note_failed(theirs, item, self._today)
        for item in self._unsaved_missing:
            failures.note_missing(theirs, item, self._today)
        self._apply(theirs, self._unsaved)

    def _apply(self, document: Document, envelopes: list[Envelope]) -> Oddities:
        update = FrontierUpdate(document, self._today, self._followed, self._config.refresh_days)
        total = Oddities()
        for envelope in envelopes:
            odd = update.apply(envelope)
            total.null_items += odd.null_items
            total.refused_links += odd.refused_links
        return total
