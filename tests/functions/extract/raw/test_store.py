"""Optimistic locking: a change is applied to the current document, however many writers were first."""

from __future__ import annotations

import gzip
import json

import pytest

from functions.extract.raw.store import StoredDocument, packed, unpacked
from functions.shared.errors import FrontierContended
from tests.functions.extract.world import MemoryStore

# The bounds are repeated here, so that a changed bound fails a test.
ATTEMPTS = 8
KEY = "state/names.json"


def stored(store: MemoryStore) -> StoredDocument[list[str]]:
    """Return a document of names, of which two writers keep each other's."""

    def merge(theirs: list[str], ours: list[str]) -> None:
        theirs += [name for name in ours if name not in theirs]

    return StoredDocument(
        store,
        KEY,
        read=lambda body: json.loads(body or b"[]"),
        write=lambda names: json.dumps(names).encode(),
        merge=merge,
    )


def names(store: MemoryStore) -> list[str]:
    found: list[str] = json.loads(store.objects[KEY][0])
    return found


def test_a_change_is_made_again_to_what_another_writer_wrote() -> None:
    store = MemoryStore()
    ours, theirs = stored(store), stored(store)
    theirs.update(lambda found: [*found, "theirs"])
    ours.update(lambda found: [*found, "ours"])
    assert names(store) == ours.document == ["theirs", "ours"]


def test_what_is_not_written_yet_is_merged_into_what_another_writer_wrote() -> None:
    store = MemoryStore()
    ours, theirs = stored(store), stored(store)
    ours.document.append("unwritten")
    theirs.update(lambda found: [*found, "theirs"])
    ours.update(lambda found: found)
    assert names(store) == ["theirs", "unwritten"]


def test_a_change_that_is_not_written_leaves_the_document_as_it_was() -> None:
    """If the store fails, no caller may continue as if the change had been written."""
    store = MemoryStore()
    ours = stored(store)

    def refuse(_key: str) -> None:
        raise OSError("no store")

    store.before = refuse
    with pytest.raises(OSError, match="no store"):
        ours.update(lambda found: [*found, "ours"])
    assert ours.document == []


@pytest.mark.parametrize(("others", "written"), [(ATTEMPTS - 1, True), (ATTEMPTS, False)], ids=["one fewer", "as many"])
def test_so_many_writers_may_be_first(others: int, written: bool) -> None:
    store = MemoryStore()
    ours = stored(store)
    left = iter(range(others))

    def another_is_first(key: str) -> None:
        if (number := next(left, None)) is not None:
            store.objects[key] = (b"[]", f"theirs-{number}")

    store.before = another_is_first
    if written:
        ours.update(lambda found: [*found, "ours"])
        assert names(store) == ["ours"]
    else:
        with pytest.raises(FrontierContended, match=f"{ATTEMPTS} attempts failed: other writers changed {KEY}"):
            ours.update(lambda found: [*found, "ours"])


def test_equal_documents_are_equal_bytes_of_compact_json() -> None:
    document = {"names": ["a", "b"], "count": 2}
    body = packed(document)
    assert gzip.decompress(body) == b'{"names":["a","b"],"count":2}'
    assert (body[4:8], body[8]) == (bytes(4), 0)  # no time; neither the fastest nor the smallest (RFC 1952, 2.3.1)
    assert unpacked(body) == document
