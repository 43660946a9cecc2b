"""The content of import files: artists by ID, artists by name only, saved searches, and unknown entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from functions.shared.errors import WatchListInvalid
from functions.shared.watchlist import Artist, artist_id

if TYPE_CHECKING:
    from functions.shared.watchlist import Search


class NotReadable(Exception):
    """A file holds something else than its kind says; the message says what, without the file's name."""


@dataclass
class Found:
    """The content of the files, in order. `names` are artists without an ID; `unknown` are sentences on the rest."""

    artists: dict[str, Artist] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    searches: list[Search] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    duplicates: int = 0
    _listed: set[str] = field(default_factory=set)
    _tracks: dict[str, set[str]] = field(default_factory=dict)

    def add(self, written: str, name: str | None, where: str) -> None:
        """Add an artist by ID, URI or link; anything else is noted as unknown."""
        if found := self._keep(written, name, where):
            self.duplicates += found in self._listed
            self._listed.add(found)

    def add_track(self, track: str, written: str, name: str | None, where: str) -> None:
        """Add an artist that a track names, as `add` does."""
        if found := self._keep(written, name, where):
            self._tracks.setdefault(found, set()).add(track)

    def _keep(self, written: str, name: str | None, where: str) -> str | None:
        try:
            found = artist_id(written, where)
        except WatchListInvalid as exc:
            self.unknown.append(str(exc))
            return None
        earlier = self.artists.get(found)
        self.artists[found] = earlier if earlier and earlier.name else Artist(found, name or None)
        return found

    def add_name(self, name: str) -> None:
        """Add an artist of whom only the name is known; spaces and capitals make no difference."""
        key = " ".join(name.split()).casefold()
        if key:
            self.duplicates += key in self.names
            self.names.setdefault(key, " ".join(name.split()))

    def without_rare(self, least: int) -> int:
        """Leave out the artists that only tracks name, and fewer than `least` tracks; return how many."""
        rare = [each for each, tracks in self._tracks.items() if len(tracks) < least and each not in self._listed]
        for each in rare:
            del self.artists[each]
        return len(rare)
