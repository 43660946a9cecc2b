"""Reading a frozen object over a connection that breaks: every byte once, of the frozen version."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from botocore.exceptions import ClientError
from urllib3.exceptions import ProtocolError

from functions.shared.errors import AccessRefused, InputsChanged, StorageUnavailable
from functions.transform.gunzip import plain
from functions.transform.handler import Curated, FrozenObject, handler, opened, source
from tests.functions.context import CONTEXT

if TYPE_CHECKING:
    from functions.freeze.inputs import Found

# The bounds are repeated here, so that a changed bound fails a test.
AHEAD, HEAD_BYTES, TRIES = 8, 1 << 20, 4
DATA = bytes(range(256)) * 8


class Stream:
    """A body that gives this many bytes, then breaks."""

    def __init__(self, data: bytes, lasts: int | None) -> None:
        self._data, self._lasts = io.BytesIO(data), lasts

    def read(self, size: int | None = None) -> bytes:
        if self._lasts is not None and self._data.tell() >= self._lasts:
            raise ProtocolError("Connection broken")
        there = None if self._lasts is None else self._lasts - self._data.tell()
        wanted = [each for each in (size, there) if each is not None]
        return self._data.read(min(wanted) if wanted else -1)


class S3:
    """An S3 with one object. Each connection lasts for the next number of bytes, the last one for ever."""

    def __init__(self, *lasts: int | None, etag: str = '"frozen"', data: bytes = DATA) -> None:
        self.lasts, self.etag, self.data = list(lasts) or [None], etag, data
        self.ranges: list[str] = []

    def get_object(self, **asked: str) -> dict[str, Any]:
        assert (asked["Bucket"], asked["Key"]) == ("raw", "key")
        if asked["IfMatch"] != self.etag:
            raise failure("PreconditionFailed", 412)
        self.ranges.append(asked["Range"])
        lasts = self.lasts.pop(0) if len(self.lasts) > 1 else self.lasts[0]
        return {"Body": Stream(self.data[int(asked["Range"].removeprefix("bytes=").removesuffix("-")) :], lasts)}


def failure(code: str, status: int) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]  # all that is read
        "GetObject",
    )


def found(size: int = len(DATA)) -> Found:
    return {"key": "key", "etag": '"frozen"', "size_bytes": size, "last_modified": "2026-11-23T07:00:00Z"}


def frozen(s3: Any, size: int = len(DATA)) -> FrozenObject:
    return FrozenObject(s3, "raw", found(size))


def whole(stream: FrozenObject, size: int = -1) -> bytes:
    """Return all bytes of a stream, read in pieces of this size."""
    pieces = []
    while piece := stream.read(size):
        pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize("size", [-1, 1, 100, 10_000])
def test_an_object_is_read_once_and_whole(size: int) -> None:
    s3 = S3()
    assert whole(frozen(s3).open(), size) == DATA
    assert s3.ranges == ["bytes=0-"]


@pytest.mark.parametrize("size", [7, 100, 2048])
def test_a_download_that_breaks_goes_on_where_it_broke(size: int) -> None:
    """A download that began again would read the lines before the break twice."""
    s3 = S3(500, 1000, None)
    assert whole(frozen(s3), size) == DATA
    assert s3.ranges == ["bytes=0-", "bytes=500-", "bytes=1500-"]


def test_a_broken_beginning_is_read_again_when_it_is_opened() -> None:
    s3 = S3(0, 300, None)
    assert whole(frozen(s3).open()) == DATA
    assert s3.ranges == ["bytes=0-", "bytes=0-", "bytes=300-"]


def test_a_large_object_is_there_up_to_its_head_once_it_is_open() -> None:
    data = bytes(HEAD_BYTES + 10)
    s3 = S3(data=data)
    stream = frozen(s3, len(data)).open()
    s3.etag = "another"
    assert len(stream.read()) == HEAD_BYTES
    assert whole(stream) == bytes(10)  # over the connection that is open


def test_an_object_replaced_between_two_connections_is_not_what_was_frozen() -> None:
    s3 = S3(500, None)
    stream = frozen(s3)
    assert stream.read(500) == DATA[:500]
    s3.etag = '"newer"'
    with pytest.raises(InputsChanged, match=r"s3://raw/key has changed since this run froze it \(ETag \"frozen\"\)"):
        stream.read(500)


@pytest.mark.parametrize(("breaks", "read"), [(TRIES - 1, True), (TRIES, False)])
def test_a_connection_may_break_so_often_at_one_place_and_no_oftener(breaks: int, read: bool) -> None:
    s3 = S3(*[0] * breaks, None)
    if read:
        assert whole(frozen(s3)) == DATA
    else:
        with pytest.raises(StorageUnavailable, match="read s3://raw/key: ProtocolError"):
            whole(frozen(s3))
    assert len(s3.ranges) == min(breaks + 1, TRIES)


def test_progress_begins_the_count_of_breaks_anew() -> None:
    assert whole(frozen(S3(*[100] * 30)), 100) == DATA


def test_an_empty_object_is_not_asked_for() -> None:
    s3 = S3(data=b"")
    assert whole(frozen(s3, 0).open()) == b""
    assert s3.ranges == []  # S3 refuses the range


@pytest.mark.parametrize(
    ("code", "status", "raised"),
    [
        ("NoSuchKey", 404, InputsChanged),
        ("404", 404, InputsChanged),
        ("PreconditionFailed", 412, InputsChanged),
        ("412", 412, InputsChanged),
        ("AccessDenied", 403, AccessRefused),
        ("InvalidRange", 416, ClientError),
    ],
)
def test_a_refusal_is_not_asked_again(code: str, status: int, raised: type[Exception]) -> None:
    s3 = S3()

    def refuse(**_: object) -> None:
        s3.ranges.append(code)
        raise failure(code, status)

    s3.get_object = refuse  # type: ignore[assignment,method-assign]
    with pytest.raises(raised):
        frozen(s3).open()
    assert s3.ranges == [code]


def test_a_few_objects_are_opened_ahead_and_all_come_in_their_order() -> None:
    ready: list[str] = []

    class Many:
        def get_object(self, **asked: str) -> dict[str, Any]:
            ready.append(asked["Key"])
            return {"Body": Stream(asked["Key"].encode(), None)}

    frozen_inputs: list[Found] = [{**found(3), "key": f"{number:03}"} for number in range(3 * AHEAD)]
    objects = opened(Many(), "raw", frozen_inputs)  # type: ignore[arg-type]  # all that is called
    first = next(objects)
    assert len(ready) <= AHEAD + 1
    read = [(source.key, stream.read()) for source, stream in [first, *objects]]
    assert read == [(each["key"], each["key"].encode()) for each in frozen_inputs]


def test_each_object_that_is_opened_ahead_has_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """So have the object that is read and the part that is written; a client has ten connections by default."""
    connections: list[int] = []

    def client(_name: str, config: Any) -> None:
        connections.append(config.max_pool_connections)
        raise RuntimeError("no AWS")

    for name in ("RAW_BUCKET", "CURATED_BUCKET", "PROFILE", "MAX_QUARANTINE_RATIO"):
        monkeypatch.setenv(name, "0")
    monkeypatch.setattr("boto3.client", client)
    with pytest.raises(RuntimeError, match="no AWS"):
        handler({}, CONTEXT)  # type: ignore[typeddict-item]  # it is not read
    assert connections == [AHEAD + 2]


def test_the_last_write_is_the_newest_of_all_parts_in_whatever_order_they_were_written() -> None:
    """A crawl counts if it began after that time (invariant 6)."""
    written = iter([7, 30, 12])

    class Bucket:
        modified: ClassVar[dict[str, datetime]] = {}

        def put_object(self, **asked: Any) -> None:
            self.modified[asked["Key"]] = datetime(2026, 11, 23, 7, 0, next(written), tzinfo=UTC)

        def head_object(self, **asked: Any) -> dict[str, datetime]:
            return {"LastModified": self.modified[asked["Key"]]}

    s3: Any = Bucket()
    run: Any = {"snapshot_date": "2026-11-23", "run_id": "r"}
    curated = Curated(s3, "curated", run)
    for table in ("artists", "albums", "tracks"):
        curated.put(table, 0, memoryview(b"x"))
    assert curated.last_write() == "2026-11-23T07:00:30Z"


@pytest.mark.parametrize(
    ("key", "dataset"),
    [
        ("raw/snapshot_date=2026-11-23/albums/00000.ndjson.gz", "albums"),
        ("raw/snapshot_date=2026-11-23/shows/00000.ndjson.gz", "inbox"),
        ("raw/snapshot_date=2026-11-23/albums", "inbox"),
        ("inbox/snapshot_date=2026-11-23/albums/00000.ndjson.gz", "inbox"),
    ],
    ids=["a dataset", "a folder of somebody's own", "no folder", "the inbox"],
)
def test_outside_the_datasets_of_raw_the_content_decides_what_an_object_is(key: str, dataset: str) -> None:
    assert source({**found(), "key": key}).dataset == dataset


@pytest.mark.parametrize("data", [gzip.compress(b"one\ntwo\n"), b"one\ntwo\n"], ids=["gzip", "plain"])
def test_gzip_is_known_though_its_first_bytes_come_one_by_one(data: bytes) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(1)

    assert b"".join(plain(Slow(data))) == b"one\ntwo\n"
