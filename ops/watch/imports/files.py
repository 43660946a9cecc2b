"""Read the artists that files name: a zip's members and single files, recognized by content rather than ending."""

from __future__ import annotations

import codecs
import json
import zipfile
import zlib
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING

from ops.errors import WrongUsage
from ops.terminal.output import counted
from ops.watch.imports import formats
from ops.watch.imports.found import Found, NotReadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LARGEST = 64 << 20
"""Bytes of a file or of a zip's member: a library of 100,000 tracks has 20 MB."""
ZIP = b"PK\x03\x04"
MOST_MEMBERS = 20_000
OF_SPOTIFY = frozenset({"yourlibrary.json", "follow.json"})
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""Exceptions of zipfile for a damaged file, an unknown compression, a password or an impossible length."""
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read(files: Iterable[Path]) -> Found:
    """Return the artists and searches that the files name.

    Raises:
        WrongUsage: a file is none that can be imported, is damaged or too large, or would do harm.
    """
    found = Found()
    for file in files:
        try:
            _read(file, found)
        except NotReadable as exc:
            raise WrongUsage(f"{file}: {exc}") from exc
    return found


def _read(file: Path, found: Found) -> None:
    if file.stat().st_size == 0:
        raise NotReadable("the file is empty.")
    with file.open("rb") as opened:
        begin = opened.read(len(ZIP))
    if begin == ZIP or zipfile.is_zipfile(file):
        for name, content in _members(file):
            _parse(f"{file}:{name}", content, found)
        return
    with file.open("rb") as opened:
        content = opened.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise NotReadable(f"it has more than {LARGEST >> 20} MiB; a list of artists is smaller.")
    _parse(str(file), content, found)


def _parse(where: str, content: bytes, found: Found) -> None:
    text = _text(content)
    begin = text.lstrip()[:1]
    if begin in {"{", "["}:
        try:
            document = json.loads(text)
        except ValueError as exc:
            raise NotReadable(f"it begins like JSON but is not valid JSON: {exc}.") from exc
        except RecursionError as exc:
            raise NotReadable("its lists or objects are nested too deeply.") from exc
        formats.document(document, where, found)
    elif where.lower().endswith(".csv") or formats.ARTISTS in text.split("\n", 1)[0]:
        formats.exportify(text, where, found)
    else:
        formats.lines(text, where, found)


def _text(content: bytes) -> str:
    """Return a file's text, by its byte order mark or as UTF-8."""
    encoding = next((name for mark, name in MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as exc:
        raise NotReadable(f"it is not {encoding.upper()} text ({exc.reason} at byte {exc.start}).") from exc
    if "\0" in text:
        raise NotReadable("it contains zero bytes, so it is not text.")
    return text


def _members(file: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the members of a zip that can be imported; they are read in memory, none is written to the disk."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                raise NotReadable(f"it has {counted(len(members), 'member')}; Spotify's data download has a few dozen.")
            if strange := next((each.filename for each in members if _leads_out(each.filename)), None):
                raise NotReadable(f"its member {strange!r} has a path outside the archive, so nothing was read.")
            wanted = [each for each in members if _wanted(each.filename)]
            if not wanted:
                raise NotReadable(
                    'it contains no YourLibrary.json, Follow.json or CSV. Spotify\'s "account data" has the first two; '
                    'the "extended streaming history" does not.'
                )
            for each in wanted:
                yield each.filename, _content(archive, each)
    except BROKEN as exc:
        raise NotReadable(f"the zip cannot be read: {exc or type(exc).__name__}.") from exc


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return a member's bytes; the size in its header is not trusted."""
    with archive.open(member) as opened:
        content = opened.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise NotReadable(f"its member {member.filename!r} unpacks to more than {LARGEST >> 20} MiB.")
    return content


def _wanted(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = path.name.startswith(".") or "__MACOSX" in path.parts
    return not hidden and (path.name.lower() in OF_SPOTIFY or path.suffix.lower() == ".csv")


def _leads_out(name: str) -> bool:
    path = PureWindowsPath(name)  # it knows both kinds of slashes, and drives
    return ".." in path.parts or bool(path.root or path.drive)
