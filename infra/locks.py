"""The table of locks: one item per snapshot date that is being run, and one lease for Spotify."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from infra.encryption import EncryptionKey
    from infra.place import Place


class LockTable(pulumi.ComponentResource):
    """A DynamoDB table keyed by `lock_id`, billed per request; `expires_at` removes the locks of dead executions."""

    def __init__(self, place: Place, key: EncryptionKey) -> None:
        name = place.name("locks")
        super().__init__("spotify-lake:infra:LockTable", name)
        self.key = key
        self.table = aws.dynamodb.Table(
            name,
            name=name,
            billing_mode="PAY_PER_REQUEST",
            hash_key="lock_id",
            attributes=[{"name": "lock_id", "type": "S"}],
            ttl={"attribute_name": "expires_at", "enabled": True},
            # Always stated: the provider takes a missing block for "unchanged", and the table would keep its old key
            server_side_encryption=(
                {"enabled": True, "kms_key_arn": key.arn} if key.arn is not None else {"enabled": False}
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name, self.arn = self.table.name, self.table.arn
        self.register_outputs({"name": self.name, "arn": self.arn})
