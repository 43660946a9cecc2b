"""A date's raw parts: one object per response, never replaced; the manifest that names them is written last.

The parts are the journal. The frontier has all responses that the manifest names. A part that it does not name was
written by a slice that was cut off: it is read instead of asking Spotify again.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import TYPE_CHECKING, TypedDict, cast

from functions.extract.api.clock import stamp
from functions.extract.api.config import GROUPS
from functions.extract.api.endpoint import KINDS
from functions.extract.raw.envelope import followed, pack, unpack
from functions.extract.raw.store import StoredDocument
from functions.shared import keys
from functions.shared.json_objects import LostRace, json_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from functions.extract.api.config import Group
    from functions.extract.api.request import Request
    from functions.extract.raw.envelope import Envelope
    from functions.extract.raw.store import Store


GOING_ON = "The extraction of this date is still going on."
"""The reason that a manifest gives between two slices."""


class RawObject(TypedDict):
    """One part, as the manifest names it."""

    key: str
    sha256: str
    lines: int
    size_bytes: int


class Manifest(TypedDict):
    """`_manifest.json`: every object of a date. `complete` is whether all that was due is there."""

    snapshot_date: str
    complete: bool
    reasons: list[str]
    objects: list[RawObject]
    written_at: str


class Journal:
    """The raw parts of one date."""

    def __init__(self, store: Store, snapshot_date: str) -> None:
        self._store, self.snapshot_date = store, snapshot_date
        self._objects: dict[str, RawObject] = {}
        self._stored = StoredDocument(
            store,
            keys.manifest(snapshot_date),
            read=self._read_manifest,
            write=lambda manifest: json_bytes(manifest, indent=1),
            merge=lambda _theirs, _ours: None,  # `_objects` has the names of both manifests
        )

    @property
    def complete(self) -> bool:
        """True if everything that was due on the date was extracted."""
        return self._stored.document["complete"]

    def _read_manifest(self, body: bytes | None) -> Manifest:
        """Return the stored manifest or an empty one, and add its objects to ours."""
        manifest = cast("Manifest", json.loads(body)) if body else self._manifest(complete=False, reasons=[], now="")
        self._objects = {entry["key"]: entry for entry in manifest["objects"]} | self._objects
        return manifest

    def cut_off(self) -> list[list[Envelope]]:
        """Return the responses of parts that no manifest names yet, in the order in which they were fetched."""
        prefix = keys.raw_date(self.snapshot_date)
        named = {*self._objects, keys.manifest(self.snapshot_date)}
        parts = [self._read(key) for key in self._store.keys(prefix) if key not in named]
        return sorted(parts, key=lambda envelopes: envelopes[0]["fetched_at"])

    def follow(self, artists: Iterable[str], now: datetime) -> None:
        """Write once who is followed on the date; a change that a later slice finds counts from the next date."""
        lines = [followed(artist, now) for artist in sorted(artists)]
        if lines:
            self._land(keys.raw_part(self.snapshot_date, "watchlist", "00000"), lines)

    def land(self, request: Request, envelopes: list[Envelope]) -> list[Envelope]:
        """Write the response to a request; return the stored one, which may be another slice's that was first."""
        return self._land(keys.raw_part(self.snapshot_date, request.dataset, request.endpoint.part), envelopes)

    def _land(self, key: str, envelopes: list[Envelope]) -> list[Envelope]:
        body = pack(envelopes)
        try:
            self._store.put(key, body, replaces=None)
        except LostRace:
            return self._read(key)
        self._note(key, body, envelopes)
        return envelopes

    def write_manifest(self, *, complete: bool, reasons: list[str], now: datetime) -> None:
        """Name every part that was landed or read; last, after the frontier.

        Raises:
            FrontierContended: others were first to write it again and again.
        """
        self._stored.update(lambda _: self._manifest(complete=complete, reasons=reasons, now=stamp(now)))

    def _manifest(self, *, complete: bool, reasons: list[str], now: str) -> Manifest:
        return {
            "snapshot_date": self.snapshot_date,
            "complete": complete,
            "reasons": reasons,
            "objects": [self._objects[key] for key in sorted(self._objects)],
            "written_at": now,
        }

    def records(self) -> dict[str, int]:
        """Return the responses written so far, by quota group."""
        groups = _groups()
        counts: dict[str, int] = dict.fromkeys(GROUPS, 0)
        for key, entry in self._objects.items():
            if group := groups.get(key.split("/")[2]):
                counts[group] += entry["lines"]
        return counts

    def requests(self) -> dict[str, int]:
        """Return the least number of requests that were sent, by quota group: each part is one's response."""
        groups = _groups()
        sent = Counter(groups.get(key.split("/")[2]) for key in self._objects)
        return {group: sent[group] for group in GROUPS if sent[group]}

    def _read(self, key: str) -> list[Envelope]:
        found = self._store.get(key)
        if found is None:
            raise FileNotFoundError(f"{key} was deleted after it was listed")
        envelopes = unpack(found[0])
        self._note(key, found[0], envelopes)
        return envelopes

    def _note(self, key: str, body: bytes, envelopes: list[Envelope]) -> None:
        self._objects[key] = {
            "key": key,
            "sha256": hashlib.sha256(body).hexdigest(),
            "lines": len(envelopes),
            "size_bytes": len(body),
        }


def _groups() -> dict[str, Group]:
    """Return the quota group whose budget the responses of each dataset cost."""
    return {kind.dataset: kind.group for kind in KINDS.values()}
