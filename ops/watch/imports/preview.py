"""Preview an import: who will be followed, who is already, and what is left out and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from functions.shared.watchlist import Artist, WatchList
from ops.spotify.search import identified, named
from ops.terminal.output import counted

if TYPE_CHECKING:
    from ops.spotify.search import Candidate, LookedUp
    from ops.stack import Stack
    from ops.watch.imports.found import Found

MOST_CHECKED = 20
"""Artists without a name whose ID is checked: more would take the day's requests from the next run."""


@dataclass
class Preview:
    """`after` is the watch-list that the import would write; `left_out` gives the reason for each entry not in it.

    `already` has the named artists that are followed before; `requests` counts those that were sent, by budget.
    """

    before: WatchList
    after: WatchList
    by_name: set[str] = field(default_factory=set)
    duplicates: int = 0
    already: dict[str, Artist] = field(default_factory=dict)
    rare: int = 0
    unchecked: int = 0
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    candidates: dict[str, list[Candidate]] = field(default_factory=dict)
    requests: dict[str, int] = field(default_factory=dict)

    @property
    def new(self) -> tuple[Artist, ...]:
        """Return the artists that would be followed and are not yet."""
        return self.after.artists[len(self.before.artists) :]

    @property
    def new_searches(self) -> int:
        """Return how many saved searches would be added."""
        return len(self.after.searches) - len(self.before.searches)


def preview(stack: Stack, found: Found, before: WatchList, *, check: bool) -> Preview:
    """Return the changes of importing `found`; `check` is true if Spotify may be asked about IDs and names."""
    known = {artist.id: artist for artist in before.artists}
    new = {each: artist for each, artist in found.artists.items() if each not in known}
    view = Preview(before, before, duplicates=found.duplicates)
    view.already = {each: _with_name(known[each], artist) for each, artist in found.artists.items() if each in known}
    view.left_out += found.unknown
    _check(stack, new, view, check=check)
    _look_up(stack, _names_left(found, view), new, view, check=check)
    queries = {search.query for search in before.searches}
    searches = {each.query: each for each in found.searches if each.query not in queries}
    view.after = WatchList(before.artists + tuple(new.values()), before.searches + tuple(searches.values()))
    return view


def _with_name(artist: Artist, other: Artist) -> Artist:
    return artist if artist.name else replace(artist, name=other.name)


def _check(stack: Stack, new: dict[str, Artist], view: Preview, *, check: bool) -> None:
    """Add the missing names of artists; leave out artists that Spotify does not know."""
    nameless = [each for each, artist in new.items() if not artist.name]
    asked = nameless[:MOST_CHECKED] if check else []
    looked = identified(stack, asked) if asked else None
    for each, sentence in (looked.refused if looked else {}).items():
        del new[each]
        view.left_out.append(f"{each}: {sentence.rstrip('.')}.")
    for each, found in (looked.found if looked else {}).items():
        new[each] = replace(new[each], name=found[0].name)
    view.unchecked = sum(not new[each].name for each in nameless if each in new)
    _note(looked, "IDs", "artists", view)


def _names_left(found: Found, view: Preview) -> list[str]:
    """Return the names that no artist with an ID has: one in the watch-list is followed already, in a file repeated."""
    followed = {each.name.casefold(): each for each in view.before.artists if each.name}
    listed = {(each.name or "").casefold() for each in found.artists.values()}
    left = []
    for key, name in found.names.items():
        if key in listed:
            view.duplicates += 1
        elif key in followed:
            view.already[followed[key].id] = followed[key]
        else:
            left.append(name)
    return left


def _look_up(stack: Stack, names: list[str], new: dict[str, Artist], view: Preview, *, check: bool) -> None:
    """Follow each name that exactly one artist has. For other names, keep the candidates and the reason."""
    looked = named(stack, names) if names and check else None
    followed = {artist.id: artist for artist in view.before.artists}
    for name in names:
        found = looked.found.get(name) if looked else None
        exact = [each for each in found or [] if (each.name or "").casefold() == name.casefold()]
        if found is None:
            view.left_out.append(f"{name}: not looked up.")
        elif len(exact) != 1:
            view.candidates[name] = found
            having = f"{counted(len(exact), 'artist')} have" if exact else "no artist has"
            view.left_out.append(f"{name}: {having} exactly this name.")
        elif exact[0].id in followed:
            view.already[exact[0].id] = _with_name(followed[exact[0].id], Artist(exact[0].id, exact[0].name))
        elif exact[0].id in new:
            view.duplicates += 1
            new[exact[0].id] = _with_name(new[exact[0].id], Artist(exact[0].id, exact[0].name))
        else:
            view.by_name.add(exact[0].id)
            new[exact[0].id] = Artist(exact[0].id, exact[0].name)
    _note(looked, "names", "search", view)


def _note(looked: LookedUp | None, what: str, budget: str, view: Preview) -> None:
    if looked and looked.requests:
        view.requests[budget] = looked.requests
    if looked and looked.stopped:
        view.notes.append(f"Not all {what} were checked with Spotify: {looked.stopped}")
