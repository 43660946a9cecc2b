"""A bucket that is private, encrypted and expires old versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.rights.statements import PolicyStatements

if TYPE_CHECKING:
    from infra.encryption import EncryptionKey
    from infra.place import Place


@dataclass(frozen=True)
class Expiry:
    """A rule that deletes objects under a prefix after some days (None: never); the empty prefix means all objects.

    Overwritten and deleted versions under the prefix expire `noncurrent_days` later. A bucket's rules must name either
    no prefix or all: if two rules overlap, S3 applies the shorter one (S3 User Guide, "Conflicts in lifecycle
    configurations").
    """

    prefix: str
    days: int | None
    noncurrent_days: int | None = None


class Bucket(pulumi.ComponentResource):
    """A private, encrypted, versioned bucket over TLS only, with a lifecycle.

    Noncurrent versions live one day longer, or as the rules of their prefixes say. Unfinished uploads live one day,
    delete markers until they hide no version.
    """

    service = "s3"

    def __init__(
        self, noun: str, place: Place, key: EncryptionKey, expire: list[Expiry], *, disposable: bool = False
    ) -> None:
        name = place.name(noun)
        super().__init__("spotify-lake:infra:Bucket", name)
        settings = place.settings
        self.place, self.key = place, key
        keep = settings.protect_data and not disposable
        self._child = pulumi.ResourceOptions(parent=self)
        self._guard = pulumi.ResourceOptions(parent=self, protect=keep)  # so its protection is kept too
        self.bucket = aws.s3.Bucket(
            name, force_destroy=not keep, opts=pulumi.ResourceOptions(parent=self, protect=keep)
        )
        self.name, self.arn = self.bucket.bucket, self.bucket.arn
        self._close(name)
        self._encrypt(name)
        self._expire(name, expire)
        if settings.log_bucket:
            aws.s3.BucketLogging(
                name,
                bucket=self.name,
                target_bucket=settings.log_bucket,
                target_prefix=f"{name}/",
                opts=self._child,
            )
        self.register_outputs({"name": self.name, "arn": self.arn})

    def _close(self, name: str) -> None:
        blocked = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=self.name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._guard,
        )
        aws.s3.BucketOwnershipControls(
            name, bucket=self.name, rule={"object_ownership": "BucketOwnerEnforced"}, opts=self._guard
        )
        PolicyStatements(name, "bucket", self._tls_only(), self)
        aws.s3.BucketPolicy(
            name,
            bucket=self.name,
            policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": self._tls_only()}),
            opts=pulumi.ResourceOptions.merge(self._guard, pulumi.ResourceOptions(depends_on=[blocked])),
        )

    def _tls_only(self) -> list[dict[str, object]]:
        everything = [self.arn, pulumi.Output.concat(self.arn, "/*")]
        refused: list[tuple[str, dict[str, dict[str, str]]]] = [
            ("OnlyOverTls", {"Bool": {"aws:SecureTransport": "false"}}),
            ("OnlyOverTls12OrNewer", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
        ]
        return [
            {
                "Sid": sid,
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": everything,
                "Condition": condition,
            }
            for sid, condition in refused
        ]

    def _encrypt(self, name: str) -> None:
        rule: aws.s3.BucketServerSideEncryptionConfigurationRuleArgsDict = {
            "apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}
        }
        if self.key.arn is not None:
            rule = {
                "apply_server_side_encryption_by_default": {
                    "sse_algorithm": "aws:kms",
                    "kms_master_key_id": self.key.arn,
                },
                "bucket_key_enabled": True,
            }
        aws.s3.BucketServerSideEncryptionConfiguration(name, bucket=self.name, rules=[rule], opts=self._guard)

    def _expire(self, name: str, expire: list[Expiry]) -> None:
        versioning = aws.s3.BucketVersioning(
            name, bucket=self.name, versioning_configuration={"status": "Enabled"}, opts=self._guard
        )
        rules = [_rule(each) for each in expire]
        leftovers: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
            "id": "leftovers",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "abort_incomplete_multipart_upload": {"days_after_initiation": 1},
        }
        if not any(each.noncurrent_days for each in expire):
            leftovers["noncurrent_version_expiration"] = {"noncurrent_days": 1}
        if not any(each.prefix == "" for each in expire):
            leftovers["expiration"] = {"expired_object_delete_marker": True}
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=self.name,
            rules=[*rules, leftovers],
            opts=pulumi.ResourceOptions.merge(self._guard, pulumi.ResourceOptions(depends_on=[versioning])),
        )


def _rule(each: Expiry) -> aws.s3.BucketLifecycleConfigurationRuleArgsDict:
    """Return the lifecycle rule of one prefix."""
    rule: aws.s3.BucketLifecycleConfigurationRuleArgsDict = {
        "id": f"{'expire' if each.days else 'versions'}-{each.prefix.strip('/') or 'all'}",
        "status": "Enabled",
        "filter": {"prefix": each.prefix},
    }
    if each.days:
        rule["expiration"] = {"days": each.days}
    if each.noncurrent_days:
        rule["noncurrent_version_expiration"] = {"noncurrent_days": each.noncurrent_days}
    return rule
