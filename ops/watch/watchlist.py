"""Read, change and save a stack's watch-list, with optimistic locking."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.shared import keys
from functions.shared.errors import WatchListInvalid
from functions.shared.watchlist import Artist, Search, WatchList, artist_id, parse, render
from ops.errors import OpsError, WrongUsage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from functions.extract.frontier.document import Document
    from ops.stack import Stack

VARIOUS_ARTISTS = "0LyfQWJT6nXafLPZqxe9Of"
"""The artist to whom Spotify credits compilations; a guess, from public links to open.spotify.com/artist/…"""


def load(stack: Stack) -> tuple[WatchList, str | None]:
    """Return the watch-list and its ETag; an empty one and None if it does not exist yet."""
    try:
        answer = stack.client("s3").get_object(Bucket=stack.outputs["raw_bucket"], Key=keys.WATCHLIST)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "NoSuchKey":
            raise
        return WatchList(), None
    return _parsed(answer["Body"].read(), f"s3://{stack.outputs['raw_bucket']}/{keys.WATCHLIST}"), answer["ETag"]


def save(stack: Stack, watchlist: WatchList, etag: str | None) -> None:
    """Write the watch-list if it is still the one that was read.

    Raises:
        OpsError: somebody changed it meanwhile.
    """
    condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
    try:
        stack.client("s3").put_object(
            Bucket=stack.outputs["raw_bucket"],
            Key=keys.WATCHLIST,
            Body=render(watchlist).encode(),
            ContentType="application/json",
            **condition,
        )
    except ClientError as exc:
        if exc.response["Error"]["Code"] not in {"PreconditionFailed", "ConditionalRequestConflict"}:
            raise
        raise OpsError("Somebody else changed the watch-list in the meantime; nothing was written. Try again.") from exc


def unknown(followed: WatchList, document: Document) -> dict[str, str]:
    """Return since when Spotify responds 404 to a followed artist, by ID: it was mistyped, or the artist has left."""
    seen = document["artists"]
    return {each.id: seen[each.id]["gone"] for each in followed.artists if "gone" in seen.get(each.id, {})}


def warnings(added: Iterable[Artist]) -> list[str]:
    """Return what to know before these artists are followed."""
    return [
        f"Various Artists ({each.id}) is credited on thousands of compilations: its listings and albums take a large "
        "part of each day's requests for weeks. `ops doctor` says how long a round then takes."
        for each in added
        if each.id == VARIOUS_ARTISTS
    ]


def with_artists(watchlist: WatchList, named: Sequence[str]) -> WatchList:
    """Return the watch-list with these artists (IDs, URIs, links) added.

    Raises:
        WrongUsage: one of them is not an artist.
    """
    ids = _ids(named)
    known = {artist.id for artist in watchlist.artists}
    added = tuple(Artist(each) for each in dict.fromkeys(ids) if each not in known)
    return replace(watchlist, artists=watchlist.artists + added)


def without_artists(watchlist: WatchList, named: Sequence[str]) -> WatchList:
    """Return the watch-list without these artists.

    Raises:
        WrongUsage: one of them names no artist, or one that is not followed.
    """
    ids = _ids(named)
    known = {artist.id for artist in watchlist.artists}
    strangers = [each for each in ids if each not in known]
    if strangers:
        raise WrongUsage(
            f"Not followed, so nothing was changed: {', '.join(strangers)}. `ops watch list` shows who is."
        )
    return replace(watchlist, artists=tuple(artist for artist in watchlist.artists if artist.id not in ids))


def with_searches(watchlist: WatchList, queries: Sequence[str]) -> WatchList:
    """Return the watch-list with these saved searches followed too, each named after its query."""
    known = {search.query for search in watchlist.searches}
    wanted = dict.fromkeys(" ".join(each.split()) for each in queries)
    added = tuple(Search(each, each) for each in wanted if each and each not in known)
    return replace(watchlist, searches=watchlist.searches + added)


def without_searches(watchlist: WatchList, named: Sequence[str]) -> WatchList:
    """Return the watch-list without these saved searches, given by query or name.

    Raises:
        WrongUsage: one of them is not followed.
    """
    known = {each for search in watchlist.searches for each in (search.name, search.query)}
    if strangers := [each for each in named if each not in known]:
        raise WrongUsage(
            f"No saved search {strangers[0]!r} is followed, so nothing was changed. `ops watch list` shows which are."
        )
    kept = tuple(each for each in watchlist.searches if each.name not in named and each.query not in named)
    return replace(watchlist, searches=kept)


def lines(watchlist: WatchList) -> str:
    """Return the artists as a plain list that `ops watch import` reads: one link per line, with the name as comment."""
    entries = [
        f"https://open.spotify.com/artist/{each.id}" + (f"  # {' '.join(each.name.split())}" if each.name else "")
        for each in watchlist.artists
    ]
    return "".join(f"{each}\n" for each in entries)


def _parsed(text: str | bytes, where: str) -> WatchList:
    try:
        return parse(text)
    except WatchListInvalid as exc:
        raise WrongUsage(f"{where}: {exc}") from exc


def _ids(named: Sequence[str]) -> list[str]:
    return [_id(each, f"argument {position}") for position, each in enumerate(named, start=1)]


def _id(text: str, where: str) -> str:
    try:
        return artist_id(text, where)
    except WatchListInvalid as exc:
        raise WrongUsage(str(exc)) from exc
