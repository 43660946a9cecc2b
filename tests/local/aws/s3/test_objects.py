"""A query reads the objects that it listed, or fails if one is gone; it never reads a replacement."""

from __future__ import annotations

from hashlib import md5
from typing import TYPE_CHECKING, Any

import pytest
from ministack.services import s3

from local.aws.s3.objects import LakeObject, NoSuchBucket, ObjectGone, objects_under

if TYPE_CHECKING:
    from local.aws import EmbeddedAws


@pytest.fixture
def bodies(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """The content of a bucket, by key; an object record is fixed when it is listed."""
    there = {"published/2026-11-23.json": b'{"run_id": "1"}'}

    def record(body: bytes) -> dict[str, Any]:
        return {"etag": f'"{md5(body, usedforsecurity=False).hexdigest()}"', "size": len(body)}

    objects = {key: record(body) for key, body in there.items()}
    monkeypatch.setattr(s3, "_buckets", {"curated": {"objects": objects}})
    monkeypatch.setattr(s3, "_read_body", lambda _bucket, key, _record: there.get(key, b""))
    return there


def only(location: str) -> LakeObject:
    (found,) = objects_under(location)
    return found


@pytest.mark.parametrize("instead", [b'{"run_id": "2"}', b"longer than before", b""])
def test_what_is_replaced_or_deleted_before_it_is_read_is_gone(bodies: dict[str, bytes], instead: bytes) -> None:
    file = only("s3://curated/published/")
    bodies[file.key] = instead
    with pytest.raises(ObjectGone):
        file.read()


def test_what_is_kept_is_read_as_it_was(bodies: dict[str, bytes]) -> None:
    file = only("s3://curated/published/")
    file.keep()
    bodies[file.key] = b'{"run_id": "2"}'
    assert file.read() == b'{"run_id": "1"}'


def test_what_is_gone_before_it_can_be_kept_is_not(bodies: dict[str, bytes]) -> None:
    file = only("s3://curated/published/")
    bodies.clear()
    file.keep()
    with pytest.raises(ObjectGone):
        file.read()


def test_objects_are_listed_by_key_without_folders_and_hidden_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ("a/2", "a/1", "a/", "a/_temporary/1", "a/.crc", "b/1", "ab/1")
    held = {key: {"etag": "", "size": 0} for key in keys}
    monkeypatch.setattr(s3, "_buckets", {"curated": {"objects": held}})
    assert [file.key for file in objects_under("s3://curated/a")] == ["a/1", "a/2"]
    with pytest.raises(NoSuchBucket):
        objects_under("s3://other/a")


def test_the_digest_of_an_object_in_parts_is_no_digest_of_its_content(bodies: dict[str, bytes]) -> None:
    file = LakeObject("curated", "published/2026-11-23.json", "abc-2", 15, {})
    assert file.read() == b'{"run_id": "1"}'


@pytest.mark.parametrize("call", ["get_bucket_acl", "get_bucket_encryption", "get_public_access_block"])
def test_a_bucket_tells_its_settings(aws: EmbeddedAws, call: str) -> None:
    """Terraform's provider reads each after it has made a bucket; some answers are text and some are bytes."""
    client, bucket = aws.client("s3"), f"settings-{call.replace('_', '-')}"
    client.create_bucket(Bucket=bucket)
    assert getattr(client, call)(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
