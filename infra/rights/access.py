"""Rights as function calls: `may=[read(secret), write(lake.raw, "raw/*")]` becomes a role's policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from infra.rights.statements import Right, Statement, allow

if TYPE_CHECKING:
    from infra.alerts import AlertTopic, DeadLetters
    from infra.bucket import Bucket
    from infra.digest import DigestTopic
    from infra.encryption import EncryptionKey
    from infra.locks import LockTable
    from infra.secret import SpotifySecret


def read(thing: Bucket | SpotifySecret, *keys: str) -> Right:
    """Return the right to get a secret's value, or a bucket's objects whose keys match one of `keys`."""
    decrypt = use_key(thing.key, "kms:Decrypt", through=thing.service)
    if thing.service == "secretsmanager":
        return allow("secretsmanager:GetSecretValue", on=[thing.arn]) + decrypt
    return allow("s3:GetObject", on=_objects(thing, keys)) + decrypt


def write(bucket: Bucket, *keys: str) -> Right:
    """Return the right to put objects whose keys match one of `keys`."""
    put = allow("s3:PutObject", on=_objects(bucket, keys))
    return put + use_key(bucket.key, "kms:GenerateDataKey", through="s3")


def read_write(bucket: Bucket, *keys: str) -> Right:
    """Return the right to get and put objects whose keys match one of `keys`."""
    return read(bucket, *keys) + write(bucket, *keys)


def delete(bucket: Bucket, *keys: str) -> Right:
    """Return the right to delete objects whose keys match one of `keys`; their versions stay for a day."""
    return allow("s3:DeleteObject", on=_objects(bucket, keys))


def list_keys(bucket: Bucket, *prefixes: str) -> Right:
    """Return the right to list the keys under the prefixes, each written as a pattern such as `raw/*`."""
    return allow("s3:ListBucket", on=[bucket.arn], when={"StringLike": {"s3:prefix": list(prefixes)}})


def see_missing_objects(bucket: Bucket, *keys: str) -> Right:
    """Allow ListBucket on the keys that match one of `keys`, so that S3 responds 404, not 403, for a missing one.

    For the GET or HEAD of a missing key S3 evaluates ListBucket with `s3:prefix` set to that key
    (docs/decisions/0085-missing-objects.md has the sources). `IfExists` also accepts a request without a prefix.
    """
    return allow("s3:ListBucket", on=[bucket.arn], when={"StringLikeIfExists": {"s3:prefix": list(keys)}})


def never_write(bucket: Bucket, *keys: str) -> Right:
    """Return a Deny of putting or deleting objects whose keys match one of `keys`."""
    actions = ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion")
    return [Statement(actions, tuple(_objects(bucket, keys)), effect="Deny")]


def acquire_lock(locks: LockTable) -> Right:
    """Return the right to acquire, read, renew and release locks."""
    actions = ("dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
    return allow(*actions, on=[locks.arn]) + _table_key(locks)


def read_lock(locks: LockTable) -> Right:
    """Return the right to read the holder of a lock."""
    return allow("dynamodb:GetItem", on=[locks.arn]) + _table_key(locks)


def publish_to(topic: AlertTopic | DigestTopic) -> Right:
    """Return the right to publish to a topic."""
    return allow("sns:Publish", on=[topic.arn]) + use_key(
        topic.key, "kms:GenerateDataKey", "kms:Decrypt", through="sns"
    )


def send(queue: DeadLetters) -> Right:
    """Return the right to send a message to the dead-letter queue."""
    return allow("sqs:SendMessage", on=[queue.arn]) + use_key(
        queue.key, "kms:GenerateDataKey", "kms:Decrypt", through="sqs"
    )


def use_key(key: EncryptionKey, *actions: str, through: str) -> Right:
    """Return the right to use the stack's key through one service; none if AWS's own keys are used."""
    if key.arn is None:
        return []
    service = pulumi.Output.concat(through, ".", key.place.region, ".", key.place.dns_suffix)
    return allow(*actions, on=[key.arn], when={"StringEquals": {"kms:ViaService": service}})


def _objects(bucket: Bucket | SpotifySecret, keys: tuple[str, ...]) -> list[pulumi.Output[str]]:
    return [pulumi.Output.concat(bucket.arn, "/", key) for key in keys]


def _table_key(locks: LockTable) -> Right:
    return use_key(locks.key, "kms:Decrypt", through="dynamodb")
