"""Looking an artist up by name: candidates to follow, never a guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.extract.api.endpoint import Endpoint
from functions.extract.api.json_access import Body, a_text, an_object, id_of, items_of
from functions.extract.api.request import Request
from ops.errors import WrongUsage
from ops.spotify.extraction import Deployed, stack_spotify

if TYPE_CHECKING:
    from ops.stack import Stack

SHOWN = 10


@dataclass(frozen=True)
class Candidate:
    """An artist that Spotify found for a name."""

    id: str
    name: str | None
    genres: list[str]
    spotify_url: str | None


def candidates(stack: Stack, name: str) -> list[Candidate]:
    """Return the artists that Spotify finds for a name, in its order: one call of the search budget.

    Raises:
        WrongUsage: the name is empty.
    """
    if not name.strip():
        raise WrongUsage("Give the artist's name, or part of it.")
    deployed = Deployed.of(stack)
    query = {"q": name.strip(), "type": "artist", "limit": str(SHOWN), "offset": "0", "market": deployed.config.market}
    with stack_spotify(stack, deployed) as spotify:
        response = spotify.fetch(Request(Endpoint("search", query=tuple(query.items()))))
    found = items_of(an_object(an_object(response.body).get("artists"))) or []
    return [each for each in map(_candidate, found) if each]


def _candidate(item: Body) -> Candidate | None:
    artist, genres = id_of(item), item.get("genres")
    if artist is None:
        return None
    return Candidate(
        artist,
        a_text(item.get("name")),
        [genre for genre in genres if isinstance(genre, str)] if isinstance(genres, list) else [],
        a_text(an_object(item.get("external_urls")).get("spotify")),
    )
