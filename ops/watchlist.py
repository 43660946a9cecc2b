"""The watch-list of a stack: read, changed and written back, never over somebody else's change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.shared import keys
from functions.shared.errors import WatchListInvalid
from functions.shared.watchlist import Artist, WatchList, artist_id, parse, render
from ops.errors import OpsError, WrongUsage
from ops.terminal.options import text_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ops.stack import Stack


def load(stack: Stack) -> tuple[WatchList, str | None]:
    """Return the watch-list and its ETag; an empty one and None where there is none yet."""
    try:
        answer = stack.client("s3").get_object(Bucket=stack.outputs["raw_bucket"], Key=keys.WATCHLIST)
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "NoSuchKey":
            raise
        return WatchList(), None
    return _parsed(answer["Body"].read(), f"s3://{stack.outputs['raw_bucket']}/{keys.WATCHLIST}"), answer["ETag"]


def save(stack: Stack, watchlist: WatchList, etag: str | None) -> None:
    """Write the watch-list, if it is still the one that was read.

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
        raise OpsError("The watch-list was changed meanwhile; nothing was written. Try again.") from exc


def with_artists(watchlist: WatchList, named: Sequence[str]) -> WatchList:
    """Return the watch-list with these artists (ids, URIs, links) followed too.

    Raises:
        WrongUsage: one of them names no artist.
    """
    ids = _ids(named)
    known = {artist.id for artist in watchlist.artists}
    added = tuple(Artist(each) for each in dict.fromkeys(ids) if each not in known)
    return replace(watchlist, artists=watchlist.artists + added)


def without_artists(watchlist: WatchList, named: Sequence[str]) -> WatchList:
    """Return the watch-list with these artists no longer followed.

    Raises:
        WrongUsage: one of them names no artist, or one that is not followed.
    """
    ids = _ids(named)
    known = {artist.id for artist in watchlist.artists}
    strangers = [each for each in ids if each not in known]
    if strangers:
        raise WrongUsage(f"Not followed, so nothing was changed: {', '.join(strangers)}. `watch list` shows who is.")
    return replace(watchlist, artists=tuple(artist for artist in watchlist.artists if artist.id not in ids))


def merged(watchlist: WatchList, file: Path) -> WatchList:
    """Return the watch-list with all that a file follows: a watch-list in JSON, or one id, URI or link a line.

    Raises:
        WrongUsage: it is no text, or an entry of it is wrong; that is named with its position.
    """
    text = text_of(file)
    if text.lstrip().startswith(("{", "[")):
        other = _parsed(text, str(file))
        known = {artist.id for artist in watchlist.artists}
        queries = {search.query for search in watchlist.searches}
        return WatchList(
            artists=watchlist.artists + tuple(each for each in other.artists if each.id not in known),
            searches=watchlist.searches + tuple(each for each in other.searches if each.query not in queries),
        )
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
    return with_artists(watchlist, [_id(line, f"{file}:{number}") for number, line in lines if line])


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
